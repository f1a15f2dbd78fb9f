/// The page of an audit as a browser shows it: it opens, filters, sorts, shows one image, and obeys none.

import BatchRules
import Foundation
import Testing

@testable import Reporting

/// What a real headless Chromium saw of the page of an audit.
struct BrowsedAudit: Decodable {
    struct Structure: Decodable {
        let lang, title, heading: String
        let landmarks, duplicateIDs, links, names, bars: [String]
        let headings: [Int]
        let unlabelled, scripts, handlers, foreign: Int
        let styled: Bool
    }

    let page: String
    let requests, dialogs, console, keyboard: [String]
    let structure: Structure
    let interactive: Double
    let shown, hash: [String: String]
    let first: [String: String?]
    let drawn: [String: Int]
    let last, opened, shared: String?
    let details, unscripted: String
    let printed, contrastsMeasured: Int
    let lowContrast: [[Browsed.Contrast]]
    /// Widths at which the page is wider than the window.
    let overflow: [Width]

    /// A width of the window, or where in it.
    enum Width: Decodable {
        case page(Int)
        case part(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self =
                if let width = try? container.decode(Int.self) { .page(width) } else {
                    .part(try container.decode(String.self))
                }
        }
    }

    /// Opens a page by the script below testdata/scripts.
    init(_ text: String, bypassesPolicy: Bool = false) throws {
        let script = testdata.appending(path: "scripts/browse-audit.py").path
        let result = try withFile(text) { file in
            // The browser tells a page by its name.
            let page = file + ".html"
            try FileManager.default.moveItem(atPath: file, toPath: page)
            defer { try? FileManager.default.removeItem(atPath: page) }
            return try run(
                ["timeout", "300", "python3", script, page] + (bypassesPolicy ? ["--bypass-policy"] : []))
        }
        try #require(result.status == 0, "\(result.complaint)")
        self = try JSONDecoder().decode(BrowsedAudit.self, from: result.output)
    }
}

@Suite struct AuditHTMLTests {
    /// Many images, of which every fifth fails and every tenth could not be read.
    static func manyImages(_ count: Int) throws -> [AuditedImage] {
        let digits = String(count).utf8.count
        return try (0..<count).map { number in
            let name = String(String(repeating: "0", count: digits) + String(number)).suffix(digits) + ".tar"
            if number % 10 == 9 { return try unreadable("images/" + name, "half of it found") }
            let agent: Verdict =
                number % 5 == 0
                ? .fail("none found", remedy: [RemedyStep(text: "install `ecs-init`")]) : .pass("1.106.1")
            return try judged(
                "images/" + name,
                [
                    ("linux-distribution", .pass("Amazon Linux 2023")), ("ecs-agent", agent),
                    ("agent-latest", number % 3 == 0 ? .fail("1.80.0") : .pass("1.106.1")),
                    ("docker-version", .notApplicable("no Docker")),
                ])
        }
    }

    @Test(
        "in a real browser: no request, no complaint, labels, contrast, and a table that filters, sorts and tells",
        .enabled(if: Judge.hasChromium, Judge.chromiumMissing))
    func browser() throws {
        let images = try Self.manyImages(1000)
        let seen = try BrowsedAudit(AuditFormat.html.text(audit(images)))
        #expect(seen.requests == [seen.page])
        #expect(seen.console.isEmpty, "\(seen.console)")
        #expect(seen.dialogs.isEmpty)
        #expect(seen.structure.styled, "a style sheet is not one whose hash the page's policy allows")
        #expect(seen.structure.scripts == 1 && seen.structure.handlers + seen.structure.foreign == 0)
        #expect(seen.structure.links.isEmpty)
        #expect(seen.structure.landmarks == ["header", "main", "footer"])
        #expect(seen.structure.headings == [1, 2, 2])
        #expect(seen.structure.unlabelled == 0)
        #expect(seen.structure.duplicateIDs.isEmpty)
        #expect(seen.contrastsMeasured > 200 && seen.lowContrast.isEmpty, "\(seen.lowContrast)")
        #expect(seen.overflow.isEmpty, "\(seen.overflow)")
        #expect(seen.interactive > 0, "the script did not come to its end")

        let names = images.map(\.name)
        #expect(seen.shown["all"] == "All 1000 images" && seen.first["all"] == names[0])
        #expect(try #require(seen.drawn["bottom"]) < 100, "rows out of sight are not drawn")
        #expect(seen.last == names.last)
        #expect(seen.printed == 1000)
        #expect(seen.shown["search"] == "1 of 1000 images" && seen.first["search"] == names[0])
        #expect(seen.shown["verdict-fail"] == "200 of 1000 images" && seen.first["verdict-fail"] == names[0])
        #expect(
            seen.shown["verdict-unreadable"] == "100 of 1000 images" && seen.first["verdict-unreadable"] == names[9])
        #expect(seen.structure.bars.first?.hasPrefix("ecs-agent") == true)
        #expect(seen.shown["bar"] == "200 of 1000 images")
        #expect(seen.hash["bar"] == "#rule=ecs-agent")
        #expect(seen.shown["column"] == "0 of 1000 images" && seen.shown["column-pass"] == "900 of 1000 images")
        #expect(seen.first["sort-name-reversed"] == names[999])
        #expect(seen.first["sort-verdict"] == names[0] && seen.first["sort-verdict-reversed"] == names[1])
        #expect(seen.first["sort-failures-reversed"] == names[0])
        #expect(seen.shown["nonsense"] == "All 1000 images")
    }

    @Test(
        "in a real browser: one image by mouse, keyboard and address; without JavaScript the totals",
        .enabled(if: Judge.hasChromium, Judge.chromiumMissing))
    func details() throws {
        let audit = try sampleAudit()
        let seen = try BrowsedAudit(AuditFormat.html.text(audit))
        let first = try #require(sampleImages().first)
        #expect(seen.opened == first.name && seen.shared == first.name)
        #expect(seen.hash["details"] == "#image=base%2Fal2023.tar.gz" && seen.hash["closed"] == "")
        for said in [
            "agent 1.80.0 found, 1.106.1 is the latest", "mend it", "Amazon Linux 2023", "/etc/os-release:3",
            "PRETTY_NAME=",
            "fixed since the former audit", "Recommended rules that fail",
        ] { #expect(seen.details.contains(said), "\(said)") }
        // What was opened has the focus when it is closed; arrows go from image to image; the skip link leads on.
        let names = try sampleImages().map(\.name)
        #expect(seen.keyboard == [names[0], names[1], names[0], "Skip to the images", "images"])
        for said in [audit.totals.sentence, "agent-latest", "drawn by the script of this page"] {
            #expect(seen.unscripted.contains(said), "\(said)")
        }
        #expect(seen.console.isEmpty && seen.overflow.isEmpty && seen.lowContrast.isEmpty, "\(seen.lowContrast)")
    }

    @Test(
        "in a real browser nothing of an image is run or fetched, without the page's policy too",
        .enabled(if: Judge.hasChromium, Judge.chromiumMissing), arguments: [false, true])
    func hostile(bypassesPolicy: Bool) throws {
        let audit = try hostileAudit()
        let seen = try BrowsedAudit(AuditFormat.html.text(audit), bypassesPolicy: bypassesPolicy)
        #expect(seen.dialogs.isEmpty)
        #expect(seen.requests == [seen.page])
        #expect(seen.console.isEmpty, "\(seen.console)")
        #expect(seen.structure.scripts == 1 && seen.structure.handlers + seen.structure.foreign == 0)
        #expect(seen.overflow.isEmpty, "\(seen.overflow)")
        #expect(seen.printed == audit.totals.images)
        #expect(seen.shared == inert("0/" + HostileReportTests.tricks[0]))
    }

    @Test("the page's policy names the hashes of its style sheets and its script, and allows nothing else")
    func policy() throws {
        let page = try AuditFormat.html.text(sampleAudit())
        let sources = page.matches(of: /<(?:style|script)>((?s:.*?))<\/(?:style|script)>/).map { String($0.1) }
        #expect(sources == [PageSource.reportStyle, .auditStyle, .auditScript].map(\.text))
        let hashes = try sources.map { source in
            let result = try withFile(source) { try run(["sha256sum", $0]) }
            let hexadecimal = Array(String(decoding: result.output, as: UTF8.self).prefix(64))
            let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(hexadecimal[$0...$0 + 1]), radix: 16) }
            return "sha256-" + Data(bytes).base64EncodedString()
        }
        let policy = try #require(page.firstMatch(of: /http-equiv="Content-Security-Policy" content="([^"]*)"/)?.1)
        #expect(
            policy == "default-src 'none'; style-src '\(hashes[0])' '\(hashes[1])'; script-src '\(hashes[2])'; "
                + "base-uri 'none'; form-action 'none'")
    }

    @Test("what recurs is written once: a page grows little with every further image like others")
    func interned() throws {
        let sizes = try [100, 200].map { try AuditFormat.html.text(audit(Self.manyImages($0))).utf8.count }
        #expect((sizes[1] - sizes[0]) / 100 < 120)
    }
}
