/// Two images held against each other: verdicts, facts and packages.

import BatchRules
import ImageReading
import PackageDatabases

/// How an image differs from a former one, both by the same comparison that `--baseline` makes.
public struct ImageDifference: Sendable {
    /// What all of it comes to.
    public enum Answer: String, Sendable, Encodable {
        /// Nothing that was compared differs.
        case same
        /// Something differs.
        case different
        /// Nothing is known to differ, and of something it cannot be told.
        case undetermined
    }

    /// A rule of which the two images do not get the same answer for the same reason.
    struct ChangedVerdict: Sendable {
        /// The finding of the former image; nil where it was not judged by this rule.
        let before: Finding?
        /// The finding of the latter.
        let after: Finding?
        /// What the comparison with a former report makes of it; nil where it is neither broken now nor mended.
        let change: Change?

        /// The finding that is there, the latter first.
        var rule: String { after?.rule ?? before?.rule ?? "" }

        /// Whether both answers are decided ones, so that the images themselves differ and not what is known of them.
        var isDecided: Bool {
            [before, after].allSatisfy { $0.map { $0.verdict != .undetermined } ?? false }
        }
    }

    /// What became of the packages.
    enum Packages: Sendable {
        case compared(PackageDifferences)
        /// One side does not know its packages, for this reason; nobody kept them (`isUnreadable` is false), or they
        /// cannot be read.
        case unknown(String, isUnreadable: Bool)
    }

    let before: ComparedImage
    let after: ComparedImage
    let comparison: Comparison
    let verdicts: [ChangedVerdict]
    let facts: FactDifferences
    let packages: Packages

    /// Compares `after` with `before`. Throws only where a fact cannot be encoded, which is a defect of this program.
    public init(from before: ComparedImage, to after: ComparedImage) throws {
        self.before = before
        self.after = after
        let compared = FormerReport(before.report).compared(with: after.report)
        comparison = compared.comparison ?? Comparison(changes: [:], changedFacts: [])
        verdicts = Self.verdicts(before.report, after.report, comparison)
        facts = try FactDifferences(before: before.facts, after: after.facts)
        packages = Self.packages(before, after)
    }

    private static func verdicts(_ before: Report, _ after: Report, _ comparison: Comparison) -> [ChangedVerdict] {
        let old = Dictionary(before.findings.map { ($0.rule, $0.printed) }) { first, _ in first }
        let new = Dictionary(after.findings.map { ($0.rule, $0.printed) }) { first, _ in first }
        let gone = before.findings.map(\.rule).filter { new[$0] == nil }
        return (after.findings.map(\.rule) + gone).compactMap { rule in
            let change = comparison.changes[rule]
            let isSame = old[rule]?.verdict == new[rule]?.verdict && change != .new
            return isSame ? nil : ChangedVerdict(before: old[rule], after: new[rule], change: change)
        }
    }

    private static func packages(_ before: ComparedImage, _ after: ComparedImage) -> Packages {
        for side in [before, after] {
            guard let packages = side.packages else {
                return .unknown(
                    "packages are not compared: \(side.name) does not have them; a directory or archive has, and what "
                        + "'amilint inspect --packages -o json' writes", isUnreadable: false)
            }
            if let problem = packages.problem {
                return .unknown(
                    "packages are not compared: those of \(side.name) are not known: \(problem)", isUnreadable: true)
            }
        }
        return .compared(PackageDifferences(before: before.packages?.value ?? [], after: after.packages?.value ?? []))
    }
}

extension ImageDifference {
    /// What it comes to. A verdict that is undetermined on one side tells no difference by itself.
    public var answer: Answer {
        var (differs, isOpen) = (!facts.changed.isEmpty, !facts.unknown.isEmpty)
        for verdict in verdicts {
            if verdict.isDecided { differs = true } else { isOpen = true }
        }
        switch packages {
        case .compared(let packages): differs = differs || !packages.isEmpty
        case .unknown(_, let isUnreadable): isOpen = isOpen || isUnreadable
        }
        return differs ? .different : isOpen ? .undetermined : .same
    }

    /// What has to be known before the differences, a sentence each, inert: what the two were not judged alike by, and
    /// what is not compared.
    var remarks: [String] {
        var remarks = Self.judgedApart(before.report, after.report)
        for (side, other) in [(before, after), (after, before)] {
            let others = Set(other.report.findings.map(\.rule))
            let alone = side.report.findings.map(\.rule).filter { !others.contains($0) }
            if !alone.isEmpty {
                remarks.append("\(side.name) alone was judged by: \(alone.joined(separator: ", "))")
            }
        }
        if case .unknown(let sentence, _) = packages { remarks.append(sentence) }
        return remarks.map(inert)
    }

    private static func judgedApart(_ before: Report, _ after: Report) -> [String] {
        var remarks: [String] = []
        let (old, new) = (policyWords(before), policyWords(after))
        if old != new { remarks.append("judged by different policies: \(old) before; \(new) now") }
        if before.today != after.today {
            remarks.append("judged at different dates: \(before.today) before, \(after.today) now")
        }
        if before.dataDate != after.dataDate {
            remarks.append("judged by data of different dates: \(before.dataDate) before, \(after.dataDate) now")
        }
        return remarks
    }

    private static func policyWords(_ report: Report) -> String {
        guard let policy = report.policy else { return "not said" }
        return policy.ruleSentences.isEmpty ? "the rules as they are" : policy.ruleSentences.joined(separator: "; ")
    }
}
