/// What a rule says of one image.

public import ImageReading

/// The answer of a rule, with the evidence that decided it.
public struct Verdict: Hashable, Sendable {
    /// The four answers. Undetermined is never a pass; not applicable never counts.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case pass, fail, undetermined, notApplicable
    }

    /// Which of the four.
    public let kind: Kind
    /// What was found and, on a failure, what was expected; one sentence, lower case, no final full stop.
    public let message: String
    /// What decided it; empty where nothing was found, and the message says where it was looked for.
    public let evidence: [Evidence]
    /// How to mend just this; empty where the rule's own remedy says it.
    public let remedy: [RemedyStep]
    /// What it counts as where that is not the rule's own level and no policy sets one.
    public private(set) var level: Level?

    /// The same, counting as this.
    public func counting(as level: Level) -> Verdict {
        var verdict = self
        verdict.level = level
        return verdict
    }

    /// A verdict of any kind.
    public init(kind: Kind, message: String, evidence: [Evidence], remedy: [RemedyStep]) {
        self.kind = kind
        self.message = message
        self.evidence = evidence
        self.remedy = remedy
    }

    /// The image keeps the rule.
    public static func pass(_ message: String, _ evidence: [Evidence] = []) -> Verdict {
        Verdict(kind: .pass, message: message, evidence: evidence, remedy: [])
    }

    /// The image breaks the rule.
    public static func fail(_ message: String, _ evidence: [Evidence] = [], remedy: [RemedyStep] = []) -> Verdict {
        Verdict(kind: .fail, message: message, evidence: evidence, remedy: remedy)
    }

    /// What was read does not decide the rule.
    public static func undetermined(
        _ message: String, _ evidence: [Evidence] = [], remedy: [RemedyStep] = []
    ) -> Verdict {
        Verdict(kind: .undetermined, message: message, evidence: evidence, remedy: remedy)
    }

    /// The rule's subject is absent, and another rule fails for it; the message names that rule.
    public static func notApplicable(_ message: String, _ evidence: [Evidence] = []) -> Verdict {
        Verdict(kind: .notApplicable, message: message, evidence: evidence, remedy: [])
    }

    /// The same with a remedy of this very case in the place of its own.
    func mended(by remedy: [RemedyStep]) -> Verdict {
        var verdict = Verdict(kind: kind, message: message, evidence: evidence, remedy: remedy)
        verdict.level = level
        return verdict
    }

    /// Undetermined for what is there and cannot be read: the message is the problem, place first.
    public static func undetermined(_ problem: Problem, _ evidence: [Evidence]) -> Verdict {
        .undetermined(problem.description, evidence, remedy: problem.remedy)
    }
}

/// A verdict under the rule and level it counts for: a row of a report.
public struct Finding: Hashable, Sendable {
    /// The rule's id.
    public let rule: String
    /// The rule's group; nil in a report that was written before rules had groups.
    public let group: Group?
    /// What it counts as.
    public let level: Level
    /// The rule's answer.
    public let verdict: Verdict.Kind
    /// The verdict's sentence.
    public let message: String
    /// What decided it; empty where nothing was found, and the message says where it was looked for.
    public let evidence: [Evidence]
    /// How to mend it, or for an undetermined finding, how to decide it; nil on a pass and where it is not applicable.
    public let remedy: String?
    /// The remedy of this very case, step by step; empty where `remedy` is the rule's own, of any image that breaks it.
    public let steps: [RemedyStep]
    /// Why it does not count; nil where nobody accepted it.
    public let acceptance: Acceptance?

    /// Whether the image breaks the rule or may break it, accepted or not.
    public var isBroken: Bool { verdict == .fail || verdict == .undetermined }

    /// The finding of `rule` from its verdict; `remedy` is the rule's own, for a verdict that has none.
    public init(rule: String, level: Level, verdict: Verdict, remedy: String, group: Group? = nil) {
        self.rule = rule
        self.group = group
        self.level = level
        self.verdict = verdict.kind
        message = verdict.message
        evidence = verdict.evidence
        let needsRemedy = verdict.kind == .fail || verdict.kind == .undetermined
        steps = needsRemedy ? verdict.remedy : []
        self.remedy = needsRemedy ? steps.isEmpty ? remedy : steps.text : nil
        acceptance = nil
    }

    private init(_ finding: Finding, acceptance: Acceptance) {
        rule = finding.rule
        group = finding.group
        level = finding.level
        verdict = finding.verdict
        message = finding.message
        evidence = finding.evidence
        remedy = finding.remedy
        steps = finding.steps
        self.acceptance = acceptance
    }

    /// The same finding, accepted.
    public func accepted(_ acceptance: Acceptance) -> Finding {
        Finding(self, acceptance: acceptance)
    }
}

extension Finding: Decodable {
    private enum CodingKeys: String, CodingKey {
        case rule, group, level, verdict, message, evidence, remedy, steps
        case acceptance = "accepted"
    }

    /// Reads a finding as reports write it, and as they wrote it before there were steps.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rule = try container.decode(String.self, forKey: .rule)
        group = try container.decodeIfPresent(Group.self, forKey: .group)
        level = try container.decode(Level.self, forKey: .level)
        verdict = try container.decode(Verdict.Kind.self, forKey: .verdict)
        message = try container.decode(String.self, forKey: .message)
        evidence = try container.decode([Evidence].self, forKey: .evidence)
        remedy = try container.decodeIfPresent(String.self, forKey: .remedy)
        steps = try container.decodeIfPresent([RemedyStep].self, forKey: .steps) ?? []
        acceptance = try container.decodeIfPresent(Acceptance.self, forKey: .acceptance)
    }
}
