import Testing

@testable import BatchRules

@Suite struct RegionBakedTests {
    @Test(arguments: [
        RuleCase("none", AgentProxyTests.config(""), .pass, "no region"),
        RuleCase(
            "in the file", AgentProxyTests.config("AWS_DEFAULT_REGION=eu-west-1\n"), .fail,
            "/etc/ecs/ecs.config:1: AWS_DEFAULT_REGION=", line: 1),
        RuleCase("an empty one", AgentProxyTests.config("AWS_DEFAULT_REGION=\n"), .pass, "no region"),
        RuleCase("a comment", AgentProxyTests.config("#AWS_DEFAULT_REGION=eu-west-1\n"), .pass, "no region"),
        RuleCase("another variable", AgentProxyTests.config("AWS_REGION=eu-west-1\n"), .pass, "no region"),
        // Issue 750 of the agent.
        RuleCase("by hand", .unit(run: "-e AWS_DEFAULT_REGION=us-east-1"), .fail, "AWS_DEFAULT_REGION=us-east-1"),
        RuleCase(
            "of the unit, passed on", .unit("Environment=AWS_DEFAULT_REGION=us-east-1", run: "-e AWS_DEFAULT_REGION"),
            .fail, "AWS_DEFAULT_REGION=us-east-1"),
        RuleCase("of the unit alone", .unit("Environment=AWS_DEFAULT_REGION=us-east-1", run: "-d"), .pass, "no region"),
        RuleCase(
            "of ecs-init alone", AgentProxyTests.started(.ecsInit(), "Environment=AWS_DEFAULT_REGION=us-east-1"), .pass,
            ""),
        RuleCase("no agent", .none, .notApplicable, "see ecs-agent"),
    ])
    func theRegionIsLeftToTheInstance(row: RuleCase) throws {
        try row.check(.regionBaked)
    }
}
