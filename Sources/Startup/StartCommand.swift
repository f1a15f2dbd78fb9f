/// Commands of scripts that start jobs of the init system.

package import ImageReading

/// `systemctl start ecs`, `service ecs start`, `start ecs`, `initctl start ecs`.
package struct StartCommand: Sendable {
    /// The jobs that it names, as it names them.
    package let names: [String]
    /// Whether it ends only when they are started.
    package let waits: Bool
    /// What runs it.
    package let manager: JobManager
    /// Where it stands.
    package let evidence: Evidence

    /// Nil where the words start no job.
    init?(_ words: [String], by manager: JobManager, at evidence: Evidence) {
        guard let (program, rest) = programBehindWrappers(words) else { return nil }
        let operands = rest.filter { !$0.hasPrefix("-") }
        let verbs = ["start", "restart"]
        switch ImagePath(program).name {
        case "systemctl":
            guard let verb = operands.first, verbs.contains(verb) || verb == "enable" && rest.contains("--now") else {
                return nil
            }
            names = Array(operands.dropFirst())
            waits = !rest.contains("--no-block")
        case "service":
            guard operands.count > 1, verbs.contains(operands[1]) else { return nil }
            names = [operands[0]]
            waits = true
        case "start":
            names = Array(operands.prefix(1))
            waits = true
        case "initctl":
            guard let verb = operands.first, verbs.contains(verb) else { return nil }
            names = Array(operands.dropFirst().prefix(1))
            waits = true
        default: return nil
        }
        self.manager = manager
        self.evidence = evidence
    }

    /// The same as systemd's units, of which one without a type is a service.
    package var units: [String] { names.map(UnitName.completed) }
}
