/// The report that programs read; its schema is testdata/schema/report.schema.json.

import BatchRules
import ImageFacts
import ImageReading
import PackageDatabases

/// A report as JSON: every key of every object is there, with null where there is nothing to say.
///
/// The same image gives the same bytes; of this machine only the image's name is told. Findings are prose and come out
/// inert as in every format; facts are the round-trip encoding of `Facts`, from which an image can be judged again.
func jsonReport(_ report: Report) throws -> String {
    try jsonText(ReportJSON(report))
}

/// What is said of one image that was read: a report, the facts alone, or a line of an audit. What has no place in one
/// of these is nil, and left out of it.
struct ReportJSON: Encodable {
    let formatVersion = Version.format
    let tool = ToolJSON()
    let dataDate: CalendarDay
    let today: CalendarDay
    let image: ImageJSON
    /// Nil in a line of an audit, which has the key facts and the remarks instead.
    let facts: FactsJSON?
    let keyFacts: KeyFacts?
    let remarks: [String]?
    /// Nil where the image was not judged, as all that follows.
    let policy: PolicyInForce?
    let summary: Summary?
    let findings: [FindingJSON]?
    let comparison: Comparison?
    let waivers: [WaiverOutcome]?

    /// A report, with all facts where it has them.
    init(_ report: Report) {
        dataDate = report.dataDate
        today = report.today
        image = ImageJSON(report.image)
        facts = report.facts.map { FactsJSON(facts: $0, packages: nil) }
        keyFacts = facts == nil ? report.keyFacts : nil
        remarks = facts == nil ? report.remarks.map(inert) : nil
        policy = report.policy
        summary = report.summary
        let causes = report.sharedCauses
        findings = report.findings.map { finding in
            let rule = report.facts == nil ? nil : report.rules.rule(finding.rule)
            let consequence = report.facts == nil ? nil : report.consequence(of: finding)
            return FindingJSON(
                finding, reference: rule?.reference, consequence: consequence, cause: causes[finding.rule])
        }
        comparison = report.comparison?.printed
        waivers = report.waivers.isEmpty ? nil : report.waivers.map(\.printed)
    }

    /// The facts alone.
    init(_ image: ImageDescription, _ facts: FactsJSON, today: CalendarDay, dataDate: CalendarDay) {
        self.dataDate = dataDate
        self.today = today
        self.image = ImageJSON(image)
        self.facts = facts
        (keyFacts, remarks, policy, summary) = (nil, nil, nil, nil)
        (findings, comparison, waivers) = (nil, nil, nil)
    }
}

/// This program.
struct ToolJSON: Encodable {
    let name = "amilint"
    let version = Version.amilint
}

/// What was read.
struct ImageJSON: Encodable {
    let name: String
    let kind: String
    @OrNull var compression: String?
    @OrNull var rootFolder: ImagePath?
    /// Left out of what is no disk.
    let disk: DiskDescription?
    let remarks: [String]

    /// The image's name is as it was given, character by character.
    init(_ image: ImageDescription) {
        name = image.name
        kind = image.kind
        compression = image.compression
        rootFolder = image.rootFolder
        disk = image.disk
        remarks = image.remarks.map(inert)
    }
}

/// A finding; text from the image is inert.
struct FindingJSON: Encodable {
    let rule: String
    /// Null in what is read from a report that was written before rules had groups.
    @OrNull var group: Group?
    let level: Level
    let verdict: Verdict.Kind
    let message: String
    let evidence: [EvidenceJSON]
    @OrNull var remedy: String?
    let steps: [RemedyStep]
    /// What keeps it and other findings undetermined, place first. Nil, and left out, where it waits for nothing that
    /// others wait for too.
    let cause: String?
    /// Nil, and left out, where nobody accepted it.
    let accepted: Acceptance?
    /// Where its rule is documented. Nil, and left out, where that is no link, and in a line of an audit, which is read
    /// with a hundred thousand others.
    let reference: String?
    /// What follows for hosts and jobs. Nil, and left out, of what is no required failure, and in a line of an audit.
    let consequence: String?

    init(_ finding: Finding, reference: String? = nil, consequence: String? = nil, cause: String? = nil) {
        self.consequence = consequence
        self.cause = cause.map(inert)
        self.reference = reference.flatMap { $0.hasPrefix("https://") ? $0 : nil }
        let printed = finding.printed
        rule = printed.rule
        group = printed.group
        level = printed.level
        verdict = printed.verdict
        message = printed.message
        evidence = printed.evidence.map(EvidenceJSON.init)
        remedy = printed.remedy
        steps = printed.steps
        accepted = printed.acceptance
    }
}

/// A place that decided a finding, and what stood there; inert as the finding is.
struct EvidenceJSON: Encodable {
    let path: ImagePath
    @OrNull var realPath: ImagePath?
    @OrNull var line: Int?
    let text: String

    init(_ evidence: Evidence) {
        path = evidence.path
        realPath = evidence.realPath
        line = evidence.line
        text = evidence.text
    }
}

/// The encoding of facts, with every installed package beside them where they are wanted: null where that list is not
/// known, with the reason.
struct FactsJSON: Encodable {
    let facts: Facts
    /// Nil where nobody asked for them.
    let packages: Observation<[Package]>?

    private enum Key: String, CodingKey { case packages, packagesProblem }

    func encode(to encoder: any Encoder) throws {
        try facts.encode(to: encoder)
        guard let packages else { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(packages.value, forKey: .packages)
        try container.encode(packages.problem, forKey: .packagesProblem)
    }
}
