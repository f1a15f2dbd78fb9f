import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct HandRunAgentTests {
    static let roles = "--env=ECS_ENABLE_TASK_IAM_ROLE=true --env=ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true"
    /// The command of the agent's README.
    static let documented = """
        --detach=true --restart=on-failure:10 --volume=/var/run/docker.sock:/var/run/docker.sock \
        --volume=/var/log/ecs:/log --volume=/var/lib/ecs/data:/data --net=host --env-file=/etc/ecs/ecs.config \
        --env=ECS_LOGFILE=/log/ecs-agent.log --env=ECS_DATADIR=/data/ \(roles)
        """

    static func remapped(_ options: String) -> AgentImage {
        AgentImage.unit(run: options).with("/etc/docker/daemon.json", #"{"userns-remap": "default"}"#)
    }

    static func compose(_ text: String) -> AgentImage {
        var image = AgentImage.unit(run: "-d")
        image.entries["/etc/systemd/system/ecs-agent.service"] =
            "[Service]\nExecStart=/usr/bin/docker compose -f /opt/c.yml up\n[Install]\nWantedBy=multi-user.target\n"
        image.entries["/opt/c.yml"] = .text(
            "services:\n  agent:\n    image: amazon/amazon-ecs-agent:v1.99.1\n\(text)\n")
        return image
    }

    static let cases: [RuleCase] = [
        RuleCase("as documented", .unit(run: documented), .pass, "EXECUTIONROLE_OVERRIDE is not set"),
        RuleCase(
            "as ecs-init",
            .unit(
                run: documented
                    + " -e ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true -v /etc/ecs:/etc/ecs -v /sys/fs/cgroup:/sys/fs/cgroup"
            ),
            .pass, "its state and roles"),
        RuleCase("--network host", .unit(run: documented.replacing("--net=host", with: "--network host")), .pass, ""),
        // Issues 121 and 1930 of the agent.
        RuleCase("no --net=host", .unit(run: documented.replacing("--net=host", with: "")), .fail, "--net=host"),
        RuleCase("a bridge", .unit(run: documented.replacing("--net=host", with: "--net=bridge")), .fail, "--net=host"),
        RuleCase(
            "no state", .unit(run: documented.replacing("/data:/data", with: "/data:/other")), .fail,
            "/var/lib/ecs/data:/data"),
        RuleCase(
            "the state elsewhere",
            .unit(run: documented.replacing("/data:/data", with: "/data:/s").replacing("=/data/", with: "=/s")),
            .pass, ""),
        RuleCase(
            "no roles", .unit(run: documented.replacing(roles, with: "")), .fail, "jobs with a role are never placed"),
        RuleCase(
            "roles in the file",
            AgentImage.unit(run: documented.replacing(roles, with: "")).with(
                "/etc/ecs/ecs.config", "ECS_ENABLE_TASK_IAM_ROLE=true\nECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true\n"),
            .pass, ""),
        RuleCase(
            "no socket", .unit(run: documented.replacing("/var/run/docker.sock:/var/run/docker.sock", with: "/a:/a")),
            .fail, "without a mount"),
        RuleCase(
            "the directory",
            .unit(run: documented.replacing("run/docker.sock:/var/run/docker.sock", with: "run:/var/run")), .pass, ""),
        RuleCase(
            "--mount",
            .unit(
                run: documented.replacing(
                    "--volume=/var/run/docker.sock:/var/run/docker.sock",
                    with: "--mount type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock")), .pass, ""),
        RuleCase(
            "tcp",
            .unit(
                run: documented.replacing(
                    "--volume=/var/run/docker.sock:/var/run/docker.sock", with: "-e DOCKER_HOST=tcp://127.0.0.1:2375")),
            .pass, ""),
        RuleCase(
            "the volumes of another",
            .unit(
                run: documented.replacing(
                    "--volume=/var/run/docker.sock:/var/run/docker.sock", with: "--volumes-from sockets")),
            .pass, "not all known"),
        // Issues 343 and 668.
        RuleCase("mapped users", remapped(documented), .fail, "userns-remap default"),
        RuleCase(
            "a network that nothing names", .unit(run: documented.replacing("=host", with: "=${NETWORK}")), .fail,
            "--net=host"),
        RuleCase(
            "nothing sets route_localnet", .unit(run: documented), .pass,
            "sets net.ipv4.conf.all.route_localnet to 1"),
        RuleCase("mapped users, not the agent's", remapped(documented + " --userns=host"), .pass, ""),
        RuleCase(
            "mapped users behind a bridge", remapped(documented.replacing("--net=host", with: "")), .fail,
            "--net=host ("),
        RuleCase(
            "compose",
            compose(
                """
                    network_mode: host
                    volumes: [/var/run:/var/run, {type: bind, source: /var/lib/ecs/data, target: /data}]
                    environment:
                      ECS_ENABLE_TASK_IAM_ROLE: "true"
                      ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST: "true"
                """), .pass, ""),
        RuleCase(
            "compose without a socket", compose("    network_mode: host"), .fail,
            "without a mount of /var/run/docker.sock"),
        RuleCase("ecs-init", AgentProxyTests.config(""), .notApplicable, "ecs-init runs the agent"),
        RuleCase("no agent", .none, .notApplicable, "see ecs-agent"),
    ]

    @Test(arguments: cases)
    func anAgentByHandGetsWhatItNeeds(row: RuleCase) throws {
        try row.check(.handRunAgent)
    }

    @Test(arguments: [
        AgentImage.unit(run: documented).with("/etc/sysctl.d/99-ecs.conf", "net.ipv4.conf.all.route_localnet = 1\n"),
        AgentImage.unit("ExecStartPre=/sbin/sysctl -w net.ipv4.conf.all.route_localnet=1", run: documented),
    ])
    func nothingIsSaidOfARoutingThatIsSet(image: AgentImage) throws {
        #expect(try !image.finding(.handRunAgent).message.contains("route_localnet"))
    }

    @Test(arguments: [
        ("no socket", Level.required), ("mapped users", .required), ("no --net=host", .recommended),
        ("no roles", .recommended), ("mapped users behind a bridge", .recommended),
        ("compose without a socket", .required),
    ])
    func onlyWhatEndsTheAgentIsRequired(name: String, level: Level) throws {
        let row = try #require(Self.cases.first { $0.name == name })
        #expect(try row.image.finding(.handRunAgent).level == level)
    }
}
