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

    /// The scripts and environment files of the services, so far as they may have to do with the agent.
    static func furtherWants(in root: RootFilesystem, units: Units) -> [Want] {
        var wants: [Want] = []
        for (name, unit) in services(units) {
            guard let unit = unit.value else { continue }
            let isOfInterest = AgentCommandReader.speaksOfAgent(name)
            for directive in commands.flatMap({ unit.values("Service", $0) }) {
                guard let words = words(of: directive), !words.isEmpty else { continue }
                let speaks = directive.value.contains("ecs")
                // What distributions put below /usr are programs; scripts of one's own stand elsewhere or end in .sh.
                let paths = words.filter { word in
                    word.hasPrefix("/") && !word.hasPrefix("/run/") && !word.hasPrefix("/dev/")
                        && !isKnownProgram(word)
                        && (isOfInterest || speaks || isOwnScript(word))
                }
                wants += paths.prefix(8).map { AgentCommandReader.script(ImagePath($0)) }
                for files in DockerRunArguments(command: words)?.environmentFiles ?? [] where files.hasPrefix("/") {
                    wants.append(.contents(ImagePath(files)))
                }
                if isOfInterest || speaks { wants += units.environmentFiles(of: unit) }
            }
        }
        return wants.filter { !$0.path.isWithin("/proc") && !$0.path.isWithin("/sys") }
    }

    /// Whether a path is that of a program which is no script: asking for it would cost a second reading of an archive.
    private static func isKnownProgram(_ path: String) -> Bool {
        let names = ["amazon-ecs-init", "docker", "bash", "sh", "dash", "env"]
        return ["/usr/bin/", "/bin/", "/usr/libexec/", "/usr/sbin/"].contains { directory in
            path.hasPrefix(directory) && names.contains(String(path.dropFirst(directory.count)))
        }
    }

    private static func isOwnScript(_ path: String) -> Bool {
        if path.hasSuffix(".sh") { return true }
        return ["/usr/local/", "/opt/", "/root/", "/home/", "/srv/", "/etc/", "/var/"].contains { path.hasPrefix($0) }
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
        let start = initSystem.other.map { .notStarted(evidence: [$0]) } ?? units.start(of: name)
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
