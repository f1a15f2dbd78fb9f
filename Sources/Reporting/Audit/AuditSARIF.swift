/// An audit for code scanning: one run of SARIF 2.1.0 over all images.

import BatchRules
import ImageReading

/// All images in one run, a result a line: what `sarifReport` says of each, at places that begin with the image's name.
///
/// - One run, since code scanning refuses several of one category. It takes at most 25,000 results of a run: shards
///   of a larger audit are uploaded one by one, each in a category of its own.
/// - An image that could not be read is a result of a rule of its own, an error: code scanning shows no notification of
///   a tool, and an image without results would look clean.
/// - Results held against a former audit have a `baselineState`; what it said and is gone has no result to stand at and
///   is among the properties of the run.
func auditSARIF(_ audit: Audit, to write: (String) throws -> Void) throws {
    let rules = RuleCatalog.batch.rules.map(SARIF.ReportingDescriptor.init) + [SARIF.unreadableImage]
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
    try audit.forEach { image in
        for result in results(of: image, in: audit, unreadableIndex: rules.count - 1) {
            try write((isFirst ? "\n      " : ",\n      ") + json(result))
            isFirst = false
        }
    }
    let waivers = audit.totals.waiverNotes.map {
        SARIF.Notification(level: $0.isBroken ? "warning" : "note", message: SARIF.Message(text: $0.text))
    }
    let remarks = audit.totals.remarks.sentences(of: audit.totals.images).map {
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
}

extension SARIF.Result {
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
