/// What a report says of each group of rules, and of those that were not judged.

import BatchRules
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import Reporting

@Suite struct GroupStandingTests {
    private static func judged(
        _ verdicts: [(Group, Level, Verdict)], groups: Set<Group> = Set(Group.allCases)
    ) throws -> Report {
        let rules = verdicts.enumerated().map { number, row in
            Rule(
                id: "rule-\(number)", level: row.1, title: "", group: row.0, question: "", reason: "", decidedBy: "",
                remedy: "", reference: "", judge: { _, _ in row.2 })
        }
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")), groups: groups)
        let image = ImageDescription(name: "image.tar", kind: "tar", compression: nil)
        let observed = ObservedImage(image: image, facts: Facts(in: RootFilesystem([:])), packages: nil)
        return observed.report(by: RuleCatalog(rules: rules), under: policy)
    }

    @Test("each group passes, fails, is undetermined, has advice or does not apply")
    func words() throws {
        let report = try Self.judged([
            (.specification, .required, .pass("")), (.specification, .recommended, .fail("old")),
            (.host, .required, .pass("")), (.host, .required, .fail("broken")), (.host, .required, .undetermined("?")),
            (.boot, .required, .undetermined("?")), (.gpu, .required, .notApplicable("no GPU asked for")),
            (.hygiene, .recommended, .pass("")),
        ])
        #expect(
            report.groupSentence == "specification passes, with advice · host fails · boot undetermined · "
                + "gpu does not apply · hygiene passes")
    }

    @Test(
        "a group that was left out is said in every format, and none of its rules counts",
        arguments: ReportFormat.allCases)
    func leftOut(format: ReportFormat) throws {
        let verdicts: [(Group, Level, Verdict)] = [
            (.specification, .required, .pass("")), (.host, .required, .fail("")),
        ]
        let report = try Self.judged(verdicts, groups: [.specification, .boot, .gpu])
        #expect(report.findings.map(\.group) == [.specification])
        #expect(report.summary.verdict == .pass)
        let text = try format.render(report)
        if format == .json {
            #expect(text.contains(#""groups" : ["#) && !text.contains("hygiene"))
        } else {
            #expect(
                text.split { $0.isWhitespace }.joined(separator: " ").contains(
                    "groups that were not judged: host, hygiene"))
        }
    }
}
