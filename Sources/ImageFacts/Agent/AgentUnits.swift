/// The agent among systemd's units.

import ByteParsing
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
                guard let (found, line) = command(of: unit) else { continue }
                for instance in names(of: name) {
                    // Specifiers stand for another text in each instance of a template.
                    let own = instance == name ? nil : startup.boot.unit(instance).value
                    let (its, place) = own.flatMap { command(of: $0) } ?? (found, line)
                    jobs.append(AgentUnit(startup, instance, own ?? unit, its, place, ordering, transaction).job)
                }
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
        let speaksOfAgent = unit.directives.contains {
            $0.section == "Service" && Self.settings.contains($0.key) && $0.value.holds("ecs")
        }
        guard speaksOfAgent, startup.refusal(of: unit) != nil else { return nil }
        return command(Self.settings.flatMap(unit.refusedExecLines), of: unit)
    }

    private func command(_ lines: [ExecLine], of unit: Unit) -> (AgentCommand, ExecLine)? {
        guard let found = knowingCluster({ command(lines, of: unit, $0) }) else { return nil }
        let place = found.evidence.first
        let line = lines.first { $0.directive.path == place?.path && $0.directive.line == place?.line } ?? lines.first
        return line.map { (found, $0) }
    }

    private func command(_ lines: [ExecLine], of unit: Unit, _ reader: AgentCommandReader) -> AgentCommand? {
        var reader = reader
        var found = FoundAgents()
        var hasEnvironment = false
        if let directory = unit.value("Service", "WorkingDirectory")?.value {
            reader.directory = directory.hasPrefix("/") ? ImagePath(directory) : nil
        }
        for line in lines {
            if !hasEnvironment, Self.asksEnvironment(line) {
                reader.environment = environment(of: unit, reader)
                hasEnvironment = true
            }
            let words = line.words(in: reader.environment)
            let evidence = line.directive.evidence(showing: .ofRules)
            guard let next = reader.command(words, at: evidence, of: unit.name) else { continue }
            found.all.append(next)
            if next.isClear, next.baked == nil { break }
        }
        guard found.all.contains(where: { $0.baked != nil }) else { return found.best }
        for line in lines {
            if case .remove(let names)? = DockerCommand(line.words(in: reader.environment)) {
                found.removed.formUnion(names)
            }
        }
        return found.best
    }

    /// Whether it depends on the unit's environment what a command says of the agent: by a variable in it or one that is
    /// passed on, or because the program may be the agent or a script that runs it. Most are programs of the system.
    private static func asksEnvironment(_ line: ExecLine) -> Bool {
        telling.areIn(Array(line.directive.value.utf8))
            || !["/usr/", "/lib/", "/bin/", "/sbin/"].contains { line.program.hasPrefix($0) }
    }

    private static let telling = Mentions(["$", "-e", "agent", "compose", "sh "])

    /// What the unit's programs are given, with Batch's line where its file holds it.
    private func environment(of unit: Unit, _ reader: AgentCommandReader) -> Environment {
        let root = startup.root
        let environment = startup.units.environment(of: unit, showing: .ofRules) { path, place in
            guard reader.isWritten, root.isUserFile(path) else { return [] }
            return [EnvironmentSetting(key: AgentKey.cluster, value: ClusterSource.written, evidence: place)]
        }
        return environment.value ?? .unknown
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
        return Mentions.agentOrScript.areIn(file.bytes) || AgentCommandReader.speaksOfAgent(name)
            || !units.directories.companions(of: name, suffix: ".d").isEmpty
    }
}
