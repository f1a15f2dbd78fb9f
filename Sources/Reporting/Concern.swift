/// What one block of a report asks for: most often one finding, and several where one cause stands behind them.

import BatchRules
import ImageReading

/// Findings that stand in one block, since one thing has to be done for them all.
struct Concern {
    /// At least one, those that count as required first.
    let findings: [Finding]
    /// What keeps all of them undetermined, place first; nil where they are one finding, or say the same.
    let cause: String?

    /// The one that speaks for all.
    var first: Finding { findings[0] }

    /// The others, which wait for the same.
    var others: [Finding] { Array(findings.dropFirst()) }

    /// What is the case.
    var message: String { cause ?? first.message }

    /// What is to be done: where a cause keeps several open, what the finding says that knows nothing else.
    var remedy: String? {
        guard cause != nil else { return first.remedy }
        return findings.min { $0.message.utf8.count < $1.message.utf8.count }?.remedy
    }

    /// Places of the cause alone; the message names them.
    var evidence: [Evidence] { cause == nil ? first.evidence : [] }

    /// `docker-version, docker-config; advice: agent-latest`: the rules that wait for the cause.
    var waiting: String {
        let required = findings.filter { $0.level == .required }.map(\.rule).joined(separator: ", ")
        let recommended = findings.filter { $0.level == .recommended }.map(\.rule).joined(separator: ", ")
        return [required, recommended.isEmpty || required.isEmpty ? recommended : "advice: \(recommended)"]
            .filter { !$0.isEmpty }.joined(separator: "; ")
    }
}

extension Report {
    /// What is behind a remark on a package database that cannot be read.
    static let unknownPackages = ", so its packages are not known"

    /// Everything that asks for something, block by block, in the order of the groups; a cause that keeps rules of both
    /// levels open stands where the first of them does.
    var concerns: [(group: FindingGroup, concerns: [Concern])] {
        let causes = remarks.filter { $0.hasSuffix(Self.unknownPackages) }
            .map { String($0.dropLast(Self.unknownPackages.count)) }
        let asking = groups.filter { $0.standing != .pass && $0.standing != .notApplicable }
        let all = asking.flatMap(\.findings)
        var seen: Set<String> = []
        return asking.map { group in
            var concerns: [Concern] = []
            for finding in group.findings where !seen.contains(finding.rule) {
                let cause = cause(of: finding, among: causes)
                let kin =
                    finding.acceptance != nil
                    ? [finding]
                    : all.filter { other in
                        if other.rule == finding.rule { return true }
                        if let cause { return cause == self.cause(of: other, among: causes) }
                        return other.standing == finding.standing && other.level == finding.level
                            && other.message == finding.message && other.evidence == finding.evidence
                    }
                seen.formUnion(kin.map(\.rule))
                concerns.append(Concern(findings: kin, cause: kin.count > 1 ? cause : nil))
            }
            return (group, concerns)
        }.filter { !$0.1.isEmpty }
    }

    /// What several findings wait for, by their rules.
    var sharedCauses: [String: String] {
        guard remarks.contains(where: { $0.hasSuffix(Self.unknownPackages) }) else { return [:] }
        return concerns.flatMap(\.concerns).reduce(into: [:]) { causes, concern in
            for finding in concern.findings { causes[finding.rule] = concern.cause }
        }
    }

    /// The cause that a finding waits for: the finding names it, and the place of it among its own. One that only mentions
    /// it asks a question of its own.
    private func cause(of finding: Finding, among causes: [String]) -> String? {
        guard finding.standing == .undetermined else { return nil }
        return causes.first { cause in
            finding.message.contains(cause)
                && finding.evidence.contains {
                    cause.hasPrefix("\($0.realPath ?? $0.path): ") || cause.hasPrefix("\($0.path): ")
                }
        }
    }

    /// Whether the rule is broken by something that a former report does not have.
    func isNew(_ finding: Finding) -> Bool { comparison?.changes[finding.rule] == .new }

    /// What follows: how to see what is asked, and how to go on; nil where nothing is.
    var nextStep: String? {
        guard summary.verdict != .pass || concerns.contains(where: { $0.group.standing != .accepted }) else {
            return nil
        }
        let step =
            switch summary.verdict {
            case .fail: "mend what stands behind `fix:` and check again"
            case .undetermined: "do what stands behind `to decide:` and check again"
            case .pass, .notApplicable: "the advice is yours to take"
            }
        return "\(step); `amilint rules ID` says more of a rule"
    }
}
