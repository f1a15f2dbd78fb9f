/// One image, judged: what every report format prints.

public import BatchRules
public import ImageFacts
public import ImageReading

/// The facts and findings of one image, ready to print.
public struct Report: Sendable {
    /// What was read.
    public let image: ImageDescription
    /// What it says of itself; nil in a report read back from a line of an audit, which keeps the key facts alone.
    public let facts: Facts?
    /// The facts that a reader recognizes the image by.
    public let keyFacts: KeyFacts
    /// What a reader has to know before the findings: oddities of the archive and of its package databases, which of
    /// these cannot be read, so that nobody takes their packages for absent, and that the data in use is old.
    public let remarks: [String]
    /// What it was judged by; nil in a report that was written before reports said so.
    public let policy: PolicyInForce?
    /// What the rules say of it, in the catalog's order.
    public let findings: [Finding]
    /// What the policy's waivers came to, in the policy's order.
    public let waivers: [WaiverOutcome]
    /// How it differs from a former report; nil where none was given.
    public private(set) var comparison: Comparison?
    /// The rules that were judged; every finding's is among them.
    public let rules: RuleCatalog
    /// The date that the image was judged at.
    public let today: CalendarDay
    /// The date of the data in use: what AWS and the distributions published up to that day is known.
    public let dataDate: CalendarDay

    /// A report on one image.
    public init(
        image: ImageDescription,
        facts: Facts,
        judgement: Judgement,
        rules: RuleCatalog,
        policy: Policy
    ) {
        self.image = image
        self.facts = facts
        keyFacts = KeyFacts(facts)
        let packages = facts.installedPackages
        let inForce = PolicyInForce(policy, of: .batch)
        remarks =
            image.remarks + (facts.isDiskAlone ? [] : packages.remarks + packages.unreadableDatabases)
            + (policy.amiMetadata?.contradictions(with: facts) ?? []).map { "the AMI metadata says \($0)" }
            + (policy.dataAge.map { [$0] } ?? []) + inForce.sentences
        self.policy = inForce
        findings = judgement.findings
        waivers = judgement.waivers
        self.rules = rules
        today = policy.today
        dataDate = policy.dataDate
    }

    /// A report that was written before, without the facts.
    init(
        image: ImageDescription,
        keyFacts: KeyFacts,
        remarks: [String],
        policy: PolicyInForce?,
        findings: [Finding],
        waivers: [WaiverOutcome],
        comparison: Comparison?,
        rules: RuleCatalog,
        today: CalendarDay,
        dataDate: CalendarDay
    ) {
        self.image = image
        facts = nil
        self.keyFacts = keyFacts
        self.remarks = remarks
        self.policy = policy
        self.findings = findings
        self.waivers = waivers
        self.comparison = comparison
        self.rules = rules
        self.today = today
        self.dataDate = dataDate
    }

    /// The same report with how it differs from a former one.
    public func compared(_ comparison: Comparison) -> Report {
        var report = self
        report.comparison = comparison
        return report
    }

    /// The verdict of the whole image, and the number of each.
    public var summary: Summary { Summary(findings) }

    /// The word for its verdict, and what of the required rules did not count: `PASS, 3 required rules switched off by
    /// .amilint.yml`.
    func headline(_ word: String) -> String {
        ([word] + [policy?.weakening.map(inert), nothingNew].compactMap(\.self)).joined(separator: ", ")
    }

    /// Said of an image that breaks nothing which a former report does not have; nil for others.
    private var nothingNew: String? {
        guard let comparison, summary.verdict != .pass,
            !findings.contains(where: { comparison.changes[$0.rule] == .new })
        else { return nil }
        return "nothing new since the former report"
    }

    /// What the verdict means, and what of the required rules did not count, where no headline says it.
    var sentence: String {
        [summary.sentence, policy?.weakening.map(inert)].compactMap(\.self).joined(separator: "; ")
    }
}

extension Policy {
    /// The older of the dates of the tables in use.
    public var dataDate: CalendarDay { min(releases.date, lifecycle.date) }

    /// That the data in use is old, where it was taken more than 180 days before images are judged.
    fileprivate var dataAge: String? {
        let days = today.days(since: dataDate)
        guard days > 180 else { return nil }
        return "the data of releases and ends of support is \(days) days old; "
            + "take a newer amilint, or pass newer data with --release-data"
    }
}

extension ImageDescription {
    /// `directory`, `tar, gzip`, `tar, root below /rootfs`.
    var kinds: String {
        ([kind] + (compression.map { [$0] } ?? []) + (rootFolder.map { ["root below \($0)"] } ?? [])
            + (disk?.kinds ?? []))
            .joined(separator: ", ")
    }
}

extension PackageDatabaseSummary {
    /// What cannot be read of the databases. A directory that cannot be entered is the problem of all that lie in it,
    /// and said once.
    fileprivate var unreadableDatabases: [String] {
        var remarks: [String] = []
        for problem in databases.compactMap(\.problem) {
            let remark = "\(problem)\(Report.unknownPackages)"
            if !remarks.contains(remark) { remarks.append(remark) }
        }
        return remarks
    }
}
