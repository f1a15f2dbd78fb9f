/// What a pass over an archive is to keep: what was asked for, and what is likely to be asked for next.

/// The names a pass looks for.
struct WantedNames {
    private let patterns: PatternSet
    private let likely: PatternSet

    /// Where in the patterns a directory stands.
    struct State {
        fileprivate var asked: PatternSet.State
        fileprivate var likely: PatternSet.State

        /// Whether nothing in here or below can be wanted.
        var isEmpty: Bool { asked.isEmpty && likely.isEmpty }

        /// The state of a directory that may stand in either place.
        func union(_ other: State) -> State {
            State(asked: asked.union(other.asked), likely: likely.union(other.likely))
        }
    }

    init(_ wants: [Want], likely: [Want] = []) {
        patterns = PatternSet(wants)
        self.likely = PatternSet(likely)
    }

    var start: State { State(asked: patterns.start, likely: likely.start) }

    func advance(_ state: State, _ name: String) -> State {
        State(asked: patterns.advance(state.asked, name), likely: likely.advance(state.likely, name))
    }

    /// What to keep of a file because it was asked for; nil where it was not.
    func kept(_ state: State) -> KeptContent? { patterns.kept(state.asked) }

    /// What to keep of a file because it is likely to be asked for; nil where it is not.
    func keptIfLikely(_ state: State) -> KeptContent? { likely.kept(state.likely) }

    /// Whether nothing suggests that a file will be asked for.
    func isUnlikely(_ state: State) -> Bool { state.likely.isEmpty }

    /// What units, links and configuration files of ordinary images name, kept in the first pass as far as there is
    /// room, since a second pass takes as long as the first: programs by name, and what is small enough for a script
    /// or a configuration file.
    static let likely: [Want] =
        ["/bin/*", "/sbin/*", "/usr/bin/*", "/usr/sbin/*", "/lib/*/*", "/usr/lib/*/*"].map { .names($0) }
        + [
            "/etc/**", "/opt/*/*", "/opt/*/*/*", "/usr/local/**", "/usr/libexec/*", "/usr/libexec/*/*", "/root/*",
            "/lib/*/*.sh", "/usr/lib/*/*.sh", "/lib/systemd/system/**", "/usr/lib/systemd/system/**", "/dev/null",
        ].map { .contents($0, upTo: 64 << 10) }
}
