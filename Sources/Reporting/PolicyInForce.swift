/// What an image was judged by where that is not the catalog as it stands, so that no report looks better than it is.

public import BatchRules

/// The policy that was in force: where it came from, and every rule that did not count as the catalog has it.
public struct PolicyInForce: Codable, Hashable, Sendable {
    /// A rule that counted differently.
    public struct Change: Codable, Hashable, Sendable {
        /// Who changed it.
        public enum Cause: String, Codable, Sendable {
            case policy, options, group
        }

        /// The rule's id.
        public let rule: String
        /// What the catalog has it count as.
        public let level: Level
        /// What it counted as.
        public let counts: LevelChange
        /// Who changed it.
        public let by: Cause
    }

    /// The files and options that it was made of.
    public let sources: PolicySources
    /// The groups of rules that were judged, in their order.
    public let groups: [Group]
    /// Rules that did not count as the catalog has them, in its order.
    public let changes: [Change]

    /// What `policy` makes of the rules of `catalog`, all that there are.
    public init(_ policy: Policy, of catalog: RuleCatalog) {
        sources = policy.sources
        groups = Group.allCases.filter(policy.groups.contains)
        changes = catalog.rules.compactMap { rule in
            if policy.sources.leftOut.contains(rule.id) {
                return Change(rule: rule.id, level: rule.level, counts: .off, by: .options)
            }
            if !policy.groups.contains(rule.group) {
                return Change(rule: rule.id, level: rule.level, counts: .off, by: .group)
            }
            guard let change = policy.levels[rule.id], change.rawValue != rule.level.rawValue else { return nil }
            return Change(rule: rule.id, level: rule.level, counts: change, by: .policy)
        }
    }

    /// `2 required rules switched off by .amilint.yml, 1 lowered to advice`; nil where every required rule counted.
    var weakening: String? {
        let file = sources.file?.path ?? "the policy"
        let parts: [(number: Int, words: String)] = [
            (lost(by: .policy, to: .off), "switched off by \(file)"),
            (lost(by: .policy, to: .recommended), "made advice by \(file)"),
            (lost(by: .options, to: .off), "left out by --only or --skip"),
            (lost(by: .group, to: .off), "in groups that were not judged"),
        ]
        let said = parts.filter { $0.number > 0 }
        guard !said.isEmpty else { return nil }
        return said.enumerated().map { index, part in
            (index > 0 ? "\(part.number) " : "\(part.number) required rule\(part.number == 1 ? "" : "s") ") + part.words
        }.joined(separator: ", ")
    }

    /// Everything about it that a reader has to know, a sentence each.
    var sentences: [String] {
        ruleSentences + (sources.isDateGiven ? ["the date to judge at was given (--today)"] : [])
    }

    /// The same but for the date: which rules counted, and by what.
    var ruleSentences: [String] {
        var sentences: [String] = []
        if let file = sources.file { sentences.append("judged by the policy \(file.shown)") }
        let lists: [(Change.Cause, LevelChange, String)] = [
            (.policy, .off, "switched off by the policy"), (.policy, .recommended, "recommended by the policy"),
            (.policy, .required, "required by the policy"), (.options, .off, "left out by --only or --skip"),
        ]
        for (cause, level, words) in lists {
            let rules = changes.filter { $0.by == cause && $0.counts == level }.map(\.rule)
            if !rules.isEmpty { sentences.append("\(words): \(rules.joined(separator: ", "))") }
        }
        let groups = Group.allCases.filter { !self.groups.contains($0) }.map(\.rawValue)
        if !groups.isEmpty { sentences.append("groups that were not judged: \(groups.joined(separator: ", "))") }
        sentences += sources.releaseData.map { "judged by the release data in \($0.shown)" }
        return sentences
    }

    private func lost(by cause: Change.Cause, to level: LevelChange) -> Int {
        changes.count { $0.by == cause && $0.counts == level && $0.level == .required }
    }
}

extension PolicySources.File {
    /// `.amilint.yml (SHA-256 3b4f0a9e2c51)`: enough digits to tell two files apart; JSON has them all.
    fileprivate var shown: String { "\(path) (SHA-256 \(sha256.prefix(12)))" }
}
