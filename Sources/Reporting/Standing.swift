/// Where each finding stands in a report: what asks for work first, what needs none last.

import BatchRules

/// A finding's verdict, and apart from the verdicts what somebody accepted.
enum Standing: String, CaseIterable {
    case fail, undetermined, accepted, pass, notApplicable

    /// `fails`, `not applicable`: what a rule does that stands there.
    var words: String {
        switch self {
        case .fail: "fails"
        case .undetermined: "undetermined"
        case .accepted: "accepted"
        case .pass: "passes"
        case .notApplicable: "not applicable"
        }
    }
}

extension Finding {
    /// Where it stands.
    var standing: Standing {
        if acceptance != nil { return .accepted }
        return switch verdict {
        case .pass: .pass
        case .fail: .fail
        case .undetermined: .undetermined
        case .notApplicable: .notApplicable
        }
    }
}

/// The findings of one standing, and where it matters of one level.
struct FindingGroup {
    let standing: Standing
    /// Nil where findings of both levels stand together.
    let level: Level?
    /// `Required rules that fail`, without its number.
    let title: String
    private(set) var findings: [Finding] = []

    /// Groups without their findings, in the order in which a reader wants them; every finding belongs to one.
    static let all = [
        FindingGroup(standing: .fail, level: .required, title: "Required rules that fail"),
        FindingGroup(
            standing: .undetermined, level: .required, title: "Required rules that could not be determined"),
        FindingGroup(standing: .fail, level: .recommended, title: "Recommended rules that fail"),
        FindingGroup(
            standing: .undetermined, level: .recommended, title: "Recommended rules that could not be determined"),
        FindingGroup(standing: .accepted, level: nil, title: "Accepted findings"),
        FindingGroup(standing: .pass, level: nil, title: "Rules that pass"),
        FindingGroup(standing: .notApplicable, level: nil, title: "Rules that do not apply"),
    ]

    private init(standing: Standing, level: Level?, title: String) {
        self.standing = standing
        self.level = level
        self.title = title
    }

    /// The same group with those of `findings` that belong to it.
    func taking(_ findings: [Finding]) -> FindingGroup {
        var group = self
        group.findings = findings.filter { $0.standing == standing && (level == nil || $0.level == level) }
        return group
    }
}

extension Report {
    /// Every finding once, in the order in which a reader wants them; groups without a finding are left out.
    var groups: [FindingGroup] {
        FindingGroup.all.map { $0.taking(findings) }.filter { !$0.findings.isEmpty }
    }

    /// The number of findings that stand there.
    func count(_ standing: Standing) -> Int {
        findings.count { $0.standing == standing }
    }

    /// A rule's title; empty where the catalog does not have the rule.
    func title(of finding: Finding) -> String {
        rules.rule(finding.rule)?.title ?? ""
    }
}

extension Finding {
    /// Its message; one that is undetermined, accepted or not, says so.
    var said: String { (verdict == .undetermined ? "undetermined: " : "") + message }

    /// What its remedy is for: `To mend it`, `To decide it`.
    var actLabel: String { verdict == .undetermined ? "To decide it" : "To mend it" }
}

extension Rule {
    /// What is known of the rule, part by part; parts without a text are left out.
    var explanation: [(name: String, text: String)] {
        [
            ("Asks", question), ("Why", reason), ("Decided by", decidedBy), ("To mend it", remedy),
            ("Documented", reference),
        ].filter { !$0.text.isEmpty }
    }
}

/// How many places of one finding are shown to a reader; programs are given more.
let shownPlaces = 8

extension Report {
    /// What follows for hosts and jobs from a required failure; nil of other findings, and where the policy alone requires
    /// the rule.
    func consequence(of finding: Finding) -> String? {
        guard finding.verdict == .fail, finding.level == .required, finding.acceptance == nil,
            !(policy?.changes.contains { $0.rule == finding.rule && $0.counts == .required } ?? false)
        else { return nil }
        return rules.rule(finding.rule)?.consequence
    }
}
