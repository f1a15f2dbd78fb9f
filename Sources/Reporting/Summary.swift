/// The verdict of a whole image, and how many rules gave which.

public import BatchRules

/// What all findings of an image come to.
public struct Summary: Codable, Hashable, Sendable {
    /// How many findings of one level gave each verdict.
    public struct Counts: Codable, Hashable, Sendable {
        /// The image keeps the rule.
        public var pass = 0
        /// The image breaks the rule.
        public var fail = 0
        /// What was read does not decide it.
        public var undetermined = 0
        /// Its subject is absent, and another rule fails for it.
        public var notApplicable = 0
        /// Failures and undetermined findings that somebody accepted; they stand in no other count.
        public var accepted = 0

        fileprivate mutating func count(_ finding: Finding) {
            if finding.acceptance != nil {
                accepted += 1
                return
            }
            switch finding.verdict {
            case .pass: pass += 1
            case .fail: fail += 1
            case .undetermined: undetermined += 1
            case .notApplicable: notApplicable += 1
            }
        }
    }

    /// Of the required rules: fail where one fails, else undetermined where one is, else pass.
    public let verdict: Verdict.Kind
    /// Of findings that count as required.
    public let required: Counts
    /// Of findings that count as recommended.
    public let recommended: Counts

    /// Counts `findings`.
    public init(_ findings: [Finding]) {
        var required = Counts()
        var recommended = Counts()
        for finding in findings {
            switch finding.level {
            case .required: required.count(finding)
            case .recommended: recommended.count(finding)
            }
        }
        verdict = required.fail > 0 ? .fail : required.undetermined > 0 ? .undetermined : .pass
        self.required = required
        self.recommended = recommended
    }

    /// What the verdict means, in one sentence without a final full stop.
    ///
    /// "2 required rules fail, 1 cannot be determined, 11 pass; 3 recommended rules fail".
    public var sentence: String {
        func rules(_ count: Int, _ level: String) -> String { "\(count) \(level) rule\(count == 1 ? "" : "s")" }
        var parts: [String] = []
        if required.fail > 0 {
            parts.append("\(rules(required.fail, "required")) fail\(required.fail == 1 ? "s" : "")")
        }
        if required.undetermined > 0 {
            let count = parts.isEmpty ? rules(required.undetermined, "required") : "\(required.undetermined)"
            parts.append("\(count) cannot be determined")
        }
        if parts.isEmpty {
            let judged = required.pass
            parts.append(
                judged == 0
                    ? "no required rule was judged"
                    : required.accepted > 0
                        ? "\(rules(judged, "required")) pass\(judged == 1 ? "es" : "")"
                        : judged == 1 ? "the 1 required rule passes" : "all \(judged) required rules pass"
            )
        } else {
            parts.append("\(required.pass) pass\(required.pass == 1 ? "es" : "")")
        }
        var sentence = parts.joined(separator: ", ")
        var advice: [String] = []
        if recommended.fail > 0 {
            advice.append("\(rules(recommended.fail, "recommended")) fail\(recommended.fail == 1 ? "s" : "")")
        }
        if recommended.undetermined > 0 {
            let count = advice.isEmpty ? rules(recommended.undetermined, "recommended") : "\(recommended.undetermined)"
            advice.append("\(count) cannot be determined")
        }
        let accepted = required.accepted + recommended.accepted
        if accepted > 0 { advice.append(accepted == 1 ? "1 finding is accepted" : "\(accepted) findings are accepted") }
        if !advice.isEmpty { sentence += "; " + advice.joined(separator: ", ") }
        return sentence
    }
}
