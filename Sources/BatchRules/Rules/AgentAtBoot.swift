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
            .fail(
                "a job that runs the agent expected, none found; looked at \(places)", evidence,
                remedy: [
                    .sentence(
                        """
                        install ecs-init and `systemctl enable ecs`, or write a unit that runs the agent's container \
                        and enable it
                        """)
                ])
        } _: { jobs in
            jobs.map { $0.startVerdict(docker: facts.dockerStart) }.best
                ?? .undetermined("the jobs of the agent are not known")
        }
    }
}

extension AgentJob {
    fileprivate func startVerdict(docker: Observation<DockerStart>) -> Verdict {
        let isByPreset: Bool
        let links: [Evidence]
        switch start {
        case .masked(let mask):
            let dangling = mask.last { $0.text.hasSuffix(UnitDirectories.leadsNowhere) }
            let why = dangling.map { "its unit file leads nowhere (\($0.path) \($0.text))" } ?? "it is masked"
            return .fail("\(label) expected to start at boot, and \(why)", mask + evidence)
        case .notStarted(let places):
            return .fail("\(label) expected to start at boot, and nothing that boots wants it", places + evidence)
        case .noUnit(let searched):
            let places = searched.map(\.text).joined(separator: ", ")
            return .fail("\(label) expected to start at boot, and there is no such unit; looked at \(places)", evidence)
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
            faults.gravest?.verdict(on: label, links), clarityObjection(links), docker.objection(to: self),
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

extension Observation<DockerStart> {
    /// Why Docker does not start with a job of the agent that does; nil where it starts.
    fileprivate func objection(to job: AgentJob) -> Verdict? {
        func fail(_ why: String, _ evidence: [Evidence]) -> Verdict {
            .fail(
                "\(job.label) starts at boot, and Docker, without which the agent never runs, does not: \(why)",
                evidence)
        }
        switch self {
        case .absent: return fail("no unit, upstart job or init script of it; looked at \(searchedPlaces)", [])
        case .unreadable(let evidence, let problem): return .undetermined(problem, evidence)
        case .present(let docker, _):
            switch docker.service {
            case .masked(let evidence): return fail("\(docker.job) is masked", evidence)
            case .noUnit: return fail("there is no \(docker.job)", evidence)
            case .undetermined(let evidence, let problem): return .undetermined(problem, evidence)
            case .started: break
            case .notStarted(let evidence):
                switch docker.socket {
                case .started(let socket, _)?:
                    if let check = job.dockerCheck { return job.asksBeforeDockerIsCalled(check, socket, docker) }
                case .undetermined(let evidence, let problem)?: return .undetermined(problem, evidence)
                case .masked?, .notStarted?, .noUnit?, nil:
                    return fail("nothing that boots wants \(docker.job) or its socket", evidence)
                }
            }
            guard docker.missingSocket.isEmpty else {
                return fail("it takes its socket from docker.socket, which is masked or missing", docker.missingSocket)
                    .mended(by: [
                        .command("systemctl", "unmask", "docker.socket"),
                        .sentence(
                            "or install Docker again where the unit is gone, or start dockerd without `-H fd://`"),
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
