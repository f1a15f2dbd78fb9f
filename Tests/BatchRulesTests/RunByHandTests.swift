import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// Agents that people run by hand, as public repositories have them: what runs the agent, and by which settings.
@Suite struct RunByHandTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let entries: [String: LiteralEntry]
        let rule: String
        let verdict: Verdict.Kind
        let says: String
        var testDescription: String { name }

        init(_ name: String, _ entries: [String: LiteralEntry], _ rule: String, _ verdict: Verdict.Kind, _ says: String)
        {
            self.name = name
            self.entries = entries
            self.rule = rule
            self.verdict = verdict
            self.says = says
        }
    }

    private static let image = "amazon/amazon-ecs-agent:v1.105.0"
    private static let run = "docker run --name ecs-agent \(image)"
    private static let awslogs = #"-e 'ECS_AVAILABLE_LOGGING_DRIVERS=["awslogs"]'"#

    /// An image whose agent only these entries can be.
    private static func with(_ entries: [String: LiteralEntry]) -> [String: LiteralEntry] {
        let agent = ["/usr/libexec/amazon-ecs-init", StartupImage.unit, StartupImage.link]
        return StartupImage.amazonLinux.filter { !agent.contains($0.key) }
            .merging(["/etc/systemd/system/multi-user.target.wants/docker.service": .link("../docker.service")]) { $1 }
            .merging(entries) { $1 }
    }

    private static func unit(_ command: String, _ more: [String: LiteralEntry] = [:]) -> [String: LiteralEntry] {
        with(
            [
                "/etc/systemd/system/ecs-agent.service": .text(
                    "[Unit]\nAfter=docker.service\nRequires=docker.service\n[Service]\nRestart=always\nExecStart=\(command)\n"
                ),
                "/etc/systemd/system/multi-user.target.wants/ecs-agent.service": .link("../ecs-agent.service"),
            ].merging(more) { $1 })
    }

    private static func script(_ text: String, _ more: [String: LiteralEntry] = [:]) -> [String: LiteralEntry] {
        unit(
            "/usr/local/bin/start-ecs",
            ["/usr/local/bin/start-ecs": .executable("#!/bin/bash\n\(text)\n")].merging(more) { $1 })
    }

    private static let perInstance = "/var/lib/cloud/scripts/per-instance/ecs.sh"
    private static let perOnce = "/var/lib/cloud/scripts/per-once/ecs.sh"
    private static let initScript: LiteralEntry = .executable(
        "#!/bin/bash\n# chkconfig: 2345 20 99\ncase \"$1\" in\nstart) \(run) ;;\nesac\n")
    private static let sysV: [String: LiteralEntry] = [
        "/etc/init.d/ecs-agent": initScript, "/etc/rc3.d/S20ecs-agent": .link("../init.d/ecs-agent"),
        "/etc/rc3.d/S01cloud-final": .link("../init.d/cloud-final"),
        "/usr/lib/systemd/system-generators/systemd-sysv-generator": .executable(),
    ]

    /// A second unit with an agent of its own.
    private static func second(_ options: String) -> [String: LiteralEntry] {
        [
            "/etc/systemd/system/second.service": .text(
                "[Service]\nRestart=always\nExecStart=/usr/bin/docker run \(options) \(image)\n"),
            "/etc/systemd/system/multi-user.target.wants/second.service": .link("../second.service"),
        ]
    }

    @Test(arguments: [
        Row(
            "two agents, of which one offers it", unit("/usr/bin/docker run \(awslogs) \(image)", second("")),
            "awslogs-driver", .undetermined, "the agent does not offer awslogs"),
        Row(
            "two agents that offer it", unit("/usr/bin/docker run \(awslogs) \(image)", second(awslogs)),
            "awslogs-driver", .pass, "awslogs"),
        Row(
            "two agents, of which one names a cluster",
            unit("/usr/bin/docker run \(image)", second("-e ECS_CLUSTER=prod")),
            "cluster-unset", .fail, "second.service:3: the cluster "),
        Row(
            "a second agent that nothing starts",
            unit("/usr/bin/docker run \(awslogs) \(image)", second("").filter { !$0.key.contains("wants") }),
            "awslogs-driver", .pass, "awslogs"),
        Row(
            "drivers that a command prints",
            script("D=$(cat /etc/drivers)\nexec docker run -e ECS_AVAILABLE_LOGGING_DRIVERS=\"$D\" \(image)"),
            "awslogs-driver", .undetermined,
            "/usr/local/bin/start-ecs: ECS_AVAILABLE_LOGGING_DRIVERS=$D, of which only the boot"),
        Row(
            "drivers in single quotes",
            script("D='[\"json-file\",\"awslogs\"]'\nexec docker run -e ECS_AVAILABLE_LOGGING_DRIVERS=\"$D\" \(image)"),
            "awslogs-driver", .pass, "json-file, awslogs"),
        Row(
            "drivers whose quotes the shell takes off",
            script("exec docker run -e ECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\"] \(image)"),
            "awslogs-driver", .fail, "cannot decode"),
        Row(
            "a cluster that a command prints",
            script("CLUSTER=$(cat /etc/cluster)\nexec docker run -e ECS_CLUSTER=$CLUSTER \(image)"),
            "cluster-unset", .undetermined, "ECS_CLUSTER=$CLUSTER"),
        Row(
            "a cluster in part",
            script("C=$(hostname)\ndocker run --name ecs-agent -e ECS_CLUSTER=\"prod-$C\" \(image)"),
            "cluster-unset", .undetermined, "ECS_CLUSTER=prod-$C"),
        Row(
            "a cluster of the script's own",
            script("C=blue\ndocker run --name ecs-agent -e ECS_CLUSTER=\"prod-$C\" \(image)"),
            "cluster-unset", .fail, "the cluster prod-blue is set"),
        Row(
            "a file of variables named in a script",
            script(
                "exec docker run --env-file /opt/ecs/agent.env \(image)", ["/opt/ecs/agent.env": "ECS_CLUSTER=prod\n"]),
            "cluster-unset", .fail, "/opt/ecs/agent.env:1"),
        Row(
            "a restart policy", with(ClusterReachableTests.baked(restart: "always")), "agent-at-boot", .pass,
            "in Docker's storage starts"),
        Row(
            "unless-stopped", with(ClusterReachableTests.baked(restart: "unless-stopped")), "agent-supervised", .pass,
            "unless-stopped"),
        Row("a baked container alone", with(ClusterReachableTests.baked()), "ecs-agent", .fail, "none found"),
        Row("su -c", unit("/bin/su -l ops -c \"\(run)\""), "ecs-agent", .pass, "v1.105.0"),
        Row("su -c of another", unit("/bin/su -l ops -c \"docker run nginx\""), "ecs-agent", .fail, "none found"),
        Row(
            "compose",
            unit(
                "/usr/bin/docker compose -f /opt/c.yml up -d",
                ["/opt/c.yml": .text("services:\n  a:\n    image: \(image)\n    restart: always\n")]),
            "ecs-agent", .pass, "v1.105.0"),
        Row(
            "compose restarts",
            unit(
                "/usr/bin/docker compose -f /opt/c.yml up -d",
                ["/opt/c.yml": .text("services:\n  a:\n    image: \(image)\n    restart: always\n")]),
            "agent-supervised", .pass, "--restart=always"),
        Row(
            "compose of others",
            unit("/usr/bin/docker compose -f /opt/c.yml up -d", ["/opt/c.yml": "services:\n  a:\n    image: nginx\n"]),
            "ecs-agent", .fail, "none found"),
        Row(
            "podman", unit("/usr/bin/podman run \(image)"), "ecs-agent", .undetermined,
            "ecs-agent.service has podman run the agent's container"),
        Row("per-instance", with([perInstance: .executable("#!/bin/sh\n\(run)\n")]), "ecs-agent", .pass, "v1.105.0"),
        Row(
            "per-instance switched on",
            with([
                perInstance: .executable("#!/bin/sh\n\(run)\n"),
                "/etc/cloud/cloud.cfg": "cloud_final_modules: [scripts_per_instance, scripts-user]\n",
            ]), "agent-at-boot", .pass, "cloud-init's ecs.sh starts"),
        Row(
            "per-instance switched off", with([perInstance: .executable("#!/bin/sh\n\(run)\n")]), "agent-at-boot",
            .fail, "nothing that boots"),
        Row(
            "per-once", with([perOnce: .executable("#!/bin/sh\n\(run)\n"), "/etc/cloud/cloud.cfg": "{}"]),
            "agent-at-boot", .pass, "ecs.sh starts"),
        Row(
            "per-once has run",
            with([
                perOnce: .executable("#!/bin/sh\n\(run)\n"), "/etc/cloud/cloud.cfg": "{}",
                "/var/lib/cloud/sem/config_scripts_per_once.once": "",
            ]), "agent-at-boot", .fail, "does not start at boot"),
        Row(
            "a command that ends before its image", unit("docker run --name ecs-agent \\\n  --env=ECS_DATADIR=/data"),
            "ecs-agent", .undetermined, "ends before it names an image"),
        Row(
            "text of rc.local that systemd runs, written to a file",
            with([
                "/etc/rc.local": .executable("#!/bin/sh\ncat >/etc/motd <<EOT\n\(run)\nEOT\n"),
                "/usr/lib/systemd/system/rc-local.service": "[Service]\nType=forking\nExecStart=/etc/rc.local start\n",
                "/etc/systemd/system/multi-user.target.wants/rc-local.service":
                    .link("/usr/lib/systemd/system/rc-local.service"),
            ]), "ecs-agent", .fail, "none found"),
        Row(
            "a here-document",
            with(["/etc/rc.local": .executable("#!/bin/sh\ncat > /etc/motd <<EOT\n\(run)\nEOT\nexit 0\n")]),
            "ecs-agent", .fail, "none found"),
        Row(
            "a here-document for a shell", with(["/etc/rc.local": .executable("#!/bin/sh\nsh <<EOT\n\(run)\nEOT\n")]),
            "ecs-agent", .pass, "v1.105.0"),
        Row(
            "a here-document that is a unit",
            with([
                "/etc/rc.local": .executable(
                    "#!/bin/sh\ncat > /etc/systemd/system/e.service <<EOT\nExecStart=\(run)\nEOT\nsystemctl start e\n")
            ]),
            "ecs-agent", .undetermined, "writes what runs the agent"),
        Row("echo", with(["/etc/rc.local": .executable("#!/bin/sh\necho \(run)\n")]), "ecs-agent", .fail, "none found"),
        Row(
            "rc.local's variables",
            with(["/etc/rc.local": .executable("#!/bin/sh\nIMAGE=\(image)\ndocker run $IMAGE\n")]), "ecs-agent", .pass,
            "v1.105.0"),
        Row(
            "a template's instance",
            with([
                "/etc/systemd/system/ecs-agent@.service":
                    "[Service]\nRestart=always\nExecStart=/usr/bin/docker run amazon/amazon-ecs-agent:%i\n",
                "/etc/systemd/system/multi-user.target.wants/ecs-agent@v1.105.0.service": .link(
                    "../ecs-agent@.service"),
            ]), "agent-latest", .fail, "the ECS agent v1.105.0 is older"),
        Row(
            "an image of another name",
            unit("/usr/bin/docker run --name ecs-agent \(awslogs) registry.local:5000/ecs-agent:7"),
            "ecs-agent", .undetermined, "ecs-agent.service runs a container of registry.local:5000/ecs-agent:7"),
        Row(
            "a container that is none", unit("/usr/bin/docker run --name web registry.local:5000/web:7"), "ecs-agent",
            .fail, "none found"),
        Row(
            "an init script on systemd", with(sysV), "agent-after-user-data", .fail,
            "the init script ecs-agent may start before user data"),
        Row(
            "an init script that says so",
            with(
                sysV.merging([
                    "/etc/init.d/ecs-agent": .executable(
                        "#!/bin/sh\n### BEGIN INIT INFO\n# Should-Start: cloud-final\n### END INIT INFO\n\(run)\n")
                ]) { $1 }),
            "agent-after-user-data", .pass, "starts after user data"),
        Row(
            "the agent as a program", unit("/usr/bin/amazon-ecs-agent"), "agent-supervised", .pass, "Restart=always"),
        Row(
            "one that may beside one that does",
            unit(
                "/usr/bin/docker run \(awslogs) \(image)",
                [
                    "/etc/systemd/system/ecs-helper.service": "[Service]\nExecStart=/usr/local/bin/ecs-helper\n",
                    "/etc/systemd/system/multi-user.target.wants/ecs-helper.service": .link("../ecs-helper.service"),
                    "/usr/local/bin/ecs-helper": .executable("#!/usr/bin/python3\n# amazon-ecs-agent\n"),
                ]), "awslogs-driver", .pass, "awslogs"),
    ])
    func whatRunsTheAgent(row: Row) throws {
        let root = try LiteralSource(row.entries).read(Facts.wants) { _ = Facts(in: $0) }.root
        let rule = try #require(RuleCatalog.batch.rule(row.rule))
        let finding = rule.evaluate(Facts(in: root), .test)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        #expect(finding.message.contains(row.says), "\(finding.message)")
    }
}
