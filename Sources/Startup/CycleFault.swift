/// Which line of an ordering cycle is at fault: the one that its owner wrote, and without which the others stand.

import ImageReading

extension StartTransaction {
    /// The edges of those cycles that hold one of some jobs, the one at fault first and the others along the cycle.
    package func cycle(through names: Set<String>) -> [Edge] {
        let edges = edges.filter { edge in names.contains { isOneCycle(edge, with: $0) } }
        let chosen = edges.min { a, b in
            (isCut(a, of: edges) ? 0 : 1, a.rank, a.unit) < (isCut(b, of: edges) ? 0 : 1, b.rank, b.unit)
        }
        guard let fault = chosen, let back = path(from: fault.after, to: fault.unit, along: edges) else { return [] }
        return [fault] + back
    }

    /// Whether both ends of an edge are on a cycle with a job.
    private func isOneCycle(_ edge: Edge, with name: String) -> Bool {
        path(from: edge.after, to: edge.unit, along: edges) != nil
            && (edge.unit == name
                || path(from: edge.unit, to: name, along: edges) != nil
                    && path(from: name, to: edge.unit, along: edges) != nil)
    }

    /// Whether no cycle is left without an edge.
    private func isCut(_ edge: Edge, of edges: [Edge]) -> Bool {
        let rest = edges.filter { $0 != edge }
        return rest.allSatisfy { path(from: $0.after, to: $0.unit, along: rest) == nil }
    }

    /// The shortest way from a job to one that it waits for.
    private func path(from start: String, to end: String, along edges: [Edge]) -> [Edge]? {
        var origins: [String: Edge] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let unit = queue[next]
            next += 1
            for edge in edges where edge.unit == unit && origins[edge.after] == nil {
                origins[edge.after] = edge
                guard edge.after == end else {
                    queue.append(edge.after)
                    continue
                }
                var way = [edge]
                while let first = way.first, first.unit != start, let before = origins[first.unit] {
                    way.insert(before, at: 0)
                }
                return way
            }
        }
        return nil
    }
}

extension StartTransaction.Edge {
    /// How likely the edge is its owner's mistake, low numbers first: a drop-in, a unit of one's own, a service that
    /// waits for the target that wants it, a link, what its package says or the kind of unit brings.
    fileprivate var rank: Int {
        guard let place = evidence.first else { return 9 }
        let isOwn = place.path.isWithin("/etc")
        if place.path.parent.name.hasSuffix(".d"), isOwn { return 0 }
        // cloud-init's last stage waits for multi-user.target on Debian and its kin, and has to.
        if unit == "cloud-final.service" || unit == "cloud-init.target" { return 8 }
        let isLine = place.line != nil
        if isLine, isOwn { return 1 }
        if isOfItsTarget { return 2 }
        if !isLine, place.text.hasPrefix("->") { return isOwn ? 3 : 5 }
        return isLine ? 4 : 7
    }
}
