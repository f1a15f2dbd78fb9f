/// SARIF 2.1.0 (OASIS, errata 01), as GitHub code scanning and other viewers read it.

import BatchRules
import ImageReading

/// A report as SARIF: the rules, and a result for each failure and each undetermined finding.
///
/// - Passes are left out: code scanning makes an alert of every result, whatever its kind.
/// - Levels: a required rule that fails is an error, a recommended one a warning; undetermined is one step below
///   either. An accepted finding is a note with a suppression: code scanning does not hide suppressed results, but a
///   note does not make its check fail. A result's kind is left to its default: the standard wants the level `none`
///   beside any other, and viewers then hide the result.
/// - Every result has a physical location, without which code scanning refuses the whole file. URIs are relative to
///   the root of the image; what no file shows stands at the image itself.
/// - There are no automationDetails: code scanning would take them for the category, and then two uploads of images
///   with other names, or the uploader's own category, could no longer be told apart.
///
/// Throws only where a value cannot be encoded, which is a defect of this program.
func sarifReport(_ report: Report) throws -> String {
    try jsonText(
        SARIF.Log(
            schema: SARIF.schema,
            version: SARIF.version,
            runs: [SARIF.Run(report)]
        )
    )
}

/// The objects of the standard that are used here, named as its schema names them.
enum SARIF {
    static let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    static let version = "2.1.0"

    struct Log: Encodable {
        let schema: String
        let version: String
        let runs: [Run]

        private enum CodingKeys: String, CodingKey {
            case schema = "$schema"
            case version, runs
        }
    }

    struct Run: Encodable {
        let tool: Tool
        let invocations: [Invocation]
        let originalURIBaseIDs: [String: ArtifactLocation]
        let results: [Result]
        let properties: RunProperties

        private enum CodingKeys: String, CodingKey {
            case tool, invocations, results, properties
            case originalURIBaseIDs = "originalUriBaseIds"
        }
    }

    struct Tool: Encodable {
        let driver: Driver
    }

    struct Driver: Encodable {
        let name = "amilint"
        let version = Version.amilint
        let semanticVersion = Version.amilint
        let rules: [ReportingDescriptor]
    }

    struct ReportingDescriptor: Encodable {
        let id: String
        let shortDescription: Message
        let fullDescription: Message
        let help: Message
        let helpURI: String?
        let defaultConfiguration: [String: String]
        let properties: [String: [String]]

        private enum CodingKeys: String, CodingKey {
            case id, shortDescription, fullDescription, help, defaultConfiguration, properties
            case helpURI = "helpUri"
        }
    }

    struct Message: Encodable {
        var text: String
        var markdown: String?
    }

    struct Invocation: Encodable {
        let executionSuccessful = true
        let toolConfigurationNotifications: [Notification]
        let toolExecutionNotifications: [Notification]
    }

    struct Notification: Encodable {
        let level: String
        let message: Message
    }

    struct Result: Encodable {
        let ruleID: String
        let ruleIndex: Int?
        let level: String
        let message: Message
        let locations: [Location]
        let relatedLocations: [Location]?
        let partialFingerprints: [String: String]
        let suppressions: [Suppression]?
        let baselineState: String?
        let properties: ResultProperties

        private enum CodingKeys: String, CodingKey {
            case ruleIndex, level, message, locations, relatedLocations, partialFingerprints, suppressions
            case baselineState, properties
            case ruleID = "ruleId"
        }
    }

    struct Location: Encodable {
        var id: Int?
        let physicalLocation: PhysicalLocation
        let message: Message?
    }

    struct PhysicalLocation: Encodable {
        let artifactLocation: ArtifactLocation
        let region: Region?
    }

    struct ArtifactLocation: Encodable {
        var uri: String?
        var uriBaseID: String?
        var description: Message?

        private enum CodingKeys: String, CodingKey {
            case uri, description
            case uriBaseID = "uriBaseId"
        }
    }

    struct Region: Encodable {
        let startLine: Int
        let snippet: Message?
    }

    struct Suppression: Encodable {
        /// Kept beside what was judged, in the policy.
        let kind = "external"
        let justification: String
        let properties: [String: String]
    }

    struct ResultProperties: Encodable {
        /// Only among the results of many images.
        let image: String?
        let level: Level
        let verdict: Verdict.Kind
        let remedy: String?
    }

    struct RunProperties: Encodable {
        let image: [String: String]
        let today: CalendarDay
        let dataDate: CalendarDay
        let summary: Summary
        let policy: PolicyInForce?
        let fixed: [String]?
        let changedFacts: [String]?
    }
}

extension SARIF.Run {
    fileprivate init(_ report: Report) {
        tool = SARIF.Tool(driver: SARIF.Driver(rules: report.rules.rules.map(SARIF.ReportingDescriptor.init)))
        let waivers = report.waivers.compactMap { outcome in
            outcome.sentence.map {
                SARIF.Notification(level: outcome.isBroken ? "warning" : "note", message: SARIF.Message(text: $0))
            }
        }
        let remarks = report.remarks.map {
            SARIF.Notification(level: "note", message: SARIF.Message(text: inert($0)))
        }
        invocations = [
            SARIF.Invocation(toolConfigurationNotifications: waivers, toolExecutionNotifications: remarks)
        ]
        let base = SARIF.Place.base(among: false)
        originalURIBaseIDs = [base.symbol: base.location]
        let broken = report.groups.flatMap(\.findings).filter(\.isBroken)
        results = broken.map { finding in
            SARIF.Result(
                finding, of: report, at: SARIF.Place(image: report.image.name, among: false),
                change: report.comparison?.changes[finding.rule])
        }
        properties = SARIF.RunProperties(
            image: ["name": inert(report.image.name), "kind": inert(report.image.kinds)],
            today: report.today,
            dataDate: report.dataDate,
            summary: report.summary,
            policy: report.policy,
            fixed: report.comparison == nil ? nil : report.fixedRules,
            changedFacts: report.comparison?.changedFacts.map(\.sentence)
        )
    }
}

extension SARIF.ReportingDescriptor {
    init(_ rule: Rule) {
        id = rule.id
        shortDescription = SARIF.Message(text: rule.title)
        fullDescription = SARIF.Message(text: rule.question.isEmpty ? rule.title : rule.question)
        let parts = rule.explanation
        help = SARIF.Message(
            text: parts.map { "\($0.name): \($0.text)" }.joined(separator: "\n\n"),
            markdown: parts.map { "**\($0.name)**\n\n\(markdownProse($0.text))" }.joined(separator: "\n\n")
        )
        helpURI = rule.reference.hasPrefix("https://") ? rule.reference : nil
        defaultConfiguration = ["level": rule.level == .required ? "error" : "warning"]
        properties = ["tags": ["aws-batch", rule.group.rawValue, rule.clause.rawValue, rule.level.rawValue]]
    }
}

extension SARIF.Result {
    init(_ finding: Finding, of report: Report, at place: SARIF.Place, change: Change?) {
        ruleID = finding.rule
        ruleIndex = report.rules.rules.firstIndex { $0.id == finding.rule }
        level = finding.resultLevel
        message = SARIF.Message(text: place.label + Self.prose(finding))
        let places = finding.evidence.prefix(mostLocations).map(place.location)
        locations = [places.first ?? place.wholeImage]
        let further = places.dropFirst().enumerated().map { number, place in
            var place = place
            place.id = number + 1
            return place
        }
        relatedLocations = further.isEmpty ? nil : further
        // Code scanning knows an alert again by the first alone.
        let fingerprint = place.fingerprint(finding.printed.fingerprint)
        partialFingerprints = ["primaryLocationLineHash": fingerprint, "finding/v1": fingerprint]
        suppressions = finding.acceptance.map { acceptance in
            var properties = ["expires": acceptance.expires.description]
            properties["acceptedBy"] = acceptance.acceptedBy.map(inert)
            return [SARIF.Suppression(justification: acceptance.sentence, properties: properties)]
        }
        baselineState = change.map { $0 == .new ? "new" : "unchanged" }
        properties = SARIF.ResultProperties(
            image: place.isAmongMany ? inert(report.image.name) : nil,
            level: finding.level,
            verdict: finding.verdict,
            remedy: finding.remedy.map(inert)
        )
    }

    /// The finding in paragraphs: code scanning shows no file of the image, so that what stood there is said here.
    private static func prose(_ finding: Finding) -> String {
        var paragraphs = [inert(finding.said)]
        paragraphs += finding.evidence.prefix(shownPlaces).map { evidence in
            inert(evidence.place) + (evidence.text.isEmpty ? "" : ": " + inert(evidence.text))
        }
        if let remedy = finding.remedy, !remedy.isEmpty { paragraphs.append(finding.actLabel + ": " + inert(remedy)) }
        if let acceptance = finding.acceptance { paragraphs.append(acceptance.sentence) }
        return withoutLinks(paragraphs.joined(separator: "\n\n"))
    }
}

extension Finding {
    /// The level of its result.
    var resultLevel: String {
        switch (standing, level) {
        case (.fail, .required): "error"
        case (.fail, .recommended), (.undetermined, .required): "warning"
        default: "note"
        }
    }
}

/// Code scanning takes at most 1,000 locations of a result; nobody reads a hundred.
private let mostLocations = 100

/// `text` without `[words](place)`, which is a link in the messages of the standard (3.11.6).
func withoutLinks(_ text: String) -> String {
    var before: Unicode.Scalar?
    return escaping(text) { scalar in
        defer { before = scalar }
        return scalar == "(" && before == "]" ? " (" : nil
    }
}
