/// Whatever stands in an image, a report of it says it and does nothing else, as real parsers and a browser see it.

import BatchRules
import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Reporting

@Suite struct HostileReportTests {
    /// Texts that would do something where they are not escaped.
    static let tricks = [
        "\u{1b}[2J\u{1b}]0;title\u{7}", "user\u{202e}txt.exe\u{2066}x", "a\nb\r\nc\u{85}d\u{2028}e\u{2029}f\tg\u{b}h",
        "\u{0}\u{8}\u{c}\u{7f}\u{9b}\u{fffe}\u{ffff}\u{feff}\u{200b}\u{e0041}", "\\xff\\xfe \u{fffd}",
        String(decoding: [0x61, 0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0x62] as [UInt8], as: UTF8.self),
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>", "' onmouseover='alert(3)' autofocus onfocus='",
        "--><script>alert(4)</script><!--", "</style><script>alert(5)</script>", "</title><svg onload=alert(6)>",
        "</code></p></article><h1>Passes</h1>", "&lt;b&gt;&amp;&#60;script&#62;", "]]>", "<![CDATA[",
        "<?xml?><!DOCTYPE x>",
        "<!ENTITY x SYSTEM \"file:///etc/passwd\">&x;", "<\u{301}script>alert(7)</script>",
        "&\u{301}amp; \"\u{301} '\u{301}",
        "::error::pwned", "x\n::stop-commands::pause", "::add-mask::a", "##[error]pwned", "##vso[task.setvariable]x",
        "##teamcity[x]", "%0A::error::a%0D%25%3A%2C", "%\u{301}0A,file=x:\u{301}:y", "title=a,line=9::",
        "`code`", "``", "```\n# heading\n```", " `", "` | `", "| a | b |", "a\\|b\\", "a\\\\|b", "\\", "|", "||--|",
        "[x](javascript:alert(8))", "![i](http://127.0.0.1:9/x)", "[x]: http://127.0.0.1:9/", "[^1]", "- [ ] task",
        "@everyone #1 !2 $3 ~label %milestone &4 a@b.example", "http://127.0.0.1:9/ www.example.com HTTPS://x.example",
        "<details><summary>x", "</details>", "*bold* _em_ __x__ ~~s~~ **", "$`x`$ $y$ $$z$$", "# heading", "> quote",
        "- list", "1. list", "/close", "---", "===", ":x: :white_check_mark:", "{{7*7}} ${x} <%= 1 %>",
        "[text](1) {0} {1}", "Grüße, 日本語, 👍, שלום", "../../etc/passwd", "//x/./..", "a:b, c", "javascript:alert(9)", "",
        " lead and trail ", String(repeating: "long ", count: 400), String(repeating: "x", count: 3000),
        String(repeating: "`", count: 300), String(repeating: "<", count: 300),
    ]

    static let verdicts: [(String, @Sendable (String, [Evidence]) -> Verdict)] = [
        ("fail", { .fail($0, $1, remedy: [RemedyStep(text: $0, action: .command([$0, $0]))]) }),
        ("undetermined", { .undetermined($0, $1, remedy: [RemedyStep(text: $0)]) }),
        ("pass", { .pass($0, $1) }), ("notapplicable", { .notApplicable($0, $1) }),
    ]

    /// Every trick in every place of a report that the image, or whoever names it, can write to.
    static func hostile() throws -> Report {
        var rules: [Rule] = []
        var waivers: [Waiver] = []
        for (number, trick) in tricks.enumerated() {
            for (verdict, make) in verdicts {
                let place = Evidence(ImagePath("/etc/" + trick), realPath: ImagePath("/usr/" + trick), line: 7, trick)
                let found = make(trick, number % 2 == 0 ? [place, place] : [])
                rules.append(rule("rule-\(number)-\(verdict)", number % 3 == 0 ? .recommended : .required, found))
            }
            for (verdict, end) in [("fail", "2027-01-01"), ("undetermined", "2020-01-01"), ("pass", "2027-01-01")]
            where number % 2 == 1 {
                waivers.append(try waiver("rule-\(number)-\(verdict)", trick, end, by: trick, line: number))
            }
        }
        let name = tricks.dropLast(4).joined(separator: "/")
        return try report(
            rules, image: ImageDescription(name: name, kind: "tar", compression: "gzip", remarks: tricks),
            entries: ["/etc/os-release": .text("ID=x\nPRETTY_NAME=\"\(tricks[7])\"\n")], waivers: waivers,
            former: [], changedFacts: tricks.map { ChangedFact(name: $0, before: $0, after: $0) })
    }

    /// The rules of a report that are broken, by trick and verdict.
    static let broken = tricks.indices.flatMap { ["rule-\($0)-fail", "rule-\($0)-undetermined"] }
    static let all = tricks.indices.flatMap { number in verdicts.map { "rule-\(number)-\($0.0)" } }

    /// Expects that each rule is there once and says its trick, as it looks when it is inert.
    func expectSaid(_ rules: [String], in report: ReadBack, _ format: String) throws {
        #expect(Set(report.findings.keys) == Set(rules), "\(format)")
        #expect(report.errors.isEmpty, "\(format): \(report.errors)")
        for rule in rules {
            let number = try #require(Int(rule.split(separator: "-")[1]))
            let said = words(try #require(report.findings[rule]))
            #expect(says(said, Self.tricks[number]), "\(format) \(rule): \(said.prefix(300))")
        }
        for trick in Self.tricks {
            #expect(says(report.image, trick), "\(format): \(trick.prefix(80))")
        }
    }

    /// Whether the text has the trick as it looks when it is inert.
    private func says(_ text: String, _ trick: String) -> Bool {
        let trick = words(inert(trick))
        return trick.isEmpty || words(text).contains(trick)
    }

    /// The text with every run of blanks and line feeds as one blank, none at its ends.
    private func words(_ text: String) -> String {
        text.unicodeScalars.split { $0 == " " || $0 == "\n" }.map { String($0) }.joined(separator: " ")
    }

    @Test("no format has a character that acts, nor a command of a CI system's log", arguments: ReportFormat.allCases)
    func inertBytes(format: ReportFormat) throws {
        let text = try format.render(Self.hostile())
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isActive })
        #expect(!text.contains(/##[A-Za-z]*\[/))
        for line in text.unicodeScalars.split(separator: "\n") where format != .github {
            let start = String(line.drop { $0 == " " }.prefix(4))
            #expect(!start.contains(/^::[A-Za-z]/), "\(String(line).prefix(200))")
        }
    }

    @Test("JSON keeps its schema, in which no text acts", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func json() throws {
        let schema = testdata.appending(path: "schema/report.schema.json").path
        let validator = testdata.appending(path: "scripts/validate.py").path
        let result = try withFile(ReportFormat.json.render(Self.hostile())) {
            try run(["python3", validator, schema, $0])
        }
        #expect(result.status == 0, "\(String(decoding: result.output, as: UTF8.self).prefix(3000))")
    }

    @Test("SARIF says every broken rule and its place", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func sarif() throws {
        let schema = TestData.shared("schemas/sarif-2.1.0.json")
        let said: ReadBack = try ReadBack.reading(
            ReportFormat.sarif.render(Self.hostile()), as: "sarif", schema: schema)
        try expectSaid(Self.broken, in: said, "sarif")
        #expect(said.links.isEmpty, "\(said.links)")
        for (number, trick) in Self.tricks.enumerated() where number % 2 == 0 {
            let path = String(ImagePath("/etc/" + trick).text.unicodeScalars.dropFirst())
            #expect(said.places?["rule-\(number)-fail"] == path)
        }
    }

    @Test("JUnit says every rule", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func junit() throws {
        let said: ReadBack = try ReadBack.reading(ReportFormat.junit.render(Self.hostile()), as: "junit")
        try expectSaid(Self.all, in: said, "junit")
        #expect(
            Set(said.elements) == [
                "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped",
                "system-out",
            ])
    }

    @Test("Markdown is no markup but its own, to GitHub and GitLab", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func markdown() throws {
        let said: [String: ReadBack] = try ReadBack.reading(
            ReportFormat.markdown.render(Self.hostile()), as: "markdown")
        for site in ["github", "gitlab"] {
            let said = try #require(said[site])
            try expectSaid(Self.all, in: said, site)
            #expect(
                Set(said.elements).isSubset(of: [
                    "h2", "h3", "h4", "p", "strong", "code", "ul", "li", "blockquote", "table", "thead", "tbody", "tr",
                    "th", "td", "details", "summary", "sub", "hr",
                ]), "\(site): \(said.elements)")
            #expect(said.attributes.isEmpty, "\(site): \(said.attributes)")
            #expect(said.links.isEmpty, "\(site): \(said.links)")
        }
    }

    @Test("HTML is no markup but its own", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func html() throws {
        let said: ReadBack = try ReadBack.reading(ReportFormat.html.render(Self.hostile()), as: "html")
        try expectSaid(Self.all, in: said, "html")
        #expect(Set(said.elements).isDisjoint(with: ["script", "img", "svg", "a:b", "object", "iframe", "b"]))
        #expect(said.elements.allSatisfy { !$0.hasPrefix("!--") })
        #expect(
            Set(said.attributes).isSubset(of: [
                "aria-hidden", "aria-labelledby", "autocomplete", "charset", "checked", "class", "content", "for",
                "href",
                "http-equiv", "id", "lang", "name", "tabindex", "type",
            ]), "\(said.attributes)")
        #expect(said.links.allSatisfy { $0.hasPrefix("#") }, "\(said.links)")
    }

    @Test(
        "the log of GitHub Actions takes every line for one annotation",
        .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func github() throws {
        let said: ReadBack = try ReadBack.reading(ReportFormat.github.render(Self.hostile()), as: "github")
        #expect(Set(said.findings.keys) == Set(Self.broken))
        #expect(said.errors.isEmpty, "\(said.errors)")
        #expect(Set(said.elements) == ["error", "warning", "notice"])
        #expect(Set(said.attributes) == ["file", "line", "title"])
        for rule in Self.broken {
            let number = try #require(Int(rule.split(separator: "-")[1]))
            #expect(says(said.findings[rule] ?? "", Self.tricks[number]), "\(rule)")
        }
    }

    @Test(
        "in a real browser nothing is run and nothing fetched, without the page's policy too",
        .enabled(if: Judge.hasChromium, Judge.chromiumMissing), arguments: [false, true])
    func browser(bypassesPolicy: Bool) throws {
        let seen = try Browsed(ReportFormat.html.render(Self.hostile()), bypassesPolicy: bypassesPolicy)
        #expect(seen.dialogs.isEmpty)
        #expect(seen.requests == [seen.page])
        #expect(seen.console.isEmpty)
        #expect(seen.scripts + seen.handlers + seen.foreign + seen.inlineStyles == 0)
        #expect(seen.overflow.isEmpty, "wider than the window at \(seen.overflow)")
        #expect(Set(seen.texts.keys) == Set(Self.all))
        for (rule, text) in seen.texts {
            let number = try #require(Int(rule.split(separator: "-")[1]))
            #expect(says(text, Self.tricks[number]), "\(rule)")
        }
    }
}
