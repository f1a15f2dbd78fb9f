/// distribution-supported: a distribution that is still supported.

import ImageFacts
import ImageReading

extension Rule {
    static let distributionSupported = Rule(
        id: "distribution-supported",
        level: .recommended,
        title: "a distribution that is still supported",
        group: .host,
        question: "Does the distribution still get security updates today?",
        reason: """
            An unsupported distribution gets no fixes, falls behind what new agents and Docker releases need, and AWS \
            ends its own support: Batch ended Amazon Linux 1 on 2023-06-30.
            """,
        decidedBy: """
            The later of SUPPORT_END in os-release, which is stale in an old image, and the built-in dates of \
            distributions, against today's date (--today).
            """,
        remedy: "move to a supported release: Amazon Linux 2023, or the current release of the distribution",
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/ecs-ami-deprecation-faqs.html"
    ) { facts, policy in
        let absent = Verdict.undetermined("which distribution it is is not known (see linux-distribution)")
        return facts.distribution.verdict(absent: absent) { distribution, evidence in
            let lifecycle = policy.lifecycle
            let own = distribution.supportEnd.flatMap { CalendarDay($0) }
            let row = lifecycle.row(of: distribution)
            var sources: [String] = []
            if let text = distribution.supportEnd {
                sources.append(own == nil ? "SUPPORT_END \(text), which is no date" : "os-release says \(text)")
            }
            if let row { sources.append("the data of \(lifecycle.date) say \(row.endOfSupport)") }
            if let end = row?.batchEnd { sources.append("AWS Batch ended its own support on \(end)") }
            let said = sources.joined(separator: ", ")
            guard let end = [own, row?.endOfSupport].compactMap(\.self).max() else {
                if let oldest = lifecycle.oldestRow(after: distribution), oldest.endOfSupport < policy.today {
                    return .fail(
                        "\(distribution.label) is not supported any more: it is older than \(oldest.version), whose "
                            + "support ended on \(oldest.endOfSupport) (data of \(lifecycle.date))",
                        evidence)
                }
                return .undetermined(
                    "when support of \(distribution.label) ends stands neither in os-release nor in the "
                        + "data of \(lifecycle.date)\(said.isEmpty ? "" : " (\(said))")",
                    evidence,
                    remedy: [.sentence("look up the release's end of support; newer data can be passed as a file")])
            }
            if let batchEnd = row?.batchEnd, batchEnd < policy.today {
                return .fail("\(distribution.label) is not supported any more: \(said)", evidence)
            }
            guard end >= policy.today else {
                return .fail(
                    "support of \(distribution.label) ended on \(end): \(said); today is "
                        + "\(policy.today)",
                    evidence)
            }
            return .pass("\(distribution.label) is supported until \(end): \(said)", evidence)
        }
    }
}

extension LifecycleTable {
    /// The row of a distribution's release: its version, or the longest of its leading numbers that has one.
    func row(of distribution: Distribution) -> Row? {
        guard let version = distribution.lifecycleVersion else { return nil }
        return rows.filter { row in
            row.id == distribution.lifecycleID && (row.version == version || version.hasPrefix(row.version + "."))
        }.max { $0.version.utf8.count < $1.version.utf8.count }
    }

    /// The oldest release in the table, where the distribution's own is older than all that are in it.
    func oldestRow(after distribution: Distribution) -> Row? {
        guard let version = distribution.lifecycleVersion.flatMap({ ReleaseVersion($0) }) else { return nil }
        let known = rows.compactMap { row in
            row.id == distribution.lifecycleID ? ReleaseVersion(row.version).map { (row: row, version: $0) } : nil
        }
        guard let oldest = known.min(by: { $0.version < $1.version }), version < oldest.version else { return nil }
        return oldest.row
    }
}

extension Distribution {
    /// The id by which tables know the distribution: CentOS Stream calls itself `centos`, as CentOS Linux did, and ends
    /// at other times; its name alone tells them apart.
    fileprivate var lifecycleID: String {
        id == "centos" && prettyName.hasPrefix("CentOS Stream") ? "centos-stream" : id
    }

    /// The version by which tables know the release. Every Amazon Linux 1 (2011.09 to 2018.03) is one release that was
    /// updated in place; Amazon Linux 2 and 2023 have no dot. SUSE's first release, before any service pack, has none
    /// either, and is no prefix of those that followed it.
    fileprivate var lifecycleVersion: String? {
        guard let version else { return nil }
        switch id {
        case "amzn" where version.hasPrefix("201") && version.contains("."): return "2018.03"
        case "sles" where !version.contains("."): return version + ".0"
        default: return version
        }
    }
}
