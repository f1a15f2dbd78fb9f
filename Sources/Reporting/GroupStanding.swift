/// What each group of rules comes to, so that a reader sees first whether the specification's own text is kept.

import BatchRules

extension Report {
    /// `specification passes · host fails · boot passes, with advice · gpu does not apply`; nil where no finding knows its
    /// group, in a report that was written before there were groups.
    var groupSentence: String? {
        let parts = Group.allCases.compactMap { group -> String? in
            let words = groupWords(findings.filter { $0.group == group })
            return words.map { "\(group.rawValue) \($0)" }
        }
        return parts.isEmpty ? nil : parts.joined(separator: " · ")
    }
}

extension Finding {
    /// What the rule's name is followed by where it is none of the specification's own: ` (host)`.
    var groupLabel: String {
        guard let group, group != .specification else { return "" }
        return " (\(group.rawValue))"
    }
}

/// What a group's findings come to; nil where there is none.
private func groupWords(_ findings: [Finding]) -> String? {
    if findings.isEmpty { return nil }
    let summary = Summary(findings)
    let isAdvised = summary.recommended.fail + summary.recommended.undetermined > 0
    if summary.verdict == .pass, !isAdvised, findings.allSatisfy({ $0.verdict == .notApplicable }) {
        return "does not apply"
    }
    return summary.verdict.words + (isAdvised ? ", with advice" : "")
}

extension Verdict.Kind {
    fileprivate var words: String {
        switch self {
        case .fail: "fails"
        case .undetermined: "undetermined"
        case .pass, .notApplicable: "passes"
        }
    }
}
