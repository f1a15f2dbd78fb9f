import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct ClusterReachableTests {
    typealias Entries = [String: LiteralEntry]

    /// An agent run by hand on an image on which everything else is right; `service` are the lines of its unit.
    static func unit(_ service: String, _ more: Entries = [:]) -> Entries {
        StartupImage.amazonLinux.filter { $0.key != "/usr/libexec/amazon-ecs-init" }.merging([
            StartupImage.unit: .text(
                "[Unit]\nAfter=cloud-final.service docker.service\n[Service]\nRestart=always\n\(service)\n"
                    + "[Install]\nWantedBy=multi-user.target\n"),
            "/etc/ecs/ecs.config": "",
            "/etc/systemd/system/multi-user.target.wants/docker.service": .link("../docker.service"),
        ]) { $1 }.merging(more) { $1 }
    }

    static func run(_ options: String, _ lines: String = "", _ more: Entries = [:]) -> Entries {
        unit("\(lines)\nExecStart=/usr/bin/docker run --name ecs-agent --net=host \(options) \(image)", more)
    }

    /// A script that the unit runs.
    static func script(_ text: String, _ lines: String = "", _ more: Entries = [:]) -> Entries {
        unit("\(lines)\nExecStart=/usr/local/bin/start-ecs", more)
            .merging(["/usr/local/bin/start-ecs": .executable("#!/bin/bash\n\(text)\n")]) { $1 }
    }

    static let image = "amazon/amazon-ecs-agent:v1.106.1"
    static let file = "--env-file=/etc/ecs/ecs.config"

    static func check(
        _ entries: Entries, _ verdict: Verdict.Kind, _ says: String = "", _ policy: Policy = .test,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let root = try LiteralSource(entries).read(Facts.wants) { _ = Facts(in: $0) }.root
        let finding = Rule.clusterReachable.evaluate(Facts(in: root), policy)
        #expect(finding.verdict == verdict, "\(finding.message)", sourceLocation: location)
        #expect(says.isEmpty || finding.message.contains(says), "\(finding.message)", sourceLocation: location)
        let shown = [finding.message, finding.remedy ?? ""] + finding.evidence.map(\.text)
        #expect(!shown.contains { $0.contains(marker) }, "\(shown)", sourceLocation: location)
        #expect(verdict == .notApplicable || !finding.evidence.isEmpty, sourceLocation: location)
    }

    /// What stands for Batch's cluster inside of the program is never shown.
    private static let marker = "\u{E000}"

    struct Row: Sendable, CustomTestStringConvertible {
        let entries: Entries
        let says: String

        /// What the unit and the script say.
        var testDescription: String {
            [StartupImage.unit, "/usr/local/bin/start-ecs"].compactMap { path in
                if case .file(let bytes, _)? = entries[path] { String(decoding: bytes, as: UTF8.self) } else { nil }
            }.joined().replacing("\n", with: " ; ")
        }

        init(_ entries: Entries, _ says: String = "") {
            self.entries = entries
            self.says = says
        }
    }

    /// AWS's own command in its spellings, and the other ways that hand the file on.
    @Test(arguments: [
        Row(run(file)), Row(run("--env-file /etc/ecs/ecs.config")), Row(run("--env-file=/etc//ecs/./ecs.config")),
        Row(run("-e ECS_DATADIR=/data \(file) -v /etc/ecs:/etc/ecs")),
        Row(run("\(file) -e ECS_CLUSTER")), Row(run("-e ECS_CLUSTER \(file)")),
        Row(run("--env-file=/opt/agent.env", "", ["/opt/agent.env": .link("/etc/ecs/ecs.config")])),
        Row(run("--env-file=/srv/e", "", ["/etc/ecs/ecs.config": .link("/srv/e"), "/srv/e": ""])),
        Row(run("--env-file=/srv/e", "", ["/etc/ecs/ecs.config": .link("../../srv/e")])),
        Row(run("--env-file=ecs.config", "WorkingDirectory=/etc/ecs")), Row(run("--env-file=etc/ecs/ecs.config")),
        Row(run("--env-file=/etc/default/ecs \(file)", "", ["/etc/default/ecs": "ECS_CLUSTER=default\n"])),
        Row(run(file, "", ["/etc/ecs/ecs.config": "ECS_CLUSTER=baked\n"])),
        Row(run("-e ECS_CLUSTER", "EnvironmentFile=/etc/ecs/ecs.config")),
        Row(run("-e ECS_CLUSTER", "EnvironmentFile=-/etc/ecs/ecs.config\nEnvironment=ECS_CLUSTER=default")),
        Row(run("-e ECS_CLUSTER=${ECS_CLUSTER}", "EnvironmentFile=-/etc/ecs/ecs.config")),
        Row(
            run(
                "-e ECS_CLUSTER", "EnvironmentFile=/etc/default/ecs\nEnvironmentFile=-/etc/ecs/ecs.config",
                ["/etc/default/ecs": "ECS_CLUSTER=default\n"])),
        Row(unit("EnvironmentFile=-/etc/ecs/ecs.config\nExecStart=/usr/bin/amazon-ecs-agent")),
        Row(unit("ExecStart=/bin/sh -c 'exec docker run \(file) \(image)'")),
        Row(unit("ExecStart=/bin/su -l ops -c \"docker run \(file) \(image)\"")),
        Row(
            unit(
                "ExecStartPre=/usr/bin/docker create --name ecs-agent \(file) \(image)\nExecStart=/usr/bin/docker start -a ecs-agent"
            )),
        Row(
            unit(
                "ExecStart=/usr/bin/docker compose -f /opt/c.yml up",
                ["/opt/c.yml": .text("services:\n  agent:\n    image: \(image)\n    env_file: /etc/ecs/ecs.config\n")])),
        Row(
            unit(
                "WorkingDirectory=/opt/ecs\nExecStart=/usr/local/bin/docker-compose up",
                [
                    "/opt/ecs/docker-compose.yml": .text(
                        "version: '3'\nservices:\n  agent:\n    image: \(image)\n    env_file:\n      - ../../etc/ecs/ecs.config\n"
                    )
                ])),
        Row(script("exec docker run \\\n  \(file) \\\n  \(image)")),
        Row(script("FILE=/etc/ecs/ecs.config\nexec docker run --env-file \"$FILE\" \(image)")),
        Row(script("OPTS=\"-e A=b\"\nOPTS+=\" \(file)\"\nexec docker run $OPTS \(image)")),
        Row(script(". /etc/ecs/ecs.config\nexec docker run -e ECS_CLUSTER=\"$ECS_CLUSTER\" \(image)")),
        Row(
            script(
                "set -a; [ -f /etc/ecs/ecs.config ] && . /etc/ecs/ecs.config\nexec docker run -e ECS_CLUSTER \(image)")),
        Row(script("source /etc/ecs/ecs.config\nexport ECS_CLUSTER\nexec docker run -e ECS_CLUSTER \(image)")),
        Row(
            script(
                "exec docker run -e ECS_CLUSTER=${ECS_CLUSTER:-default} \(image)", "EnvironmentFile=/etc/ecs/ecs.config"
            )),
        Row(script("cd /etc/ecs\nexec docker run --env-file ecs.config \(image)")),
        Row(
            script(
                "if [ -e /dev/nvidia0 ]; then docker run --gpus all \(file) \(image); else docker run \(file) \(image); fi"
            )),
        Row(
            script("cat > /etc/motd <<EOF\ndocker run -e ECS_CLUSTER=x \(image)\nEOF\nexec docker run \(file) \(image)")
        ),
    ])
    func aFileThatIsHandedOnPasses(row: Row) throws {
        try Self.check(row.entries, .pass, "hands /etc/ecs/ecs.config")
    }

    @Test(arguments: [
        Row(run("-e ECS_DATADIR=/data"), "nothing on the way reads it"),
        Row(run("-v /etc/ecs:/etc/ecs"), "nothing on the way reads it"),
        Row(
            run("-v /etc/ecs/ecs.config:/etc/ecs/ecs.config:ro", "ExecStartPre=/usr/bin/touch /etc/ecs/ecs.config"),
            "nothing"),
        Row(run("", "EnvironmentFile=/etc/ecs/ecs.config"), "nothing on the way reads it"),
        Row(run("-e ECS_CLUSTER"), "nothing on the way reads it"),
        Row(run("--env-file=/etc/default/ecs", "", ["/etc/default/ecs": "ECS_DATADIR=/data\n"]), "nothing"),
        Row(run("--env-file=/etc/ecs/ecs.config.json", "", ["/etc/ecs/ecs.config.json": ""]), "nothing"),
        Row(run("-e ECS_CLUSTER=prod"), "ecs.service:6: ecs.service sets ECS_CLUSTER itself"),
        Row(
            run("\(file) --env=ECS_CLUSTER=prod"), "sets ECS_CLUSTER itself (prod), which wins over /etc/ecs/ecs.config"
        ),
        Row(run("\(file) -e ECS_CLUSTER=default"), "sets ECS_CLUSTER itself (default)"),
        Row(run("\(file) -e ECS_CLUSTER="), "(an empty one)"),
        Row(run("\(file) -e ECS_CLUSTER", "Environment=ECS_CLUSTER=prod"), "(prod)"),
        Row(run("\(file) --env-file=/opt/e", "", ["/opt/e": "ECS_CLUSTER=prod\n"]), "/opt/e:1: ecs.service"),
        Row(run("-e ECS_CLUSTER=$ECS_CLUSTER", "EnvironmentFile=/etc/ecs/ecs.config"), "($ECS_CLUSTER)"),
        Row(
            run(
                "-e ECS_CLUSTER", "EnvironmentFile=/etc/ecs/ecs.config\nEnvironmentFile=/etc/default/ecs",
                ["/etc/default/ecs": "ECS_CLUSTER=prod\n"]), "/etc/default/ecs:1"),
        Row(unit("Environment=ECS_CLUSTER=prod\nExecStart=/usr/bin/amazon-ecs-agent"), "(prod)"),
        Row(unit("ExecStart=/usr/bin/amazon-ecs-agent"), "nothing on the way reads it"),
        Row(script("exec docker run \(image)"), "nothing on the way reads it"),
        Row(
            script("mkdir -p /etc/ecs; touch /etc/ecs/ecs.config\nexec docker run -v /etc/ecs:/etc/ecs \(image)"),
            "nothing"),
        Row(script("CLUSTER=prod\nexec docker run \(file) -e ECS_CLUSTER=$CLUSTER \(image)"), "(prod)"),
        Row(
            script("exec docker run -e 'ECS_CLUSTER=$ECS_CLUSTER' \(image)", "EnvironmentFile=/etc/ecs/ecs.config"),
            "($ECS_CLUSTER)"),
        Row(script("if x; then docker run -e ECS_CLUSTER=a \(image); else docker run \(image); fi"), "(a)"),
        Row(
            unit(
                "ExecStart=/usr/bin/docker compose -f /opt/c.yml up",
                ["/opt/c.yml": .text("services:\n  agent:\n    image: \(image)\n    restart: always\n")]), "nothing"),
        Row(
            unit(
                "ExecStart=/usr/bin/docker compose -f /opt/c.yml up",
                [
                    "/opt/c.yml": .text(
                        "services:\n  agent:\n    image: \(image)\n    env_file: /etc/ecs/ecs.config\n    environment:\n      ECS_CLUSTER: prod\n"
                    )
                ]), "/opt/c.yml:6: ecs.service"),
        Row(
            unit("ExecStart=/usr/bin/docker start -a ecs-agent", baked()),
            "the container ecs-agent, which ecs.service starts"),
        Row(unit("ExecStart=/usr/bin/docker start -a 0123", baked()), "keeps the environment of its making"),
        Row(
            unit("ExecStart=/bin/true", baked(restart: "always", environment: #""ECS_CLUSTER=prod""#)),
            "which dockerd starts, was made while the image was built and keeps the environment of its making (ECS_CLUSTER=prod)"
        ),
    ])
    func anAgentThatNeverSeesTheClusterFails(row: Row) throws {
        try Self.check(row.entries, .fail, row.says)
    }

    @Test(arguments: [
        Row(
            script("exec docker run -e ECS_CLUSTER=$(grep ECS_CLUSTER /etc/ecs/ecs.config | cut -d= -f2) \(image)"),
            "only the boot"),
        Row(
            script("CLUSTER=$(cat /etc/cluster)\nexec docker run -e ECS_CLUSTER=$CLUSTER \(image)"),
            "ECS_CLUSTER=$CLUSTER"),
        Row(
            script("C=$(hostname)\nexec docker run \(file) -e ECS_CLUSTER=\"prod-$C\" \(image)"), "ECS_CLUSTER=prod-$C"),
        Row(script("exec docker run $OPTS \(file) \(image)"), "$OPTS among the options"),
        Row(
            script("while read l; do O=\"$O -e $l\"; done < /etc/ecs/ecs.config\nexec docker run $O \(image)"),
            "$O among"),
        Row(script(". /etc/cluster\nexec docker run -e ECS_CLUSTER=$CLUSTER \(image)"), "$CLUSTER"),
        Row(
            script(
                "[ -z \"$ECS_CLUSTER\" ] && ECS_CLUSTER=default\nexec docker run -e ECS_CLUSTER=$ECS_CLUSTER \(image)",
                "EnvironmentFile=/etc/ecs/ecs.config"), "ECS_CLUSTER"),
        Row(script("if x; then docker run \(file) \(image); else docker run \(image); fi"), "one of several ways"),
        Row(
            script(
                "grep -v '^#' /etc/ecs/ecs.config > /run/agent.env\nexec docker run --env-file /run/agent.env \(image)"),
            "/run/agent.env"),
        Row(
            run("--env-file=/opt/e", "ExecStartPre=/bin/cp /etc/ecs/ecs.config /opt/e", ["/opt/e": ""]),
            "reads /etc/ecs/ecs.config, and what it makes of it is not followed"),
        Row(
            run(
                "--env-file=/opt/e", "",
                [
                    "/opt/e": "ECS_CLUSTER=default\n",
                    "/usr/lib/systemd/system/copy.service":
                        "[Service]\nExecStart=/bin/sh -c 'cat /etc/ecs/ecs.config > /opt/e'\n",
                    "/etc/systemd/system/multi-user.target.wants/copy.service": .link(
                        "/usr/lib/systemd/system/copy.service"),
                ]), "copy.service: reads /etc/ecs/ecs.config"),
        Row(
            run("--env-file=/etc/cluster.env"),
            "/etc/cluster.env: named by --env-file=/etc/cluster.env, and not in the image"),
        Row(run("--env-file=%H.env"), "has to write it"),
        Row(
            unit("ExecStart=/usr/bin/docker start -a ecs-agent"),
            "starts a container that is not in the image"),
        Row(
            unit("ExecStart=/usr/bin/docker compose -f /opt/none.yml up ecs"),
            "is not in the image; looked at /opt/none.yml"),
        Row(
            unit("ExecStart=/usr/bin/docker run --name ecs-agent \(file) registry.local:5000/ecs-agent:7"),
            "another name"),
        Row(unit("ExecStart=/usr/bin/podman run \(file) \(image)"), "podman"),
        Row(
            run(file, "ExecStartPre=-/usr/bin/docker rm -f ecs-agent", baked(restart: "always")),
            "several jobs run an agent"),
    ])
    func whatCannotBeFollowedIsUndetermined(row: Row) throws {
        try Self.check(row.entries, .undetermined, row.says)
    }

    /// A container as dockerd keeps it, made while the image was built.
    static func baked(restart: String = "no", environment: String = "") -> Entries {
        let directory = "/var/lib/docker/containers/0123456789abcdef"
        return [
            "\(directory)/config.v2.json": .text(
                #"{"ID":"0123456789abcdef","Name":"/ecs-agent","State":{"Running":true},"#
                    + #""Config":{"Image":"amazon/amazon-ecs-agent:latest","Env":[\#(environment)]}}"#),
            "\(directory)/hostconfig.json": .text(
                #"{"RestartPolicy":{"Name":"\#(restart)","MaximumRetryCount":0},"NetworkMode":"host"}"#),
        ]
    }

    /// What an agent's test run left in the image is none of its hosts': it has no restart policy, or is taken away.
    @Test func aContainerWithoutARestartPolicyDoesNotCount() throws {
        try Self.check(Self.run(Self.file, "", Self.baked()), .pass)
        try Self.check(
            Self.unit(
                "ExecStartPre=-/usr/bin/docker rm -f ecs-agent\nExecStartPre=/usr/bin/docker create --name ecs-agent "
                    + "\(Self.file) \(Self.image)\nExecStart=/usr/bin/docker start -a ecs-agent", Self.baked()),
            .pass)
        try Self.check(StartupImage.amazonLinux.merging(Self.baked()) { $1 }, .notApplicable, "ecs-init")
    }

    @Test func aFileThatUserDataHasYetToWriteIsAWord() throws {
        var entries = Self.run(Self.file)
        entries["/etc/ecs/ecs.config"] = nil
        try Self.check(entries, .pass, "is there when user data has written it")
        entries[StartupImage.unit] = .text(
            "[Service]\nRestart=always\nRestartSec=10\nExecStart=/usr/bin/docker run \(Self.file) \(Self.image)\n")
        try Self.check(entries, .pass, "Restart=always tries again until user data has written it")
        entries[StartupImage.unit] = .text(
            "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nExecStart=/usr/bin/docker run \(Self.file) "
                + "\(Self.image)\n")
        try Self.check(entries, .pass, "tries again")
        entries[StartupImage.unit] = .text(
            "[Service]\nRestart=always\nExecStart=/usr/bin/docker run \(Self.file) \(Self.image)\n")
        try Self.check(entries, .undetermined, "Restart=always gives up")
        entries[StartupImage.unit] = .text("[Service]\nExecStart=/usr/bin/docker run \(Self.file) \(Self.image)\n")
        try Self.check(entries, .undetermined, "nothing tries again")
    }

    @Test func ecsInitNeedsNoneOfThis() throws {
        try Self.check(StartupImage.amazonLinux, .notApplicable, "ecs-init")
        let without = StartupImage.withoutAgent.reduce(into: StartupImage.amazonLinux) { $0[$1.key] = $1.value }
        try Self.check(without, .notApplicable, "see ecs-agent")
    }

    @Test func anUnmanagedEnvironmentLeavesTheClusterToTheImage() throws {
        let policy = Policy.test("cluster-reachable", Rule.ComputeEnvironment.unmanaged)
        for entries in [
            Self.run("-e ECS_CLUSTER=prod"), Self.run(""),
            Self.unit("ExecStart=/bin/true", Self.baked(restart: "always")),
        ] {
            try Self.check(entries, .pass, "unmanaged compute environment", policy)
        }
        try Self.check(Self.run("-e ECS_CLUSTER=prod"), .pass, "(prod)", policy)
        let managed = Policy.test("cluster-reachable", Rule.ComputeEnvironment.managed)
        try Self.check(Self.run("-e ECS_CLUSTER=prod"), .fail, "(prod)", managed)
    }
}
