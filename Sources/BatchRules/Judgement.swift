/// All rules on one image's facts, with what the policy accepts.

public import ImageFacts

/// The findings of one image and what the policy's waivers came to.
public struct Judgement: Sendable {
    /// In the catalog's order; rules that are switched off are left out.
    public let findings: [Finding]
    /// In the policy's order.
    public let waivers: [WaiverOutcome]
}

extension RuleCatalog {
    /// Judges the facts of the image called `imageName` by every rule that the policy leaves switched on. Waivers are held
    /// against the findings as `shown` makes them, which is how people read them in reports.
    public func judge(
        _ facts: Facts, of imageName: String, by policy: Policy, as shown: (Finding) -> Finding
    ) -> Judgement {
        let findings = rules.filter { policy.level(of: $0) != nil }.map { $0.evaluate(facts, policy) }
        let inReports = policy.waivers.isEmpty ? [] : findings.map(shown)
        let outcomes = policy.waivers.map { $0.outcome(among: inReports, of: imageName, today: policy.today) }
        let accepted = findings.map { finding in
            let waiver = outcomes.first { $0.kind == .inForce && $0.waiver.rule == finding.rule }?.waiver
            return waiver.map { finding.accepted(Acceptance($0)) } ?? finding
        }
        return Judgement(findings: accepted, waivers: outcomes)
    }
}
