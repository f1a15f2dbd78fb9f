import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// agent-config on the agent's JSON document: which one it reads, and what of it the agent's version refuses.
@Suite struct AgentConfigDocumentVerdictTests {
    static func config(_ text: String) -> AgentImage { AgentConfigTests.config(text) }
    static func document(_ entry: LiteralEntry) -> AgentImage { AgentConfigTests.document(entry) }

    private static let bad = #"{"ReservedMemory": "256"}"#
    private static let path = "ECS_AGENT_CONFIG_FILE_PATH"

    @Test(arguments: [
        RuleCase(
            "seconds where nanoseconds are counted", document(#"{"DockerStopTimeout": 30}"#), .fail,
            "ecs.config.json:1: DockerStopTimeout: nanoseconds, at least 1000000000 (1 s), expected, 30 found", line: 1),
        RuleCase("30 seconds", document(#"{"DockerStopTimeout": 30000000000}"#), .pass, "nothing"),
        RuleCase("nothing, which is unset", document(#"{"DockerStopTimeout": 0}"#), .pass, "nothing"),
        RuleCase("less than nothing", document(#"{"DockerStopTimeout": -1}"#), .fail, "DockerStopTimeout"),
        RuleCase(
            "the last one counts", document("{\"DockerStopTimeout\": 1,\n\"dockerstoptimeout\": 2000000000}"), .pass,
            "nothing"),
        RuleCase(
            "null leaves it", document("{\"DockerStopTimeout\": 1,\n\"dockerstoptimeout\": null}"), .fail,
            "DockerStopTimeout"),
        RuleCase(
            "a variable wins",
            document(#"{"DockerStopTimeout": 30}"#).with("/etc/ecs/ecs.config", "ECS_CONTAINER_STOP_TIMEOUT=30s"),
            .pass, "nothing"),
        RuleCase(
            "a variable of less than the minimum is raised to it",
            document(#"{"DockerStopTimeout": 30}"#).with("/etc/ecs/ecs.config", "ECS_CONTAINER_STOP_TIMEOUT=1ms"),
            .pass, "nothing"),
        RuleCase(
            "a variable that is no duration",
            document(#"{"DockerStopTimeout": 30}"#).with("/etc/ecs/ecs.config", "ECS_CONTAINER_STOP_TIMEOUT=30"),
            .fail, "DockerStopTimeout"),
        RuleCase(
            "a variable of no time",
            document(#"{"DockerStopTimeout": 30}"#).with("/etc/ecs/ecs.config", "ECS_CONTAINER_STOP_TIMEOUT=0h0s"),
            .fail, "DockerStopTimeout"),
        RuleCase(
            "44 seconds to start", document(#"{"ContainerStartTimeout": 44999999999}"#), .fail,
            "ContainerStartTimeout: nanoseconds, at least 45000000000 (45 s), expected"),
        RuleCase("45 seconds to start", document(#"{"ContainerStartTimeout": 45000000000}"#), .pass, "nothing"),
        RuleCase("a minimum of no other", document(#"{"ContainerCreateTimeout": 1}"#), .pass, "nothing"),
    ])
    func durationsBelowTheMinimumStopTheAgent(_ row: RuleCase) throws {
        try row.check(.agentConfig)
    }

    @Test(arguments: [
        RuleCase(
            "another document",
            config("\(path)=/etc/ecs/other.json").with("/etc/ecs/other.json", .text(bad)), .fail,
            "/etc/ecs/other.json:1: ReservedMemory"),
        RuleCase(
            "the usual one beside another",
            document(.text(bad)).with("/etc/ecs/ecs.config", .text("\(path)=/etc/ecs/x")),
            .pass, "nothing"),
        RuleCase(
            "the same one in another spelling",
            document(.text(bad)).with("/etc/ecs/ecs.config", .text("\(path)=/etc//ecs/../ecs/./ecs.config.json")),
            .fail,
            "ReservedMemory"),
        RuleCase(
            "a file with a slash behind it",
            document(.text(bad)).with("/etc/ecs/ecs.config", .text("\(path)=/etc/ecs/ecs.config.json/")), .pass,
            "nothing"),
        RuleCase(
            "blank", document(.text(bad)).with("/etc/ecs/ecs.config", .text("\(path)= ")), .pass, "nothing"),
        RuleCase(
            "a star, which is no pattern",
            document(.text(bad)).with("/etc/ecs/ecs.config", .text("\(path)=/etc/ecs/*.json")), .pass, "nothing"),
        RuleCase(
            "a directory", config("\n\(path)=/etc/ecs"), .fail,
            "/etc/ecs/ecs.config:2: the agent's document expected at /etc/ecs, a directory found", line: 2),
        RuleCase("a directory above", config("\(path)=/etc/"), .fail, "a directory found"),
        RuleCase(
            "a directory that the container does not have", config("\(path)=/opt").with("/opt", .directory), .pass,
            "nothing"),
        RuleCase(
            "outside of the container", config("\(path)=/opt/x.json").with("/opt/x.json", .text(bad)), .pass, "nothing"),
        RuleCase(
            "the agent's log directory by its name inside",
            config("\(path)=/log/x.json").with("/var/log/ecs/x.json", .text(bad)), .fail, "/var/log/ecs/x.json:1: "),
        RuleCase(
            "a link within", document(.link("a/b.json")).with("/etc/ecs/a/b.json", .text(bad)), .fail, "ReservedMemory"),
        RuleCase(
            "a link by a directory that is a link out",
            document(.link("a/b.json")).with("/etc/ecs/a", .link("/opt")).with("/opt/b.json", .text(bad)), .pass,
            "nothing"),
        RuleCase(
            "a link out", document(.link("../../opt/x.json")).with("/opt/x.json", .text(bad)), .pass, "nothing"),
        RuleCase(
            "a link out and back in",
            document(.link("/opt/x.json")).with("/opt/x.json", .link("/etc/ecs/y.json"))
                .with("/etc/ecs/y.json", .text(bad)), .pass, "nothing"),
        RuleCase("a link in a circle", document(.link("ecs.config.json")), .pass, "nothing"),
        RuleCase(
            "a link into the libraries", document(.link("/usr/lib/x.json")).with("/usr/lib/x.json", .text(bad)), .fail,
            "ReservedMemory"),
        RuleCase(
            "a link into the libraries, which ecs-init binds from 1.52.0 on",
            AgentImage.ecsInit("1.51.0-1.amzn2").with("/etc/ecs/ecs.config.json", .link("/usr/lib/x.json"))
                .with("/usr/lib/x.json", .text(bad)), .pass, "nothing"),
        RuleCase(
            "a directory of the host that is a link",
            AgentImage.ecsInit().with("/etc/ecs", .link("/opt/ecs")).with("/opt/ecs/ecs.config.json", .text(bad)),
            .fail,
            "ReservedMemory"),
        RuleCase(
            "another of 1 GB", config("\(path)=/etc/ecs/x.json").with("/etc/ecs/x.json", .sized(1 << 30)),
            .undetermined,
            "/etc/ecs/x.json: at most"),
    ])
    func theDocumentIsTheOneThatTheContainerSees(_ row: RuleCase) throws {
        try row.check(.agentConfig)
    }

    static func of(_ version: String, _ document: String) -> AgentImage {
        AgentImage.ecsInit(version).with("/etc/ecs/ecs.config.json", .text(document))
    }

    @Test(arguments: [
        RuleCase("a field", of("1.87.0-1", #"{"NodeStageTimeout": "2s"}"#), .fail, "NodeStageTimeout: a whole number"),
        RuleCase("before it", of("1.86.3-1", #"{"NodeStageTimeout": "2s"}"#), .pass, "nothing"),
        RuleCase("rightly", of("1.106.1-1", #"{"NodeUnstageTimeout": 30000000000}"#), .pass, "nothing"),
        RuleCase("a prefix", of("1.106.1-1", #"{"OverrideAWSVPCLocalIPv4Address": "x"}"#), .fail, "a network prefix"),
        RuleCase("no prefix", of("1.106.1-1", #"{"OverrideAWSVPCLocalIPv4Address": null}"#), .pass, "nothing"),
        RuleCase("an object", of("1.106.1-1", #"{"InstanceIPCompatibility": "ipv4"}"#), .fail, "an object expected"),
        RuleCase("any object", of("1.106.1-1", #"{"InstanceIPCompatibility": {"x": 1}}"#), .pass, "nothing"),
        RuleCase("a text", of("1.106.1-1", #"{"CSIDriverSocketPath": 5}"#), .fail, "CSIDriverSocketPath: a string"),
        RuleCase("a boolean", of("1.106.1-1", #"{"IMDSIAMRolesEnabled": 1}"#), .fail, "IMDSIAMRolesEnabled: true or"),
        RuleCase("a conditional", of("1.106.1-1", #"{"PropagateTaskMemoryLimitCgroupV2": 1}"#), .pass, "nothing"),
        RuleCase(
            "no conditional", of("1.106.1-1", #"{"PropagateTaskMemoryLimitCgroupV2": "true"}"#), .fail, "true or false"),
        RuleCase("before it", of("1.103.1-1", #"{"PropagateTaskMemoryLimitCgroupV2": "true"}"#), .pass, "nothing"),
        RuleCase("1 for true", of("1.43.0-1", #"{"Checkpoint": 1}"#), .pass, "nothing"),
        RuleCase("1 for true, before", of("1.42.0-1", #"{"Checkpoint": 1}"#), .fail, "Checkpoint: true or false"),
        RuleCase("the first to take it", of("1.16.0-1", #"{"TaskCPUMemLimit": 1}"#), .pass, "nothing"),
        RuleCase("what no agent took before", of("1.30.0-1", #"{"FirelensAsyncEnabled": "true"}"#), .pass, "nothing"),
        RuleCase("never a field", of("1.106.1-1", #"{"AcceptInsecureCert": "x"}"#), .pass, "nothing"),
        RuleCase("malformed", of("1.14.5-1", "{"), .fail, "ecs.config.json:1"),
        RuleCase("malformed, which is only logged", of("1.14.4-1", "{"), .pass, "nothing"),
        RuleCase("of another type, likewise", of("1.14.4-1", #"{"ReservedMemory": "256"}"#), .pass, "nothing"),
        RuleCase("below a minimum all the same", of("1.14.4-1", #"{"DockerStopTimeout": 1}"#), .fail, "(1 s)"),
        RuleCase("before the minimum", of("1.17.2-1", #"{"ContainerStartTimeout": 1}"#), .pass, "nothing"),
        RuleCase("outside of EC2", of("1.52.0-1", #"{"External": 1}"#), .fail, "one outside of EC2"),
        RuleCase("before the mode", of("1.51.0-1", #"{"External": true}"#), .pass, "nothing"),
        RuleCase("null after the mode", of("1.106.1-1", #"{"External": true, "external": null}"#), .pass, "nothing"),
        RuleCase("the mode after null", of("1.106.1-1", #"{"External": null, "external": true}"#), .fail, "External"),
        RuleCase(
            "a variable wins over the mode",
            of("1.106.1-1", #"{"External": true}"#).with("/etc/ecs/ecs.config", "ECS_EXTERNAL=F"), .pass, "nothing"),
        RuleCase(
            "a variable that is neither does not",
            of("1.106.1-1", #"{"External": true}"#).with("/etc/ecs/ecs.config", "ECS_EXTERNAL=no"), .fail, "External"),
        RuleCase(
            "version not known",
            AgentImage.none.with("/usr/sbin/amazon-ecs-init", "x")
                .with("/etc/ecs/ecs.config.json", #"{"NodeStageTimeout": "2s"}"#), .undetermined,
            "a string found, which agents from 1.87 on refuse; ecs-init of unknown version"),
        RuleCase(
            "of unknown version and right",
            AgentImage.none.with("/usr/sbin/amazon-ecs-init", "x").with("/etc/ecs/ecs.config.json", "{}"), .pass,
            "nothing"),
    ])
    func theVersionDecidesWhatTheDocumentMayHold(_ row: RuleCase) throws {
        try row.check(.agentConfig)
    }
}
