/// All wants of one reading as one structure that is walked name by name.

/// How much of a file's content wants ask for.
package struct KeptContent: Hashable, Sendable {
    /// The largest file, in bytes, that is kept as a whole; nil where no want asks for whole contents.
    package var whole: Int?
    /// How many first bytes are kept of a larger one.
    package var head = 0

    package init(whole: Int? = nil, head: Int = 0) {
        self.whole = whole
        self.head = head
    }

    /// No content at all.
    package static let nothing = KeptContent()

    /// How many bytes to keep of a file of `size` bytes.
    package func bytes(ofSize size: Int) -> Int {
        if let whole, size <= whole { return size }
        return min(size, head)
    }

    /// What satisfies both.
    func union(_ other: KeptContent) -> KeptContent {
        let largest = [whole, other.whole].compactMap(\.self).max()
        return KeptContent(whole: largest, head: max(head, other.head))
    }
}

/// A set of patterns with the content each asks to keep.
package struct PatternSet: Sendable {
    private struct Step: Sendable {
        var literals: [String: Int] = [:]
        var wildcards: [(pattern: [UInt8], step: Int)] = []
        /// What to keep of what ends here; nil where no pattern ends here.
        var kept: KeptContent?
        /// What to keep of everything below here; nil where no `**` stands here.
        var keptBelow: KeptContent?
    }

    /// Where in the patterns a directory stands: enough to decide about the names in it without its path.
    package struct State: Sendable {
        fileprivate var steps: [Int]
        fileprivate var keptBelow: KeptContent?

        /// Whether nothing in here or below can be wanted.
        package var isEmpty: Bool { steps.isEmpty && keptBelow == nil }

        /// The state of a directory that may stand in either place.
        package func union(_ other: State) -> State {
            State(steps: steps + other.steps, keptBelow: keptBelow.union(other.keptBelow))
        }
    }

    private var steps = [Step()]

    /// The patterns of `wants`.
    package init(_ wants: some Collection<Want> = []) {
        insert(wants)
    }

    /// Adds the patterns of more wants.
    package mutating func insert(_ more: some Collection<Want>) {
        for want in more { insert(want) }
    }

    /// Adds the pattern of one more want.
    package mutating func insert(_ want: Want) {
        var at = 0
        for component in want.path.components {
            if component == "**" {
                steps[at].keptBelow = steps[at].keptBelow.union(want.kept)
                return
            }
            at = step(String(component), from: at)
        }
        steps[at].kept = steps[at].kept.union(want.kept)
    }

    private mutating func step(_ component: String, from at: Int) -> Int {
        let pattern = component.utf8.contains(UInt8(ascii: "*")) ? Array(component.utf8) : nil
        let known =
            if let pattern {
                steps[at].wildcards.first { $0.pattern == pattern }?.step
            } else {
                steps[at].literals[component]
            }
        if let known { return known }
        steps.append(Step())
        if let pattern {
            steps[at].wildcards.append((pattern, steps.count - 1))
        } else {
            steps[at].literals[component] = steps.count - 1
        }
        return steps.count - 1
    }

    /// The state of the root directory.
    package var start: State { State(steps: [0], keptBelow: nil) }

    /// The state of `name` in a directory of the given state.
    package func advance(_ state: State, _ name: some StringProtocol) -> State {
        var next = State(steps: [], keptBelow: state.keptBelow)
        guard !state.steps.isEmpty else { return next }
        let name = String(name)
        for at in state.steps {
            if let below = steps[at].keptBelow { next.keptBelow = next.keptBelow.union(below) }
            if let step = steps[at].literals[name] { next.steps.append(step) }
            for (pattern, step) in steps[at].wildcards where matches(name, pattern: pattern) { next.steps.append(step) }
        }
        return next
    }

    /// What to keep of what stands at a name of this state; nil where its name is not wanted.
    /// A name on the way to something wanted is wanted itself, without content.
    package func kept(_ state: State) -> KeptContent? {
        guard !state.isEmpty else { return nil }
        return state.steps.reduce(state.keptBelow ?? .nothing) { $0.union(steps[$1].kept ?? .nothing) }
    }

    /// Whether a reading by these patterns would have seen all that `path` names, had it been there.
    ///
    /// A pattern is looked up as a name: `*` in it is matched by an equal or a wider pattern. What stands on the way to
    /// something wanted is seen with it.
    package func covers(_ path: ImagePath) -> Bool {
        var state = start
        for component in path.components {
            if component == "**" {
                return state.keptBelow != nil || state.steps.contains { steps[$0].keptBelow != nil }
            }
            state = advance(state, component)
        }
        return !state.isEmpty
    }
}

extension KeptContent? {
    fileprivate func union(_ other: KeptContent?) -> KeptContent? {
        switch (self, other) {
        case (let one?, let other?): one.union(other)
        case (let one?, nil): one
        case (nil, let other): other
        }
    }
}
