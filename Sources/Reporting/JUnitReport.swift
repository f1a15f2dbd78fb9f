/// JUnit XML, as Jenkins (its own schema, junit-10.xsd) and GitLab read it.

import BatchRules
import ImageReading

/// A report as JUnit XML: a test suite for the image, a test case for each rule, in a class for each group of rules.
///
/// A failure is a `failure`, an undetermined finding an `error`; not applicable and accepted are `skipped`, each with
/// its reason. There are no times: the same image gives the same bytes.
///
/// A test case is known again by its class and name: the class has the image's file name, since GitLab counts two test
/// cases of one name in one job as one. Jenkins shows what stands before its last full stop as its package.
func junitReport(_ report: Report) -> String {
    let className = junitClass(of: fileName(report.image.name))
    let counts = [
        ("tests", report.findings.count), ("failures", report.count(.fail)), ("errors", report.count(.undetermined)),
    ]
    return junitHead(counts) + junitSuite(report, inClass: className, notes: notes(on: report)) + junitTail
}

/// The beginning of a document with `counts` as attributes.
func junitHead(_ counts: [(String, Int)]) -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        + openTag("testsuites", [("name", "amilint")] + counts.map { ($0, String($1)) })
}

/// The end of a document.
let junitTail = "</testsuites>\n"

/// The class of the test cases of an image; full stops become `_`, since Jenkins splits packages at them.
func junitClass(of image: String) -> String {
    escaping("amilint/" + image) { $0 == "." ? "_" : $0 == "/" ? "." : nil }
}

/// The test suite of one image.
func junitSuite(_ report: Report, inClass className: String, notes: [String]) -> String {
    let counts = [
        ("tests", report.findings.count), ("failures", report.count(.fail)), ("errors", report.count(.undetermined)),
        ("skipped", report.count(.accepted) + report.count(.notApplicable)),
    ]
    var xml = "  " + openTag("testsuite", [("name", report.image.name)] + counts.map { ($0, String($1)) })
    xml += "    <properties>\n"
    for (name, value) in properties(of: report) {
        xml += "      <property name=\"\(markupText(name))\" value=\"\(markupText(value))\"/>\n"
    }
    xml += "    </properties>\n"
    for finding in report.findings {
        xml += testCase(finding, of: report, inClass: className)
    }
    if !notes.isEmpty { xml += "    <system-out>\(lines(notes))</system-out>\n" }
    return xml + "  </testsuite>\n"
}

private func testCase(_ finding: Finding, of report: Report, inClass className: String) -> String {
    let inGroup = className + (finding.group.map { ".\($0.rawValue)" } ?? "")
    let tag = "    <testcase classname=\"\(markupText(inGroup))\" name=\"\(markupText(finding.rule))\""
    let (element, message): (String, String) =
        switch finding.standing {
        case .fail: ("failure", finding.message)
        case .undetermined: ("error", finding.message)
        case .accepted: ("skipped", finding.acceptance?.sentence ?? "accepted")
        case .notApplicable: ("skipped", finding.message)
        case .pass: ("system-out", "")
        }
    // GitLab shows the text of an element, Jenkins the message too.
    let body = lines(details(of: finding, title: report.title(of: finding)))
    if finding.standing == .pass { return tag + ">\n      <system-out>\(body)</system-out>\n    </testcase>\n" }
    return tag + ">\n      <\(element) type=\"\(finding.level.rawValue)\" message=\"\(markupText(message))\">"
        + body + "</\(element)>\n    </testcase>\n"
}

/// A finding in lines.
private func details(of finding: Finding, title: String) -> [String] {
    var lines = title.isEmpty ? [] : ["\(finding.level.rawValue): \(title)"]
    lines.append(finding.said)
    lines += finding.evidence.prefix(shownPlaces).map { $0.place + ($0.text.isEmpty ? "" : ": " + $0.text) }
    if finding.evidence.count > shownPlaces {
        lines.append("and \(finding.evidence.count - shownPlaces) more places, all in the JSON report")
    }
    if let remedy = finding.remedy, !remedy.isEmpty { lines.append("\(finding.actLabel.lowercased()): \(remedy)") }
    if let acceptance = finding.acceptance { lines.append(acceptance.sentence) }
    return lines
}

/// What is known of the image and of the run.
private func properties(of report: Report) -> [(String, String)] {
    var properties = [
        ("amilint", Version.amilint), ("image", report.image.name), ("kind", report.image.kinds),
        ("judged", report.today.description), ("data", report.dataDate.description),
        ("verdict", report.summary.verdict.rawValue), ("summary", report.sentence),
    ]
    properties += report.groupSentence.map { [("groups", $0)] } ?? []
    properties += report.keyFacts.rows.map { ($0.name, $0.value) }
    return properties
}

/// What concerns no single rule.
private func notes(on report: Report) -> [String] {
    report.remarks + report.waivers.compactMap(\.sentence) + junitChanges(in: report)
}

/// What changed since a former report.
func junitChanges(in report: Report) -> [String] {
    guard let comparison = report.comparison else { return [] }
    let changes = report.findings.compactMap { finding in
        comparison.changes[finding.rule].map { "\(finding.rule): \($0.rawValue) since the former report" }
    }
    return changes + comparison.changedFacts.map(\.sentence)
}

private func lines(_ lines: [String]) -> String {
    lines.map(markupText).joined(separator: "\n")
}

func openTag(_ name: String, _ attributes: [(String, String)]) -> String {
    "<" + name + attributes.map { " \($0)=\"\(markupText($1))\"" }.joined() + ">\n"
}
