/// From what a rule asks about to a verdict: the two answers that every rule gives alike.

import ImageReading

extension Observation {
    /// The verdict on a subject: `judge`'s where it is present, `absent` where it is not there, undetermined with the
    /// problem where it is there and cannot be read.
    func verdict(absent: @autoclosure () -> Verdict, _ judge: (Value, [Evidence]) -> Verdict) -> Verdict {
        switch self {
        case .present(let value, let evidence): judge(value, evidence)
        case .absent: absent()
        case .unreadable(let evidence, let problem): .undetermined(problem, evidence)
        }
    }

    /// Where it was looked for without being found: `/usr/bin/dockerd, /snap/docker`.
    var searchedPlaces: String {
        guard case .absent(let searched) = self else { return "" }
        return searched.map(\.text).joined(separator: ", ")
    }
}
