/// The start jobs of a boot as systemd puts them together, and which of them it may delete again: to break ordering
/// cycles, and where another unit that starts says Conflicts= (systemd's core/transaction.c).
///
/// systemd walks along "starts before" from any job, in the order of a hash table, and where it comes back to a job of
/// its own way deletes the last job on it that the first job of the boot does not require
/// (transaction_verify_order_one). Since the walk may begin at any job of a cycle, it may be any of them. With a job go
/// those that require it (transaction_delete_unit). Then it looks again. Last, of a start job and a stop job that
/// Conflicts= asks for, the start job goes (delete_one_unmergeable_job).

package import ImageReading

/// Which start jobs a boot may lose before it begins.
package struct StartTransaction: Sendable {
    /// One job that waits for another within a cycle, and what says so.
    package struct Edge: Hashable, Sendable {
        /// The job that waits.
        package let unit: String
        /// The job that it waits for.
        package let after: String
        /// The line or the link.
        package let evidence: [Evidence]
        /// Whether the job that it waits for is the one that pulls it in.
        let isOfItsTarget: Bool
    }

    /// A unit that starts and asks for another one to be stopped.
    package struct Conflict: Hashable, Sendable {
        /// The unit that says Conflicts=.
        package let unit: String
        /// The unit whose start job goes.
        package let deleted: String
        /// The line.
        package let evidence: Evidence
    }

    /// The edges of all cycles.
    package let edges: [Edge]
    /// The conflicts between units that start.
    package let conflicts: [Conflict]
    /// The jobs that are missing in the end, one set for each way to solve all cycles and conflicts.
    package private(set) var outcomes: Set<Set<String>> = []
    /// Whether those are all ways; false where there are too many to follow.
    package private(set) var isComplete = true
    /// Whether no job of a cycle may be deleted: then systemd starts nothing at all.
    package private(set) var isUnbreakable = false

    /// Sets of deleted jobs that are followed at most: cycles of few jobs have few.
    private static let outcomeLimit = 2_000

    /// Puts together what the boot starts.
    package init(of ordering: StartOrdering, in boot: Boot) {
        let suspects = Self.waitingForEver(ordering.after, boot.startedNames)
        var waits = ordering.after.filter { suspects.contains($0.key) }.mapValues { Set($0.map(\.unit)) }
        Self.keepCycles(&waits)
        var edges: [Edge] = []
        for (unit, others) in waits.sorted(by: { $0.key < $1.key }) {
            for step in ordering.after[unit] ?? [] where others.contains(step.unit) {
                let isOfItsTarget = boot.pulls(of: step.unit).contains { boot.followed($0.unit) == unit }
                edges.append(
                    Edge(unit: unit, after: step.unit, evidence: step.evidence, isOfItsTarget: isOfItsTarget))
            }
        }
        self.edges = edges
        conflicts = boot.conflicts
        if waits.isEmpty, conflicts.isEmpty { return }
        deleteJobs(waits, boot)
    }

    /// Every way to break the cycles of `waits`, and to solve the conflicts that are left then.
    private mutating func deleteJobs(_ waits: [String: Set<String>], _ boot: Boot) {
        let required = boot.jobsThatMatter
        let dependents = boot.dependents
        var seen: Set<Set<String>> = [[]]
        var open: [(deleted: Set<String>, waits: [String: Set<String>])] = [([], waits)]
        while let (deleted, waits) = open.popLast() {
            let candidates: Set<String>
            if waits.isEmpty {
                candidates = Set(
                    conflicts.filter { !deleted.contains($0.unit) && !deleted.contains($0.deleted) }
                        .map { required.contains($0.deleted) ? $0.unit : $0.deleted })
                if candidates.isEmpty { outcomes.insert(deleted) }
            } else {
                candidates = Self.onCycles(waits).subtracting(required)
                if candidates.isEmpty { isUnbreakable = true }
            }
            for job in candidates.sorted() {
                let next = deleted.union(Self.withDependents(of: job, dependents))
                guard seen.insert(next).inserted else { continue }
                guard seen.count <= Self.outcomeLimit else {
                    isComplete = false
                    return
                }
                var rest = waits.filter { !next.contains($0.key) }
                Self.keepCycles(&rest)
                open.append((next, rest))
            }
        }
    }

    /// The jobs whose turn never comes: those of cycles, and what waits for them. Ordinary boots have none.
    private static func waitingForEver(_ after: [String: [StartOrdering.Step]], _ started: Set<String>) -> Set<String> {
        let names = Array(started)
        let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var open = [Int](repeating: 0, count: names.count)
        var waiting = [[Int]](repeating: [], count: names.count)
        for (index, name) in names.enumerated() {
            for step in after[name] ?? [] {
                guard let other = indices[step.unit] else { continue }
                open[index] += 1
                waiting[other].append(index)
            }
        }
        var free = names.indices.filter { open[$0] == 0 }
        while let index = free.popLast() {
            for other in waiting[index] {
                open[other] -= 1
                if open[other] == 0 { free.append(other) }
            }
        }
        return Set(names.indices.filter { open[$0] > 0 }.map { names[$0] })
    }

    private static func withDependents(of job: String, _ dependents: [String: [String]]) -> Set<String> {
        var jobs: Set<String> = [job]
        var queue = [job]
        while let next = queue.popLast() {
            for other in dependents[next] ?? [] where jobs.insert(other).inserted { queue.append(other) }
        }
        return jobs
    }

    /// Leaves those edges that are on a cycle or on a way from one to another: whatever nothing waits for, and whatever
    /// waits for nothing, is taken away until nothing changes.
    private static func keepCycles(_ waits: inout [String: Set<String>]) {
        for _ in 0..<2 {
            var open: [String: Int] = [:]
            var waiting: [String: [String]] = [:]
            var free: [String] = []
            for (unit, others) in waits {
                let others = others.filter { waits[$0] != nil }
                open[unit] = others.count
                for other in others { waiting[other, default: []].append(unit) }
                if others.isEmpty { free.append(unit) }
            }
            while let unit = free.popLast() {
                for other in waiting[unit] ?? [] {
                    let left = (open[other] ?? 0) - 1
                    open[other] = left
                    if left == 0 { free.append(other) }
                }
                open[unit] = nil
            }
            // What is left, turned round: once more, it is that which something waits for.
            waits = open.reduce(into: [:]) { turned, unit in
                turned[unit.key] = Set((waiting[unit.key] ?? []).filter { open[$0] != nil })
            }
        }
    }

    /// The jobs that a way along the edges leads back to.
    private static func onCycles(_ waits: [String: Set<String>]) -> Set<String> {
        Set(
            waits.keys.filter { start in
                var seen: Set<String> = []
                var queue = [start]
                while let unit = queue.popLast() {
                    for other in waits[unit] ?? [] {
                        if other == start { return true }
                        if waits[other] != nil, seen.insert(other).inserted { queue.append(other) }
                    }
                }
                return false
            })
    }
}

extension Boot {
    /// The jobs that the first one requires, and those that these require, itself included
    /// (transaction_find_jobs_that_matter_to_anchor in core/transaction.c).
    var jobsThatMatter: Set<String> {
        var jobs: Set<String> = [first]
        var queue = [first]
        while let job = queue.popLast() {
            for name in requiredJobs(of: job) where jobs.insert(name).inserted { queue.append(name) }
        }
        return jobs
    }

    /// By job, the jobs that require it, and go with it.
    fileprivate var dependents: [String: [String]] {
        var dependents: [String: [String]] = [:]
        for job in startedNames {
            for name in requiredJobs(of: job) { dependents[name, default: []].append(job) }
        }
        return dependents
    }

    /// The conflicts between units that start.
    fileprivate var conflicts: [StartTransaction.Conflict] {
        let started = startedNames
        return started.sorted().flatMap { name -> [StartTransaction.Conflict] in
            guard let unit = unit(name).value else { return [] }
            return unit.directives.filter { $0.key == "Conflicts" && $0.section == "Unit" }.flatMap { directive in
                unit.unitNames(directive).map(followed).filter { $0 != name && started.contains($0) }.map {
                    StartTransaction.Conflict(unit: name, deleted: $0, evidence: directive.evidence)
                }
            }
        }
    }

    private func requiredJobs(of job: String) -> [String] {
        pulls(of: job).filter(\.isRequired).map { followed($0.unit) }
    }
}
