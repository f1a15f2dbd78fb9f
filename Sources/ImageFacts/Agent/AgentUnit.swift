/// A unit that runs the agent, as the job that it is.

import ImageReading
import Startup

/// One such unit, and what is asked of it.
struct AgentUnit {
    private let startup: ImageStartup
    private let name: String
    private let unit: Unit
    private let found: AgentCommand
    /// The command that runs the agent.
    private let line: ExecLine
    private let ordering: StartOrdering
    private let transaction: StartTransaction

    init(
        _ startup: ImageStartup, _ name: String, _ unit: Unit, _ found: AgentCommand, _ line: ExecLine,
        _ ordering: StartOrdering, _ transaction: StartTransaction
    ) {
        self.startup = startup
        self.name = name
        self.unit = unit
        self.found = found
        self.line = line
        self.ordering = ordering
        self.transaction = transaction
    }

    var job: AgentJob {
        let start = startup.initSystem.other.map { .notStarted(evidence: [$0]) } ?? startup.start(of: name)
        let restart = unit.value("Service", "Restart").flatMap { directive in
            directive.value == "no"
                ? nil
                : AgentJob.RestartPolicy(
                    name: directive.value, evidence: directive.evidence, givesUp: unit.isGivenUp)
        }
        let order = ordering.order(of: unit, after: CloudInit.lastStage)
        let isAfterUserData = if case .after = order { true } else { false }
        let waiting = unit.waiting(for: readiness, systemd: startup.units.systemd)
        var job = AgentJob(
            name: name, manager: .systemd, command: found.command, start: start, evidence: found.evidence,
            restart: restart, userDataOrder: order, faults: faults(order, waiting), dockerCheck: dockerCheck,
            heldUserData: heldUserData(waiting),
            hindrances: startup.hindrances(to: unit, afterWriting: isAfterUserData ? CloudInit.writtenByBatch : []),
            deletedJobs: DeletedJobs.observe(of: transaction, agent: unit, in: startup))
        let environment = startup.environment(of: unit).value
        job.unitProxy = AgentKey.proxies.compactMap { environment?[$0] }.first { !$0.value.isEmpty }?.evidence
        // What an environment file sets over it hides it from the unit, never from who wrote it.
        job.unitDrivers =
            unit.values("Service", "Environment").last { $0.value.contains("\(AgentKey.drivers)=") }?
            .evidence(showing: .ofRules)
        job.unitDockerHost = environment?[AgentKey.dockerHost].map { found in
            AgentJob.Setting(
                key: found.key, value: AgentKey.kept(found.key, found.value), evidence: found.evidence)
        }
        return job
    }

    /// How the command shows systemd that the agent has started. Behind a shell it cannot be told: that may go on by
    /// itself or speak for it.
    private var readiness: Readiness {
        guard line.directive.key == "ExecStart", ShellInvocation(line.writtenWords) == nil, found.evidence.count == 1
        else {
            return .unknown
        }
        switch found.command {
        // ecs-init stays in the foreground and never calls sd_notify (amazon-ecs-agent, ecs-init/engine).
        case .ecsInit: return .staysInForeground
        case .dockerRun(let run): return run.isDetached ? .forks : .staysInForeground
        // Nor does the agent itself.
        case .program: return .staysInForeground
        case .unclear: return .unknown
        }
    }

    private func faults(_ order: StartOrder, _ waiting: Waiting?) -> [StartFault] {
        // User data may write all of the agent's configuration for a service that waits for it, or that is tried until
        // it is there.
        let waits = if case .after = order { true } else { unit.isTriedForGood }
        let isWritten = { (path: ImagePath) in
            waits && (path.isWithin("/etc/ecs") || path.isWithin("/var/lib/ecs"))
        }
        var faults = startup.faults(of: unit, writtenByUserData: isWritten)
        guard faults.isEmpty else { return faults }
        let isGoal = { (words: [String]) in Self.mayRunAgent(words) }
        if let early = startup.earlyEnd(of: line, in: unit, before: isGoal, writtenByUserData: isWritten) {
            faults.append(early)
        }
        if case .isEnded(let fault)? = waiting { faults.append(fault) }
        return faults
    }

    /// Whether a command of a script may be the one that runs the agent: it names it, or a program that does.
    private static func mayRunAgent(_ words: [String]) -> Bool {
        let runners: Set = ["docker", "docker-compose", "podman", "nerdctl", "systemctl", "service", "source", "."]
        guard let (program, _) = programBehindWrappers(words) else { return false }
        if runners.contains(ImagePath(program).name) || program.contains("$") { return true }
        return words.contains { $0.contains("amazon-ecs-") } || ShellInvocation(words) != nil
            || program.hasPrefix("/") && ScriptFiles.isOwnScript(ImagePath(program))
    }

    /// ExecStartPre= that ends the start while `systemctl is-active docker` says no, as Amazon Linux's does.
    private var dockerCheck: Evidence? {
        ["ExecCondition", "ExecStartPre"].flatMap(unit.execLines).first { line in
            let text = line.directive.value
            return !line.ignoresFailure && text.contains("systemctl") && text.contains("is-active")
                && text.contains("docker")
        }?.evidence
    }

    private func heldUserData(_ waiting: Waiting?) -> [Evidence] {
        guard case .never(let places)? = waiting,
            let stage = CloudInit.lastStage.sorted().compactMap({ startup.boot.unit($0).value }).first,
            case .after(let lines) = ordering.order(of: stage, after: [unit.name])
        else { return [] }
        return places + lines
    }
}
