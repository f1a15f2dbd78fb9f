/// The report that a person reads: the verdict of the image first, then what to mend, then the rest.

import BatchRules
import ImageReading

/// A report as text. Failures come with place, found, expected and remedy, passes in one line each.
func textReport(_ report: Report, style: TextStyle) -> String {
    var text = heading(report, style)
    let findings = report.findings
    let details: [(Level, Verdict.Kind)] = [
        (.required, .fail), (.required, .undetermined), (.recommended, .fail), (.recommended, .undetermined),
    ]
    for (level, verdict) in details {
        for finding in findings where finding.level == level && finding.verdict == verdict {
            text += "\n"
            text += block(finding, title: report.rules.rule(finding.rule)?.title ?? "", style)
        }
    }
    let names = findings.map { displayWidth($0.rule) }.max() ?? 0
    for verdict in [Verdict.Kind.pass, .notApplicable] {
        let rows = findings.filter { $0.verdict == verdict }
        if !rows.isEmpty { text += "\n" }
        for finding in rows { text += row(finding, names: names, style) }
    }
    return text
}

private func heading(_ report: Report, _ style: TextStyle) -> String {
    let summary = report.summary
    let (word, color): (String, TextStyle.Color) =
        switch summary.verdict {
        case .fail: ("FAIL", .red)
        case .undetermined: ("UNDETERMINED", .magenta)
        case .pass, .notApplicable: ("PASS", .green)
        }
    var text = style.bold(word, color) + " " + style.bold(inert(report.image.name)) + "\n"
    text.add(summary.sentence, label: "", indent: 0, width: style.width)
    let distribution = report.facts.distribution.value.map { [inert($0.prettyName)] } ?? []
    let about = distribution + [inert(report.image.kinds), "judged \(report.today) by data of \(report.dataDate)"]
    text.add(about.joined(separator: " · "), label: "", indent: 0, width: style.width)
    for remark in report.image.remarks {
        text.add(inert(remark), label: "note: ", indent: 0, width: style.width)
    }
    return text
}

/// A finding that asks for something to be done.
private func block(_ finding: Finding, title: String, _ style: TextStyle) -> String {
    let (label, styled, act): (String, String, String) =
        switch (finding.level, finding.verdict) {
        case (.required, .fail): ("FAIL", style.bold("FAIL", .red), "fix: ")
        case (.required, _): ("UNDETERMINED", style.bold("UNDETERMINED", .magenta), "to decide: ")
        case (.recommended, .fail): ("advice", style.colored("advice", .cyan), "better: ")
        case (.recommended, _): ("undetermined advice", style.colored("undetermined advice", .cyan), "to decide: ")
        }
    let rest = title.isEmpty ? finding.rule : finding.rule + ": " + title
    var text = ""
    text.add(rest, label: label + " ", labelAs: styled + " ", indent: 0, hanging: 4, width: style.width)
    text.add(inert(finding.message), label: "", indent: 4, width: style.width)
    for evidence in finding.evidence.prefix(shownEvidence) {
        text.add([inert(evidence.place)], indent: 4)
        let shown = clipped(inert(evidence.text), to: 3 * (style.width - 6))
        if !shown.isEmpty { text.add(wrapped(shown, width: style.width - 6, longest: style.width - 6), indent: 6) }
    }
    if finding.evidence.count > shownEvidence {
        text.add(["and \(finding.evidence.count - shownEvidence) more places, all in the JSON report"], indent: 4)
    }
    if let remedy = finding.remedy, !remedy.isEmpty {
        text.add(inert(remedy), label: act, labelAs: style.bold(act), indent: 4, width: style.width)
    }
    return text
}

/// How many places are shown of one finding.
private let shownEvidence = 8

/// A finding that needs no attention, in one line that ends with the place which decided it, where there is room.
private func row(_ finding: Finding, names: Int, _ style: TextStyle) -> String {
    let label = finding.verdict == .pass ? style.colored("pass", .green) : "n/a "
    let room = style.width - 4 - 1 - names - 2
    var rest = inert(finding.message)
    if finding.verdict == .pass, let place = finding.evidence.first.map({ inert($0.shortPlace) }), !rest.contains(place)
    {
        let left = room - displayWidth(place) - 2
        if left >= min(displayWidth(rest), 36) { rest = clipped(rest, to: left) + "  " + place }
    }
    return label + " " + padded(finding.rule, to: names) + "  " + clipped(rest, to: room) + "\n"
}

extension Evidence {
    /// `/etc/ecs/ecs.config:3`.
    fileprivate var shortPlace: String { path.text + (line.map { ":\($0)" } ?? "") }

    /// The same, and where links led: `/etc/os-release:1 (/usr/lib/os-release)`.
    var place: String { shortPlace + (realPath.map { " (\($0))" } ?? "") }
}
