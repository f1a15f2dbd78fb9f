import ImageReading
import TestSupport
import Testing

@testable import BatchRules
@testable import ImageFacts

@Suite struct AwslogsDriverTests {
    static func config(_ text: String) -> AgentImage { .ecsInit().with("/etc/ecs/ecs.config", .text(text)) }
    static let key = "ECS_AVAILABLE_LOGGING_DRIVERS"

    @Test(arguments: [
        RuleCase("ecs-init's default", .ecsInit(), .pass, "from ecs-init's own default"),
        RuleCase(
            "before 1.9.0", .ecsInit("1.8.2-1"), .fail,
            "log drivers are \"json-file\", \"syslog\", from ecs-init's own default"),
        RuleCase("set", config("\(key)=[\"awslogs\"]"), .pass, "from /etc/ecs/ecs.config", line: 1),
        RuleCase(
            "set without", config("# x\n\(key)=[\"json-file\",\"splunk\"]"), .fail,
            "the agent does not offer awslogs: its log drivers are \"json-file\", \"splunk\", from", line: 2),
        RuleCase(
            "quoted", config("\(key)='[\"awslogs\"]'"), .fail,
            "the agent does not offer awslogs: its log drivers are \"json-file\", \"none\", from the "
                + "agent's own default; ECS_AVAILABLE_LOGGING_DRIVERS is set, but the quotes around it are part of",
            line: 1),
        RuleCase("blank", config("\n\(key)="), .fail, "is set, but it is blank", line: 2),
        RuleCase(
            "an unknown name beside it is another rule's question", config("\(key)=[\"awslogs\",\"awslog\"]"), .pass,
            "awslogs, awslog"),
        RuleCase(
            "the unit does not count",
            AgentImage.ecsInit().with(
                "/etc/systemd/system/ecs.service.d/x.conf", .text("[Service]\nEnvironment=\(key)=[\"none\"]\n")),
            .pass, "from ecs-init's own default"),
        RuleCase("by hand, set", .byHand([(key, "[\"awslogs\"]")]), .pass, "from ecs.service", line: 9),
        RuleCase("by hand, not set", .byHand([]), .fail, "\"json-file\", \"none\", from the agent's own default"),
        RuleCase(
            "by hand, not known",
            .byHand([], problem: Problem(.danglingLink, at: "/etc/agent.env", "symbolic link to nowhere")),
            .undetermined, "/etc/agent.env"),
        RuleCase(
            "loaded image alone",
            AgentImage.none.with(
                "/var/lib/docker/image/overlay2/repositories.json",
                #"{"Repositories":{"amazon/amazon-ecs-agent":{"amazon/amazon-ecs-agent:latest":"sha256:a"}}}"#),
            .undetermined, "see agent-at-boot"),
        RuleCase("no agent", .none, .notApplicable, "see ecs-agent"),
        RuleCase("damaged database", .damaged, .undetermined, "/var/lib/rpm/Packages"),
        RuleCase(
            "1 GB", AgentImage.ecsInit().with("/etc/ecs/ecs.config", .sized(1 << 30)), .undetermined,
            "/etc/ecs/ecs.config: at most 1048576 bytes expected, 1073741824 found"),
        RuleCase(
            "binary garbage", AgentImage.ecsInit().with("/etc/ecs/ecs.config", .bytes([1, 0, 255])), .undetermined,
            "offset 1: text expected, a NUL byte found"),
        RuleCase(
            "deeply nested", config(key + "=" + String(repeating: "[", count: 11_000)), .fail,
            "at most 10000 levels of nesting expected"),
    ])
    func awslogsIsAmongTheEffectiveDriversOrNot(_ row: RuleCase) throws {
        try row.check(.awslogsDriver)
    }

    @Test(arguments: [
        RuleCase(
            "--env in quotes that the shell takes off", .unit(run: "--env \(key)='[\"json-file\",\"awslogs\"]'"), .pass,
            "from ecs-agent.service", line: 3),
        RuleCase(
            "Environment= passed on", .unit("Environment='\(key)=[\"awslogs\"]'", run: "-e \(key)"), .pass,
            "from ecs-agent.service", line: 2),
        RuleCase(
            "Environment= not passed on", .unit("Environment='\(key)=[\"awslogs\"]'", run: "-d"), .fail,
            "ecs-agent.service:2: what the unit sets reaches `docker run`, never the agent"),
        RuleCase(
            "--env-file",
            AgentImage.unit(run: "--env-file=/etc/ecs/ecs.config")
                .with("/etc/ecs/ecs.config", .text("\n\(key)=[\"awslogs\"]\n")), .pass, "ecs-agent.service", line: 2),
        RuleCase(
            "--env-file, quoted",
            AgentImage.unit(run: "--env-file=/etc/ecs/ecs.config")
                .with("/etc/ecs/ecs.config", .text("\n\(key)='[\"awslogs\"]'\n")), .fail,
            "its log drivers are \"json-file\", \"none\"", line: 2),
        RuleCase(
            "--env-file that is not there beside --env",
            .unit(run: "--env-file=/etc/ecs/none -e '\(key)=[\"awslogs\"]'"), .pass, "ecs-agent.service", line: 3),
        RuleCase(
            "--env-file that is not there", .unit(run: "--env-file=/etc/ecs/none"), .undetermined, "/etc/ecs/none"),
        RuleCase(
            "--env wins over --env-file, whatever comes first",
            AgentImage.unit(run: "-e '\(key)=[\"awslogs\"]' --env-file=/etc/ecs/ecs.config")
                .with("/etc/ecs/ecs.config", .text("\(key)=[\"none\"]\n")), .pass, "ecs-agent.service", line: 3),
    ])
    func byHandThroughTheUnitItself(_ row: RuleCase) throws {
        try row.check(.awslogsDriver)
    }

    /// What the reader sees in the file is not what the agent sees.
    @Test(arguments: [
        (#"-e ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","awslogs"]"#, "take the quotes inside an argument off", true),
        (
            #"-e 'ECS_AVAILABLE_LOGGING_DRIVERS=[“awslogs”]'"#, "the typographic quote “ in place of a plain one found",
            true
        ),
        (#"-e ECS_AVAILABLE_LOGGING_DRIVERS="#, "is set, but it is blank", false),
    ])
    func saysWhatBecameOfQuotes(arguments: String, says: String, isBare: Bool) throws {
        let finding = try AgentImage.unit(run: arguments).finding(.awslogsDriver)
        #expect(finding.verdict == .fail)
        #expect(finding.message.contains(says), "\(finding.message)")
        #expect(finding.steps.text.contains("in quotes of its own") == isBare, "\(finding.steps)")
    }

    @Test func namesATypographicQuoteInTheFile() throws {
        let finding = try Self.config("\(Self.key)=[“awslogs”]").finding(.awslogsDriver)
        #expect(finding.message.contains("the typographic quote “ in place of a plain one found"), "\(finding.message)")
        let line: RemedyText = "ECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\"]"
        #expect(finding.steps == [.edit("/etc/ecs/ecs.config", .setLine(number: 1, text: line))])
    }

    private static let blank = config("\(key)=")

    @Test(arguments: [
        RuleCase(
            "of the document", blank.with("/etc/ecs/ecs.config.json", #"{"AvailableLoggingDrivers": ["awslogs"]}"#),
            .pass,
            "from /etc/ecs/ecs.config.json", line: 1),
        RuleCase(
            "taken back by null",
            blank.with(
                "/etc/ecs/ecs.config.json",
                #"{"AvailableLoggingDrivers": ["awslogs"], "availableloggingdrivers": null}"#), .fail,
            "\"json-file\", \"none\", from the agent's own default"),
        RuleCase(
            "left by null in an array",
            blank.with(
                "/etc/ecs/ecs.config.json",
                #"{"AvailableLoggingDrivers": ["none", "awslogs"], "AvailableLoggingDrivers": ["none", null]}"#), .pass,
            "none, awslogs"),
        RuleCase(
            "left behind the end of a shorter array",
            blank.with(
                "/etc/ecs/ecs.config.json",
                """
                {"AvailableLoggingDrivers": ["none", "awslogs"], "AvailableLoggingDrivers": ["none"],
                "AvailableLoggingDrivers": [null, null]}
                """), .pass, "none, awslogs"),
        RuleCase(
            "of a document that the container does not see",
            blank.with("/etc/ecs/ecs.config.json", .link("/opt/ecs.json"))
                .with("/opt/ecs.json", #"{"AvailableLoggingDrivers": ["awslogs"]}"#), .fail, "the agent's own default"),
        RuleCase(
            "of another document",
            config("\(key)=\nECS_AGENT_CONFIG_FILE_PATH=/var/lib/ecs/ecs.config.json")
                .with("/var/lib/ecs/ecs.config.json", #"{"AvailableLoggingDrivers": ["awslogs"]}"#), .pass,
            "from /var/lib/ecs/ecs.config.json"),
        RuleCase(
            "spoiled in a file that ecs-init reads from 1.25.0 on",
            AgentImage.ecsInit("1.20.0-1.amzn1").with("/var/lib/ecs/ecs.config", .text("\(key)=[\"json-file\"]")),
            .pass,
            "json-file, syslog, awslogs, none), from ecs-init's own default"),
        RuleCase(
            "mended in such a file",
            AgentImage.ecsInit("1.20.0-1.amzn1").with("/etc/ecs/ecs.config", .text("\(key)=[\"none\"]"))
                .with("/var/lib/ecs/ecs.config", .text("\(key)=[\"awslogs\"]")), .fail, "\"none\", from"),
    ])
    func theDocumentAndTheVersionDecide(_ row: RuleCase) throws {
        try row.check(.awslogsDriver)
    }

    @Test func aLongListIsCutInTheMessage() throws {
        let names = (0..<1_000).map { "\"driver\($0)\"" }.joined(separator: ",")
        let finding = try Self.config("\(Self.key)=[\(names)]").finding(.awslogsDriver)
        #expect(finding.verdict == .fail)
        #expect(finding.message.contains("driver19\" and 980 more"))
        #expect(finding.evidence.allSatisfy { $0.text.count <= 201 })
    }
}
