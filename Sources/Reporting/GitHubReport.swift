/// Workflow commands of GitHub Actions: annotations of the run, from the step's standard output.

import BatchRules
import ImageReading

/// A report as workflow commands, one in each line and nothing else.
///
/// First a notice with the verdict of the image, then the findings, failures of required rules first: GitHub shows the
/// first ten errors, warnings and notices of a step. `file` is the path inside the image.
///
/// Escapes as the runner undoes them (actions/runner, ActionCommand.cs). A line that begins with a command the runner
/// knows is not searched for the older `##[command]`, so that text from the image is never taken for one.
func githubReport(_ report: Report) -> String {
    var text = command(
        "notice",
        title: "amilint: \(report.image.name)",
        message: ([report.sentence, report.groupSentence, report.dates].compactMap(\.self)
            + report.remarks.map(inert)).joined(separator: "\n")
    )
    for group in report.groups where group.standing != .pass && group.standing != .notApplicable {
        for finding in group.findings {
            text += command(
                kind(of: finding),
                file: finding.evidence.first,
                title: title(of: finding, in: report),
                message: message(of: finding)
            )
        }
    }
    for outcome in report.waivers {
        guard let sentence = outcome.sentence else { continue }
        text += command(outcome.isBroken ? "warning" : "notice", title: "amilint policy", message: sentence)
    }
    guard let comparison = report.comparison else { return text }
    let fixed = report.fixedRules.map { "\($0): fixed" }
    let changes = fixed + comparison.changedFacts.map(\.sentence)
    if !changes.isEmpty {
        text += command("notice", title: "amilint: since the former report", message: changes.joined(separator: "\n"))
    }
    return text
}

private func kind(of finding: Finding) -> String {
    switch (finding.standing, finding.level) {
    case (.fail, .required): "error"
    case (.fail, .recommended), (.undetermined, .required): "warning"
    default: "notice"
    }
}

private func title(of finding: Finding, in report: Report) -> String {
    var title = "\(finding.rule)\(finding.groupLabel) \(finding.standing.words)"
    if report.comparison?.changes[finding.rule] == .new { title += " (new)" }
    let asked = report.title(of: finding)
    return asked.isEmpty ? title : "\(title): \(asked)"
}

private func message(of finding: Finding) -> String {
    var lines = [inert(finding.said)]
    lines += finding.evidence.prefix(shownPlaces).map { evidence in
        inert(evidence.place + (evidence.text.isEmpty ? "" : ": " + evidence.text))
    }
    if let remedy = finding.remedy, !remedy.isEmpty {
        lines.append("\(finding.actLabel.lowercased()): \(inert(remedy))")
    }
    if let acceptance = finding.acceptance { lines.append(acceptance.sentence) }
    return lines.joined(separator: "\n")
}

/// One command. `message` may have lines; what is in them is inert already.
private func command(_ name: String, file: Evidence? = nil, title: String, message: String) -> String {
    var properties: [String] = []
    if let file {
        let path = String(file.path.text.utf8.dropFirst()) ?? file.path.text
        properties.append("file=" + escapedProperty(path))
        if let line = file.line { properties.append("line=\(line)") }
    }
    properties.append("title=" + escapedProperty(title))
    return "::\(name) \(properties.joined(separator: ","))::\(escapedData(message))\n"
}

private func escapedData(_ text: String) -> String {
    escaping(text, dataEscape)
}

private func escapedProperty(_ text: String) -> String {
    escaping(inert(text)) { $0 == ":" ? "%3A" : $0 == "," ? "%2C" : dataEscape($0) }
}

private func dataEscape(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "%": "%25"
    case "\r": "%0D"
    case "\n": "%0A"
    default: nil
    }
}
