/// The agent among systemd's units.

import ImageReading
import Startup

extension AgentJobSearch {
    private static let settings = ["ExecStart", "ExecStartPre", "ExecStartPost"]

    /// Services that run the agent.
    mutating func searchUnits() {
        searched += UnitDirectories.searchPath.map { $0.appending("*.service") }
        if let problem = startup.units.directories.problem { cannotRead(Unknown([], problem)) }
        var ordering: StartOrdering?
        for (name, unit) in startup.servicesOfInterest {
            switch unit {
            case .absent: continue
            case .unreadable(let evidence, let problem): cannotRead(Unknown(evidence, problem))
            case .present(let unit, _):
                guard let (found, line) = command(of: unit) else { continue }
                let order = ordering ?? StartOrdering(of: startup)
                ordering = order
                jobs += names(of: name).map { AgentUnit(startup, $0, unit, found, line, order).job }
            }
        }
    }

    /// A template stands for the instances that start.
    private func names(of name: String) -> [String] {
        guard let template = UnitName(name), template.isTemplate else { return [name] }
        let instances = startup.boot.startedNames.filter { UnitName($0)?.template == template }
        return instances.isEmpty ? [name] : instances.sorted()
    }

    /// The command of a unit that runs the agent; of one that systemd refuses, what it was written for.
    private func command(of unit: Unit) -> (AgentCommand, ExecLine)? {
        if let found = command(Self.settings.flatMap(unit.execLines), of: unit) { return found }
        let written = Self.settings.flatMap(unit.refusedExecLines)
        guard written.contains(where: { $0.directive.value.contains("ecs") }), startup.refusal(of: unit) != nil else {
            return nil
        }
        return command(written, of: unit)
    }

    private func command(_ lines: [ExecLine], of unit: Unit) -> (AgentCommand, ExecLine)? {
        var reader = AgentCommandReader(root: startup.root)
        var found: (AgentCommand, ExecLine)?
        var hasEnvironment = false
        for line in lines {
            if !hasEnvironment, line.directive.value.contains("$") || line.directive.value.contains("-e") {
                reader.environment = startup.environment(of: unit).value ?? .unknown
                hasEnvironment = true
            }
            let words = line.words(in: reader.environment).map(\.text)
            let evidence = line.directive.evidence(showing: .ofRules)
            guard let next = reader.command(words, at: evidence, of: unit.name) else { continue }
            if !next.isScript { return (next, line) }
            found = found ?? (next, line)
        }
        return found
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
