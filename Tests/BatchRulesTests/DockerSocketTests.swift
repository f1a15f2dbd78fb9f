import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct DockerSocketTests {
    typealias Entries = [String: LiteralEntry]

    /// ecs-init with Docker; what dockerd is started with, its file, docker.socket's addresses and ecs.config.
    static func image(
        _ flags: String = "-H fd://", file: String = "{}", listens: String = "ListenStream=/run/docker.sock",
        config: String = "", service: String = "EnvironmentFile=-/etc/ecs/ecs.config"
    ) -> AgentImage {
        let docker: Entries = [
            "/usr/lib/systemd/system/docker.service": .text("[Service]\nExecStart=/usr/bin/dockerd \(flags)\n"),
            "/usr/lib/systemd/system/docker.socket": .text(
                "[Socket]\n\(listens)\n[Install]\nWantedBy=sockets.target\n"),
            "/usr/bin/dockerd": WholeImage.program, "/etc/docker/daemon.json": .text(file),
            "/etc/ecs/ecs.config": .text(config),
        ]
        var image = AgentProxyTests.started(AgentImage.ecsInit().docker("25.0.5"), service)
        image.entries.merge(docker) { $1 }
        return image
    }

    static func byHand(_ options: String, _ flags: String = "-H fd://") -> AgentImage {
        var image = AgentImage.unit(run: options).docker("25.0.5")
        let other = Self.image(flags)
        image.entries.merge(other.entries.filter { $0.key.contains("docker") }) { $1 }
        return image
    }

    static let mounted = "-v /var/run:/var/run"

    static let cases: [RuleCase] = [
        RuleCase("as packaged", image(), .pass, "looks for Docker at /var/run/docker.sock, where dockerd listens"),
        RuleCase("no host", image(""), .pass, ""),
        RuleCase("the usual one", image("-H unix:///var/run/docker.sock"), .pass, ""),
        RuleCase("by its real path", image("-H unix:///run/docker.sock"), .pass, ""),
        RuleCase("unix alone", image("-H unix://"), .pass, ""),
        RuleCase("tcp beside it", image("-H fd:// -H tcp://0.0.0.0:2375"), .pass, ""),
        RuleCase("tcp alone", image("-H tcp://0.0.0.0:2375"), .fail, "dockerd listens on tcp://0.0.0.0:2375 alone"),
        RuleCase("another path", image("--host=unix:///run/other.sock"), .fail, "unix:///run/other.sock alone"),
        RuleCase(
            "in the file", image("", file: #"{"hosts": ["tcp://127.0.0.1:2375"]}"#), .fail, "/etc/docker/daemon.json:1"),
        RuleCase(
            "both in the file", image("", file: #"{"hosts": ["tcp://127.0.0.1:2375", "unix:///var/run/docker.sock"]}"#),
            .pass, ""),
        RuleCase(
            "another socket", image(listens: "ListenStream=/run/other.sock"), .fail, "/run/other.sock of docker.socket"),
        RuleCase("one more", image(listens: "ListenStream=/run/docker.sock\nListenStream=2375"), .pass, ""),
        RuleCase(
            "taken away", image(listens: "ListenStream=/run/docker.sock\nListenStream=\nListenStream=2375"), .fail,
            "2375"),
        RuleCase("a specifier", image(listens: "ListenStream=%t/docker.sock"), .pass, ""),
        RuleCase(
            "DOCKER_HOST that the unit reads",
            image("-H unix:///run/other.sock", config: "DOCKER_HOST=unix:///run/other.sock\n"), .pass, "/run/other.sock"
        ),
        RuleCase(
            "DOCKER_HOST elsewhere", image("-H fd://", config: "DOCKER_HOST=unix:///run/other.sock\n"), .fail,
            "at /run/other.sock"),
        RuleCase(
            "DOCKER_HOST that the unit does not read",
            image(config: "DOCKER_HOST=unix:///run/other.sock\n", service: ""), .fail, "does not read DOCKER_HOST"),
        RuleCase(
            "the usual DOCKER_HOST that the unit does not read",
            image(config: "DOCKER_HOST=unix:///var/run/docker.sock\n", service: ""), .pass, ""),
        RuleCase(
            "tcp to the agent", image("-H fd:// -H tcp://127.0.0.1:2375", config: "DOCKER_HOST=tcp://127.0.0.1:2375\n"),
            .pass, ""),
        RuleCase("flags not known", image("-H tcp://0.0.0.0:2375 $(cat /etc/flags)"), .fail, ""),
        RuleCase(
            "a file that cannot be read and a flag",
            image("-H tcp://0.0.0.0:2375").with("/etc/docker/daemon.json", .unreadable(.inputOutput)), .undetermined,
            "cannot be told"),
        RuleCase("by hand", byHand(mounted), .pass, ""),
        RuleCase(
            "by hand, tcp alone", byHand(mounted, "-H tcp://0.0.0.0:2375"), .fail, "the agent of ecs-agent.service"),
        RuleCase(
            "by hand, another mount", byHand("-v /run/other.sock:/var/run/docker.sock", "-H unix:///run/other.sock"),
            .pass,
            "/run/other.sock"),
        RuleCase(
            "by hand, another mount of nothing", byHand("-v /run/other.sock:/var/run/docker.sock"), .fail,
            "/run/other.sock"),
        RuleCase(
            "by hand, DOCKER_HOST",
            byHand("-v /srv/docker:/docker -e DOCKER_HOST=unix:///docker/a.sock", "-H unix:///srv/docker/a.sock"),
            .pass, ""),
        RuleCase("by hand, without a mount", byHand("-d"), .notApplicable, ""),
        RuleCase(
            "by hand, tcp", byHand("-e DOCKER_HOST=tcp://127.0.0.1:2375", "-H tcp://127.0.0.1:2375"), .notApplicable, ""
        ),
        RuleCase("no agent", AgentImage.none.docker("25.0.5"), .notApplicable, "see ecs-agent"),
        RuleCase("no Docker", AgentImage.ecsInit(), .notApplicable, "see docker-version"),
    ]

    @Test(arguments: cases)
    func dockerdListensWhereTheAgentLooks(row: RuleCase) throws {
        try row.check(.dockerSocket)
    }

    @Test func wholeImagesPass() throws {
        for entries in [try WholeImage.amazonLinux(), try WholeImage.debian()] {
            #expect(try AgentImage(entries: entries).finding(.dockerSocket).verdict == .pass)
        }
    }
}
