/// The audit at a terminal: those images first that ask for work, nothing wider than the window.

import BatchRules
import Testing

@testable import Reporting

@Suite struct AuditTextTests {
    @Test("lines keep the width, but for a name that is longer", arguments: [80, 100, 120])
    func width(width: Int) throws {
        let text = try AuditFormat.text.text(sampleAudit(), style: TextStyle(isColored: false, width: width))
        for line in text.split(separator: "\n") { #expect(displayWidth(line) <= width, "\(line)") }
    }

    @Test("a name longer than its column has a line to itself, what decided it stands below")
    func longName() throws {
        let name = String(repeating: "x", count: 100) + ".tar"
        let text = try AuditFormat.text.text(audit([judged(name, [("ecs-agent", .fail("none"))])]))
        #expect(text.contains("FAIL          \(name)\n                ecs-agent\n"))
    }

    @Test("images stand in the order of their verdicts, rules in that of their failures, required ones first")
    func order() throws {
        let lines = try AuditFormat.text.text(sampleAudit()).split(separator: "\n").map(String.init)
        let words = lines.compactMap { $0.split(separator: " ").first.map(String.init) }
        let standings = words.filter { ["FAIL", "UNREADABLE", "UNDETERMINED", "pass"].contains($0) }
        #expect(standings == ["FAIL", "UNREADABLE", "UNDETERMINED", "pass", "pass"])
        let table = words.drop { $0 != "RULE" }.dropFirst()
        #expect(Array(table.prefix(3)) == ["awslogs-driver", "agent-at-boot", "hvm-virtualization"])
    }

    @Test("a remark that every image has is said once, of others with their images, and not all of very many")
    func remarks() throws {
        func text(_ remarks: [[String]]) throws -> String {
            try AuditFormat.text.text(
                audit(
                    remarks.enumerated().map { number, remarks in
                        try judged("\(number).tar", [("ecs-agent", .pass("there"))], remarks: remarks)
                    }))
        }
        #expect(try text([["old data"], ["old data"]]).contains("\nnote: old data\n"))
        #expect(try text([["old data"], []]).contains("\nnote: 0.tar: old data\n"))
        let many = try text((0..<20).map { ["remark \($0)"] } + [[]])
        #expect(many.contains("\nnote: 7.tar: remark 7\nnote: and 12 more notes, all in the JSON report\n"))
    }

    @Test("colors add nothing but colors")
    func colors() throws {
        let audit = try sampleAudit()
        let colored = try AuditFormat.text.text(audit, style: TextStyle(isColored: true))
        #expect(colored.contains("\u{1b}[1;31mFAIL\u{1b}[0m"))
        #expect(try colored.replacing(/\x1b\[[0-9;]*m/, with: "") == AuditFormat.text.text(audit))
    }

    @Test("what changed since a former audit is said, and that nothing did")
    func changes() throws {
        let text = try AuditFormat.text.text(sampleAudit())
        for line in [
            "better: base/al2023.tar.gz: kernel-version", "new: gpu/ecs-gpu-2026-11-21.tar.zst",
            "gone: gpu/ecs-gpu-2026-11-13.tar.zst", "worse: builds/batch-ami-2026-11-24.tar.gz: ",
        ] { #expect(text.contains(line), "\(line)") }
        let same = try judged("a", [("ecs-agent", .fail("none"))])
        #expect(
            try AuditFormat.text.text(audit([same], since: formerAudit([same])))
                .hasSuffix("since the former audit\n    nothing new, nothing fixed\n"))
        #expect(try !AuditFormat.text.text(audit([same])).contains("former"))
    }
}
