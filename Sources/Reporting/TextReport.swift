/// The report that a person reads: the verdict of the image first, then what to mend, then the rest.

import BatchRules
import ImageReading

/// A report as text. Failures come with place, found, expected and remedy, passes in one line each.
func textReport(_ report: Report, style: TextStyle) -> String {
    let blocks = report.concerns.flatMap(\.concerns).map { "\n" + block($0, of: report, style) }
    let text = heading(report, style)
    // The end of a longer report is what a terminal shows: what has to be mended stands there, and nothing else.
    guard !style.isBrief else {
        return text + counts(report) + notes(report, style) + blocks.reversed().joined() + end(report, style)
    }
    return text + blocks.joined() + notes(report, style) + rows(report, style) + end(report, style)
}

/// How many rules ask for nothing, in one line.
private func counts(_ report: Report) -> String {
    let (pass, none) = (report.count(.pass), report.count(.notApplicable))
    let parts = [(pass, pass == 1 ? "passes" : "pass"), (none, none == 1 ? "does not apply" : "do not apply")]
        .filter { $0.0 > 0 }.enumerated()
        .map { index, part in "\(part.0) \(index == 0 ? part.0 == 1 ? "rule " : "rules " : "")\(part.1)" }
    return parts.isEmpty ? "" : "\n\(parts.joined(separator: ", ")) (--verbose lists them)\n"
}

/// The verdict again, where a terminal has scrolled its first line away, and what to do next.
private func end(_ report: Report, _ style: TextStyle) -> String {
    guard let next = report.nextStep else { return "" }
    let verdict = report.headline(report.verdictWord.word)
    var text = "\n"
    text.add(
        ": \(next)", label: verdict, labelAs: style.bold(verdict, report.verdictWord.color), indent: 0, hanging: 0,
        width: style.width)
    return text
}

/// Findings that ask for nothing, group by group.
private func rows(_ report: Report, _ style: TextStyle) -> String {
    var text = ""
    let names = report.findings.map { displayWidth($0.rule) }.max() ?? 0
    let quiet = report.findings.filter { $0.standing == .pass || $0.standing == .notApplicable }
    for group in [nil] + Group.allCases {
        let rows = quiet.filter { $0.group == group }
        if rows.isEmpty { continue }
        text += "\n" + (group.map { style.bold($0.rawValue) + "\n" } ?? "")
        for finding in rows { text += row(finding, names: names, style) }
    }
    return text
}

/// What concerns no single rule: waivers that accept nothing, and what changed since a former report.
private func notes(_ report: Report, _ style: TextStyle) -> String {
    var text = ""
    let waivers = report.waivers.compactMap(\.sentence)
    if !waivers.isEmpty { text += "\n" }
    for sentence in waivers { text.add(sentence, label: "policy: ", indent: 0, width: style.width) }
    guard let comparison = report.comparison else { return text }
    let fresh = report.findings.map(\.rule).filter { comparison.changes[$0] == .new }
    let changes =
        [("new", fresh), ("fixed", report.fixedRules)].filter { !$0.1.isEmpty }
        .map { "\($0.0): \($0.1.joined(separator: ", "))" } + comparison.changedFacts.map(\.sentence)
    text += "\nsince the former report\n"
    for change in changes.isEmpty ? ["nothing new, nothing fixed"] : changes {
        text.add(change, label: "", indent: 4, width: style.width)
    }
    return text
}

private func heading(_ report: Report, _ style: TextStyle) -> String {
    let summary = report.summary
    let (word, color) = report.verdictWord
    let headline = report.headline(word)
    let name = style.bold(inert(report.image.name))
    var text = style.bold(headline, color) + (headline == word ? " " : ": ") + name + "\n"
    for sentence in [summary.sentence, report.groupSentence].compactMap(\.self) {
        text.add(sentence, label: "", indent: 0, width: style.width)
    }
    let distribution = report.keyFacts.distribution.text.map { [$0] } ?? []
    let about = distribution + [inert(report.image.kinds), report.dates]
    text.add(about.joined(separator: " · "), label: "", indent: 0, width: style.width)
    for remark in report.remarks {
        text.add(inert(remark), label: "note: ", indent: 0, width: style.width)
    }
    return text
}

extension Report {
    /// The verdict's word, and its color.
    fileprivate var verdictWord: (word: String, color: TextStyle.Color) {
        switch summary.verdict {
        case .fail: ("FAIL", .red)
        case .undetermined: ("UNDETERMINED", .magenta)
        case .pass, .notApplicable: ("PASS", .green)
        }
    }
}

/// What asks for something to be done. What is the case stands first, the place once.
private func block(_ concern: Concern, of report: Report, _ style: TextStyle) -> String {
    let finding = concern.first
    let (label, styled, act): (String, String, String) =
        switch (finding.level, finding.verdict) {
        case _ where finding.acceptance != nil: ("accepted", style.colored("accepted", .cyan), "")
        case (.required, .fail): ("FAIL", style.bold("FAIL", .red), "fix: ")
        case (.required, _): ("UNDETERMINED", style.bold("UNDETERMINED", .magenta), "to decide: ")
        case (.recommended, .fail): ("advice", style.colored("advice", .cyan), "better: ")
        case (.recommended, _): ("undetermined advice", style.colored("undetermined advice", .cyan), "to decide: ")
        }
    let mark = concern.findings.contains(where: report.isNew) ? " (new)" : ""
    let subject =
        concern.cause == nil
        ? concern.findings.map { $0.rule + $0.groupLabel }.joined(separator: ", ") + mark
        : "\(concern.findings.count) rules\(mark)"
    let said = finding.acceptance == nil ? concern.message : finding.said
    let prefix = finding.evidence.first.map { $0.shortPlace + ": " } ?? ""
    let isNamedBelow = concern.cause == nil && !prefix.isEmpty && said.hasPrefix(prefix)
    var text = ""
    text.add(
        subject + ": " + inert(isNamedBelow ? String(said.dropFirst(prefix.count)) : said), label: label + " ",
        labelAs: styled + " ", indent: 0, hanging: 4, width: style.width)
    for evidence in concern.evidence.prefix(shownPlaces) {
        let place = inert(evidence.place)
        let shown = style.isTerminal ? clipped(inert(evidence.text), to: 3 * (style.width - 6)) : inert(evidence.text)
        if displayWidth(place) + 2 + displayWidth(shown) <= style.width - 4 {
            text.add([shown.isEmpty ? place : place + "  " + shown], indent: 4)
        } else {
            text.add([place], indent: 4)
            text.add(wrapped(shown, width: style.width - 6, longest: style.width - 6), indent: 6)
        }
    }
    if concern.evidence.count > shownPlaces {
        text.add(["and \(concern.evidence.count - shownPlaces) more places, all in the JSON report"], indent: 4)
    }
    if let consequence = report.consequence(of: finding) {
        text.add(consequence, label: "so: ", labelAs: style.bold("so: "), indent: 4, width: style.width)
    }
    if let acceptance = finding.acceptance {
        text.add(acceptance.sentence, label: "", indent: 4, width: style.width)
    } else if let remedy = concern.remedy, !remedy.isEmpty {
        text.add(inert(remedy), label: act, labelAs: style.bold(act), indent: 4, width: style.width)
    }
    if concern.cause != nil {
        text.add(concern.waiting, label: "wait for it: ", indent: 4, width: style.width)
    }
    return text
}

/// A finding that needs no attention, with the place that decided it where the line has room for it.
private func row(_ finding: Finding, names: Int, _ style: TextStyle) -> String {
    let isPass = finding.verdict == .pass
    let name = padded(finding.rule, to: names) + "  "
    var said = inert(finding.message)
    let room = style.width - 4 - 1 - names - 2
    if isPass, let place = finding.evidence.first.map({ inert($0.shortPlace) }), !said.contains(place),
        displayWidth(said) + 2 + displayWidth(place) <= room
    {
        said += "  " + place
    }
    var text = ""
    text.add(
        said, label: (isPass ? "pass " : "n/a  ") + name,
        labelAs: (isPass ? style.colored("pass", .green) : "n/a ") + " " + name, indent: 0, width: style.width)
    return text
}
