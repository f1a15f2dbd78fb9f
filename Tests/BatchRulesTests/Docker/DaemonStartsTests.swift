import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// docker-config against 71 starts of docker.io 20.10.24 in a booted Debian 12.
struct DaemonStartsTests {
    /// Starts of which an image does not show what decides them: on what /var/lib/docker lies, whether the kernel knows
    /// aufs, whether the host's control groups are systemd's, whether a bridge, a file or a user that is named is brought.
    private static let undecided: [String: Verdict.Kind] = [
        "storage-btrfs": .pass, "storage-size": .pass, "storage-aufs": .pass,
        "cgroup-parent": .pass,
        "bridge-missing": .pass, "seccomp-missing": .undetermined, "userns-nobody": .undetermined,
    ]

    private func finding(_ text: String?) -> Finding {
        var entries: [String: LiteralEntry] = [
            "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
            "/var/lib/dpkg/status": """
            Package: docker.io
            Status: install ok installed
            Version: 20.10.24+dfsg1-1+deb12u1+b6

            """,
            "/usr/lib/systemd/system/docker.service":
                "[Service]\nExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS\n",
        ]
        if let text { entries["/etc/docker/daemon.json"] = .text(text) }
        return Rule.dockerConfig.evaluate(
            Facts(in: RootFilesystem(entries)), Policy(today: CalendarDay(year: 2026, month: 11, day: 24)))
    }

    @Test func `what a real start ends on fails, what starts passes`() throws {
        let lines = try String(contentsOf: TestData.url("docker-config/starts.tsv"), encoding: .utf8).split(
            separator: "\n")
        #expect(lines.count == 71)
        for line in lines {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let text = fields[2].isEmpty ? nil : try JSONDecoder().decode(String.self, from: Data(fields[2].utf8))
            let finding = finding(text)
            let expected = Self.undecided[fields[0]] ?? (fields[1] == "starts" ? .pass : .fail)
            #expect(finding.verdict == expected, "\(fields[0]): \(text ?? "no file"): \(finding.message)")
        }
    }
}
