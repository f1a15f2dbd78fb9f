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
    try jsonText(
        JSONSpine(
            image: report.image,
            facts: PrintedFacts(facts: report.facts, withPackages: false),
            today: report.today,
            dataDate: report.dataDate,
            findings: report.findings,
            summary: report.summary,
            waivers: report.waivers,
            comparison: report.comparison
        )
    )
}

/// The keys that other tools build on.
struct JSONSpine: Encodable {
    let image: ImageDescription
    let facts: PrintedFacts
    let today: CalendarDay
    let dataDate: CalendarDay
    /// Nil where the image was not judged: the key is left out then.
    let findings: [Finding]?
    let summary: Summary?
    /// What the policy's waivers came to; left out where there are none.
    var waivers: [WaiverOutcome] = []
    /// Left out where nothing was compared.
    var comparison: Comparison?

    private enum Key: String, CodingKey {
        case formatVersion, tool, dataDate, today, image, facts, findings, summary
        case name, version
        case kind, compression, rootFolder, remarks
        case rule, level, verdict, message, evidence, remedy, accepted
        case waivers, outcome, reason, expires, acceptedBy, line
        case comparison
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Version.format, forKey: .formatVersion)
        var tool = container.nestedContainer(keyedBy: Key.self, forKey: .tool)
        try tool.encode("amilint", forKey: .name)
        try tool.encode(Version.amilint, forKey: .version)
        try container.encode(dataDate, forKey: .dataDate)
        try container.encode(today, forKey: .today)
        var described = container.nestedContainer(keyedBy: Key.self, forKey: .image)
        try described.encode(image.name, forKey: .name)
        try described.encode(image.kind, forKey: .kind)
        try described.encode(image.compression, forKey: .compression)
        try described.encode(image.rootFolder, forKey: .rootFolder)
        try described.encode(image.remarks.map(inert), forKey: .remarks)
        try container.encode(facts, forKey: .facts)
        try container.encodeIfPresent(summary, forKey: .summary)
        guard let findings else { return }
        var rows = container.nestedUnkeyedContainer(forKey: .findings)
        for finding in findings.map(\.printed) {
            var row = rows.nestedContainer(keyedBy: Key.self)
            try row.encode(finding.rule, forKey: .rule)
            try row.encode(finding.level, forKey: .level)
            try row.encode(finding.verdict, forKey: .verdict)
            try row.encode(finding.message, forKey: .message)
            try row.encode(finding.evidence.map(PrintedEvidence.init), forKey: .evidence)
            try row.encode(finding.remedy, forKey: .remedy)
            try row.encodeIfPresent(finding.acceptance, forKey: .accepted)
        }
        try container.encodeIfPresent(comparison, forKey: .comparison)
        guard !waivers.isEmpty else { return }
        var promises = container.nestedUnkeyedContainer(forKey: .waivers)
        for outcome in waivers {
            var row = promises.nestedContainer(keyedBy: Key.self)
            try row.encode(outcome.kind, forKey: .outcome)
            try row.encode(outcome.waiver.rule, forKey: .rule)
            try row.encode(outcome.waiver.image, forKey: .image)
            try row.encode(outcome.waiver.reason, forKey: .reason)
            try row.encode(outcome.waiver.expires, forKey: .expires)
            try row.encode(outcome.waiver.acceptedBy, forKey: .acceptedBy)
            try row.encode(outcome.waiver.line, forKey: .line)
        }
    }
}

/// The encoding of facts, with every installed package beside them where they are wanted.
struct PrintedFacts: Encodable {
    let facts: Facts
    let withPackages: Bool

    private enum Key: String, CodingKey { case packages }

    func encode(to encoder: any Encoder) throws {
        try facts.encode(to: encoder)
        guard withPackages else { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(facts.installedPackages.packages, forKey: .packages)
    }
}

/// Evidence of a finding, every key there.
private struct PrintedEvidence: Encodable {
    let evidence: Evidence

    private enum Key: String, CodingKey { case path, realPath, line, text }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(evidence.path, forKey: .path)
        try container.encode(evidence.realPath, forKey: .realPath)
        try container.encode(evidence.line, forKey: .line)
        try container.encode(evidence.text, forKey: .text)
    }
}
