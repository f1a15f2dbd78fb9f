/// GitHub's and GitLab's Markdown: a comment on a pull request, or the summary of a job.

import BatchRules
import ImageReading

/// A report as Markdown: the verdict, what is broken with evidence and remedy, then accepted findings, waivers and
/// what changed; passes are folded away.
///
/// Text from the image stands in code spans or with every character that Markdown knows as a character reference, never
/// at the start of a line, so that it is no markup, no link, no mention, no reference and no quick action.
func markdownReport(_ report: Report) -> String {
    var blocks = [heading(report)]
    for (group, concerns) in report.concerns where group.standing != .accepted {
        blocks.append("### \(group.title) (\(group.findings.count))")
        blocks += concerns.map { markdownBlock($0, of: report) }
    }
    blocks += changes(in: report)
    blocks += policyNotes(in: report)
    let quiet: [Standing] = [.accepted, .pass, .notApplicable]
    blocks += report.groups.filter { quiet.contains($0.standing) }.map { table($0, of: report) }
    blocks.append("<sub>amilint \(Version.amilint) · \(report.dates)</sub>")
    return blocks.joined(separator: "\n\n") + "\n"
}

private func heading(_ report: Report) -> String {
    let mark =
        switch report.summary.verdict {
        case .fail: "❌ Fails"
        case .undetermined: "❓ Undetermined"
        case .pass, .notApplicable: "✅ Passes"
        }
    var text =
        "## \(markdownText(report.headline(mark))): \(codeSpan(report.image.name))\n\n**\(markdownText(report.summary.sentence))**\n\n"
    if let groups = report.groupSentence { text += markdownText(groups) + "\n\n" }
    text += report.keyFacts.rows.map { "\($0.name): \(codeSpan($0.value))" }.joined(separator: " · ")
    for remark in report.remarks { text += "\n\n> note: " + markdownText(remark) }
    return text
}

/// A finding that asks for something to be done.
func markdownBlock(_ finding: Finding, of report: Report) -> String {
    markdownBlock(Concern(findings: [finding], cause: nil), of: report)
}

/// What asks for something to be done.
private func markdownBlock(_ concern: Concern, of report: Report) -> String {
    let finding = concern.first
    let mark = finding.verdict == .fail ? finding.level == .required ? "❌" : "💡" : "❓"
    let isNew = concern.findings.contains(where: report.isNew) ? " · **new**" : ""
    let subject =
        concern.cause == nil
        ? "\(codeSpan(finding.rule))\(finding.groupLabel) \(markdownText(report.title(of: finding)))"
        : "\(concern.findings.count) rules wait for one thing"
    var text = "#### \(mark) \(subject)\(isNew)\n\n"
    text += "Found: " + markdownText(concern.message)
    if !concern.evidence.isEmpty { text += "\n" }
    for evidence in concern.evidence.prefix(shownPlaces) {
        text += "\n- " + codeSpan(evidence.place)
        let shown = clipped(inert(evidence.text), to: longestMarkdownText)
        if !shown.isEmpty { text += ": " + codeSpan(shown) }
    }
    if concern.evidence.count > shownPlaces {
        text += "\n- and \(concern.evidence.count - shownPlaces) more places, all in the JSON report"
    }
    if let consequence = report.consequence(of: finding) { text += "\n\n**So:** " + markdownProse(consequence) }
    if let remedy = concern.remedy, !remedy.isEmpty {
        text += "\n\n**\(finding.actLabel):** " + markdownProse(remedy)
    }
    if !concern.others.isEmpty {
        let rules = (concern.cause == nil ? concern.others : concern.findings).map { codeSpan($0.rule) }
        text += "\n\n\(concern.cause == nil ? "The same holds for" : "Wait for it"): " + rules.joined(separator: ", ")
    }
    return text
}

/// In columns: a comment on GitHub has room for 65,536 characters in all.
let longestMarkdownText = 300

/// Findings that ask for nothing, a row each; folded away but for accepted ones.
private func table(_ group: FindingGroup, of report: Report) -> String {
    let isAccepted = group.standing == .accepted
    var rows = [
        isAccepted ? ["Rule", "Found", "Accepted until", "By", "Reason"] : ["Rule", "Found", "Where"]
    ]
    for finding in group.findings {
        var row = [codeSpan(finding.rule, inTable: true), markdownText(finding.said)]
        if let acceptance = finding.acceptance {
            row += [acceptance.expires.description, acceptance.acceptedBy ?? "", acceptance.reason].map(markdownText)
        } else {
            row.append(finding.evidence.first.map { codeSpan($0.place, inTable: true) } ?? "")
        }
        rows.append(row)
    }
    let title = "\(group.title) (\(group.findings.count))"
    if isAccepted { return "### \(title)\n\n" + markdownTable(rows) }
    return "<details><summary>\(title)</summary>\n\n\(markdownTable(rows))\n\n</details>"
}

/// A table, its first row as its head.
func markdownTable(_ rows: [[String]]) -> String {
    var lines = rows.map { "| " + $0.joined(separator: " | ") + " |" }
    lines.insert("|" + String(repeating: " --- |", count: rows.first?.count ?? 0), at: 1)
    return lines.joined(separator: "\n")
}

private func changes(in report: Report) -> [String] {
    guard let comparison = report.comparison else { return [] }
    var lines: [String] = []
    let fresh = report.findings.map(\.rule).filter { comparison.changes[$0] == .new }
    if !fresh.isEmpty { lines.append("- new: " + fresh.map { codeSpan($0) }.joined(separator: ", ")) }
    if !report.fixedRules.isEmpty {
        lines.append("- fixed: " + report.fixedRules.map { codeSpan($0) }.joined(separator: ", "))
    }
    lines += comparison.changedFacts.map { fact in
        "- \(codeSpan(fact.name)): "
            + markdownText("\(fact.after ?? "none") now, \(fact.before ?? "none") before")
    }
    if lines.isEmpty { lines = ["- nothing new, nothing fixed"] }
    return ["### Since the former report", lines.joined(separator: "\n")]
}

private func policyNotes(in report: Report) -> [String] {
    let lines = report.waivers.compactMap { outcome in
        outcome.sentence.map { "- \(outcome.isBroken ? "❗ " : "")\(markdownText($0))" }
    }
    return lines.isEmpty ? [] : ["### Waivers that accept nothing", lines.joined(separator: "\n")]
}

/// `text`, inert, as Markdown text that is shown as it is, within one line, wherever in the line it stands.
///
/// Character references keep it from being markup. Mentions, references to issues and bare links are looked for in the
/// finished page, where character references are gone: a zero width space behind what begins one, a `@` or the `:` of
/// `https:`, takes its meaning away.
func markdownText(_ text: String) -> String {
    var before: Unicode.Scalar = " "
    return escaping(inert(text)) { scalar in
        defer { before = scalar }
        let begins = scalar != " " && "@#!$%^&~:".unicodeScalars.contains(before)
        let linksHost = scalar == "." && (before == "w" || before == "W")
        let gap = begins || linksHost ? "&#8203;" : ""
        let isMarkup = "&<>`*_|[]\\~$".unicodeScalars.contains(scalar)
        return isMarkup ? gap + reference(scalar) : gap.isEmpty ? nil : gap + String(scalar)
    }
}

/// A text of the catalog, what is to be typed as code.
func markdownProse(_ text: String) -> String {
    proseParts(text).map { $0.isCode ? codeSpan($0.text) : markdownText($0.text) }.joined()
}

private func reference(_ scalar: Unicode.Scalar) -> String { "&#\(scalar.value);" }

/// `text`, inert, as a code span; in a table its `|` are escaped as table cells want it.
func codeSpan(_ text: String, inTable: Bool = false) -> String {
    var text = inert(text)
    if text.isEmpty { return "" }
    var longest = 0
    var run = 0
    for byte in text.utf8 {
        run = byte == UInt8(ascii: "`") ? run + 1 : 0
        longest = max(longest, run)
    }
    if inTable { text = escaping(text) { $0 == "|" ? "\\|" : nil } }
    let fence = String(repeating: "`", count: longest + 1)
    let isBare = longest == 0 && text.utf8.first != UInt8(ascii: " ") && text.utf8.last != UInt8(ascii: " ")
    return isBare ? fence + text + fence : "\(fence) \(text) \(fence)"
}
