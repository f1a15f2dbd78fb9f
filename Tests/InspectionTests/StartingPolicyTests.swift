import BatchRules
import Inspection
import Testing

@Suite struct StartingPolicyTests {
    @Test func namesEveryRuleAndChangesNothing() throws {
        let text = startingPolicy(.batch)
        let policy = try PolicyFile(Array(text.utf8), catalog: .batch)
        #expect(policy.levels.isEmpty && policy.waivers.isEmpty && policy.failOn == nil)
        for rule in RuleCatalog.batch.rules { #expect(text.contains("# \(rule.id): \(rule.level.rawValue)")) }
    }

    @Test func isReadInFullOnceItsCommentsAreTakenOff() throws {
        let lines = startingPolicy(.batch).split(separator: "\n").map(String.init)
        let rules = lines.filter { $0.hasPrefix("  # ") && !$0.contains("- rule:") && $0.contains(": re") }
            .map { "  " + $0.dropFirst(4) }
        let waiver = lines.drop { $0 != "waivers:" }.map { $0.hasPrefix("  # ") ? "  " + $0.dropFirst(4) : $0 }
        let text = (["rules:"] + rules + waiver).joined(separator: "\n")
        let policy = try PolicyFile(Array(text.utf8), catalog: .batch)
        #expect(policy.levels.count == RuleCatalog.batch.rules.count)
        #expect(policy.waivers.count == 1)
        #expect(
            policy.waivers.first?.found == ["amazon-ecs-init 1.106.1-1", "docker-ce 5:27.3.1-1~debian.12~bookworm"])
    }
}
