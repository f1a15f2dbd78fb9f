/// What a reading of an archive looked for, so that what it did not find is known not to be there.

/// The names that a reading would have kept, had they been there.
package struct Coverage: Sendable {
    private let patterns: [PatternSet]

    /// A reading by any of these sets of patterns.
    package init(_ patterns: PatternSet...) {
        self.patterns = patterns
    }

    /// Whether all that `path`, which may hold patterns, names would have been kept.
    package func covers(_ path: ImagePath) -> Bool {
        patterns.contains { $0.covers(path) }
    }
}
