/// Every format looks as it did when somebody last looked at it, and gives the same bytes every time.

import Testing

@testable import Reporting

@Suite struct GoldenFormatsTests {
    /// How `format` looks in testdata/golden; nil where a schema is held against it instead.
    private static func file(of format: ReportFormat) -> String? {
        switch format {
        case .text: "full.txt"
        case .json: nil
        case .sarif: "full.sarif"
        case .junit: "full.junit.xml"
        case .markdown: "full.md"
        case .html: "full.html"
        case .github: "full.github.txt"
        }
    }

    @Test("a report with all there is looks as it did", arguments: ReportFormat.allCases)
    func golden(format: ReportFormat) throws {
        let text = try format.render(fullReport())
        if let file = Self.file(of: format) { try expectGolden(text, file) }
        #expect(text.hasSuffix("\n"))
        #expect(try format.render(fullReport()) == text)
    }

    @Test("an accepted finding stays visible in every format, with reason and date", arguments: ReportFormat.allCases)
    func accepted(format: ReportFormat) throws {
        let text = words(try format.render(fullReport()))
        for said in ["docker-tested", "2026-12-31", "the pair is tested by our own nightly jobs", "the platform team"] {
            #expect(text.contains(said), "\(said)")
        }
    }

    @Test("what has to be known before the findings is said in every format", arguments: ReportFormat.allCases)
    func remarks(format: ReportFormat) throws {
        #expect(words(try format.render(fullReport())).contains("1,024 bytes follow the end of the archive, not read"))
    }

    @Test("waivers that accept nothing are said", arguments: ReportFormat.allCases.filter { $0 != .json })
    func waivers(format: ReportFormat) throws {
        let text = words(try format.render(fullReport()))
        for said in ["expired on 2026-10-31", "which it does not list", "accepts nothing"] {
            #expect(text.contains(said), "\(said)")
        }
    }

    /// The text with every run of blanks and line feeds as one blank.
    private func words(_ text: String) -> String {
        text.split { $0.isWhitespace }.joined(separator: " ")
    }
}
