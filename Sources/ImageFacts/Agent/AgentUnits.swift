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
        var ordering: StartOrdering?
        for (name, unit) in startup.servicesOfInterest {
            switch unit {
            case .absent: continue
            case .unreadable(let evidence, let problem): cannotRead(Unknown(evidence, problem))
            case .present(let unit, _):
                guard let found = command(of: unit) else { continue }
                let order = ordering ?? StartOrdering(of: startup)
                ordering = order
                for instance in names(of: name) {
                    // Specifiers stand for another text in each instance of a template.
                    let own = instance == name ? nil : startup.boot.unit(instance).value
                    let its = own.flatMap { command(of: $0) } ?? found
                    jobs.append(job(named: instance, own ?? unit, its, order))
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

    private func command(of unit: Unit) -> AgentCommand? {
        knowingCluster { command(of: unit, $0) }
    }

    private func command(of unit: Unit, _ reader: AgentCommandReader) -> AgentCommand? {
        var reader = reader
        var found = FoundAgents()
        var hasEnvironment = false
        if let directory = unit.value("Service", "WorkingDirectory")?.value {
            reader.directory = directory.hasPrefix("/") ? ImagePath(directory) : nil
        }
        let lines = Self.settings.flatMap(unit.execLines)
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

    /// Whether it depends on the unit's environment what a command says of the agent.
    private static func asksEnvironment(_ line: ExecLine) -> Bool {
        let text = line.directive.value
        return text.contains("$") || text.contains("-e") || text.contains("agent") || !line.program.hasPrefix("/usr/")
            || text.contains("compose") || text.contains("sh ")
    }

    /// What the unit's programs are given, with Batch's line where its file holds it.
    private func environment(of unit: Unit, _ reader: AgentCommandReader) -> Environment {
        let root = startup.root
        let environment = startup.units.environment(of: unit, showing: .ofRules) { path, place in
            guard reader.isWritten, root.isUserFile(path) else { return [] }
            return [EnvironmentSetting(key: AgentKey.cluster, value: ClusterSource.written, evidence: place)]
        }
        return environment.value ?? .unknown
    }

    private func job(named name: String, _ unit: Unit, _ found: AgentCommand, _ ordering: StartOrdering) -> AgentJob {
        let start = startup.initSystem.other.map { .notStarted(evidence: [$0]) } ?? startup.boot.start(of: name)
        let restart = unit.value("Service", "Restart").flatMap { directive in
            directive.value == "no"
                ? nil
                : AgentJob.RestartPolicy(
                    name: directive.value, evidence: directive.evidence, givesUp: Self.givesUpRestarting(unit))
        }
        return AgentJob(
            name: name, manager: .systemd, command: found.command, start: start, evidence: found.evidence,
            restart: restart, userDataOrder: ordering.order(of: unit, after: CloudInit.lastStage),
            missingEnvironmentFiles: startup.units.missingEnvironmentFiles(of: unit).map(\.evidence))
    }
}

extension AgentJobSearch {
    /// Whether systemd gives a service up that ends at once, however often it is to be restarted: its start limit, 5 in
    /// 10 seconds unless it is set, is reached between two restarts of RestartSec=, 100 ms unless it is set
    /// (systemd.unit(5), systemd.service(5)).
    private static func givesUpRestarting(_ unit: Unit) -> Bool {
        func setting(_ names: [(String, String)]) -> String? {
            names.lazy.compactMap { unit.value($0, $1)?.value }.first
        }
        let interval =
            setting([
                ("Unit", "StartLimitIntervalSec"), ("Unit", "StartLimitInterval"), ("Service", "StartLimitInterval"),
            ]).map(seconds) ?? 10
        let burst = setting([("Unit", "StartLimitBurst"), ("Service", "StartLimitBurst")]).flatMap(Double.init) ?? 5
        let pause = unit.value("Service", "RestartSec").map { seconds($0.value) } ?? 0.1
        return interval > 0 && burst > 0 && pause * burst < interval
    }

    /// A time span in seconds (systemd.time(7)); what is none counts as nothing.
    private static func seconds(_ text: String) -> Double {
        guard text != "infinity" else { return .infinity }
        var sum = 0.0
        var rest = text[...].drop(while: \.isWhitespace)
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCIIDigit || $0 == "." }
            guard let value = Double(number) else { return sum }
            rest = rest.dropFirst(number.count).drop(while: \.isWhitespace)
            let unit = rest.prefix { $0.isASCIILetter }
            rest = rest.dropFirst(unit.count).drop(while: \.isWhitespace)
            let factor: Double? =
                switch unit {
                case "", "s", "sec", "second", "seconds": 1
                case "ms", "msec": 0.001
                case "us", "usec": 0.000_001
                case "m", "min", "minute", "minutes": 60
                case "h", "hr", "hour", "hours": 3600
                default: nil
                }
            guard let factor else { return sum }
            sum += value * factor
        }
        return sum
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
