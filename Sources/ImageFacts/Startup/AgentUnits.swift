/// The agent among systemd's units.

import ByteParsing
import ImageReading

/// Services that run the agent.
struct AgentUnits {
    let root: RootFilesystem
    let units: Units
    let initSystem: InitSystem

    private static let commands = ["ExecStart", "ExecStartPre", "ExecStartPost"]

    /// The service units that may have to do with the agent, a masked one with what it would be without the mask.
    private static func services(_ units: Units) -> [(name: String, unit: Observation<Unit>)] {
        units.names.filter { $0.hasSuffix(".service") && units.mayRunAgent($0) }.map { ($0, units.unit($0)) }
            + units.maskedNames.filter { $0.hasSuffix(".service") }.compactMap { name in
                units.unitBelowMask(name).map { (name, .present($0, [])) }
            }
    }

    /// The words of an Exec line without its prefixes (systemd.service(5), "Command lines"); nil where its quotes do
    /// not close.
    static func words(of directive: Directive) -> [String]? {
        guard var words = systemdWords(directive.value), let first = words.first else { return nil }
        let program = first.drop { "-@:+!|".contains($0) }
        let hasOwnName = first.prefix(first.count - program.count).contains("@")
        words[0] = String(program)
        if hasOwnName, words.count > 1 { words.remove(at: 1) }
        return words
    }

    func search(_ search: inout AgentJobSearch) {
        search.searched += UnitDirectories.searchPath.map { $0.appending("*.service") }
        if let problem = units.directories.problem { search.cannotRead([], problem) }
        for (name, unit) in Self.services(units) {
            switch unit {
            case .absent: continue
            case .unreadable(let evidence, let problem): search.cannotRead(evidence, problem)
            case .present(let unit, _):
                guard let found = command(of: unit) else { continue }
                search.jobs += names(of: name).map { job(named: $0, unit, found) }
            }
        }
    }

    /// A template stands for the instances that start.
    private func names(of name: String) -> [String] {
        guard let template = UnitName(name), template.isTemplate else { return [name] }
        let instances = units.startedNames.filter { UnitName($0)?.template == template }
        return instances.isEmpty ? [name] : instances.sorted()
    }

    private func command(of unit: Unit) -> AgentCommand? {
        var reader = AgentCommandReader(root: root)
        var found: AgentCommand?
        for key in Self.commands {
            for directive in unit.values("Service", key) {
                guard let words = Self.words(of: directive) else { continue }
                if reader.environment.isEmpty, directive.value.contains("$") || directive.value.contains("-e") {
                    reader.environment = units.environment(of: unit, in: root).value ?? []
                }
                for command in words.split(separator: ";") {
                    guard let next = reader.command(Array(command), at: directive.evidence, of: unit.name) else {
                        continue
                    }
                    if !next.isScript { return next }
                    found = found ?? next
                }
            }
        }
        return found
    }

    private func job(named name: String, _ unit: Unit, _ found: AgentCommand) -> AgentJob {
        let start = initSystem.other.map { .notStarted([$0]) } ?? units.start(of: name)
        let restart = unit.value("Service", "Restart").flatMap { directive in
            directive.value == "no" ? nil : AgentJob.RestartPolicy(name: directive.value, evidence: directive.evidence)
        }
        return AgentJob(
            name: name, manager: .systemd, command: found.command, start: start, evidence: found.evidence,
            restart: restart, userDataOrder: StartOrdering(units).userDataOrder(of: unit),
            missingEnvironmentFiles: units.missingEnvironmentFiles(of: unit).map(\.evidence))
    }
}

extension Units {
    /// Whether a unit's file speaks of the agent or of a script, cannot be read, or has drop-ins, which may.
    fileprivate func mayRunAgent(_ name: String) -> Bool {
        guard case .file(let path)? = directories.identities[name], case .present(let file, _) = contents(path)
        else { return true }
        return Mentions.agentOrScript.areIn(file.bytes) || !directories.companions(of: name, suffix: ".d").isEmpty
    }

    /// Names that a mask stands for, sorted.
    var maskedNames: [String] {
        directories.identities.compactMap { name, identity in
            if case .mask = identity { name } else { nil }
        }.sorted()
    }

    /// The unit that a mask hides, from a lower directory; nil where there is none that can be read.
    func unitBelowMask(_ name: String) -> Unit? {
        for directory in directories.directories {
            guard let entry = directory.entries[name], entry.kind == .regular, entry.size > 0,
                let unit = contents(entry.path).parsed({ file throws(FormatError) in
                    Unit(name: name, path: file.path, directives: try UnitFile(file).directives)
                }).value
            else { continue }
            return unit
        }
        return nil
    }
}
