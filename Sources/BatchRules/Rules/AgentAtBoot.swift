/// agent-at-boot: the agent starts at boot.

import ImageFacts
import ImageReading
import Startup

extension Rule {
    static let agentAtBoot = Rule(
        id: "agent-at-boot",
        level: .required,
        title: "the agent starts at boot",
        group: .specification,
        clause: .supervision,
        question: "Does something start the ECS agent at boot, and the Docker daemon that it needs?",
        reason: """
            Managed compute environments never log in to a host: an agent that the boot does not start never registers \
            the instance, and its jobs stay in RUNNABLE. ecs-init refuses to start while Docker is not running, so a \
            masked or missing Docker keeps an enabled agent from starting too.
            """,
        consequence: "no instance registers, and jobs stay in RUNNABLE",
        decidedBy: """
            systemd's units with their drop-ins, aliases and masks, followed from default.target along Wants=, \
            Requires= and the links below *.wants, *.requires and *.upholds; presets where the next boot is a first \
            boot (/etc/machine-id missing or `uninitialized`); systemd.mask=, systemd.wants= and systemd.unit= of the \
            boot entry; upstart jobs with their overrides, init scripts, rc.local, cloud-init's runcmd and \
            scripts (per-once, per-boot, per-instance), cron's @reboot, containers in Docker's storage with a restart \
            policy. The same for docker.service and docker.socket.
            """,
        remedy: """
            `systemctl unmask docker ecs && systemctl enable docker ecs` while building the image (use the name of \
            your own unit in the place of ecs); for a hand-made unit add `Requires=docker.service` and \
            `After=docker.service`
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/batch-ami-spec.html"
    ) { facts, _ in
        facts.verdictOnAgentJobs { evidence, places in
            let install =
                facts.agent.value?.installation == .ecsInit ? [] : PackageInstaller(facts)?.ecsInit(isInstalled: false)
            return .fail(
                "nothing on the image runs the agent; looked at \(places)", evidence,
                remedy: (install ?? []) + [
                    .command("systemctl", "enable", "ecs.service"),
                    .sentence("or write a unit that runs the agent's container, and enable it"),
                ])
        } _: { jobs in
            jobs.map { $0.startVerdict(facts) }.best ?? .undetermined("the jobs of the agent are not known")
        }
    }
}

extension AgentJob {
    fileprivate func startVerdict(_ facts: Facts) -> Verdict {
        let docker = facts.dockerStart
        let isByPreset: Bool
        let links: [Evidence]
        switch start {
        case .masked(let mask):
            let dangling = mask.last { $0.text.hasSuffix(UnitDirectories.leadsNowhere) }
            let why = dangling.map { "its unit file leads nowhere (\($0.path) \($0.text))" } ?? "it is masked"
            return .fail(
                "\(label) does not start at boot: \(why)", mask + evidence, remedy: start.enabling(name, facts))
        case .notStarted(let places):
            let why =
                start.idlePreset.map { line, machineID in
                    """
                    nothing that boots wants it, and the preset `\(line.text)` (\(line.shortPlace)) does not act: \
                    /etc/machine-id \(machineID.text == "empty" ? "is empty" : machineID.text), so that the next boot is no \
                    first boot
                    """
                } ?? "nothing that boots wants it"
            return .fail(
                "\(label) does not start at boot: \(why)", places + evidence,
                remedy: manager == .systemd
                    ? start.enabling(name, facts)
                    : [.sentence("have \(label) started at boot, or enable a unit that runs the agent")])
        case .noUnit(let searched):
            let places = searched.map(\.text).joined(separator: ", ")
            return .fail(
                "\(label) does not start at boot: there is no such unit; looked at \(places)", evidence,
                remedy: [.sentence("install the package that brings \(name), or write the unit, and enable it")])
        case .undetermined(let places, let problem):
            return .undetermined(problem, places + evidence)
        case .started(let found, let byPreset):
            isByPreset = byPreset
            links = found
        }
        if let deadlock {
            return .fail(
                """
                \(label) is started by a command of cloud-init that waits for it, while it waits for cloud-init to \
                end: neither goes on
                """, [deadlock] + evidence,
                remedy: [.sentence("enable \(name) in the image instead, or start it with --no-block")])
        }
        let objections = [
            deletedJobs?.objection(toStarting: label), hindrances.objection(toStarting: label),
            faults.gravest?.verdict(on: label, links), clarityObjection(links), facts.objection(to: self),
        ].compactMap(\.self)
        if let objection = objections.worst { return objection }
        let how = isByPreset ? " by a preset on first boot" : ""
        let words = hindrances.words + (docker.value?.hindrances.words ?? "") + (deletedJobs?.word ?? "")
        return .pass("\(label) starts at boot\(how), and Docker with it\(words)", links + evidence + docker.evidence)
    }

    private func clarityObjection(_ links: [Evidence]) -> Verdict? {
        guard case .unclear(let problem) = command else { return nil }
        return .undetermined(
            "\(label) starts at boot, and whether it runs the agent cannot be told: \(problem)", evidence + links,
            remedy: [.sentence("run the agent's `docker run` or `amazon-ecs-init start` in the job itself")])
    }
}

extension Facts {
    /// Why Docker does not start with a job of the agent that does; nil where it starts.
    fileprivate func objection(to job: AgentJob) -> Verdict? {
        func fail(_ why: String, _ evidence: [Evidence], remedy: [RemedyStep]) -> Verdict {
            .fail(
                "\(job.label) starts at boot, and Docker, without which the agent never runs, does not: \(why)",
                evidence, remedy: remedy)
        }
        switch dockerStart {
        case .absent:
            return fail(
                "the image has no unit docker.service, no upstart job and no init script of it", [],
                remedy: installingDocker)
        case .unreadable(let evidence, let problem): return .undetermined(problem, evidence)
        case .present(let docker, _):
            switch docker.service {
            case .masked(let evidence):
                let socket = docker.socket.map { socket -> [RemedyStep] in
                    if case .masked = socket { socket.enabling("docker.socket", self) } else { [] }
                }
                return fail(
                    "\(docker.job) is masked", evidence,
                    remedy: (socket ?? []) + docker.service.enabling(docker.job, self))
            case .noUnit: return fail("there is no \(docker.job)", docker.service.evidence, remedy: installingDocker)
            case .undetermined(let evidence, let problem): return .undetermined(problem, evidence)
            case .started: break
            case .notStarted(let evidence):
                switch docker.socket {
                case .started(let socket, _)?:
                    if let check = job.dockerCheck { return job.asksBeforeDockerIsCalled(check, socket, docker) }
                case .undetermined(let evidence, let problem)?: return .undetermined(problem, evidence)
                case .masked?, .notStarted?, .noUnit?, nil:
                    return fail(
                        "nothing that boots wants \(docker.job) or its socket", evidence,
                        remedy: docker.service.enabling(docker.job, self))
                }
            }
            guard docker.missingSocket.isEmpty else {
                let isMasked = docker.missingSocket.count > 1
                return fail(
                    "it takes its socket from docker.socket, which is \(isMasked ? "masked" : "not there")",
                    docker.missingSocket,
                    remedy: isMasked
                        ? [.command("systemctl", "unmask", "docker.socket")]
                        : [
                            .sentence("install Docker's package again, which brings docker.socket"),
                            .sentence("or start dockerd without `-H fd://`"),
                        ])
            }
            return [
                docker.faults.gravest?.verdict(on: docker.job, job.evidence),
                docker.hindrances.objection(toDockerWith: job.label),
            ]
            .compactMap(\.self).worst
        }
    }
}

extension AgentJob {
    /// Docker's socket alone starts Docker on the first call, which comes after the job's own test.
    fileprivate func asksBeforeDockerIsCalled(_ check: Evidence, _ socket: [Evidence], _ docker: DockerStart) -> Verdict
    {
        .fail(
            """
            \(label) starts only while Docker is active, and at boot only Docker's socket is, which starts it on the \
            first call: \(label) asks before anybody calls
            """, [check] + socket,
            remedy: [
                .command("systemctl", "enable", "\(docker.job)"), .sentence("or add `Wants=\(docker.job)` to \(name)"),
            ])
    }
}
