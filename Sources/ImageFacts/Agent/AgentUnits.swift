/// The agent among systemd's units.

import ImageReading

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
                guard let found = command(of: unit) else { continue }
                let order = ordering ?? StartOrdering(of: startup)
                ordering = order
                jobs += names(of: name).map { job(named: $0, unit, found, order) }
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

    private func job(named name: String, _ unit: Unit, _ found: AgentCommand, _ ordering: StartOrdering) -> AgentJob {
        let start = startup.initSystem.other.map { .notStarted(evidence: [$0]) } ?? startup.boot.start(of: name)
        let restart = unit.value("Service", "Restart").flatMap { directive in
            directive.value == "no" ? nil : AgentJob.RestartPolicy(name: directive.value, evidence: directive.evidence)
        }
        return AgentJob(
            name: name, manager: .systemd, command: found.command, start: start, evidence: found.evidence,
            restart: restart, userDataOrder: ordering.order(of: unit, after: CloudInit.lastStage),
            missingEnvironmentFiles: startup.units.missingEnvironmentFiles(of: unit).map(\.evidence))
    }
}

extension Startup {
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

extension AgentJobSearch {
    /// The scripts and environment files that services name, so far as they may have to do with the agent.
    static func furtherWants(in startup: Startup) -> [Want] {
        var wants: [Want] = []
        for (name, unit) in startup.servicesOfInterest {
            guard let unit = unit.value else { continue }
            let isOfInterest = AgentCommandReader.speaksOfAgent(name)
            for line in settings.flatMap(unit.execLines) {
                let words = line.words(in: .unknown).map(\.text)
                let speaks = line.directive.value.contains("ecs")
                // What distributions put below /usr are programs; scripts of one's own stand elsewhere or end in .sh.
                let paths = words.filter { word in
                    word.hasPrefix("/") && !word.hasPrefix("/run/") && !word.hasPrefix("/dev/")
                        && !isKnownProgram(word)
                        && (isOfInterest || speaks || isOwnScript(word))
                }
                wants += paths.prefix(8).map { ScriptFiles.want(ImagePath($0)) }
                for files in DockerRunArguments(command: words)?.environmentFiles ?? [] where files.hasPrefix("/") {
                    wants.append(.contents(ImagePath(files)))
                }
                if isOfInterest || speaks { wants += startup.units.environmentFiles(of: unit) }
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
}
