/// What could not be read, where the rest of an answer stands without it.

package import ImageReading

/// A place that could not be read and why: what it would have added is not known.
package struct Unknown: Hashable, Sendable {
    /// Where it was come upon.
    package let evidence: [Evidence]
    /// Why it could not be read.
    package let problem: Problem

    /// Of what was come upon at `evidence`.
    package init(_ evidence: [Evidence], _ problem: Problem) {
        self.evidence = evidence
        self.problem = problem
    }
}

extension Observation {
    /// The same as an answer.
    package static func unreadable(_ unknown: Unknown) -> Observation {
        .unreadable(unknown.evidence, unknown.problem)
    }
}
