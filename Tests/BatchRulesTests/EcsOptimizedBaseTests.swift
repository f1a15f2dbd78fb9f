import Testing

@testable import BatchRules

@Suite struct EcsOptimizedBaseTests {
    @Test(arguments: [
        RuleCase(
            "Amazon Linux", AgentImage.ecsInit().on("amzn", "2", "Amazon Linux 2"), .pass,
            "Amazon Linux 2 with ecs-init 1.106.1-1.amzn2023"),
        RuleCase("another system", AgentImage.ecsInit().on("debian", "12", "Debian 12"), .fail, "Debian 12 with"),
        RuleCase("damaged", AgentImage.damaged.on("amzn", "2", "Amazon Linux 2"), .undetermined, "/var/lib/rpm"),
    ])
    func amazonLinuxWithEcsInit(_ row: RuleCase) throws {
        try row.check(.ecsOptimizedBase)
    }
}
