/// The HTML report as a browser shows it: everything there, told apart, reached by keyboard, read on any screen.

import Foundation
import Testing

@testable import Reporting

/// What a real headless Chromium saw of a page.
struct Browsed: Decodable {
    let page: String
    let requests, dialogs, console: [String]
    let lang, title, heading: String
    let landmarks: [String]
    let headings: [Int]
    let unlabelled, scripts, handlers, foreign, inlineStyles, hiddenInPrint, contrastsMeasured: Int
    let duplicateIDs: [String]
    let styled: Bool
    let lowContrast: [[Contrast]]
    let overflow: [Int]
    let skippedTo, keyboard: String
    /// By the radio button that was clicked, the findings that are shown.
    let filter: [String: [String]]
    /// Likewise the number of sections that concern no single finding.
    let asides: [String: Int]
    let texts: [String: String]

    /// A color scheme, a ratio or a text.
    enum Contrast: Decodable {
        case ratio(Double)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self =
                if let ratio = try? container.decode(Double.self) { .ratio(ratio) } else {
                    .text(try container.decode(String.self))
                }
        }
    }

    /// Opens a page by the script below testdata/scripts.
    init(_ text: String, bypassesPolicy: Bool = false) throws {
        let script = testdata.appending(path: "scripts/browse-report.py").path
        let result = try withFile(text) { file in
            // The browser tells a page by its name.
            let page = file + ".html"
            try FileManager.default.moveItem(atPath: file, toPath: page)
            defer { try? FileManager.default.removeItem(atPath: page) }
            return try run(
                ["timeout", "180", "python3", script, page] + (bypassesPolicy ? ["--bypass-policy"] : []))
        }
        try #require(result.status == 0, "\(result.complaint)")
        self = try JSONDecoder().decode(Browsed.self, from: result.output)
    }
}

@Suite struct HTMLReportTests {
    @Test(
        "in a real browser: no request, no complaint, headings in order, labels, contrast, a filter that filters",
        .enabled(if: Judge.hasChromium, Judge.chromiumMissing))
    func browser() throws {
        let report = try fullReport()
        let seen = try Browsed(ReportFormat.html.render(report))
        #expect(seen.requests == [seen.page])
        #expect(seen.console.isEmpty)
        #expect(seen.dialogs.isEmpty)
        #expect(seen.styled, "the style sheet is not the one whose hash the page's policy allows")
        #expect(seen.lang == "en")
        #expect(seen.heading == "Fails builds/batch-ami-2026-11-24.tar.gz")
        #expect(seen.title.hasPrefix("Fails: builds/"))
        #expect(seen.landmarks == ["header", "main", "footer"])
        #expect(seen.headings.first == 1 && seen.headings.count { $0 == 1 } == 1)
        #expect(zip(seen.headings, seen.headings.dropFirst()).allSatisfy { $1 <= $0 + 1 }, "\(seen.headings)")
        #expect(seen.unlabelled == 0)
        #expect(seen.duplicateIDs.isEmpty)
        #expect(seen.contrastsMeasured > 200)
        #expect(seen.lowContrast.isEmpty, "\(seen.lowContrast)")
        #expect(seen.overflow.isEmpty)
        #expect(seen.hiddenInPrint == 0)
        #expect(seen.skippedTo == "findings")
        #expect(seen.keyboard == "show-fail")
        let inOrder = report.groups.flatMap(\.findings)
        #expect(seen.filter["show-all"] == inOrder.map(\.rule))
        #expect(seen.asides.count == seen.filter.count)
        #expect(seen.asides.allSatisfy { $0.value == ($0.key == "show-all" ? 2 : 0) }, "\(seen.asides)")
        for standing in Standing.allCases {
            let expected = inOrder.filter { $0.standing == standing }.map(\.rule)
            #expect(seen.filter["show-\(standing.rawValue)"] == expected, "\(standing)")
            #expect(!expected.isEmpty)
        }
    }

    @Test("the page's policy names the hash of its style sheet and allows nothing else")
    func policy() throws {
        let page = try ReportFormat.html.render(fullReport())
        let sheet = try #require(page.firstMatch(of: /<style>((?s:.*?))<\/style>/)?.1)
        let result = try withFile(String(sheet)) { try run(["sha256sum", $0]) }
        let hexadecimal = Array(String(decoding: result.output, as: UTF8.self).prefix(64))
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(hexadecimal[$0...$0 + 1]), radix: 16) }
        let hash = "sha256-" + Data(bytes).base64EncodedString()
        let policy = try #require(page.firstMatch(of: /http-equiv="Content-Security-Policy" content="([^"]*)"/)?.1)
        #expect(
            policy == "default-src 'none'; style-src '\(hash)'; base-uri 'none'; form-action 'none'")
    }
}
