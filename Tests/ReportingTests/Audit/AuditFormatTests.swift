/// Every format of an audit looks as it did when somebody last looked at it, says every image, and obeys none.

import BatchRules
import Testing

@testable import Reporting

@Suite struct AuditFormatTests {
    /// How `format` looks in testdata/golden.
    private static func file(of format: AuditFormat) -> String {
        switch format {
        case .text: "audit.txt"
        case .json: "audit.json"
        case .jsonl: "audit.jsonl"
        case .csv: "audit.csv"
        case .sarif: "audit.sarif"
        case .junit: "audit.junit.xml"
        case .markdown: "audit.md"
        case .html: "audit.html"
        }
    }

    @Test("an audit with all there is looks as it did, the same bytes every time", arguments: AuditFormat.allCases)
    func golden(format: AuditFormat) throws {
        let text = try format.text(sampleAudit())
        #expect(text.hasSuffix("\n"))
        #expect(try format.text(sampleAudit()) == text)
        try expectGolden(text, Self.file(of: format))
    }

    @Test("every image is named, and so is the reason why one could not be read", arguments: AuditFormat.allCases)
    func names(format: AuditFormat) throws {
        let text = try format.text(sampleAudit()).split { $0.isWhitespace }.joined(separator: " ")
        let all = try sampleImages()
        // Code scanning is told what is broken, a comment what does not pass.
        let isBrief = format == .sarif || format == .markdown
        for image in all where !isBrief || image.standing != .pass {
            #expect(text.contains(image.name), "\(image.name)")
        }
        #expect(text.contains("the file ends at byte 104857600"))
    }

    @Test("an audit of nothing is a whole document that says so", arguments: AuditFormat.allCases)
    func empty(format: AuditFormat) throws {
        let text = try format.text(audit([]))
        switch format {
        case .jsonl: #expect(text.isEmpty)
        case .csv: #expect(text.hasPrefix("image,verdict,error,") && text.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        case .json: #expect(text.contains("\"images\" : 0") && text.hasSuffix("  ,\"images\" : [\n  ]\n}\n"))
        case .sarif: #expect(text.contains("\"results\": [\n"))
        case .junit: #expect(text.hasSuffix("errors=\"0\">\n</testsuites>\n"))
        case .text, .markdown, .html: #expect(text.contains("no image was found"))
        }
    }

    @Test("no format has a character that acts, nor a command of a CI system's log", arguments: AuditFormat.allCases)
    func inertBytes(format: AuditFormat) throws {
        let text = try format.text(hostileAudit())
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isActive })
        #expect(!text.contains(/##[A-Za-z]*\[/))
        for line in text.unicodeScalars.split(separator: "\n") {
            let start = String(line.drop { $0 == " " }.prefix(4))
            #expect(!start.contains(/^::[A-Za-z]/), "\(String(line).prefix(200))")
        }
    }

    @Test("an error of the writer ends the writing", arguments: AuditFormat.allCases)
    func stops(format: AuditFormat) throws {
        struct Full: Error {}
        let audit = try sampleAudit()
        #expect(throws: Full.self) { try format.render(audit) { _ in throw Full() } }
    }
}
