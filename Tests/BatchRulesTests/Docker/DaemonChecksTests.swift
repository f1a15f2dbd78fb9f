import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// docker-config against what six real dockerds said of configurations made from a seed (`--validate`).
struct DaemonChecksTests {
    struct Answer: Sendable {
        let version: String
        let flags: String
        /// The file's bytes as a JSON string, one character a byte.
        let text: String
        /// `accepted`; `checked`, where a start looks at more than the check did; `refused`.
        let answer: String
    }

    private static func answers(of version: String) throws -> [Answer] {
        try String(contentsOf: TestData.url("docker-config/checks.tsv"), encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix(version + "\t") }.map {
                let fields = $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                return Answer(version: fields[0], flags: fields[1], text: fields[2], answer: fields[3])
            }
    }

    private func finding(_ answer: Answer) throws -> Finding {
        let text = try JSONDecoder().decode(String.self, from: Data(answer.text.utf8))
        let facts = Facts(
            in: RootFilesystem([
                "/var/lib/dpkg/status": .text(
                    "Package: docker-ce\nStatus: install ok installed\nVersion: 5:\(answer.version)-1~ubuntu.22.04~jammy\n"
                ),
                "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
                "/etc/docker/daemon.json": .bytes(text.unicodeScalars.map { UInt8($0.value) }),
                "/usr/lib/systemd/system/docker.service": .text(
                    "[Service]\nExecStart=/usr/bin/dockerd \(answer.flags)\n"),
            ]))
        return Rule.dockerConfig.evaluate(facts, Policy(today: CalendarDay(year: 2026, month: 11, day: 24)))
    }

    /// What amilint says where it says something else, and why.
    private static let otherwise: [(part: String, verdict: Verdict.Kind, reason: String)] = [
        ("[[[[[[[[[[[[[[[[[[[[", .undetermined, "values nested more than 128 levels deep are not read"),
        ("nosuchuser", .fail, "a start looks for the user that userns-remap names, the check does not"),
        (#"\"-x\""#, .fail, "a start refuses the name of a registry that begins with a dash, the check does not look"),
        (
            #"\"ip6tables\": true"#, .fail,
            "a start before 27.0 refuses it without experimental, the check does not look"
        ),
        ("--storage-driver=aufs", .fail, "a start from 24.0 on has no aufs, the check does not look"),
        ("--log-driver journald --log-opt max-size=10m", .fail, "a start validates the log driver's options"),
        ("--tls ", .fail, "20.10 was asked before it looks for certificates, without which a start ends"),
    ]

    @Test(arguments: [
        ("20.10.24", 680), ("23.0.18", 83), ("25.0.16", 594), ("26.1.5", 666), ("28.5.2", 680), ("29.7.2", 822),
    ])
    func `what a real dockerd refuses fails, what it accepts passes`(version: String, count: Int) throws {
        let answers = try Self.answers(of: version)
        #expect(answers.count == count)
        var otherwise = 0
        for answer in answers {
            let finding = try finding(answer)
            let isRight =
                switch answer.answer {
                case "refused": finding.verdict == .fail
                case "accepted": finding.verdict == .pass
                default: true
                }
            guard !isRight else { continue }
            let line = "\(answer.flags) \(answer.text)"
            let isListed = Self.otherwise.contains { line.contains($0.part) && finding.verdict == $0.verdict }
            otherwise += 1
            #expect(isListed, "Docker \(version) \(answer.answer): \(line): \(finding.verdict) \(finding.message)")
        }
        #expect(otherwise <= 4)
    }
}
