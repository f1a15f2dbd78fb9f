import TestSupport
import Testing

@testable import BatchRules

@Suite struct ClusterUnsetTests {
    static func config(_ text: String) -> AgentImage { .ecsInit().with("/etc/ecs/ecs.config", .text(text)) }

    @Test(arguments: [
        RuleCase("unset", .ecsInit(), .pass, "no cluster is set"),
        RuleCase("blank", config("ECS_CLUSTER="), .pass, "no cluster is set"),
        RuleCase("default", config("ECS_CLUSTER= default "), .pass, "default, which is accepted", line: 1),
        RuleCase(
            "named", config("\nECS_CLUSTER=prod"), .fail,
            "/etc/ecs/ecs.config:2: the cluster prod is set, which Batch names itself in user data", line: 2),
        RuleCase(
            "quoted default is another cluster", config("ECS_CLUSTER=\"default\""), .fail,
            "the cluster \"default\" is set"),
        RuleCase("overridden", config("ECS_CLUSTER=prod\nECS_CLUSTER=default"), .pass, "default"),
        RuleCase(
            "image's file", AgentImage.ecsInit().with("/var/lib/ecs/ecs.config", "ECS_CLUSTER=prod"), .fail,
            "/var/lib/ecs/ecs.config:1"),
        RuleCase(
            "document", AgentImage.ecsInit().with("/etc/ecs/ecs.config.json", "{\"Cluster\": \"prod\"}"), .fail,
            "/etc/ecs/ecs.config.json:1"),
        RuleCase(
            "document that is not read",
            config("ECS_AGENT_CONFIG_FILE_PATH=").with("/etc/ecs/ecs.config.json", "{\"Cluster\": \"prod\"}"), .pass,
            "no cluster is set"),
        RuleCase(
            "another document",
            config("ECS_AGENT_CONFIG_FILE_PATH=/etc/ecs/x.json").with("/etc/ecs/x.json", "{\"Cluster\": \"prod\"}"),
            .fail,
            "/etc/ecs/x.json:1"),
        RuleCase(
            "document beside a variable, which wins",
            config("ECS_CLUSTER=default").with("/etc/ecs/ecs.config.json", "{\"Cluster\": \"prod\"}"), .pass, "default"),
        RuleCase(
            "document beside an empty variable",
            config("ECS_CLUSTER=").with("/etc/ecs/ecs.config.json", "{\"Cluster\": \"prod\"}"), .fail,
            "the cluster prod is set"),
        RuleCase(
            "document, null leaves it",
            AgentImage.ecsInit().with(
                "/etc/ecs/ecs.config.json", "{\"Cluster\": \"prod\", \"cluster\": null}"), .fail,
            "the cluster prod is set"),
        RuleCase(
            "no agent", AgentImage.none.with("/etc/ecs/ecs.config", "ECS_CLUSTER=prod"), .fail,
            "the cluster prod is set"),
        RuleCase("by hand", .byHand([("ECS_CLUSTER", "prod")]), .fail, "/etc/systemd/system/ecs.service:9", line: 9),
        RuleCase(
            "1 GB", AgentImage.ecsInit().with("/etc/ecs/ecs.config", .sized(1 << 30)), .undetermined,
            "/etc/ecs/ecs.config"),
        RuleCase(
            "document of 1 GB", AgentImage.none.with("/etc/ecs/ecs.config.json", .sized(1 << 30)), .undetermined,
            "/etc/ecs/ecs.config.json"),
    ])
    func clusterIsLeftToBatch(_ row: RuleCase) throws {
        try row.check(.clusterUnset)
    }

    @Test func policyMayAllowNames() throws {
        let policy = Policy.test("cluster-unset", ["prod"])
        try RuleCase("allowed", Self.config("ECS_CLUSTER=prod"), .pass, "prod, which is accepted")
            .check(.clusterUnset, policy)
        try RuleCase("another", Self.config("ECS_CLUSTER=test"), .fail, "the cluster test is set").check(
            .clusterUnset, policy)
    }
}
