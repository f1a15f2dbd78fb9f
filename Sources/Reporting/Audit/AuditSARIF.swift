/// An audit for code scanning: one run of SARIF 2.1.0 over all images.

import BatchRules
import ImageReading

/// All images in one run, a result a line: what `sarifReport` says of each, at places that begin with the image's name.
///
/// - One run, the worst results first. Of a run code scanning keeps the 5,000 worst results and refuses more than 25,000;
///   of a file it takes 20 runs, and none where two are of one category (GitHub's "SARIF support for code scanning"). A
///   run an image would be 20 images a file, each with alerts of its own kind; a run for some thousand results would
///   move alerts from run to run as images come and go, closed in one and opened in another. So a larger audit is to be
///   uploaded in shards, which the same images fall to each time, and how many results have no room is said.
/// - An image that could not be read is a result of a rule of its own, an error: code scanning shows no notification of
///   a tool, and an image without results would look clean.
/// - That shards are missing is a result too, before all others and for the same reason.
/// - Results held against a former audit have a `baselineState`; what it said and is gone has no result to stand at and
///   is among the properties of the run.
func auditSARIF(_ audit: Audit, to write: (String) throws -> Void) throws {
    let missing = audit.totals.scope.missing
    let beside = missing.isEmpty ? [SARIF.unreadableImage] : [SARIF.incompleteAudit, SARIF.unreadableImage]
    let rules = RuleCatalog.batch.rules.map(SARIF.ReportingDescriptor.init) + beside
    let base = SARIF.Place.base(among: true)
    try write(
        """
        {
          "$schema": \(json(SARIF.schema)),
          "version": \(json(SARIF.version)),
          "runs": [{
            "tool": \(json(SARIF.Tool(driver: SARIF.Driver(rules: rules)))),
            "originalUriBaseIds": \(json([base.symbol: base.location])),
            "results": [
        """)
    var isFirst = true
    func add(_ results: [SARIF.Result]) throws {
        for result in results {
            try write((isFirst ? "\n      " : ",\n      ") + json(result))
            isFirst = false
        }
    }
    try add(missing.map { SARIF.Result($0, ruleIndex: rules.count - 2) })
    var number = missing.count
    for level in ["error", "warning", "note"] {
        try audit.forEach(where: { $0.hasResults(of: level) }) { image in
            let results = results(of: image, in: audit, unreadableIndex: rules.count - 1).filter { $0.level == level }
            number += results.count
            try add(results)
        }
    }
    let waivers = audit.totals.waiverNotes.map {
        SARIF.Notification(level: $0.isBroken ? "warning" : "note", message: SARIF.Message(text: $0.text))
    }
    let scope = audit.totals.scope
    let room =
        number > mostResults
        ? "\(number) results: code scanning keeps the \(mostResults) worst of a run and refuses more than 25000; "
            + "audit in shards (--shard I/N) and upload each in a category of its own" : nil
    let remarks = ([scope.part, scope.leavingOut, room].compactMap(\.self) + audit.totals.notes).map {
        SARIF.Notification(level: "note", message: SARIF.Message(text: withoutLinks($0)))
    }
    let invocation = SARIF.Invocation(toolConfigurationNotifications: waivers, toolExecutionNotifications: remarks)
    try write(
        """

            ],
            "invocations": [\(json(invocation))],
            "properties": \(json(AuditTotalsJSON(audit.totals)))
          }]
        }

        """)
}

/// So many results of a run code scanning keeps.
private let mostResults = 5000

extension AuditedImage {
    /// Whether it has results of that level.
    fileprivate func hasResults(of level: String) -> Bool {
        guard let report else { return level == "error" }
        return report.findings.contains { $0.isBroken && $0.resultLevel == level }
    }
}

/// The results of one image, those first that ask for work.
private func results(of image: AuditedImage, in audit: Audit, unreadableIndex: Int) -> [SARIF.Result] {
    let place = SARIF.Place(image: image.name, among: true)
    switch image.outcome {
    case .unreadable(let failure):
        let change: Change? = audit.former.map { former in
            if case .unreadable = former.standing(of: image.name) { .unchanged } else { .new }
        }
        return [SARIF.Result(failure, at: place, ruleIndex: unreadableIndex, change: change)]
    case .judged(let report):
        return report.groups.flatMap(\.findings).filter(\.isBroken).map { finding in
            let change = report.comparison == nil ? Change.new : report.comparison?.changes[finding.rule]
            return SARIF.Result(finding, of: report, at: place, change: audit.former == nil ? nil : change)
        }
    }
}

/// A value in one line.
private func json(_ value: some Encodable) throws -> String {
    String(try jsonLine(value).dropLast())
}

extension SARIF {
    /// The rule of what could not be read, which the catalog does not have: nothing is judged there.
    fileprivate static let unreadableImage = ReportingDescriptor(
        id: "unreadable-image",
        shortDescription: Message(text: "an image that can be read"),
        fullDescription: Message(text: "asks whether the image could be read at all: no rule was judged where not"),
        help: Message(
            text: "The message says where the image ends, or what stopped its reading. "
                + "Build or fetch the image again, then audit it again.",
            markdown: nil),
        helpURI: nil,
        defaultConfiguration: ["level": "error"],
        properties: ["tags": ["aws-batch"]])

    /// The rule of images that nobody can say anything of.
    fileprivate static let incompleteAudit = ReportingDescriptor(
        id: "incomplete-audit",
        shortDescription: Message(text: "an audit with all its shards"),
        fullDescription: Message(text: "asks whether the results of all shards of the audit are there"),
        help: Message(
            text: "The images of a missing shard are not judged. Run the shard again, then merge the results of all.",
            markdown: nil),
        helpURI: nil,
        defaultConfiguration: ["level": "error"],
        properties: ["tags": ["aws-batch"]])
}

extension SARIF.Result {
    fileprivate init(_ missing: MissingShards, ruleIndex: Int) {
        let place = SARIF.Place(image: ".", among: true)
        ruleID = SARIF.incompleteAudit.id
        self.ruleIndex = ruleIndex
        level = "error"
        message = SARIF.Message(text: "incomplete, \(missing.sentence)")
        locations = [place.wholeImage]
        relatedLocations = nil
        let fingerprint = "incomplete-audit-of-\(missing.shards)"
        partialFingerprints = ["primaryLocationLineHash": fingerprint, "finding/v1": fingerprint]
        suppressions = nil
        baselineState = nil
        properties = SARIF.ResultProperties(image: nil, level: .required, verdict: .undetermined, remedy: nil)
    }

    fileprivate init(_ failure: ReadingFailure, at place: SARIF.Place, ruleIndex: Int, change: Change?) {
        ruleID = SARIF.unreadableImage.id
        self.ruleIndex = ruleIndex
        level = "error"
        message = SARIF.Message(text: place.label + withoutLinks("could not be read: " + inert(failure.reason)))
        locations = [place.wholeImage]
        relatedLocations = nil
        let fingerprint = place.fingerprint(failure.code)
        partialFingerprints = ["primaryLocationLineHash": fingerprint, "finding/v1": fingerprint]
        suppressions = nil
        baselineState = change?.rawValue
        properties = SARIF.ResultProperties(
            image: inert(place.name), level: .required, verdict: .undetermined, remedy: nil)
    }
}
