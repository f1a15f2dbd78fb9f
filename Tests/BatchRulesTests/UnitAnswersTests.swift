import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// Forms of a unit, all booted at once by a real systemd 252 on Debian 12: agent-at-boot passes where the agent ran, and
/// only there.
@Suite struct UnitAnswersTests {
    struct Answer: Decodable, Sendable, CustomTestStringConvertible {
        enum Entry: Decodable, Sendable {
            case text(String)
            case file(String, mode: UInt16)

            init(from decoder: any Decoder) throws {
                if let text = try? decoder.singleValueContainer().decode(String.self) {
                    self = .text(text)
                } else {
                    var container = try decoder.unkeyedContainer()
                    self = .file(try container.decode(String.self), mode: try container.decode(UInt16.self))
                }
            }

            var literal: LiteralEntry {
                switch self {
                case .text(let text) where text.hasPrefix("->"): .link(String(text.dropFirst(2)))
                case .text(let text): .text(text)
                case .file(let text, let mode): .file(Array(text.utf8), permissions: mode)
                }
            }
        }

        let `case`: String
        let entries: [String: Entry]
        let runs: Bool
        let state: String

        var testDescription: String { `case` }
    }

    static let answers: [Answer] = {
        let lines = (try? TestData.bytes(TestData.url("startup/units.jsonl"))) ?? []
        return lines.split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? JSONDecoder().decode(Answer.self, from: Data(line))
        }
    }()

    /// What did not run and is left open: user data, which the booted ones had not, may bring what the unit waits for, and
    /// an instance the name that it asks for.
    static let open: Set = ["path-never", "condition-false", "condition-not-empty", "drop-in-prefix", "condition-host"]

    /// The root of the boot without its own unit of the agent.
    static func base() throws -> [String: LiteralEntry] {
        var entries = try WholeImage.debian()
        for (path, _) in entries where path.contains("/ecs.service") { entries[path] = nil }
        for name in ["true", "false", "sleep", "systemctl", "env", "test", "mkdir"] {
            entries["/usr/bin/\(name)"] = WholeImage.program
        }
        return entries.merging([
            "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n",
            "/etc/group": "root:x:0:\nnogroup:x:65534:\ndocker:x:999:\n", "/etc/ecs/ecs.config": "",
            "/var/log/ecs": .directory, "/usr/lib/systemd/system-generators/systemd-sysv-generator": WholeImage.program,
            "/usr/lib/systemd/system/timers.target": "[Unit]\n", "/usr/lib/systemd/system/rescue.target": "[Unit]\n",
            "/usr/lib/systemd/system/runlevel5.target": .link("graphical.target"),
            "/usr/lib/systemd/system/runlevel3.target": .link("multi-user.target"),
            "/usr/lib/systemd/system/basic.target":
                "[Unit]\nRequires=sysinit.target\nWants=sockets.target timers.target\n",
        ]) { $1 }
    }

    @Test func everyAnswerIsRead() {
        #expect(Self.answers.count == 76)
    }

    @Test(arguments: answers)
    func theAgentRunsWhereItRan(answer: Answer) throws {
        var entries = try Self.base()
        for (path, entry) in answer.entries {
            // /lib is a link to it.
            entries[path.hasPrefix("/lib/") ? "/usr\(path)" : path] = entry.literal
        }
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.agentAtBoot.evaluate(facts, .test)
        let expected: Verdict.Kind = answer.runs ? .pass : Self.open.contains(answer.case) ? .undetermined : .fail
        #expect(finding.verdict == expected, "\(answer.case): \(finding.message)")
    }
}
