import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct DockerAgentApiTests {
    struct Case: Sendable {
        var docker: String?
        var agent: String?
        var entries: [String: LiteralEntry] = [:]
        let verdict: Verdict.Kind
        let says: String
    }

    private static func unit(_ environment: String) -> [String: LiteralEntry] {
        [
            "/usr/lib/systemd/system/docker.service": "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n",
            "/etc/systemd/system/docker.service.d/api.conf": .text("[Service]\n\(environment)\n"),
        ]
    }

    private static let byHand: [String: LiteralEntry] = [
        "/etc/systemd/system/agent.service": """
        [Service]
        ExecStart=/usr/bin/docker run --name ecs-agent amazon/amazon-ecs-agent:v1.81.0
        [Install]
        WantedBy=multi-user.target
        """
    ]

    @Test(arguments: [
        Case(docker: "20.10.25", agent: "1.60.0", verdict: .pass, says: "Docker 20.10.25 answers every API version"),
        Case(docker: "25.0.16", agent: "1.106.1", verdict: .pass, says: "API 1.24 (Docker 25.0.16's own)"),
        Case(docker: "25.0.0", agent: "1.81.0", verdict: .pass, says: "answers ecs-init 1.81"),
        Case(
            docker: "25.0.0", agent: "1.80.0", verdict: .fail,
            says: "ecs-init 1.80 speaks Docker's API up to 1.21, Docker 25.0 answers from API 1.24"),
        Case(
            docker: "25.0.0", agent: "1.80.0", entries: unit("Environment=DOCKER_MIN_API_VERSION=1.21"), verdict: .pass,
            says: "API 1.21 (DOCKER_MIN_API_VERSION=1.21)"),
        Case(
            docker: "24.0.9", agent: "1.80.0", entries: unit("Environment=DOCKER_MIN_API_VERSION=1.99"), verdict: .pass,
            says: "answers every"),
        Case(
            docker: "26.1.5", agent: "1.80.0", entries: unit("Environment=DOCKER_MIN_API_VERSION=1.21"), verdict: .fail,
            says: "dockerd does not start"),
        Case(
            docker: "27.1.0", agent: "1.81.0", entries: unit("Environment=DOCKER_MIN_API_VERSION=1.30"), verdict: .fail,
            says: "ecs-init 1.81 speaks Docker's API up to 1.25"),
        Case(
            docker: "25.0.16", agent: "1.106.1", entries: unit("Environment=DOCKER_MIN_API_VERSION=v1.24"),
            verdict: .fail,
            says: "DOCKER_MIN_API_VERSION=v1.24 is no API version"),
        Case(docker: "29.0.1", agent: "1.82.0", verdict: .fail, says: "API 1.44 (Docker 29.0.1's own)"),
        Case(docker: "29.2.1", agent: "1.82.1", verdict: .pass, says: "API 1.44"),
        Case(docker: "29.3.0", agent: "1.82.0", verdict: .fail, says: "API 1.40"),
        Case(
            docker: "29.3.0", agent: "1.82.0",
            entries: ["/etc/docker/daemon.json": "{\n\"min-api-version\": \"1.24\"}"], verdict: .pass,
            says: "API 1.24 (\"min-api-version\": \"1.24\")"),
        Case(
            docker: "29.3.0", agent: "1.80.0", entries: ["/etc/docker/daemon.json": #"{"min-api-version": "1.24"}"#],
            verdict: .fail, says: "up to 1.21"),
        Case(
            docker: "29.0.1", agent: "1.82.0", entries: unit("Environment=\"DOCKER_MIN_API_VERSION=1.25\""),
            verdict: .pass, says: "API 1.25"),
        Case(
            docker: "29.0.1", agent: "1.82.0",
            entries: unit("Environment=DOCKER_MIN_API_VERSION=1.25").merging([
                "/etc/docker/daemon.json": #"{"min-api-version": "1.40"}"#
            ]) { $1 }, verdict: .undetermined, says: "API 1.25 (DOCKER_MIN_API_VERSION=1.25) or API 1.40"),
        Case(
            docker: "29.5.0", agent: "1.106.1", entries: ["/etc/docker/daemon.json": #"{"min-api-version": "1.50"}"#],
            verdict: .undetermined, says: "whether ecs-init 1.106.1 speaks API 1.50"),
        Case(
            docker: "28.5.2", agent: "1.106.1", entries: ["/etc/docker/daemon.json": #"{"min-api-version": "1.50"}"#],
            verdict: .pass, says: "API 1.24"),
        Case(
            docker: "29.0.1", agent: "1.106.1", entries: ["/etc/docker/daemon.json": .unreadable(.permissionDenied)],
            verdict: .undetermined, says: "/etc/docker/daemon.json: permissionDenied"),
        Case(
            docker: "25.0.1", agent: "1.106.1",
            entries: unit("EnvironmentFile=/etc/default/docker").merging([
                "/etc/default/docker": .unreadable(.inputOutput)
            ]) { $1 }, verdict: .undetermined, says: "/etc/default/docker: inputOutput"),
        Case(
            docker: "25.0.1", agent: "1.80.0",
            entries: unit("EnvironmentFile=/etc/default/docker").merging([
                "/etc/default/docker": "DOCKER_MIN_API_VERSION='1.12'\n"
            ]) { $1 }, verdict: .pass, says: "DOCKER_MIN_API_VERSION=1.12"),
        Case(docker: nil, agent: "1.106.1", verdict: .notApplicable, says: "see docker-version"),
        Case(docker: "25.0.16", agent: nil, verdict: .notApplicable, says: "see ecs-agent"),
        Case(docker: "unknown", agent: "1.106.1", verdict: .undetermined, says: "its version cannot be read"),
    ])
    func `old agents fail on daemons that do not answer them, a lowered minimum counts where Docker allows it`(
        row: Case
    ) throws {
        let finding = try Self.finding(row)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        #expect(finding.message.contains(row.says), "\(finding.message)")
    }

    @Test(
        arguments: [
            (unit("Environment=DOCKER_MIN_API_VERSION=1.2"), "29.0.1", "remove DOCKER_MIN_API_VERSION=1.2"),
            (
                unit("Environment=DOCKER_MIN_API_VERSION=TOKEN=s3cr3t"), "29.0.1",
                "remove DOCKER_MIN_API_VERSION=TOKEN=…"
            ),
            (
                ["/etc/docker/daemon.json": #"{"min-api-version": "1.2"}"#], "29.0.1",
                #"remove "min-api-version": "1.2""#
            ),
        ] as [([String: LiteralEntry], String, String)])
    func `a minimum that Docker refuses is to be removed, and a file without it is one that it takes`(
        entries: [String: LiteralEntry], docker: String, removal: String
    ) throws {
        let row = Case(docker: docker, agent: "1.106.1", entries: entries, verdict: .fail, says: "")
        let finding = try Self.finding(row)
        #expect(finding.remedy == removal + ", or set it to 1.24 or higher")
        guard finding.steps.first?.action != nil else { return }
        let mended = Case(
            docker: docker, agent: "1.106.1", entries: try carriedOut(finding.steps, on: entries), verdict: .pass,
            says: "")
        #expect(try Self.finding(mended).verdict == .pass)
    }

    private static let images = "/var/lib/docker/image/overlay2/repositories.json"

    @Test(
        arguments: [
            ("amazon/amazon-ecs-agent:latest", nil, .pass, .required, "tag latest (1.106.1 as of 2026-08-20, pulled"),
            ("amazon/amazon-ecs-agent", nil, .pass, .required, "pulled by the instance), from API 1.44"),
            ("public.ecr.aws/ecs/amazon-ecs-agent:latest", nil, .pass, .required, "the agent's tag latest"),
            ("docker.io/amazon/amazon-ecs-agent", nil, .pass, .required, "the agent's tag latest"),
            ("amazon/amazon-ecs-agent@sha256:0123", nil, .undetermined, .recommended, "version is not known"),
            ("amazon/amazon-ecs-agent:v1.106.1@sha256:0123", nil, .pass, .required, "the agent 1.106.1"),
            ("registry.local/amazon-ecs-agent:latest", nil, .undetermined, .recommended, "version is not known"),
            (
                "amazon/amazon-ecs-agent:latest", "sha256:a", .undetermined, .recommended,
                "the agent's version is not known"
            ),
            ("amazon/amazon-ecs-agent:v1.80.0", nil, .fail, .required, "the agent 1.80 speaks"),
        ] as [(String, String?, Verdict.Kind, Level, String)])
    func `an agent that is pulled as latest is today's, one of unknown version is advice`(
        image: String, loaded: String?, verdict: Verdict.Kind, level: Level, says: String
    ) throws {
        var agent = AgentImage.running(image).with(
            "/var/lib/dpkg/status", "Package: docker-ce\nStatus: install ok installed\nVersion: 5:29.0.1-1\n")
        if let loaded {
            let names = "{\"amazon/amazon-ecs-agent:latest\": \"\(loaded)\"}"
            agent = agent.with(Self.images, .text("{\"Repositories\": {\"amazon/amazon-ecs-agent\": \(names)}}"))
        }
        let finding = try agent.finding(.dockerAgentApi)
        #expect(finding.verdict == verdict && finding.level == level, "\(finding.level): \(finding.message)")
        #expect(finding.message.contains(says), "\(finding.message)")
        let strict = Policy(today: Policy.test.today, levels: ["docker-agent-api": .required])
        #expect(try agent.finding(.dockerAgentApi, strict).level == .required)
    }

    private static func finding(_ row: Case) throws -> Finding {
        var entries = row.entries
        func package(_ name: String, _ version: String?) -> String {
            version.map { "Package: \(name)\nStatus: install ok installed\nVersion: \($0)\n\n" } ?? ""
        }
        entries["/var/lib/dpkg/status"] = .text(
            package("docker-ce", row.docker) + package("amazon-ecs-init", row.agent))
        let source = LiteralSource(entries)
        let facts = try source.read(Facts.wants) { Facts(in: $0) }.value
        let policy = Policy(today: CalendarDay(year: 2026, month: 11, day: 24))
        return Rule.dockerAgentApi.evaluate(facts, policy)
    }
}
