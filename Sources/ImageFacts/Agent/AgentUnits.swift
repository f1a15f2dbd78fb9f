/// The agent among systemd's units.

import ImageReading
import Startup

extension AgentJobSearch {
    private static let settings = ["ExecStart", "ExecStartPre", "ExecStartPost"]

    /// Services that run the agent.
    mutating func searchUnits() {
        searched += UnitDirectories.searchPath.map { $0.appending("*.service") }
        if let problem = startup.units.directories.problem { cannotRead(Unknown([], problem)) }
        for (name, unit) in startup.servicesOfInterest {
            switch unit {
            case .absent: continue
            case .unreadable(let evidence, let problem): cannotRead(Unknown(evidence, problem))
            case .present(let unit, _):
                guard let found = command(of: unit) else { continue }
                jobs += names(of: name).map { job(named: $0, unit, found) }
            }
        }
    }

    /// A template stands for the instances that start.
    private func names(of name: String) -> [String] {
        guard let template = UnitName(name), template.isTemplate else { return [name] }
        let instances = startup.boot.startedNames.filter { UnitName($0)?.template == template }
        return instances.isEmpty ? [name] : instances.sorted()
    }

    private func command(of unit: Unit) -> AgentCommand? {
        var reader = AgentCommandReader(root: startup.root)
        var found: AgentCommand?
        var hasEnvironment = false
        for line in Self.settings.flatMap(unit.execLines) {
            if !hasEnvironment, line.directive.value.contains("$") || line.directive.value.contains("-e") {
                reader.environment = startup.environment(of: unit).value ?? .unknown
                hasEnvironment = true
            }
            let words = line.words(in: reader.environment).map(\.text)
            let evidence = line.directive.evidence(showing: .ofRules)
            guard let next = reader.command(words, at: evidence, of: unit.name) else { continue }
            if !next.isScript { return next }
            found = found ?? next
        }
        return found
    }

    private mutating func job(named name: String, _ unit: Unit, _ found: AgentCommand) -> AgentJob {
        let start = startup.initSystem.other.map { .notStarted(evidence: [$0]) } ?? startup.boot.start(of: name)
        let restart = unit.value("Service", "Restart").flatMap { directive in
            directive.value == "no" ? nil : AgentJob.RestartPolicy(name: directive.value, evidence: directive.evidence)
        }
        let order = ordering.order(of: unit, after: CloudInit.lastStage)
        let isAfterUserData = if case .after = order { true } else { false }
        return AgentJob(
            name: name, manager: .systemd, command: found.command, start: start, evidence: found.evidence,
            restart: restart, userDataOrder: order,
            missingEnvironmentFiles: startup.units.missingEnvironmentFiles(of: unit).map(\.evidence),
            hindrances: startup.hindrances(to: unit, afterWriting: isAfterUserData ? CloudInit.writtenByBatch : []),
            deletedJobs: DeletedJobs.observe(of: transaction, agent: unit, in: startup))
    }
}

extension ImageStartup {
    /// The service units that may have to do with the agent, a masked one with what it would be without the mask.
    fileprivate var servicesOfInterest: [(name: String, unit: Observation<Unit>)] {
        units.names.filter { $0.hasSuffix(".service") && mayRunAgent($0) }.map { ($0, boot.unit($0)) }
            + units.maskedNames.filter { $0.hasSuffix(".service") }.compactMap { name in
                units.unitBelowMask(name).map { (name, .present($0, [])) }
            }
    }

    /// Whether a unit's file speaks of the agent or of a script, cannot be read, or has drop-ins, which may.
    private func mayRunAgent(_ name: String) -> Bool {
        guard case .present(let file, _)? = units.file(of: name) else { return true }
        return Mentions.agentOrScript.areIn(file.bytes)
            || !units.directories.companions(of: name, suffix: ".d").isEmpty
    }
}
