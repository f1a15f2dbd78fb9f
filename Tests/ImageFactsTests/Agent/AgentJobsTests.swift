import Booting
import ImageReading
import Startup
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct AgentJobsTests {
    /// What is read of a literal image for the jobs of its agent.
    static func root(_ entries: [String: LiteralEntry]) throws -> RootFilesystem {
        try LiteralSource(entries).read(
            ImageStartup.wants + CloudInitStarts.wants + CloudInit.wants + AgentJob.wants
                + DataSourceIdentification.wants
        ) {
            _ = AgentJob.observe(in: startup($0))
        }.root
    }

    /// The start-up of an image that boots no kernel that is known.
    static func startup(_ root: RootFilesystem) -> ImageStartup {
        let kernel = Observation<BootingKernel>.absent(searched: [])
        let files = CloudInitConfiguration.files(in: root)
        let identification = DataSourceIdentification(
            in: root, files: files, kernel: kernel, architecture: nil, version: nil)
        return ImageStartup(
            in: root, kernel: kernel, cloudInit: CloudInitConfiguration.observe(in: root, files: files).value,
            switches: CloudInitSwitches(in: root, kernel: kernel, identification: identification, version: nil))
    }

    static func observe(_ entries: [String: LiteralEntry]) throws -> Observation<[AgentJob]> {
        AgentJob.observe(in: startup(try root(entries)))
    }

    static func job(_ entries: [String: LiteralEntry]) throws -> AgentJob {
        let jobs = try #require(try observe(entries).value)
        #expect(jobs.count == 1)
        return try #require(jobs.first)
    }

    /// A systemd image whose multi-user.target wants `wanted`.
    static func systemd(_ wanted: [String] = [], _ more: [String: LiteralEntry]) -> [String: LiteralEntry] {
        var entries = BootingUnits.withDocker
        for unit in wanted {
            entries["/etc/systemd/system/multi-user.target.wants/\(unit)"] = .link("../\(unit)")
        }
        return entries.merging(more) { $1 }
    }

    static func service(_ exec: String, _ more: String = "") -> LiteralEntry {
        .text(
            "[Unit]\nDescription=agent\n[Service]\nExecStart=\(exec)\n\(more)\n[Install]\nWantedBy=multi-user.target\n")
    }

    static func run(_ job: AgentJob) -> AgentJob.DockerRun? {
        if case .dockerRun(let run) = job.command { run } else { nil }
    }

    @Test func amazonLinuxUnitIsEcsInit() throws {
        let job = try Self.job(
            Self.systemd(
                ["ecs.service"],
                [
                    "/usr/lib/systemd/system/ecs.service": """
                    [Unit]
                    Description=Amazon Elastic Container Service - container agent
                    Wants=docker.service
                    PartOf=docker.service
                    After=docker.service
                    After=cloud-final.service

                    [Service]
                    Type=simple
                    Restart=on-failure
                    RestartPreventExitStatus=5
                    EnvironmentFile=-/etc/ecs/ecs.config
                    ExecStartPre=/bin/bash -c 'test "$(/bin/systemctl is-active docker)" = active'
                    ExecStartPre=/usr/libexec/amazon-ecs-init pre-start
                    ExecStart=/usr/libexec/amazon-ecs-init start
                    ExecStopPost=/usr/libexec/amazon-ecs-init post-stop

                    [Install]
                    WantedBy=multi-user.target

                    """
                ]))
        #expect(job.name == "ecs.service")
        #expect(job.command == .ecsInit)
        #expect(job.restart?.name == "on-failure")
        #expect(job.evidence.map(\.line) == [15])
        guard case .started = job.start else {
            Issue.record("\(job.start)")
            return
        }
        #expect(
            job.userDataOrder
                == .after(evidence: [
                    Evidence("/usr/lib/systemd/system/ecs.service", line: 6, "After=cloud-final.service")
                ]))
    }

    struct Command: Sendable {
        let exec: String
        var more = ""
        let image: String?
        var drivers: String?
        var restart: String?
        var problem: Problem.Code?
        var line = #line
    }

    @Test(arguments: [
        Command(
            exec: "/usr/bin/docker run --name ecs-agent amazon/amazon-ecs-agent:latest",
            image: "amazon/amazon-ecs-agent:latest"),
        Command(
            exec: "-/usr/bin/docker run --init --rm -v /var/run:/var/run public.ecr.aws/ecs/amazon-ecs-agent:v1.62.1",
            image: "public.ecr.aws/ecs/amazon-ecs-agent:v1.62.1"),
        Command(
            exec:
                "/usr/bin/docker run \\\n  --init \\\n# no comment for docker\n  --restart=on-failure:10 \\\n  -e ECS_AVAILABLE_LOGGING_DRIVERS='[\"awslogs\"]' amazon/amazon-ecs-agent",
            image: "amazon/amazon-ecs-agent", drivers: "[\"awslogs\"]", restart: "on-failure:10"),
        Command(
            exec:
                "@/usr/bin/docker docker -H unix:///var/run/docker.sock container run -dit --env=ECS_AVAILABLE_LOGGING_DRIVERS=[] --restart always amazon/amazon-ecs-agent@sha256:00",
            image: "amazon/amazon-ecs-agent@sha256:00", drivers: "[]", restart: "always"),
        Command(
            exec: "/usr/bin/docker run -e ECS_AVAILABLE_LOGGING_DRIVERS $IMAGE",
            more: "Environment=\"ECS_AVAILABLE_LOGGING_DRIVERS=[\\\"awslogs\\\"]\" IMAGE=amazon/amazon-ecs-agent:1",
            image: "amazon/amazon-ecs-agent:1", drivers: "[\"awslogs\"]"),
        Command(
            exec: "/bin/sh -c 'exec docker run --env-file /etc/ecs/ecs.config amazon/amazon-ecs-agent:latest'",
            image: "amazon/amazon-ecs-agent:latest", drivers: "'[\"awslogs\"]'"),
        Command(
            exec: "/usr/bin/docker run ${OPTS} amazon/amazon-ecs-agent:latest",
            image: "amazon/amazon-ecs-agent:latest", problem: .undecided),
        Command(
            exec: "/usr/bin/docker run $OPTS amazon/amazon-ecs-agent:latest",
            more: "Environment=\"OPTS=-e ECS_AVAILABLE_LOGGING_DRIVERS=x\"",
            image: "amazon/amazon-ecs-agent:latest", drivers: "x"),
        Command(
            exec: "/usr/bin/docker run $OPTS amazon/amazon-ecs-agent:latest", image: "amazon/amazon-ecs-agent:latest"),
        Command(exec: "/opt/agent/start.sh", image: "amazon/amazon-ecs-agent:v1.2.3", drivers: "[\"awslogs\"]"),
        Command(exec: "/usr/bin/docker run nginx:latest", image: nil),
        Command(exec: "/usr/bin/docker stop amazon-ecs-agent", image: nil),
    ])
    func dockerRunIsReadAsSystemdAndDockerReadIt(row: Command) throws {
        let entries = Self.systemd(
            [],
            [
                "/etc/systemd/system/agent.service": Self.service(row.exec, row.more),
                "/etc/ecs/ecs.config":
                    "# drivers\nECS_AVAILABLE_LOGGING_DRIVERS='[\"awslogs\"]'\nECS_ENGINE_AUTH_DATA=secret\n",
                "/opt/agent/start.sh": """
                #!/bin/bash
                set -e
                IMAGE="amazon/amazon-ecs-agent:v1.2.3"
                docker rm ecs-agent || true
                exec /usr/bin/docker run --name=ecs-agent \\
                    --env=ECS_AVAILABLE_LOGGING_DRIVERS='["awslogs"]' "$IMAGE"

                """,
            ])
        let answer = try Self.observe(entries)
        guard let image = row.image else {
            #expect(answer.isAbsent, "line \(row.line): \(answer)")
            return
        }
        let job = try #require(answer.value?.first, "line \(row.line): \(answer)")
        let run = try #require(Self.run(job), "line \(row.line)")
        #expect(run.image == image, "line \(row.line)")
        #expect(run.restart == row.restart, "line \(row.line)")
        #expect(run.problem?.code == row.problem, "line \(row.line)")
        #expect(run.environment.last { $0.key == AgentKey.drivers }?.value == row.drivers, "line \(row.line)")
        #expect(!"\(answer)".contains("secret"), "line \(row.line)")
    }

    @Test func aMissingEnvironmentFileLeavesTheEnvironmentUnknown() throws {
        let job = try Self.job(
            Self.systemd(
                [],
                [
                    "/etc/systemd/system/a.service": Self.service(
                        "docker run --env-file=/etc/ecs/none amazon/amazon-ecs-agent")
                ]))
        #expect(Self.run(job)?.problem?.path == "/etc/ecs/none")
    }

    @Test func aScriptThatDoesNotShowItIsAScript() throws {
        let entries = Self.systemd(
            ["ecs-agent.service"],
            [
                "/etc/systemd/system/ecs-agent.service": Self.service("/usr/local/bin/run-agent"),
                "/usr/local/bin/run-agent": .executable("#!/usr/bin/python3\nimport agent  # runs amazon-ecs-agent\n"),
            ])
        guard case .unclear(let problem) = try Self.job(entries).command else {
            Issue.record("unclear expected")
            return
        }
        #expect(problem.path == "/usr/local/bin/run-agent")
    }

    @Test func aMaskedUnitIsAJobThatDoesNotStart() throws {
        let job = try Self.job(
            Self.systemd(
                ["ecs.service"],
                [
                    "/usr/lib/systemd/system/ecs.service": Self.service("/usr/libexec/amazon-ecs-init start"),
                    "/etc/systemd/system/ecs.service": .link("/dev/null"),
                ]))
        guard case .masked(let evidence) = job.start else {
            Issue.record("\(job.start)")
            return
        }
        #expect(evidence.map(\.path) == ["/etc/systemd/system/ecs.service"])
    }

    @Test func theVolumePluginIsNotTheAgent() throws {
        let entries = Self.systemd(
            [],
            [
                "/usr/lib/systemd/system/amazon-ecs-volume-plugin.service":
                    Self.service("/usr/libexec/amazon-ecs-volume-plugin")
            ])
        #expect(try Self.observe(entries).isAbsent)
    }

    static let upstart: [String: LiteralEntry] = [
        "/sbin/init": .executable("ELF"), "/sbin/initctl": .executable("ELF"),
    ]
    static let upstartJob: LiteralEntry = """
        description "Amazon Elastic Container Service (start task)"
        start on stopped rc RUNLEVEL=[345]
        stop on runlevel [!2345]
        pre-start exec /usr/libexec/amazon-ecs-init pre-start
        script
            exec /usr/libexec/amazon-ecs-init start
        end script
        """

    @Test func amazonLinux1StartsByUpstart() throws {
        let job = try Self.job(Self.upstart.merging(["/etc/init/ecs.conf": Self.upstartJob]) { $1 })
        #expect(job.manager == .upstart)
        #expect(job.command == .ecsInit)
        #expect(job.restart == nil)
        guard case .started(let evidence, _) = job.start, case .after = job.userDataOrder else {
            Issue.record("\(job)")
            return
        }
        #expect(evidence == [Evidence("/etc/init/ecs.conf", line: 2, "start on stopped rc RUNLEVEL=[345]")])
        let command = Evidence("/etc/init/ecs.conf", line: 6, "exec /usr/libexec/amazon-ecs-init start")
        #expect(job.evidence == [command])
    }

    @Test func anOverrideWithManualSwitchesAnUpstartJobOff() throws {
        let job = try Self.job(
            Self.upstart.merging(["/etc/init/ecs.conf": Self.upstartJob, "/etc/init/ecs.override": "manual\n"]) { $1 })
        #expect(job.start == .notStarted(evidence: [Evidence("/etc/init/ecs.override", line: 1, "manual")]))
    }

    @Test func anUpstartJobOnASystemdImageDoesNotStart() throws {
        let job = try Self.job(Self.systemd([], ["/etc/init/ecs.conf": Self.upstartJob]))
        guard case .notStarted = job.start else {
            Issue.record("\(job.start)")
            return
        }
    }

    @Test func initScriptsStartByTheirLinks() throws {
        let script: LiteralEntry = .executable(
            "#!/bin/sh\ncase $1 in start) docker run -d amazon/amazon-ecs-agent:latest ;; esac\n")
        var entries: [String: LiteralEntry] = [
            "/sbin/init": .executable("ELF"), "/etc/inittab": "id:3:initdefault:\n", "/etc/init.d/agent": script,
        ]
        guard case .notStarted = try Self.job(entries).start else {
            Issue.record("no link")
            return
        }
        entries["/etc/rc5.d/S99agent"] = .link("../init.d/agent")
        guard case .notStarted = try Self.job(entries).start else {
            Issue.record("another run level")
            return
        }
        entries["/etc/rc3.d/S99agent"] = .link("../init.d/agent")
        guard case .started(let evidence, _) = try Self.job(entries).start else {
            Issue.record("linked")
            return
        }
        #expect(evidence.map(\.path) == ["/etc/rc3.d/S99agent"])
    }

    @Test func otherStartersAreFound() throws {
        let run = "docker run -d --restart=always amazon/amazon-ecs-agent:latest"
        let rows: [(String, LiteralEntry, JobManager)] = [
            ("/etc/rc.local", .executable("#!/bin/sh\n\(run)\n"), .rcLocal),
            ("/var/lib/cloud/scripts/per-boot/agent.sh", .executable("#!/bin/sh\n\(run)\n"), .cloudInit),
            (
                "/etc/cloud/cloud.cfg.d/99_agent.cfg",
                .text("runcmd:\n  - [docker, run, -d, --restart=always, 'amazon/amazon-ecs-agent:latest']\n"),
                .cloudInit
            ),
            ("/etc/cron.d/agent", .text("@reboot root \(run)\n"), .cron),
            ("/var/spool/cron/crontabs/root", .text("@reboot \(run)\n"), .cron),
        ]
        for (path, entry, manager) in rows {
            let job = try Self.job(Self.systemd([], [path: entry]))
            #expect(job.manager == manager, "\(path)")
            #expect(Self.run(job)?.restart == "always", "\(path)")
            guard case .started = job.start else {
                Issue.record("\(path): \(job.start)")
                continue
            }
        }
    }

    @Test func aLocalScriptThatIsNotExecutableStartsNothing() throws {
        let job = try Self.job(Self.systemd([], ["/etc/rc.local": "#!/bin/sh\ndocker run amazon/amazon-ecs-agent\n"]))
        guard case .notStarted = job.start else {
            Issue.record("\(job.start)")
            return
        }
    }

    @Test func startingAJobThatWaitsForCloudInitFromCloudInitIsADeadlock() throws {
        let unit = Self.service("/usr/libexec/amazon-ecs-init start", "[Unit]\nAfter=cloud-final.service")
        let jobs = Self.systemd(
            [],
            [
                "/usr/lib/systemd/system/ecs.service": unit,
                "/etc/cloud/cloud.cfg.d/50.cfg": "runcmd:\n  - systemctl enable --now ecs\n",
            ])
        let job = try Self.job(jobs)
        #expect(job.deadlock?.line == 2)
        guard case .started = job.start else {
            Issue.record("\(job.start)")
            return
        }
        let unblocked = try Self.job(
            jobs.merging(["/etc/cloud/cloud.cfg.d/50.cfg": "runcmd:\n  - systemctl start --no-block ecs\n"]) { $1 })
        #expect(unblocked.deadlock == nil)
    }

    /// Debian's cloud-final.service waits for multi-user.target.
    static let debianCloudInit: [String: LiteralEntry] = [
        "/usr/lib/systemd/system/cloud-final.service":
            "[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/bin/true\n",
        "/usr/lib/systemd/system/cloud-init.target": "[Unit]\nAfter=multi-user.target\n",
        "/usr/lib/systemd/system-generators/cloud-init-generator": .executable(),
        "/etc/systemd/system/cloud-init.target.wants/cloud-final.service": .link(
            "/lib/systemd/system/cloud-final.service"),
    ]

    @Test func onDebianWaitingForUserDataInMultiUserIsACycle() throws {
        let unit = Self.service("/usr/libexec/amazon-ecs-init start", "[Unit]\nAfter=cloud-final.service")
        let entries = Self.debianCloudInit.merging(["/usr/lib/systemd/system/ecs.service": unit]) { $1 }
        guard case .cycle(let evidence) = try Self.job(Self.systemd(["ecs.service"], entries)).userDataOrder else {
            Issue.record("a cycle expected")
            return
        }
        #expect(evidence.map(\.path).contains("/etc/systemd/system/multi-user.target.wants/ecs.service"))
        #expect(evidence.map(\.path).contains("/usr/lib/systemd/system/cloud-final.service"))
        var right = Self.systemd([], entries)
        right["/etc/systemd/system/cloud-init.target.wants/ecs.service"] = .link("/lib/systemd/system/ecs.service")
        let job = try Self.job(right)
        guard case .after = job.userDataOrder, case .started = job.start else {
            Issue.record("\(job)")
            return
        }
    }

    @Test func whatCannotBeReadIsNotAbsent() throws {
        let entries = Self.systemd([], ["/etc/systemd/system/x.service": .bytes([0, 1, 2])])
        #expect(try Self.observe(entries).problem?.path == "/etc/systemd/system/x.service")
    }
}
