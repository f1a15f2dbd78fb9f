import ImageFacts
import Testing

@testable import BatchRules

@Suite struct AgentLatestTests {
    @Test(arguments: [
        RuleCase("latest", .ecsInit(), .pass, "that is agent 1.106.1, the latest as of 2026-08-20"),
        RuleCase("newer than the table", .ecsInit("1.107.0-1"), .pass, "newer than agent 1.106.1"),
        RuleCase(
            "older", .ecsInit("1.99.1-1.amzn2"), .fail,
            "ecs-init 1.99.1-1.amzn2 is older than agent 1.106.1, the latest as of 2026-08-20"),
        RuleCase("by hand", .byHand([]), .fail, "the ECS agent v1.62.1 is older"),
        RuleCase(
            "pulled as latest", .running("amazon/amazon-ecs-agent"), .pass,
            "the agent's tag latest, 1.106.1 as of 2026-08-20, which every instance pulls anew"),
        RuleCase(
            "a digest", .running("amazon/amazon-ecs-agent@sha256:0123"), .undetermined,
            "the ECS agent of unknown version"),
        RuleCase(
            "version not known", AgentImage.none.with("/usr/sbin/amazon-ecs-init", .executable()), .undetermined,
            "ecs-init of unknown version"),
        RuleCase("no agent", .none, .notApplicable, "see ecs-agent"),
        RuleCase("damaged database", .damaged, .undetermined, "/var/lib/rpm/Packages"),
    ])
    func latestOfTheTable(_ row: RuleCase) throws {
        try row.check(.agentLatest)
    }

    @Test func policyMayNameTheOldestAgentAccepted() throws {
        let policy = Policy.test("agent-latest", ReleaseVersion(1, 60))
        try RuleCase("older", .ecsInit("1.59.0-1"), .fail, "is older than 1.60, the oldest that the policy accepts")
            .check(.agentLatest, policy)
        try RuleCase("newer", .ecsInit("1.60.0-1"), .pass, "the policy accepts 1.60 or newer")
            .check(.agentLatest, policy)
    }
}
