/// What a person reads: the verdict first, then what to mend, in 80 columns, with nothing that acts.

import BatchRules
import ImageReading
import Testing

@testable import Reporting

@Suite struct TextReportTests {
    @Test("a report of every kind of finding looks as it did", arguments: [false, true])
    func golden(isColored: Bool) throws {
        let text = try ReportFormat.text.render(report(everyKind), style: TextStyle(isColored: isColored))
        try expectGolden(text, isColored ? "report-colored.txt" : "report.txt")
    }

    @Test("the verdict of the image comes first, then failures, undetermined, advice, passes")
    func order() throws {
        let lines = try ReportFormat.text.render(report(everyKind)).split(separator: "\n").map(String.init)
        #expect(lines.first == "FAIL image.tar.gz")
        let places = [
            "FAIL awslogs", "UNDETERMINED hvm", "advice agent", "undetermined advice docker", "pass linux",
            "n/a  multi",
        ]
        .map { start in lines.firstIndex { $0.hasPrefix(start) } }
        #expect(!places.contains(nil))
        #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    }

    @Test("on a terminal failures stand last, where the screen shows them, and passes are counted above")
    func orderOnATerminal() throws {
        let style = TextStyle(isColored: false, isTerminal: true, isBrief: true)
        let lines = try ReportFormat.text.render(report(everyKind), style: style).split(separator: "\n")
        let places = [
            "FAIL image", "2 rules pass", "undetermined advice", "advice agent", "UNDETERMINED", "FAIL awslogs",
        ]
        .map { start in lines.firstIndex { $0.hasPrefix(start) } }
        #expect(!places.contains(nil), "\(lines.joined(separator: "\n"))")
        #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
        #expect(lines.suffix(2).contains { $0.hasPrefix("FAIL: ") })
    }

    @Test("a failed recommendation does not look like an error")
    func advice() throws {
        let text = try ReportFormat.text.render(
            report([rule("a", .required, .pass("fine")), rule("b", .recommended, .fail("old"))]),
            style: TextStyle(isColored: true))
        #expect(!text.contains("FAIL"))
        #expect(!text.contains("\u{1b}[1;31m"))
        #expect(text.contains("PASS"))
        #expect(text.contains("1 recommended rule fails"))
    }

    @Test("without color there is no escape sequence, with it the words are the same")
    func color() throws {
        let plain = try ReportFormat.text.render(report(everyKind))
        #expect(!plain.contains("\u{1b}"))
        let colored = try ReportFormat.text.render(report(everyKind), style: TextStyle(isColored: true))
        #expect(colored.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
    }

    @Test("no line is wider than 80 columns but for a path that has to stay whole")
    func width() throws {
        let wide = String(repeating: "日本語 is wide and long ", count: 20)
        let rules = Level.allCases.flatMap { level in
            [
                Verdict.pass(wide, [Evidence("/etc/a", line: 1, wide)]), .fail(wide, [Evidence("/etc/a", wide)]),
                .undetermined(wide, [Evidence("/etc/a", String(repeating: "x", count: 5000))]), .notApplicable(wide),
            ].map { rule("\(level)-\($0.kind.rawValue.lowercased())", level, $0, title: wide, remedy: wide) }
        }
        for line in try ReportFormat.text.render(report(rules)).split(separator: "\n") {
            #expect(displayWidth(line) <= 80, "\(line)")
        }
    }

    @Test("what the image says acts on no terminal")
    func hostile() throws {
        let trick = "\u{1b}[2J\u{202e}evil\nFAKE line\r\u{9b}1m"
        let rules = Verdict.Kind.allCases.map { kind in
            let evidence = [Evidence(ImagePath("/etc/\(trick)"), realPath: ImagePath("/x\(trick)"), line: 1, trick)]
            let verdict: Verdict =
                switch kind {
                case .pass: .pass(trick, evidence)
                case .fail: .fail(trick, evidence, remedy: [RemedyStep(text: trick)])
                case .undetermined: .undetermined(trick, evidence, remedy: [RemedyStep(text: trick)])
                case .notApplicable: .notApplicable(trick, evidence)
                }
            return rule("rule-\(kind)", .required, verdict)
        }
        let image = ImageDescription(
            name: trick, kind: "tar", rootFolder: ImagePath("/\(trick)"), remarks: [trick])
        let text = try ReportFormat.text.render(
            report(rules, image: image, entries: ["/etc/os-release": .text("ID=x\nPRETTY_NAME=\"\(trick)\"\n")]))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isActive })
        #expect(!text.contains { $0.isNewline && $0 != "\n" })
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("FAKE") })
    }

    @Test("many places are counted, not all shown")
    func places() throws {
        let evidence = (1...20).map { Evidence("/etc/x", line: $0, "line") }
        let text = try ReportFormat.text.render(report([rule("a", .required, .fail("twenty", evidence))]))
        #expect(text.contains("/etc/x:8  line\n"))
        #expect(!text.contains("/etc/x:9 "))
        #expect(text.contains("and 12 more places"))
    }
}
