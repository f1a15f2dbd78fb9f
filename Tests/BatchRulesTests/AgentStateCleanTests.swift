import TestSupport
import Testing

@testable import BatchRules

@Suite struct AgentStateCleanTests {
    @Test(arguments: [
        RuleCase("clean", AgentImage.ecsInit().with("/var/lib/ecs/data", .directory), .pass, "nothing stands below"),
        RuleCase("no agent, clean", .none, .pass, "nothing stands below"),
        RuleCase(
            "today's", AgentImage.ecsInit().with("/var/lib/ecs/data/agent.db", "x"), .fail,
            "/var/lib/ecs/data/agent.db is left"),
        RuleCase(
            "before 1.44", AgentImage.none.with("/var/lib/ecs/data/ecs_agent_data.json", "{}"), .fail,
            "ecs_agent_data.json"),
        RuleCase(
            "anything", AgentImage.ecsInit().with("/var/lib/ecs/data/x", "x"), .fail,
            "1 name in /var/lib/ecs/data is left"),
        RuleCase(
            "cannot be searched",
            AgentImage.ecsInit().with("/var/lib/ecs/data", .unreadableDirectory(.permissionDenied)), .undetermined,
            "/var/lib/ecs/data"),
    ])
    func nothingOfAnEarlierAgent(_ row: RuleCase) throws {
        try row.check(.agentStateClean)
    }
}
