/// One report held against a former one of the same image.

import ByteParsing

/// What became of a broken rule since a former report.
public enum Change: String, Sendable, Codable {
    /// Not broken then, or by something else.
    case new
    /// Broken then, kept now; a rule that no longer applies has not been fixed.
    case fixed
    /// Broken by the same things then as now.
    case unchanged
}

/// A value of an image that is not what it was.
public struct ChangedFact: Hashable, Sendable, Codable {
    /// `kernel`, `agent`, `Docker`, `distribution`.
    public let name: String
    /// As it was; nil where there was none.
    public let before: String?
    /// As it is; nil where there is none.
    public let after: String?

    /// A change of the fact called `name`.
    public init(name: String, before: String?, after: String?) {
        self.name = name
        self.before = before
        self.after = after
    }
}

/// How an image differs from what a former report says of it.
public struct Comparison: Hashable, Sendable, Codable {
    /// By rule id, for rules that were or are broken.
    public let changes: [String: Change]
    /// Values of the image that are not what they were.
    public let changedFacts: [ChangedFact]

    /// A comparison that was made before.
    public init(changes: [String: Change], changedFacts: [ChangedFact]) {
        self.changes = changes
        self.changedFacts = changedFacts
    }

    /// Compares findings by rule and by what was found; a place that only moved to another line is no change.
    public init(of findings: [Finding], since former: [Finding], changedFacts: [ChangedFact]) {
        let before = Dictionary(former.map { ($0.rule, $0) }) { first, _ in first }
        var changes: [String: Change] = [:]
        for finding in findings {
            let was = before[finding.rule].flatMap { $0.isBroken ? $0 : nil }
            if finding.isBroken {
                changes[finding.rule] = was?.fingerprint == finding.fingerprint ? .unchanged : .new
            } else if was != nil, finding.verdict == .pass {
                changes[finding.rule] = .fixed
            }
        }
        self.changes = changes
        self.changedFacts = changedFacts
    }
}

extension Finding {
    /// A stable name of what was found: rule, verdict and the evidence without its line numbers, as 16 hexadecimal
    /// digits (FNV-1a, 64 bits).
    public var fingerprint: String {
        var hash = StableHash(rule)
        hash.mix(verdict.rawValue)
        for evidence in evidence {
            hash.mix(evidence.path.text)
            hash.mix(evidence.text)
        }
        return hash.digits
    }
}
