/// The catalog as people read it.

import BatchRules
import Foundation
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

    @Test("JSON has every rule in full, in order, and of one rule that one alone")
    func json() throws {
        struct Catalog: Decodable {
            struct Rule: Decodable { let id, title, question, reason, decidedBy, remedy, reference: String }
            let rules: [Rule]
        }
        func rules(_ rule: Rule? = nil) throws -> [Catalog.Rule] {
            let text = try RulesFormat.json.render(.batch, explaining: rule)
            let catalog = try JSONDecoder().decode(Catalog.self, from: Data(text.utf8))
            return catalog.rules
        }
        #expect(try rules().map(\.id) == RuleCatalog.batch.rules.map(\.id))
        #expect(try rules().map(\.remedy) == RuleCatalog.batch.rules.map(\.remedy))
        #expect(try rules(RuleCatalog.batch.rule("cloud-init")).map(\.id) == ["cloud-init"])
    }

    @Test("Markdown has a row and a section of every rule, and its documentation as a link")
    func markdown() throws {
        let text = try RulesFormat.markdown.render(.batch)
        for rule in RuleCatalog.batch.rules {
            #expect(text.contains("\n| `\(rule.id)` | "), "\(rule.id)")
            #expect(text.contains("\n### `\(rule.id)`: "), "\(rule.id)")
            #expect(text.contains("<\(rule.reference)>"), "\(rule.id)")
        }
        let one = try RulesFormat.markdown.render(.batch, explaining: RuleCatalog.batch.rule("kernel-version"))
        #expect(one.hasPrefix("# `kernel-version`: ") && !one.contains("cloud-init"))
        #expect(one.contains("A policy may set:** `oldest`"))
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
