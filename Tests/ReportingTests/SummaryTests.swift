/// The verdict of an image follows from its required rules.

import BatchRules
import Testing

@testable import Reporting

@Suite struct SummaryTests {
    struct Row: Sendable {
        let findings: [(Level, Verdict)]
        let verdict: Verdict.Kind
        let sentence: String
    }

    static let rows: [Row] = [
        Row(findings: [], verdict: .pass, sentence: "no required rule was judged"),
        Row(findings: [(.required, .pass(""))], verdict: .pass, sentence: "the 1 required rule passes"),
        Row(
            findings: [(.required, .pass("")), (.required, .pass("")), (.recommended, .fail(""))], verdict: .pass,
            sentence: "all 2 required rules pass; 1 recommended rule fails"),
        Row(
            findings: [(.required, .fail("")), (.required, .undetermined("")), (.required, .pass(""))], verdict: .fail,
            sentence: "1 required rule fails, 1 cannot be determined, 1 passes"),
        Row(
            findings: [(.required, .undetermined("")), (.required, .notApplicable(""))], verdict: .undetermined,
            sentence: "1 required rule cannot be determined, 0 pass"),
        Row(
            findings: [(.recommended, .undetermined("")), (.recommended, .undetermined("")), (.required, .pass(""))],
            verdict: .pass, sentence: "the 1 required rule passes; 2 recommended rules cannot be determined"),
    ]

    @Test("findings come to a verdict and a sentence", arguments: rows)
    func summary(row: Row) {
        let findings = row.findings.map { Finding(rule: "r", level: $0, verdict: $1, remedy: "") }
        #expect(Summary(findings).verdict == row.verdict)
        #expect(Summary(findings).sentence == row.sentence)
    }
}
