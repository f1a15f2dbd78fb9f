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
