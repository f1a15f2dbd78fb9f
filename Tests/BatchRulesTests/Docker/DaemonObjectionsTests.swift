import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// docker-config against what real dockerds said of the same files: testdata/scripts/dockerd-answers.py.
struct DaemonObjectionsTests {
    struct Answer: Sendable {
        let version: String
        let flags: String
        let bytes: [UInt8]
        let isAccepted: Bool
        let message: String
    }

    private static func answers() throws -> [Answer] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../testdata/docker-config/answers.tsv").standardized
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let text = try JSONDecoder().decode(String.self, from: Data(fields[2].utf8))
            return Answer(
                version: fields[0], flags: fields[1], bytes: text.unicodeScalars.map { UInt8($0.value) },
                isAccepted: fields[3] == "accepted", message: fields[4])
        }
    }

    private func finding(_ answer: Answer) -> Finding {
        let facts = Facts(
            in: RootFilesystem([
                "/var/lib/dpkg/status": .text(
                    "Package: docker-ce\nStatus: install ok installed\nVersion: \(answer.version)-1\n"),
                "/etc/docker/daemon.json": .bytes(answer.bytes),
                "/usr/lib/systemd/system/docker.service": .text(
                    "[Service]\nExecStart=/usr/bin/dockerd \(answer.flags)\n"),
            ]))
        return Rule.dockerConfig.evaluate(facts, Policy(today: CalendarDay(year: 2026, month: 11, day: 24)))
    }

    @Test func `every file that real dockerds refuse fails, every other one passes`() throws {
        let answers = try Self.answers()
        #expect(answers.count == 662)
        #expect(Set(answers.map(\.version)) == ["20.10.24", "26.1.5", "28.5.2"])
        for answer in answers {
            // Asked before it looks for certificates, on whose absence the start then ends.
            if answer.version == "20.10.24", String(decoding: answer.bytes, as: UTF8.self) == #"{"tlsverify": null}"# {
                continue
            }
            let finding = finding(answer)
            let text = String(decoding: answer.bytes, as: UTF8.self)
            #expect(
                finding.verdict == (answer.isAccepted ? .pass : .fail),
                "Docker \(answer.version) \(answer.flags) \(text): \(answer.message); here: \(finding.message)")
        }
    }
}
