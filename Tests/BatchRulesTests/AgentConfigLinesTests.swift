import TestSupport
import Testing

@testable import BatchRules

@Suite struct AgentConfigLinesTests {
    static func config(_ text: String) -> AgentImage { .ecsInit().with("/etc/ecs/ecs.config", .text(text)) }

    @Test(arguments: [
        RuleCase("none", .ecsInit(), .pass, "there is no ecs.config; looked at /var/lib/ecs/ecs.config, /etc/ecs"),
        RuleCase("clean", config("# x\n\nECS_CLUSTER=default\n"), .pass, "every line of /etc/ecs/ecs.config does"),
        RuleCase(
            "no =", config("\nECS_CLUSTER\n"), .fail,
            "a line does not do what it looks like: /etc/ecs/ecs.config:2: no =, passed over", line: 2),
        RuleCase(
            "export", config("export ECS_CLUSTER=x"), .fail, "export becomes part of the name, so it does not set"),
        RuleCase("blank", config("ECS_CLUSTER =x"), .fail, "so it does not set ECS_CLUSTER"),
        RuleCase("mark", config("\u{FEFF}ECS_CLUSTER=x"), .fail, "a byte order mark"),
        RuleCase("quoted", config("ECS_CLUSTER=\"x\""), .fail, "the quotes become part of the value of ECS_CLUSTER"),
        RuleCase("comment", config("ECS_CLUSTER=x # y"), .fail, "the # and what follows"),
        RuleCase("twice", config("ECS_CLUSTER=x\nECS_CLUSTER=y"), .fail, "set again on line 2, which wins", line: 1),
        RuleCase(
            "typing mistake", config("ECS_AVALABLE_LOGGING_DRIVERS=x"), .fail,
            "knows ECS_AVALABLE_LOGGING_DRIVERS; perhaps ECS_AVAILABLE_LOGGING_DRIVERS is meant"),
        RuleCase(
            "what today's agent reads",
            config(
                """
                ECS_INSTANCE_IP_COMPATIBILITY=ipv4
                ECS_PROPAGATE_TASK_MEMORY_LIMIT_CGROUPV2=true
                ECS_PAUSE_LABELS={"a":"b"}
                ECS_DETAILED_OS_FAMILY=debian_11
                ECS_ENABLE_PROMETHEUS_METRICS=true
                """), .pass, "does what it looks like"),
        RuleCase("what no agent reads", config("ECS_FIPS_ENABLED=true"), .fail, "knows ECS_FIPS_ENABLED"),
        RuleCase(
            "UTF-16",
            .ecsInit().with("/etc/ecs/ecs.config", .bytes([0xFF, 0xFE] + "ECS_CLUSTER=x".utf8.flatMap { [$0, 0] })),
            .fail, "a NUL byte in it, as text in UTF-16 holds", line: 1),
        RuleCase(
            "longer than a variable may be", config("A=" + String(repeating: "x", count: 131_072)), .fail,
            "128 KiB or more"),
        RuleCase(
            "in a file that is not read yet",
            AgentImage.ecsInit("1.20.0-1.amzn1").with("/var/lib/ecs/ecs.config", "ECS_CLUSTER=x"), .fail,
            "reads it from 1.25 on, and this is ecs-init 1.20.0-1.amzn1"),
        RuleCase(
            "nothing in such a file",
            AgentImage.ecsInit("1.20.0-1.amzn1").with("/var/lib/ecs/ecs.config", "# ECS_CLUSTER=x\n"), .pass,
            "does what"),
        RuleCase(
            "in the image's file", AgentImage.ecsInit().with("/var/lib/ecs/ecs.config", "x"), .fail,
            "/var/lib/ecs/ecs.config:1:"),
        RuleCase("many", config(String(repeating: "x\n", count: 60)), .fail, "60 lines do not do what they look like"),
        RuleCase("many, cut", config(String(repeating: "x\n", count: 60)), .fail, "; and 55 more"),
        RuleCase(
            "1 GB", AgentImage.ecsInit().with("/etc/ecs/ecs.config", .sized(1 << 30)), .undetermined,
            "/etc/ecs/ecs.config"),
        RuleCase("no agent", AgentImage.none.with("/etc/ecs/ecs.config", "x"), .notApplicable, "see ecs-agent"),
        RuleCase("damaged database", .damaged, .undetermined, "/var/lib/rpm/Packages"),
    ])
    func linesThatMislead(_ row: RuleCase) throws {
        try row.check(.agentConfigLines)
    }
}
