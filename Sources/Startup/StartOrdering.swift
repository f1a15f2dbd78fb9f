/// In which order units start (systemd.unit(5), Before=, After=).

import ImageReading

/// What waits for what among the units that start.
package struct StartOrdering {
    private struct Step {
        let unit: String
        let evidence: [Evidence]
    }

    private let files: UnitFiles
    private let boot: Boot
    /// By unit, what it starts after.
    private var after: [String: [Step]] = [:]
    private var unknown: Unknown?

    /// The order of all units that start.
    package init(of startup: ImageStartup) {
        files = startup.units
        boot = startup.boot
        for name in boot.startedNames.sorted() {
            switch boot.unit(name) {
            case .absent: continue
            case .unreadable(let evidence, let found): unknown = unknown ?? Unknown(evidence, found)
            case .present(let unit, _): add(unit)
            }
        }
    }

    private mutating func add(_ unit: Unit) {
        after[unit.name, default: []] += steps(unit, "After")
        for step in steps(unit, "Before") {
            after[step.unit, default: []].append(Step(unit: unit.name, evidence: step.evidence))
        }
        guard unit.name.hasSuffix(".target"), unit.hasDefaultDependencies else { return }
        // A target waits for all that it pulls in, unless that is ordered after the target.
        for pull in boot.pulls(of: unit.name) {
            let name = files.directories.follow(pull.unit).name
            guard let other = boot.unit(name).value, other.hasDefaultDependencies,
                !steps(other, "After").contains(where: { $0.unit == unit.name })
            else { continue }
            after[unit.name, default: []].append(Step(unit: name, evidence: pull.evidence))
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
        if ordering.after[unit.name] == nil { ordering.add(unit) }
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

extension Unit {
    fileprivate var hasDefaultDependencies: Bool {
        let value = value("Unit", "DefaultDependencies")?.value.lowercased() ?? "yes"
        return !["no", "false", "off", "0", "n", "f"].contains(value)
    }
}
