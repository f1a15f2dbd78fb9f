/// In which order units start (systemd.unit(5), Before=, After=).

import ImageReading

/// What waits for what among the units that start.
package struct StartOrdering {
    /// A unit that another one starts after, and what says so.
    struct Step: Sendable {
        let unit: String
        let evidence: [Evidence]
    }

    private let files: UnitFiles
    private let boot: Boot
    private let started: Set<String>
    /// By unit, what it starts after.
    private(set) var after: [String: [Step]] = [:]
    private var unknown: Unknown?

    /// The order of all units that start.
    package init(of startup: ImageStartup) {
        files = startup.units
        boot = startup.boot
        started = startup.boot.startedNames
        var targets: [Unit] = []
        for name in started.sorted() {
            switch boot.unit(name) {
            case .absent: continue
            case .unreadable(let evidence, let found): unknown = unknown ?? Unknown(evidence, found)
            case .present(let unit, _):
                add(unit)
                if unit.name.hasSuffix(".target") { targets.append(unit) }
            }
        }
        // Whether a target waits for a unit depends on all that is said of the two elsewhere.
        for target in targets { addPulls(of: target) }
    }

    private mutating func add(_ unit: Unit) {
        after[unit.name, default: []] += steps(unit, "After").filter { $0.unit != unit.name }
        for step in steps(unit, "Before") { wait(step.unit, for: unit.name, step.evidence) }
        let implied = unit.impliedOrder
        for name in implied.after { wait(unit.name, for: files.directories.follow(name).name, implied.evidence) }
        for name in implied.before { wait(files.directories.follow(name).name, for: unit.name, implied.evidence) }
    }

    private mutating func wait(_ unit: String, for other: String, _ evidence: [Evidence]) {
        guard unit != other else { return }
        after[unit, default: []].append(Step(unit: other, evidence: evidence))
    }

    /// A target waits for all that it pulls in, unless that is ordered after the target
    /// (unit_add_default_target_dependency in core/unit.c).
    private mutating func addPulls(of target: Unit) {
        guard target.hasDefaultDependencies else { return }
        for pull in boot.pulls(of: target.name) {
            let name = files.directories.follow(pull.unit).name
            guard let other = boot.unit(name).value, other.hasDefaultDependencies,
                after[name]?.contains(where: { $0.unit == target.name }) != true
            else { continue }
            wait(target.name, for: name, pull.evidence)
        }
    }

    private func steps(_ unit: Unit, _ key: String) -> [Step] {
        unit.values("Unit", key).flatMap { directive in
            unit.unitNames(directive).map { name in
                Step(unit: files.directories.follow(name).name, evidence: [directive.evidence])
            }
        }
    }

    /// Whether a unit starts after one of `others`.
    package func order(of unit: Unit, after others: Set<String>) -> StartOrder {
        var ordering = self
        if !started.contains(unit.name) {
            ordering.add(unit)
            if unit.name.hasSuffix(".target") { ordering.addPulls(of: unit) }
        }
        guard let there = ordering.path(from: unit.name, to: others) else {
            if let unknown { return .undetermined(evidence: unknown.evidence, problem: unknown.problem) }
            let looked = unit.values("Unit", "After").map(\.evidence)
            return .notOrdered(evidence: looked.isEmpty ? [Evidence(unit.path, "no After=")] : looked)
        }
        if let back = ordering.path(from: there.end, to: [unit.name]) {
            return .cycle(evidence: there.evidence + back.evidence)
        }
        return .after(evidence: there.evidence)
    }

    /// The shortest way along "starts after" from a unit to one of `ends`.
    private func path(from start: String, to ends: Set<String>) -> (end: String, evidence: [Evidence])? {
        var origins: [String: (from: String, evidence: [Evidence])] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let name = queue[next]
            next += 1
            // What has no job is waited for by nobody.
            guard name == start || started.contains(name) else { continue }
            for step in after[name] ?? [] where origins[step.unit] == nil {
                origins[step.unit] = (name, step.evidence)
                if ends.contains(step.unit) {
                    var evidence = step.evidence
                    var at = name
                    while at != start, let origin = origins[at] {
                        evidence = origin.evidence + evidence
                        at = origin.from
                    }
                    return (step.unit, evidence)
                }
                queue.append(step.unit)
            }
        }
        return nil
    }
}
