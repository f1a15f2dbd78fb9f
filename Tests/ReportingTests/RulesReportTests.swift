/// The catalog as people read it.

import BatchRules
import Testing

@testable import Reporting

@Suite struct RulesReportTests {
    @Test("the table has every rule once, below its group, in order, in 80 columns")
    func table() {
        let lines = rulesTable(.batch, style: .plain).split(separator: "\n")
        let first = lines.filter { !$0.hasPrefix("   ") }.map {
            $0.drop { $0 == " " }.prefix { $0 != " " && $0 != ":" }
        }
        let names = Set(RuleCatalog.batch.rules.map(\.id) + Group.allCases.map(\.rawValue))
        let expected = Group.allCases.flatMap { group in
            let rules = RuleCatalog.batch.rules.filter { $0.group == group }.map(\.id)
            return rules.isEmpty ? [] : [group.rawValue] + rules
        }
        #expect(first.map(String.init).filter(names.contains) == expected)
        #expect(lines.allSatisfy { displayWidth($0) <= 80 })
    }

    @Test("one rule says what it asks, why, what decides it, how to mend it and where it is documented")
    func one() throws {
        let rule = Rule(
            id: "some-rule", level: .required, title: "something", group: .specification, clause: .kernel,
            question: "asked",
            reason: "because",
            decidedBy: "files", remedy: "do it", reference: "https://example.com/a", judge: { _, _ in .pass("") })
        #expect(
            ruleText(rule, style: .plain) == """
                some-rule: something
                required, clause S2 of the AMI specification

                Asks
                    asked

                Why
                    because

                Decided by
                    files

                To mend it
                    do it

                Documented
                    https://example.com/a

                """)
    }
}
