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
    try jsonText(JSONSpine(report))
}

/// The keys that other tools build on.
struct JSONSpine: Encodable {
    let image: ImageDescription
    /// Nil in a line of an audit, which has the key facts and the remarks instead.
    let facts: PrintedFacts?
    let today: CalendarDay
    let dataDate: CalendarDay
    /// Nil where the image was not judged: what a report has beside the facts is left out then.
    let report: Report?

    init(_ report: Report) {
        image = report.image
        facts = report.facts.map { PrintedFacts(facts: $0, packages: nil) }
        today = report.today
        dataDate = report.dataDate
        self.report = report
    }

    init(_ image: ImageDescription, _ facts: PrintedFacts, today: CalendarDay, dataDate: CalendarDay) {
        self.image = image
        self.facts = facts
        self.today = today
        self.dataDate = dataDate
        report = nil
    }

    enum Key: String, CodingKey {
        case formatVersion, tool, dataDate, today, image, facts, findings, summary, waivers, comparison
        case keyFacts, remarks, error
        case name, version
        case kind, compression, rootFolder
        case rule, level, verdict, message, evidence, remedy, accepted
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeTool(today: today, dataDate: dataDate)
        var described = container.nestedContainer(keyedBy: Key.self, forKey: .image)
        try described.encode(image.name, forKey: .name)
        try described.encode(image.kind, forKey: .kind)
        try described.encode(image.compression, forKey: .compression)
        try described.encode(image.rootFolder, forKey: .rootFolder)
        try described.encode(image.remarks.map(inert), forKey: .remarks)
        try container.encodeIfPresent(facts, forKey: .facts)
        guard let report else { return }
        if facts == nil {
            try container.encode(report.keyFacts, forKey: .keyFacts)
            try container.encode(report.remarks.map(inert), forKey: .remarks)
        }
        try container.encode(report.summary, forKey: .summary)
        var rows = container.nestedUnkeyedContainer(forKey: .findings)
        for finding in report.findings.map(\.printed) {
            var row = rows.nestedContainer(keyedBy: Key.self)
            try row.encode(finding.rule, forKey: .rule)
            try row.encode(finding.level, forKey: .level)
            try row.encode(finding.verdict, forKey: .verdict)
            try row.encode(finding.message, forKey: .message)
            try row.encode(finding.evidence.map(PrintedEvidence.init), forKey: .evidence)
            try row.encode(finding.remedy, forKey: .remedy)
            try row.encodeIfPresent(finding.acceptance, forKey: .accepted)
        }
        try container.encodeIfPresent(report.comparison?.printed, forKey: .comparison)
        if !report.waivers.isEmpty { try container.encode(report.waivers.map(\.printed), forKey: .waivers) }
    }
}

extension KeyedEncodingContainer<JSONSpine.Key> {
    /// What every JSON document of this program begins with.
    mutating func encodeTool(today: CalendarDay, dataDate: CalendarDay) throws {
        try encode(Version.format, forKey: .formatVersion)
        var tool = nestedContainer(keyedBy: JSONSpine.Key.self, forKey: .tool)
        try tool.encode("amilint", forKey: .name)
        try tool.encode(Version.amilint, forKey: .version)
        try encode(dataDate, forKey: .dataDate)
        try encode(today, forKey: .today)
    }
}

/// The encoding of facts, with every installed package beside them where they are wanted: null where that list is not
/// known, with the reason.
struct PrintedFacts: Encodable {
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
