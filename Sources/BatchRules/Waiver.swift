/// Findings that somebody has accepted, until when, and what becomes of each such promise.

import ImageReading

/// The acceptance of a finding, with a reason and an end.
public struct Waiver: Hashable, Sendable {
    /// The id of the rule whose failure or undetermined finding is accepted.
    public let rule: String
    /// A pattern of image names, `*` for any run of characters; nil for every image.
    public let image: String?
    /// The texts of the evidence that is accepted, as reports show them; nil for whatever is found. Evidence beyond these
    /// is not accepted.
    public let found: [String]?
    /// Why it is accepted.
    public let reason: String
    /// The last day on which the waiver counts.
    public let expires: CalendarDay
    /// Who accepted it; nil where the policy does not say.
    public let acceptedBy: String?
    /// The line of the policy file it begins on, 1-based; nil where it has none.
    public let line: Int?

    /// A waiver as a policy file states it.
    public init(
        rule: String,
        image: String? = nil,
        found: [String]? = nil,
        reason: String,
        expires: CalendarDay,
        acceptedBy: String? = nil,
        line: Int? = nil
    ) {
        self.rule = rule
        self.image = image
        self.found = found
        self.reason = reason
        self.expires = expires
        self.acceptedBy = acceptedBy
        self.line = line
    }
}

/// Why a finding does not count although the image breaks the rule.
public struct Acceptance: Hashable, Sendable, Codable {
    /// Why it is accepted.
    public let reason: String
    /// The last day on which it does not count.
    public let expires: CalendarDay
    /// Who accepted it; nil where the policy does not say.
    public let acceptedBy: String?

    /// An acceptance as a waiver gives it.
    public init(reason: String, expires: CalendarDay, acceptedBy: String?) {
        self.reason = reason
        self.expires = expires
        self.acceptedBy = acceptedBy
    }

    /// The acceptance that a waiver gives.
    public init(_ waiver: Waiver) {
        self.init(reason: waiver.reason, expires: waiver.expires, acceptedBy: waiver.acceptedBy)
    }
}

/// What a waiver came to on one image.
public struct WaiverOutcome: Hashable, Sendable {
    /// The ends a waiver can come to.
    public enum Kind: String, Sendable, Codable {
        /// It accepts a finding.
        case inForce
        /// It would accept a finding, and its last day has passed: the finding counts.
        case expired
        /// The rule is broken, by something else than what was accepted: the finding counts.
        case foundChanged
        /// It has nothing to accept: the image keeps the rule.
        case unused
        /// It speaks of other images, or of a rule that was not judged this time.
        case elsewhere
    }

    /// The promise itself.
    public let waiver: Waiver
    /// Its end on this image.
    public let kind: Kind
    /// Where something else was found than what it accepts, the first text of that; nil where that has no text.
    public let unlisted: String?

    /// The end that a waiver came to.
    public init(waiver: Waiver, kind: Kind, unlisted: String? = nil) {
        self.waiver = waiver
        self.kind = kind
        self.unlisted = unlisted
    }
}

extension WaiverOutcome: Codable {
    private enum Key: String, CodingKey { case outcome, rule, image, reason, expires, acceptedBy, line, unlisted }

    /// Writes the promise and its end in one object, every key but `unlisted`, which is left out where it is nil, and
    /// what evidence the promise accepts.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .outcome)
        try container.encode(waiver.rule, forKey: .rule)
        try container.encode(waiver.image, forKey: .image)
        try container.encode(waiver.reason, forKey: .reason)
        try container.encode(waiver.expires, forKey: .expires)
        try container.encode(waiver.acceptedBy, forKey: .acceptedBy)
        try container.encode(waiver.line, forKey: .line)
        try container.encodeIfPresent(unlisted, forKey: .unlisted)
    }

    /// Reads what `encode` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        kind = try container.decode(Kind.self, forKey: .outcome)
        unlisted = try container.decodeIfPresent(String.self, forKey: .unlisted)
        waiver = Waiver(
            rule: try container.decode(String.self, forKey: .rule),
            image: try container.decodeIfPresent(String.self, forKey: .image),
            reason: try container.decode(String.self, forKey: .reason),
            expires: try container.decode(CalendarDay.self, forKey: .expires),
            acceptedBy: try container.decodeIfPresent(String.self, forKey: .acceptedBy),
            line: try container.decodeIfPresent(Int.self, forKey: .line)
        )
    }
}

extension Waiver {
    /// What this waiver comes to among the findings of an image, their evidence as reports show it.
    public func outcome(among findings: [Finding], of imageName: String, today: CalendarDay) -> WaiverOutcome {
        func end(_ kind: WaiverOutcome.Kind, unlisted: String? = nil) -> WaiverOutcome {
            WaiverOutcome(waiver: self, kind: kind, unlisted: unlisted)
        }
        guard image.map({ matches(imageName, pattern: Array($0.utf8)) }) ?? true,
            let finding = findings.first(where: { $0.rule == rule })
        else { return end(.elsewhere) }
        guard finding.isBroken else { return end(.unused) }
        if let found {
            let texts = finding.evidence.map(\.text).filter { !$0.isEmpty }
            let unlisted = texts.first { !found.contains($0) }
            guard !texts.isEmpty, unlisted == nil else { return end(.foundChanged, unlisted: unlisted) }
        }
        return end(today <= expires ? .inForce : .expired)
    }
}
