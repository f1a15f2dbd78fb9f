/// An audit as JUnit XML, as Jenkins and GitLab read it.

import BatchRules

/// A test suite an image, with a test case a rule as in the report on one image; an image that could not be read is a
/// suite with one test case, which is in error.
///
/// The class of a test case has the whole name of the image, since images in different folders may share a file name.
func auditJUnit(_ audit: Audit, to write: (String) throws -> Void) throws {
    let totals = audit.totals
    func sum(_ standings: [Standing]) -> Int {
        totals.rules.reduce(0) { sum, rule in standings.reduce(sum) { $0 + rule.count($1) } }
    }
    try write(
        junitHead([
            ("tests", sum(Standing.allCases) + totals.unreadable + totals.scope.cases.count),
            ("failures", sum([.fail])),
            ("errors", sum([.undetermined]) + totals.unreadable + totals.scope.cases.count(where: \.isError)),
        ]))
    try write(scopeSuite(totals))
    try audit.forEach { image in
        let className = junitClass(of: image.name)
        switch image.outcome {
        case .judged(let report):
            // That a waiver has nothing to accept is no news of one image among many.
            let waivers = report.waivers.filter(\.isBroken).compactMap(\.sentence)
            try write(
                junitSuite(report, inClass: className, notes: report.remarks + waivers + junitChanges(in: report)))
        case .unreadable(let failure): try write(unreadableSuite(image, failure, inClass: className))
        }
    }
    try write(junitTail)
}

extension AuditScope {
    /// What the images are and lack, as test cases: that shards are missing is an error, all else is skipped.
    fileprivate var cases: [(name: String, text: String, isError: Bool)] {
        let parts = part.map { [(name: "all-shards", text: $0, isError: !missing.isEmpty)] } ?? []
        return parts + (leavingOut.map { [(name: "all-images", text: $0, isError: false)] } ?? [])
    }
}

/// What concerns the audit and no image, in a suite before all others; empty where there is nothing to say.
private func scopeSuite(_ totals: AuditTotals) -> String {
    let cases = totals.scope.cases
    let former = totals.formerNotes.map(markupText).joined(separator: "\n")
    if cases.isEmpty, former.isEmpty, totals.shown == nil { return "" }
    let errors = cases.count(where: \.isError)
    let counts = [("tests", cases.count), ("failures", 0), ("errors", errors), ("skipped", cases.count - errors)]
    var xml = "  " + openTag("testsuite", [("name", "audit")] + counts.map { ($0, String($1)) })
    xml +=
        "    <properties>\n      <property name=\"summary\" value=\"\(markupText(totals.sentence))\"/>\n    </properties>\n"
    for one in cases {
        let element = one.isError ? "error" : "skipped"
        xml += "    <testcase classname=\"amilint\" name=\"\(one.name)\">\n"
        xml += "      <\(element) message=\"\(one.text)\">\(one.text)</\(element)>\n    </testcase>\n"
    }
    if !former.isEmpty { xml += "    <system-out>\(former)</system-out>\n" }
    return xml + "  </testsuite>\n"
}

private func unreadableSuite(_ image: AuditedImage, _ failure: ReadingFailure, inClass className: String) -> String {
    let reason = markupText(failure.reason)
    let counts = [("tests", "1"), ("failures", "0"), ("errors", "1"), ("skipped", "0")]
    return "  " + openTag("testsuite", [("name", image.name)] + counts) + """
            <properties>
              <property name="amilint" value="\(Version.amilint)"/>
              <property name="image" value="\(markupText(image.name))"/>
              <property name="judged" value="\(image.today)"/>
              <property name="data" value="\(image.dataDate)"/>
              <property name="verdict" value="unreadable"/>
            </properties>
            <testcase classname="\(markupText(className))" name="unreadable-image">
              <error type="\(markupText(failure.code))" message="\(reason)">could not be read: \(reason)</error>
            </testcase>
          </testsuite>

        """
}
