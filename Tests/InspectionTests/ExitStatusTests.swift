/// Findings come to an exit status.

import BatchRules
import Inspection
import Testing

@Suite struct ExitStatusTests {
    struct Row: Sendable {
        let findings: [(Level, Verdict.Kind)]
        let required: Int32
        let recommended: Int32
    }

    static let rows: [Row] = [
        Row(findings: [], required: 0, recommended: 0),
        Row(findings: [(.required, .pass), (.recommended, .pass)], required: 0, recommended: 0),
        Row(findings: [(.required, .notApplicable), (.recommended, .notApplicable)], required: 0, recommended: 0),
        Row(findings: [(.required, .fail), (.required, .undetermined)], required: 1, recommended: 1),
        Row(findings: [(.required, .undetermined), (.required, .pass)], required: 2, recommended: 2),
        Row(findings: [(.required, .pass), (.recommended, .fail)], required: 0, recommended: 1),
        Row(findings: [(.required, .pass), (.recommended, .undetermined)], required: 0, recommended: 2),
        Row(findings: [(.required, .undetermined), (.recommended, .fail)], required: 2, recommended: 1),
        Row(findings: [(.required, .fail), (.recommended, .undetermined)], required: 1, recommended: 1),
    ]

    @Test("findings come to a status, by what the command fails on", arguments: rows)
    func status(row: Row) {
        let findings = row.findings.map { level, kind in
            let verdict: Verdict =
                switch kind {
                case .pass: .pass("")
                case .fail: .fail("")
                case .undetermined: .undetermined("")
                case .notApplicable: .notApplicable("")
                }
            return Finding(rule: "r", level: level, verdict: verdict, remedy: "")
        }
        #expect(ExitStatus(findings, failOn: .required).rawValue == row.required)
        #expect(ExitStatus(findings, failOn: .recommended).rawValue == row.recommended)
        #expect(ExitStatus(findings, failOn: .none).rawValue == 0)
    }
}
