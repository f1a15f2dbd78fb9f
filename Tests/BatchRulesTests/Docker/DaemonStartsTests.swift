import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// docker-config against 71 starts of docker.io 20.10.24 in a booted Debian 12.
struct DaemonStartsTests {
    /// Starts that what is mounted or made later decides too: the file system below /var/lib/docker, a bridge.
    private static let undecided: [String: Verdict.Kind] = [
        "storage-btrfs": .undetermined, "storage-size": .undetermined, "bridge-missing": .undetermined,
    ]

    private func finding(_ text: String?) throws -> Finding {
        var entries = try WholeImage.debian()
        entries["/etc/passwd"] = "root:x:0:0:root:/root:/bin/bash\n"
        entries["/var/lib/dpkg/status"] = """
            Package: docker.io
            Status: install ok installed
            Version: 20.10.24+dfsg1-1+deb12u1+b6

            """
        entries["/usr/lib/systemd/system/docker.service"] =
            "[Service]\nExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS\n"
        entries["/etc/docker/daemon.json"] = nil
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
            let finding = try finding(text)
            let expected = Self.undecided[fields[0]] ?? (fields[1] == "starts" ? .pass : .fail)
            #expect(finding.verdict == expected, "\(fields[0]): \(text ?? "no file"): \(finding.message)")
        }
    }
}
