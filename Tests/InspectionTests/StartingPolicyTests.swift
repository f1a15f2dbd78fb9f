/// The file that a new policy begins with names every rule, and what it shows of parameters is a policy.

import BatchRules
import Testing

@testable import Inspection

@Suite struct StartingPolicyTests {
    private static let lines = startingPolicy(.batch).split(separator: "\n").map(String.init)

    @Test func everyRuleStandsInItInTheCatalogsOrder() {
        let ids = Self.lines.compactMap { $0.firstMatch(of: #/^  # ([a-z-]+): (required|recommended) /#)?.output.1 }
        #expect(ids.map(String.init) == RuleCatalog.batch.rules.map(\.id))
    }

    @Test func everyRuleWithAParameterHasAnExampleThatAPolicyMayHave() throws {
        let examples = Self.lines.filter { $0.hasPrefix("#   ") }.map { $0.dropFirst(2) }
        let policy = try PolicyFile(Array("rules:\n\(examples.joined(separator: "\n"))\n".utf8), catalog: .batch)
        let ids = RuleCatalog.batch.rules.filter { $0.parameter != nil }.map(\.id)
        #expect(Set(policy.parameters.keys) == Set(ids) && examples.count == ids.count)
        #expect(policy.levels.isEmpty)
    }

    @Test(arguments: [
        (0, "# No rules have a parameter:"), (2, "# Two rules have a parameter:"), (13, "# 13 rules have a parameter:"),
    ])
    func theirNumberIsThatOfTheCatalog(count: Int, line: String) throws {
        let rule = try #require(RuleCatalog.batch.rule("kernel-version"))
        #expect(startingPolicy(RuleCatalog(rules: Array(repeating: rule, count: count))).contains(line + "\n"))
    }
}
