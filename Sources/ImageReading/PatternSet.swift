/// All wants of one reading as one structure that is walked name by name.

/// A set of patterns with the number of bytes each asks to keep.
package struct PatternSet: Sendable {
    private struct Step: Sendable {
        var literals: [String: Int] = [:]
        var wildcards: [(pattern: String, step: Int)] = []
        /// Bytes to keep of what ends here; nil where no pattern ends here.
        var keptBytes: Int?
        /// Bytes to keep of everything below here; nil where no `**` stands here.
        var keptBytesBelow: Int?
    }

    /// Where in the patterns a directory stands: enough to decide about the names in it without its path.
    package struct State: Sendable {
        fileprivate var steps: [Int]
        fileprivate var keptBytesBelow: Int?

        /// Whether nothing in here or below can be wanted.
        package var isEmpty: Bool { steps.isEmpty && keptBytesBelow == nil }
    }

    private var steps = [Step()]

    /// The patterns of `wants`.
    package init(_ wants: some Sequence<Want>) {
        for want in wants { insert(want.path, keptBytes: want.keptBytes) }
    }

    private mutating func insert(_ path: ImagePath, keptBytes: Int) {
        var at = 0
        for component in path.components {
            if component == "**" {
                steps[at].keptBytesBelow = max(steps[at].keptBytesBelow ?? 0, keptBytes)
                return
            }
            at = step(String(component), from: at)
        }
        steps[at].keptBytes = max(steps[at].keptBytes ?? 0, keptBytes)
    }

    private mutating func step(_ component: String, from at: Int) -> Int {
        let isPattern = component.contains("*")
        let known =
            isPattern
            ? steps[at].wildcards.first { $0.pattern == component }?.step : steps[at].literals[component]
        if let known { return known }
        steps.append(Step())
        if isPattern {
            steps[at].wildcards.append((component, steps.count - 1))
        } else {
            steps[at].literals[component] = steps.count - 1
        }
        return steps.count - 1
    }

    /// The state of the root directory.
    package var start: State { State(steps: [0], keptBytesBelow: nil) }

    /// The state of `name` in a directory of the given state.
    package func advance(_ state: State, _ name: some StringProtocol) -> State {
        var next = State(steps: [], keptBytesBelow: state.keptBytesBelow)
        for at in state.steps {
            if let below = steps[at].keptBytesBelow {
                next.keptBytesBelow = max(next.keptBytesBelow ?? 0, below)
            }
            if let step = steps[at].literals[String(name)] { next.steps.append(step) }
            for (pattern, step) in steps[at].wildcards where matches(name, pattern: pattern) { next.steps.append(step) }
        }
        return next
    }

    /// How many bytes to keep of what stands at a name of this state; nil where its name is not wanted.
    /// A name on the way to something wanted is wanted itself, with 0 bytes.
    package func keptBytes(_ state: State) -> Int? {
        var most = state.keptBytesBelow
        for at in state.steps { most = max(most ?? 0, steps[at].keptBytes ?? 0) }
        return most
    }

    /// Whether a reading by these patterns would have seen what stands at `path`, had it been there.
    package func covers(_ path: ImagePath) -> Bool {
        !path.components.reduce(start) { advance($0, $1) }.isEmpty
    }

    /// Whether a reading by these patterns answers `want` in full, no link leading elsewhere.
    package func answers(_ want: Want) -> Bool {
        // A pattern is looked up as a name: `*` in it is matched by an equal or a wider pattern.
        var state = start
        for component in want.path.components {
            if component == "**" {
                let below = state.steps.compactMap { steps[$0].keptBytesBelow } + [state.keptBytesBelow].compactMap(\.self)
                return below.contains { $0 >= want.keptBytes }
            }
            state = advance(state, component)
        }
        guard !state.isEmpty else { return false }
        let ends = state.steps.compactMap { steps[$0].keptBytes } + [state.keptBytesBelow].compactMap(\.self)
        return ends.contains { $0 >= want.keptBytes }
    }
}
