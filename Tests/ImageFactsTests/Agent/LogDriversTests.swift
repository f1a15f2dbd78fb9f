import ImageReading
import Startup
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct LogDriversTests {
    static let ecsInitDefault = ["json-file", "syslog", "awslogs", "fluentd", "none"]
    static let agentDefault = ["json-file", "none"]

    static func observe(
        _ entries: [String: LiteralEntry], agent: Observation<Agent>,
        jobs: Observation<[AgentJob]> = .absent(searched: ["/etc/systemd/system"])
    ) throws -> Observation<LogDrivers> {
        let wants = AgentConfigFile.wants + AgentConfigDocument.wants
        let root = try LiteralSource(entries).root(wants)
        let environment = AgentEnvironment.observe(
            agent: agent, jobs: jobs, instanceFile: AgentConfigFile.observeInstanceFile(in: root),
            userFile: AgentConfigFile.observeUserFile(in: root))
        let document = AgentConfigDocument.observe(in: root, agent: agent, environment: environment)
        return LogDrivers.observe(environment: environment, document: document, agent: agent)
    }

    static func ecsInit(_ version: String? = "1.106.1-1.amzn2023") -> Observation<Agent> {
        let agent = Agent(
            installation: .ecsInit, package: "ecs-init", packageProblem: nil, versionText: version,
            version: version.flatMap { ReleaseVersion($0) }, versionSource: version == nil ? nil : .package,
            cache: .cached)
        return .present(agent, [Evidence("/var/lib/rpm/rpmdb.sqlite", "ecs-init")])
    }

    struct Case: Sendable {
        let name: String
        var user: LiteralEntry?
        var instance: LiteralEntry?
        var document: LiteralEntry?
        var version: String? = "1.106.1-1.amzn2023"
        let names: [String]?
        var source: LogDrivers.Source?
        var passedOver: String?
        var line: Int?
    }

    static func drivers(_ value: String) -> LiteralEntry { .text("ECS_AVAILABLE_LOGGING_DRIVERS=\(value)\n") }

    @Test(arguments: [
        Case(name: "nothing set", names: ecsInitDefault, source: .ecsInit),
        Case(name: "before 1.9.0", version: "1.8.2-1.amzn1", names: ["json-file", "syslog"], source: .ecsInit),
        Case(name: "before 1.5.0", version: "1.4.0-2.amzn1", names: ["json-file"], source: .agent),
        Case(
            name: "1.9.0", version: "1.9.0-1.amzn1", names: ["json-file", "syslog", "awslogs"], source: .ecsInit),
        Case(
            name: "1.14.5", version: "1.14.5-1.amzn1", names: ["json-file", "syslog", "awslogs"], source: .ecsInit),
        Case(
            name: "1.15.0", version: "1.15.0-1.amzn1", names: ["json-file", "syslog", "awslogs", "none"],
            source: .ecsInit),
        Case(
            name: "1.44.4", version: "1.44.4-1.amzn2", names: ["json-file", "syslog", "awslogs", "none"],
            source: .ecsInit),
        Case(name: "1.45.0", version: "1.45.0-1.amzn2", names: ecsInitDefault, source: .ecsInit),
        Case(
            name: "blank, agent without the driver none", user: drivers(""), version: "1.14.5-1.amzn1",
            names: ["json-file"], source: .agent, passedOver: "it is blank"),
        Case(
            name: "the image's file, not read yet", instance: drivers("[\"none\"]"), version: "1.24.0-1.amzn2",
            names: ["json-file", "syslog", "awslogs", "none"], source: .ecsInit),
        Case(
            name: "the image's file, of 1 GB and not read yet", instance: .sized(1 << 30), version: "1.24.0-1.amzn2",
            names: ["json-file", "syslog", "awslogs", "none"], source: .ecsInit),
        Case(
            name: "the image's file from 1.25.0 on", instance: drivers("[\"none\"]"), version: "1.25.0-1.amzn2",
            names: ["none"], source: .instanceFile),
        Case(name: "unknown version", version: nil, names: nil),
        Case(
            name: "unknown version, set", user: drivers("[\"awslogs\"]"), version: nil, names: ["awslogs"],
            source: .userFile, line: 1),
        Case(
            name: "set by the user", user: "# x\nECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\",\"splunk\"]\r\n",
            names: ["awslogs", "splunk"], source: .userFile, line: 2),
        Case(name: "set by the image", instance: drivers("[\"awslogs\"]"), names: ["awslogs"], source: .instanceFile),
        Case(
            name: "the user's wins", user: drivers("[\"none\"]"), instance: drivers("[\"awslogs\"]"), names: ["none"],
            source: .userFile),
        Case(
            name: "the later duplicate wins",
            user: "ECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\"]\nECS_AVAILABLE_LOGGING_DRIVERS=[\"none\"]\n",
            names: ["none"], source: .userFile, line: 2),
        Case(
            name: "quoted", user: drivers("'[\"awslogs\"]'"), names: agentDefault, source: .agent,
            passedOver: "the quotes around it are part of the value, so the agent finds no JSON array", line: 1),
        Case(
            name: "quoted twice", user: drivers("\"[\\\"awslogs\\\"]\""), names: agentDefault, source: .agent,
            passedOver: "the quotes around it are part of the value, so the agent finds no JSON array", line: 1),
        Case(
            name: "blank overrides ecs-init's default", user: drivers(""), names: agentDefault, source: .agent,
            passedOver: "it is blank", line: 1),
        Case(
            name: "blank overrides the image's", user: drivers(" "), instance: drivers("[\"awslogs\"]"),
            names: agentDefault, source: .agent, passedOver: "it is blank", line: 1),
        Case(
            name: "empty array", user: drivers("[]"), names: agentDefault, source: .agent,
            passedOver: "the array is empty"),
        Case(
            name: "null", user: drivers("null"), names: agentDefault, source: .agent,
            passedOver: "a JSON array of names expected, null found"),
        Case(
            name: "shell list", user: drivers("awslogs,json-file"), names: agentDefault, source: .agent,
            passedOver: "the agent cannot decode it: a JSON value expected, \"a\" found"),
        Case(name: "comment behind", user: drivers("[\"awslogs\"] # x"), names: ["awslogs"], source: .userFile),
        Case(
            name: "export", user: .text("export ECS_AVAILABLE_LOGGING_DRIVERS=[]"), names: ecsInitDefault,
            source: .ecsInit),
        Case(
            name: "blank before =", user: .text("ECS_AVAILABLE_LOGGING_DRIVERS =[]"), names: ecsInitDefault,
            source: .ecsInit),
        Case(
            name: "byte order mark", user: .text("\u{FEFF}ECS_AVAILABLE_LOGGING_DRIVERS=[]"), names: ecsInitDefault,
            source: .ecsInit),
        Case(
            name: "element that is no string", user: drivers("[\"awslogs\", 5]"), names: ["awslogs", ""],
            source: .userFile),
        Case(
            name: "document after a blank", user: drivers(""),
            document: "{\n\"availableLoggingDrivers\": [\"awslogs\"]}",
            names: ["awslogs"], source: .document, passedOver: "it is blank", line: 2),
        Case(
            name: "document does not count beside the default", document: "{\"AvailableLoggingDrivers\": [\"none\"]}",
            names: ecsInitDefault, source: .ecsInit),
        Case(
            name: "document outside of the container",
            user: "ECS_AVAILABLE_LOGGING_DRIVERS=\nECS_AGENT_CONFIG_FILE_PATH=/x.json\n", names: agentDefault,
            source: .agent, passedOver: "it is blank"),
        Case(
            name: "document nowhere",
            user: "ECS_AVAILABLE_LOGGING_DRIVERS=\nECS_AGENT_CONFIG_FILE_PATH=\n",
            document: "{\"AvailableLoggingDrivers\": [\"awslogs\"]}", names: agentDefault, source: .agent,
            passedOver: "it is blank"),
        Case(name: "damaged document, needed", user: drivers(""), document: .sized(1 << 30), names: nil),
        Case(name: "damaged document, not needed", document: .sized(1 << 30), names: ecsInitDefault, source: .ecsInit),
        Case(name: "user's file unreadable", user: .sized(1 << 30), instance: drivers("[\"awslogs\"]"), names: nil),
        Case(
            name: "image's file unreadable, overridden", user: drivers("[\"awslogs\"]"), instance: .sized(1 << 30),
            names: ["awslogs"], source: .userFile),
        Case(name: "image's file unreadable", user: "ECS_CLUSTER=x", instance: .sized(1 << 30), names: nil),
    ])
    func underEcsInit(_ row: Case) throws {
        var entries: [String: LiteralEntry] = ["/etc": .directory]
        entries["/etc/ecs/ecs.config"] = row.user
        entries["/var/lib/ecs/ecs.config"] = row.instance
        entries["/etc/ecs/ecs.config.json"] = row.document
        let answer = try Self.observe(entries, agent: Self.ecsInit(row.version))
        #expect(answer.value?.names == row.names, "\(row.name)")
        #expect(answer.value?.source == row.source, "\(row.name)")
        #expect(answer.value?.passedOver == row.passedOver, "\(row.name)")
        #expect((answer.problem != nil) == (row.names == nil), "\(row.name)")
        if let line = row.line { #expect(answer.evidence.first?.line == line, "\(row.name)") }
    }

    static let unit = Evidence("/etc/systemd/system/ecs.service", line: 9, "ExecStart=/usr/bin/docker run")

    static func job(
        _ settings: [(String, String)], problem: Problem? = nil, start: BootStart = .notStarted(evidence: []),
        place: Evidence = unit
    ) -> AgentJob {
        let environment = settings.map { AgentJob.Setting(key: $0.0, value: $0.1, evidence: place) }
        let run = AgentJob.DockerRun(
            image: "amazon/amazon-ecs-agent:latest", restart: nil, environment: environment, problem: problem)
        return AgentJob(
            name: "ecs.service", manager: .systemd, command: .dockerRun(run: run), start: start, evidence: [unit])
    }

    static func byHand(
        _ jobs: [AgentJob], entries: [String: LiteralEntry] = ["/etc": .directory],
        installation: Agent.Installation = .byHand
    ) throws -> Observation<LogDrivers> {
        let agent = Agent(
            installation: installation, package: nil, packageProblem: nil, versionText: nil, version: nil,
            versionSource: nil, cache: nil)
        let found: Observation<[AgentJob]> = jobs.isEmpty ? .absent(searched: ["/etc"]) : .present(jobs, [unit])
        return try observe(entries, agent: .present(agent, [unit]), jobs: found)
    }

    @Test func byHandWhatDockerRunIsToldDecides() throws {
        let set = try Self.byHand([Self.job([(AgentKey.drivers, "[\"awslogs\"]")])])
        #expect(set.value?.names == ["awslogs"])
        #expect(set.value?.source == .job)
        #expect(set.evidence == [Self.unit])
        let last = try Self.byHand([Self.job([(AgentKey.drivers, "[\"awslogs\"]"), (AgentKey.drivers, "[\"none\"]")])])
        #expect(last.value?.names == ["none"])
        let job = try #require(
            try AgentJobsTests.observe(
                AgentJobsTests.systemd(
                    [],
                    [
                        "/etc/systemd/system/a.service": AgentJobsTests.service(
                            "docker run --env-file /opt/e -e \(AgentKey.drivers) amazon/amazon-ecs-agent"),
                        "/opt/e": .text("\(AgentKey.drivers)=[\"awslogs\"]\n"),
                    ])
            ).value?.first)
        #expect(try Self.byHand([job]).value?.names == ["awslogs"], "a name alone takes nothing away")
        #expect(try Self.byHand([Self.job([])]).value?.names == Self.agentDefault)
    }

    @Test func byHandTheFilesOfEcsInitDoNotCount() throws {
        let entries: [String: LiteralEntry] = [
            "/etc/ecs/ecs.config": Self.drivers("[\"awslogs\"]"),
            "/etc/ecs/ecs.config.json": "{\"AvailableLoggingDrivers\": [\"awslogs\"]}",
        ]
        #expect(try Self.byHand([Self.job([])], entries: entries).value?.names == Self.agentDefault)
        let path = (AgentKey.documentPath, "/etc/ecs/ecs.config.json")
        #expect(try Self.byHand([Self.job([path])], entries: entries).value?.source == .document)
    }

    @Test func byHandAnUnreadableEnvironmentFileLeavesOnlyTheJobsOwnWords() throws {
        let problem = Problem(.notRequested, at: "/etc/ecs/ecs.config", "not there")
        #expect(try Self.byHand([Self.job([], problem: problem)]).problem == problem)
        let own = Self.job([(AgentKey.drivers, "[\"awslogs\"]")], problem: problem)
        #expect(try Self.byHand([own]).value?.names == ["awslogs"])
        let fromFile = Self.job(
            [(AgentKey.drivers, "[\"awslogs\"]")], problem: problem, place: Evidence("/etc/agent.env", line: 1))
        #expect(try Self.byHand([fromFile]).problem == problem)
    }

    @Test func theJobThatStartsAtBootDecides() throws {
        let idle = Self.job([(AgentKey.drivers, "[\"none\"]")])
        let started = Self.job(
            [(AgentKey.drivers, "[\"awslogs\"]")], start: .started(evidence: [Self.unit], byPresetOnFirstBoot: false))
        #expect(try Self.byHand([idle, started]).value?.names == ["awslogs"])
        #expect(try Self.byHand([idle]).value?.names == ["none"])
        let ecsInit = AgentJob(
            name: "ecs.service", manager: .systemd, command: .ecsInit, start: .notStarted(evidence: []),
            evidence: [Self.unit])
        let both = try Self.observe([:], agent: Self.ecsInit(), jobs: .present([idle, ecsInit], [Self.unit]))
        #expect(both.value?.source == .ecsInit)
        let replaced = try Self.observe([:], agent: Self.ecsInit(), jobs: .present([started, ecsInit], [Self.unit]))
        #expect(replaced.value?.source == .job)
    }

    @Test func nothingThatStartsTheAgentIsAbsentAndAScriptUnreadable() throws {
        #expect(try Self.byHand([], installation: .loadedImage).isAbsent)
        let script = AgentJob(
            name: "a.service", manager: .systemd,
            command: .unclear(problem: Problem(.unsupported, at: "/opt/a.sh", "a script")),
            start: .notStarted(evidence: []),
            evidence: [Self.unit])
        #expect(try Self.byHand([script], installation: .loadedImage).problem?.path == "/opt/a.sh")
        #expect(try Self.observe([:], agent: .absent(searched: ["/x"])).isAbsent)
    }

    @Test func decodesLogDriversAsTheAgentDoes() throws {
        var count = 0
        for row in try goTypeAnswers() where row.type == "drivers" {
            let text = String(decoding: row.text, as: UTF8.self)
            let answer: String
            switch LogDrivers.decode(text) {
            case .nothing: answer = "unset"
            case .names(let names):
                answer = names.map { name in
                    "s" + name.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                }.joined(separator: ",")
            }
            #expect(answer == row.answer, "\(text)")
            count += 1
        }
        #expect(count > 30)
    }
}
