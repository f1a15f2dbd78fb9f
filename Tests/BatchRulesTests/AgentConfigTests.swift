import ImageReading
import TestSupport
import Testing

@testable import BatchRules
@testable import ImageFacts

@Suite struct AgentConfigTests {
    static func config(_ text: String) -> AgentImage { .ecsInit().with("/etc/ecs/ecs.config", .text(text)) }
    static func document(_ entry: LiteralEntry) -> AgentImage { .ecsInit().with("/etc/ecs/ecs.config.json", entry) }
    static let key = "ECS_AVAILABLE_LOGGING_DRIVERS"

    @Test(arguments: [
        RuleCase("nothing", .ecsInit(), .pass, "nothing"),
        RuleCase("both empty, as installed", document("").with("/etc/ecs/ecs.config", ""), .pass, "nothing"),
        RuleCase(
            "unknown driver beside awslogs", config("\n\(key)=[\"awslogs\",\"awslog\"]"), .fail,
            "/etc/ecs/ecs.config:2: ECS_AVAILABLE_LOGGING_DRIVERS names \"awslog\", which",
            line: 2),
        RuleCase("in capitals", config("\(key)=[\"AWSLOGS\"]"), .fail, "names \"AWSLOGS\", which"),
        RuleCase("no string", config("\(key)=[\"awslogs\",5]"), .fail, "names an element that is no name"),
        RuleCase(
            "all known",
            config(
                "\(key)=[\"json-file\",\"syslog\",\"journald\",\"gelf\",\"fluentd\",\"awslogs\","
                    + "\"splunk\",\"logentries\",\"sumologic\",\"none\",\"awsfirelens\"]"), .pass, "nothing"),
        RuleCase("quoted drivers are another rule's question", config("\(key)='[\"awslogs\"]'"), .pass, "nothing"),
        RuleCase(
            "attributes", config("ECS_INSTANCE_ATTRIBUTES={\"gpu\": true}"), .fail,
            "ECS_INSTANCE_ATTRIBUTES: a string expected, a boolean found", line: 1),
        RuleCase(
            "attributes overridden by the user's",
            config("ECS_INSTANCE_ATTRIBUTES={}").with("/var/lib/ecs/ecs.config", "ECS_INSTANCE_ATTRIBUTES=x"), .pass,
            "nothing"),
        RuleCase(
            "attributes of the image",
            AgentImage.ecsInit().with("/var/lib/ecs/ecs.config", "ECS_INSTANCE_ATTRIBUTES=x"),
            .fail, "/var/lib/ecs/ecs.config:1: ECS_INSTANCE_ATTRIBUTES: a JSON value expected"),
        RuleCase("tags", config("ECS_CONTAINER_INSTANCE_TAGS='{}'"), .fail, "ECS_CONTAINER_INSTANCE_TAGS:"),
        RuleCase("routes", config("ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES=[\"10.0.0.0\"]"), .fail, "a network prefix"),
        RuleCase("ECS Anywhere", config("ECS_EXTERNAL=True"), .fail, "ECS_EXTERNAL", line: 1),
        RuleCase("not ECS Anywhere", config("ECS_EXTERNAL=false"), .pass, "nothing"),
        RuleCase("line without a name", config("====="), .fail, "no name before its =", line: 1),
        RuleCase(
            "broken document", document("{\n\"Cluster\": \"x\",\n}"), .fail,
            "/etc/ecs/ecs.config.json:3: a member's name in double quotes expected, \"}\" found", line: 3),
        RuleCase("shell in the document", document("ECS_CLUSTER=x"), .fail, "a JSON value expected, \"E\" found"),
        RuleCase("wrong type", document("{\"ReservedMemory\": \"256\"}"), .fail, "ReservedMemory: a whole number"),
        RuleCase("ECS Anywhere in the document", document("{\"External\": true}"), .fail, "External: the mode"),
        RuleCase("document of 1 GB", document(.sized(1 << 30)), .undetermined, "/etc/ecs/ecs.config.json: at most"),
        RuleCase(
            "deep document", document(.text(String(repeating: "{\"a\":", count: 100_000))), .fail,
            "at most 10000 levels of nesting expected", line: 1),
        RuleCase(
            "a refusal outweighs what cannot be read",
            document(.sized(1 << 30)).with("/etc/ecs/ecs.config", "ECS_EXTERNAL=true"), .fail, "ECS_EXTERNAL"),
        RuleCase("by hand", .byHand([(key, "[\"awslogs\"]")]), .pass, "nothing"),
        RuleCase("by hand, unknown driver", .byHand([(key, "[\"x\"]")]), .fail, "names \"x\", which", line: 9),
        RuleCase("by hand, attributes", .byHand([("ECS_INSTANCE_ATTRIBUTES", "x")]), .fail, "ECS_INSTANCE_ATTRIBUTES:"),
        RuleCase(
            "by hand, an environment file that docker run refuses",
            AgentImage.unit(run: "--env-file=/etc/ecs/ecs.config")
                .with("/etc/ecs/ecs.config", "ECS_LOGLEVEL=info\nexport ECS_CLUSTER=x\n"), .fail,
            "/etc/ecs/ecs.config: line 2: NAME=VALUE expected"),
        RuleCase(
            "by hand the document does not count", AgentImage.unit(run: "-d").with("/etc/ecs/ecs.config.json", "x"),
            .pass, "nothing"),
        RuleCase(
            "version not known", AgentImage.none.with("/usr/sbin/amazon-ecs-init", "x"), .pass, "nothing"),
        RuleCase("no agent", .none, .notApplicable, "see ecs-agent"),
        RuleCase("damaged database", .damaged, .undetermined, "/var/lib/rpm/Packages"),
        RuleCase(
            "loaded image alone",
            AgentImage.none.with(
                "/var/lib/docker/image/overlay2/repositories.json",
                #"{"Repositories":{"amazon/amazon-ecs-agent":{"amazon/amazon-ecs-agent:latest":"sha256:a"}}}"#),
            .undetermined, "see agent-at-boot"),
    ])
    func whatTheAgentRefuses(_ row: RuleCase) throws {
        try row.check(.agentConfig)
    }

    @Test func everyRefusalIsSaid() throws {
        let finding = try Self.config("ECS_EXTERNAL=true\nECS_INSTANCE_ATTRIBUTES=[]\n=x\n").finding(.agentConfig)
        #expect(finding.evidence.map(\.line) == [2, 3, 1])
        #expect(finding.message.hasPrefix("the agent refuses its configuration: /etc/ecs/ecs.config:2: ECS_INSTANCE_"))
        #expect(finding.message.contains("; /etc/ecs/ecs.config:3: a line of ecs.config has no name"))
        #expect(
            finding.message.contains(
                "; the agent takes the host for one outside of EC2 and does not join Batch's cluster: /etc/ecs/ecs.config:1: "
            )
        )
    }

    static func drivers(_ version: String, _ names: String) -> AgentImage {
        AgentImage.ecsInit(version).with("/etc/ecs/ecs.config", .text("\(key)=\(names)"))
    }

    @Test(arguments: [
        RuleCase(
            "awsfirelens", drivers("1.30.0-1", #"["awslogs","awsfirelens"]"#), .fail,
            "\"awsfirelens\" (known to agents from 1.50 on), which", line: 1),
        RuleCase("awsfirelens from 1.50.0 on", drivers("1.50.0-1", #"["awslogs","awsfirelens"]"#), .pass, "nothing"),
        RuleCase("none", drivers("1.14.5-1", #"["awslogs","none"]"#), .fail, "from 1.15 on"),
        RuleCase("sumologic", drivers("1.14.4-1", #"["awslogs","sumologic"]"#), .fail, "from 1.14.5 on"),
        RuleCase("logentries", drivers("1.14.4-1", #"["awslogs","logentries"]"#), .pass, "nothing"),
        RuleCase("splunk", drivers("1.10.0-1", #"["awslogs","splunk"]"#), .fail, "from 1.11 on"),
        RuleCase("awslogs", drivers("1.8.2-1", #"["awslogs"]"#), .fail, "from 1.9 on"),
        RuleCase(
            "of the document",
            document(#"{"AvailableLoggingDrivers": ["x"]}"#).with("/etc/ecs/ecs.config", .text(key + "=")),
            .fail, "ecs.config.json:1: AvailableLoggingDrivers names \"x\", which"),
        RuleCase(
            "left by null where another array stood",
            document(#"{"AvailableLoggingDrivers": ["x", "awslogs"], "AvailableLoggingDrivers": ["none", null]}"#)
                .with("/etc/ecs/ecs.config", .text(key + "=")), .pass, "nothing"),
        RuleCase(
            "tags of an agent that does not read them",
            AgentImage.ecsInit("1.21.0-1").with("/etc/ecs/ecs.config", "ECS_CONTAINER_INSTANCE_TAGS=x"), .pass,
            "nothing"),
        RuleCase(
            "the mode for machines outside of EC2, before it",
            AgentImage.ecsInit("1.51.0-1").with("/etc/ecs/ecs.config", "ECS_EXTERNAL=true"), .pass, "nothing"),
        RuleCase(
            "a file that is not read yet", AgentImage.ecsInit("1.24.0-1").with("/var/lib/ecs/ecs.config", "=x"), .pass,
            "nothing"),
    ])
    func theVersionDecidesWhatVariablesMayHold(_ row: RuleCase) throws {
        try row.check(.agentConfig)
    }

    private static func long(_ prefix: String, _ length: Int) -> String {
        prefix + String(repeating: "x", count: length - prefix.count)
    }

    @Test(arguments: [
        RuleCase("the longest", config(long("A=", 131_071)), .pass, "nothing"),
        RuleCase("longer", config("\n" + long("A=", 131_072)), .fail, "128 KiB or more, which Linux", line: 2),
        RuleCase("a comment that sets a variable", config(long("# A=", 131_072)), .fail, "128 KiB"),
        RuleCase("a comment that sets none", config(long("# A", 131_072)), .pass, "nothing"),
        RuleCase("set again", config(long("A=", 131_072) + "\nA=x"), .pass, "nothing"),
        RuleCase(
            "UTF-16", .ecsInit().with("/etc/ecs/ecs.config", .bytes(Array("A=b\n".utf8.flatMap { [$0, 0] }))),
            .undetermined, "a NUL byte found"),
        RuleCase(
            "UTF-16 and a refusal",
            document("x").with("/etc/ecs/ecs.config", .bytes(Array("A=b\n".utf8.flatMap { [$0, 0] }))), .fail,
            "ecs.config.json:1"),
    ])
    func whatNoProgramCanBeGivenStopsTheAgent(_ row: RuleCase) throws {
        try row.check(.agentConfig)
    }
}
