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
        let bytes: [UInt8]
        /// `accepted`; `checked`, where a start looks at more than the check did; `refused`.
        let answer: String
    }

    private static func answers() throws -> [Answer] {
        try String(contentsOf: TestData.url("docker-config/checks.tsv"), encoding: .utf8).split(separator: "\n").map {
            let fields = $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let text = try JSONDecoder().decode(String.self, from: Data(fields[2].utf8))
            return Answer(
                version: fields[0], flags: fields[1], bytes: text.unicodeScalars.map { UInt8($0.value) },
                answer: fields[3])
        }
    }

    private func finding(_ answer: Answer) -> Finding {
        let facts = Facts(
            in: RootFilesystem([
                "/var/lib/dpkg/status": .text(
                    "Package: docker-ce\nStatus: install ok installed\nVersion: 5:\(answer.version)-1~ubuntu.22.04~jammy\n"),
                "/etc/docker/daemon.json": .bytes(answer.bytes),
                "/usr/lib/systemd/system/docker.service": .text(
                    "[Service]\nExecStart=/usr/bin/dockerd \(answer.flags)\n"),
            ]))
        return Rule.dockerConfig.evaluate(facts, Policy(today: CalendarDay(year: 2026, month: 11, day: 24)))
    }

    @Test func `what a real dockerd refuses fails, what it accepts passes`() throws {
        let answers = try Self.answers()
        #expect(answers.count == 3525)
        var wrong: [String] = []
        for answer in answers {
            let finding = finding(answer)
            let isRight =
                switch answer.answer {
                case "refused": finding.verdict == .fail
                case "accepted": finding.verdict == .pass
                default: true
                }
            guard !isRight else { continue }
            let text = String(decoding: answer.bytes, as: UTF8.self)
            wrong.append("\(answer.version) \(answer.answer) \(answer.flags) \(text) -> \(finding.verdict) \(finding.message)")
        }
        #expect(wrong.isEmpty, "\(wrong.count)\n\(wrong.joined(separator: "\n"))")
    }
}
