import Testing

@testable import BatchRules

@Suite struct AgentFeatureFloorTests {
    @Test(arguments: [
        RuleCase("the oldest", .ecsInit("1.14.0-1"), .fail, "execution roles (1.16), credentials"),
        RuleCase("before EFS", .ecsInit("1.37.0-2.amzn2"), .fail, "EFS volumes (1.38), execute-command (1.50.2)"),
        RuleCase("before execute-command", .ecsInit("1.50.1-1"), .fail, "execute-command (1.50.2)"),
        RuleCase("all of old", .ecsInit("1.50.2-1"), .pass, "S3 Files volumes is known from 1.104 on"),
        RuleCase("1.65", .ecsInit("1.65.0-1"), .pass, ""),
        RuleCase("the latest", .ecsInit(), .pass, "knows what job definitions of AWS Batch ask for"),
        RuleCase("by hand", .running("amazon/amazon-ecs-agent:v1.30.0"), .fail, "EFS volumes"),
        RuleCase("by hand, latest", .running("amazon/amazon-ecs-agent:latest"), .pass, "latest"),
        RuleCase("by hand, a digest", .running("amazon/amazon-ecs-agent@sha256:0"), .notApplicable, "see agent-latest"),
        RuleCase("no agent", .none, .notApplicable, "see ecs-agent"),
        RuleCase("damaged", .damaged, .undetermined, ""),
    ])
    func anAgentKnowsWhatJobsAskFor(row: RuleCase) throws {
        try row.check(.agentFeatureFloor)
    }
}
