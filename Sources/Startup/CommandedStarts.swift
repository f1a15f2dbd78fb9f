/// What scripts start at boot by a command that names it, such as `systemctl start ecs`.

package import ImageReading

/// The jobs that commands start, and under systemd what those want.
package struct CommandedStarts: Sendable {
    /// The commands of the scripts that run.
    package let commands: [StartCommand]
    private let named: [String: Evidence]
    private let closure: BootClosure

    init(by scripts: BootScripts, units: UnitFiles, boot: Boot, initSystem: InitSystem) {
        commands = scripts.all.flatMap { script -> [StartCommand] in
            guard case .started = script.start else { return [] }
            return script.commands.compactMap { StartCommand($0.words, by: script.manager, at: $0.evidence) }
        }
        let names = commands.flatMap { command in command.names.map { ($0, command.evidence) } }
        named = Dictionary(names) { first, _ in first }
        var pulls: [Pull] = []
        for command in commands where initSystem == .systemd {
            for name in command.units {
                let (unit, links) = units.directories.follow(name)
                if units.isStartable(unit) { pulls.append(Pull(unit: unit, evidence: [command.evidence] + links)) }
            }
        }
        closure = boot.closure(from: pulls)
    }

    /// The units that commands start, and those that these pull in.
    package var startedNames: Set<String> { Set(closure.reasons.keys) }

    /// From a job back to the command that starts it; nil where none does.
    package func chain(to name: String) -> [Evidence]? {
        closure.reasons[name] == nil ? named[name].map { [$0] } : closure.chain(to: name)
    }

    /// How a job starts: where nothing else starts it, by a command.
    package func completing(_ start: BootStart, of name: String) -> BootStart {
        guard case .notStarted = start, let chain = chain(to: name) else { return start }
        return .started(evidence: chain, byPresetOnFirstBoot: false)
    }
}
