/// What each verdict becomes in JUnit, Markdown and workflow commands, and how their escapes are written.

import BatchRules
import ImageReading
import Testing

@testable import Reporting

@Suite struct FormatsTests {
    @Test("in JUnit a failure fails, undetermined is an error, accepted and not applicable are skipped")
    func junit() throws {
        let xml = try ReportFormat.junit.render(fullReport())
        for (rule, element) in [
            ("kernel-version", "system-out"), ("awslogs-driver", "failure"), ("docker-config", "error"),
            ("docker-tested", "skipped"), ("multi-node-parallel", "skipped"),
        ] {
            #expect(xml.contains("name=\"\(rule)\">\n      <\(element)"), "\(rule)")
        }
        #expect(xml.contains("tests=\"11\" failures=\"3\" errors=\"2\" skipped=\"3\""))
        for group in ["specification", "host"] {
            #expect(xml.contains("classname=\"amilint.batch-ami-2026-11-24_tar_gz.\(group)\""))
        }
    }

    @Test("in the log of GitHub Actions only a required failure is an error")
    func github() throws {
        let lines = try ReportFormat.github.render(fullReport()).split(separator: "\n")
        let kinds = lines.map { String($0.prefix { $0 != " " }) }
        #expect(kinds.first == "::notice")
        #expect(kinds.filter { $0 == "::error" }.count == 2)
        #expect(lines.contains { $0.hasPrefix("::error file=etc/ecs/ecs.config,line=3,title=awslogs-driver fails") })
        #expect(lines.contains { $0.hasPrefix("::warning title=amilint policy::the waiver of agent-latest") })
        #expect(
            lines.contains { $0.hasPrefix("::notice file=var/lib/dpkg/status,line=1,title=docker-tested accepted") })
    }

    @Test(
        "Markdown text has nothing that GitHub or GitLab would act on",
        arguments: [
            ("plain text, x", "plain text, x"), ("a|b", "a&#124;b"), ("x86_64", "x86&#95;64"),
            ("<b>", "&#60;b&#62;"), ("@team", "@&#8203;team"), ("#12", "#&#8203;12"),
            ("https://x", "https:&#8203;//x"), ("a: b", "a: b"),
            ("www.x", "www&#8203;.x"), ("a\nb", "a&#92;nb"),
        ])
    func markdownTexts(text: String, expected: String) {
        #expect(markdownText(text) == expected)
    }

    @Test(
        "a code span holds any text",
        arguments: [
            ("a", "`a`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), (" a", "`  a `"), ("", ""), ("a|b", "`a\\|b`"),
        ])
    func codeSpans(text: String, expected: String) {
        #expect(codeSpan(text, inTable: true) == expected)
    }

    @Test("a Markdown report keeps its size where a line of the image does not")
    func size() throws {
        let evidence = (1...100).map { Evidence("/etc/x", line: $0, String(repeating: "x", count: 10_000)) }
        let markdown = try ReportFormat.markdown.render(report([rule("a", .required, .fail("long", evidence))]))
        #expect(markdown.utf8.count < 5000)
        #expect(markdown.contains("and 92 more places"))
    }

    @Test(
        "paths become relative references",
        arguments: [
            ("/etc/ecs/ecs.config", "etc/ecs/ecs.config"), ("/", "."), ("/a b", "a%20b"),
            ("/é/+:?#[]%", "%C3%A9/%2B%3A%3F%23%5B%5D%25"),
            ("/a\u{301}", "a%CC%81"), ("/x\\xff", "x%5Cxff"),
        ])
    func uris(path: String, expected: String) {
        #expect(relativeURI(path) == expected)
    }

    @Test("what stands between backticks is code, a lone backtick is itself")
    func prose() {
        #expect(proseParts("run `a b` now").map(\.text) == ["run ", "a b", " now"])
        #expect(proseParts("run `a b` now").map(\.isCode) == [false, true, false])
        #expect(proseParts("a ` b").map(\.text) == ["a ` b"])
    }
}
