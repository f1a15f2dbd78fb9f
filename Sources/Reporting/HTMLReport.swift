/// One HTML page for people: no network, no script, nothing of it lives outside the file.

import BatchRules
import ImageReading

/// A report as one self-contained page.
///
/// The filter by verdict is radio buttons and CSS. Without CSS everything is shown, in order. What the image says stands
/// in text and attribute values only, escaped.
func htmlReport(_ report: Report) -> String {
    let verdict =
        switch report.summary.verdict {
        case .fail: ("fail", "Fails")
        case .undetermined: ("undetermined", "Undetermined")
        case .pass, .notApplicable: ("pass", "Passes")
        }
    var page = pageHead(
        title: "\(report.headline(verdict.1)): \(report.image.name)", styles: [.reportStyle],
        skip: (to: "findings", label: "findings"))
    page += header(report, verdict: verdict)
    page += "<main id=\"findings\" tabindex=\"-1\">\n"
    page += filter(report)
    let groups = report.groups
    let firstQuiet = groups.firstIndex { ![.fail, .undetermined].contains($0.standing) } ?? groups.endIndex
    for group in groups[..<firstQuiet] { page += section(group, of: report) }
    page += changes(in: report) + policyNotes(in: report)
    for group in groups[firstQuiet...] { page += section(group, of: report) }
    page += """
        </main>
        <footer>
        <p>amilint \(Version.amilint), \(report.dates). This page loads nothing and runs no script.</p>
        </footer>
        </body>
        </html>

        """
    return page
}

private func header(_ report: Report, verdict: (standing: String, word: String)) -> String {
    var html = """
        <header class="top \(verdict.standing)">
        <p class="brand">AWS Batch machine image</p>
        <h1><span class="verdict">\(markupText(report.headline(verdict.word)))</span> <span class="image">\(markupText(report.image.name))</span></h1>
        <p class="sentence">\(markupText(report.summary.sentence))</p>
        <p class="groups">\(report.groupSentence.map(markupText) ?? "")</p>
        <p class="strip" aria-hidden="true">
        """
    for group in report.groups {
        let cell = "<span class=\"cell \(classes(of: group))\"></span>"
        html += String(repeating: cell, count: group.findings.count)
    }
    html += "</p>\n<dl class=\"facts\">\n"
    let facts =
        report.keyFacts.rows + [("Read from", inert(report.image.kinds)), ("Judged on", report.today.description)]
        + [("Data of", report.dataDate.description)]
    for fact in facts {
        // A version of Debian is one long word, and breaks best behind its tildes.
        let value = markupText(fact.value).replacing("~", with: "~<wbr>")
        html += "<div><dt>\(fact.name)</dt><dd>\(value)</dd></div>\n"
    }
    html += "</dl>\n"
    for remark in report.remarks { html += "<p class=\"note\">Note: \(markupText(remark))</p>\n" }
    return html + "</header>\n"
}

/// Radio buttons, one for each standing that occurs; the style sheet hides the groups that are not asked for.
private func filter(_ report: Report) -> String {
    var html = """
        <fieldset class="filter">
        <legend>Show</legend>
        <input type="radio" name="show" id="show-all" autocomplete="off" checked>
        <label for="show-all">All <span class="count">\(report.findings.count)</span></label>

        """
    for standing in Standing.allCases where report.count(standing) > 0 {
        let id = "show-\(standing.rawValue)"
        html += "<input type=\"radio\" name=\"show\" id=\"\(id)\" autocomplete=\"off\">\n"
        html +=
            "<label for=\"\(id)\">\(words(standing)) <span class=\"count\">\(report.count(standing))</span></label>\n"
    }
    return html + "</fieldset>\n"
}

private func section(_ group: FindingGroup, of report: Report) -> String {
    let id = "group-\(group.standing.rawValue)" + (group.level.map { "-\($0.rawValue)" } ?? "")
    let isQuiet = group.standing == .pass || group.standing == .notApplicable
    var html = "<section class=\"group \(classes(of: group))\" aria-labelledby=\"\(id)\">\n"
    html += "<h2 id=\"\(id)\">\(group.title) <span class=\"count\">\(group.findings.count)</span></h2>\n"
    if isQuiet {
        for finding in group.findings { html += row(finding, of: report) }
    } else {
        let own = report.concerns.first { $0.group.standing == group.standing && $0.group.level == group.level }
        for concern in own?.concerns ?? [] { html += card(concern, of: report) }
        if own == nil { html += "<p class=\"note\">They wait for the cause named above.</p>\n" }
    }
    return html + "</section>\n"
}

/// A finding that asks for something, or that somebody accepted.
private func card(_ concern: Concern, of report: Report) -> String {
    let finding = concern.first
    let id = markupText(finding.rule)
    let title =
        concern.cause == nil
        ? markupText(report.title(of: finding)) : "\(concern.findings.count) rules wait for one thing"
    var html = "<article class=\"finding\" id=\"\(id)\" aria-labelledby=\"\(id)-title\">\n"
    html += "<h3 id=\"\(id)-title\"><span class=\"mark\">\(mark(finding))</span> \(title)</h3>\n"
    html += "<p class=\"meta\">\(meta(finding, of: report))</p>\n<dl class=\"parts\">\n"
    if let acceptance = finding.acceptance {
        html += part("Accepted", "<p class=\"accepted\">\(markupText(acceptance.sentence))</p>")
    }
    let found = finding.acceptance == nil ? concern.message : finding.said
    html += part("Found", "<p class=\"image-text\">\(markupText(found))</p>")
    if !concern.evidence.isEmpty { html += part("Evidence", evidence(finding)) }
    if !concern.others.isEmpty {
        let rules = concern.others.map { other in
            "<code id=\"\(markupText(other.rule))\">\(markupText(other.rule))</code>"
        }
        html += part(
            concern.cause == nil ? "The same holds for" : "Wait for it", "<p>\(rules.joined(separator: ", "))</p>")
    }
    if let consequence = report.consequence(of: finding) { html += part("So", "<p>\(prose(consequence))</p>") }
    if let remedy = concern.remedy, !remedy.isEmpty {
        html += part(finding.actLabel, "<p class=\"image-text\">\(prose(remedy))</p>")
    }
    return html + "</dl>\n\(explanation(of: finding, in: report))</article>\n"
}

/// A finding that asks for nothing.
private func row(_ finding: Finding, of report: Report) -> String {
    let id = markupText(finding.rule)
    var html = "<article class=\"finding row\" id=\"\(id)\" aria-labelledby=\"\(id)-title\">\n"
    html += "<h3 id=\"\(id)-title\">\(markupText(report.title(of: finding)))</h3>\n"
    html += "<p class=\"meta\">\(meta(finding, of: report))</p>\n"
    html += "<div class=\"result\"><p class=\"image-text\">\(markupText(finding.message))</p>\n"
    if !finding.evidence.isEmpty { html += evidence(finding) }
    return html + "</div>\n</article>\n"
}

private func meta(_ finding: Finding, of report: Report) -> String {
    var parts = ["<code>\(markupText(finding.rule))</code>", finding.level.rawValue]
    if let clause = report.rules.rule(finding.rule)?.clause, clause != .beside {
        parts.append("clause \(clause.rawValue)")
    } else if let group = finding.group {
        parts.append(group.rawValue)
    }
    if let change = report.comparison?.changes[finding.rule] {
        let said = "\(change.rawValue) since the former report"
        parts.append(change == .unchanged ? said : "<strong>\(said)</strong>")
    }
    return parts.joined(separator: "<span class=\"dot\"> · </span>")
}

private func part(_ name: String, _ html: String) -> String {
    "<div><dt>\(name)</dt><dd>\(html)</dd></div>\n"
}

/// The places that decided a finding, and what stood there.
private func evidence(_ finding: Finding) -> String {
    var html = "<ul class=\"evidence\">\n"
    for evidence in finding.evidence.prefix(mostPlaces) {
        html += "<li><code class=\"place\">\(markupText(evidence.place))</code>"
        if !evidence.text.isEmpty { html += "<code class=\"text\">\(markupText(evidence.text))</code>" }
        html += "</li>\n"
    }
    if finding.evidence.count > mostPlaces {
        html +=
            "<li><span class=\"more\">and \(finding.evidence.count - mostPlaces) more places, all in the JSON report</span></li>\n"
    }
    return html + "</ul>"
}

/// A page of this many places can still be scrolled.
private let mostPlaces = 50

private func explanation(of finding: Finding, in report: Report) -> String {
    let parts = (report.rules.rule(finding.rule)?.explanation ?? []).filter { $0.name != "To mend it" }
    if parts.isEmpty { return "" }
    var html = "<details><summary>About this rule</summary>\n<dl class=\"parts\">\n"
    for (name, text) in parts {
        let isLink = text.hasPrefix("https://") && !text.utf8.contains(UInt8(ascii: " "))
        let link = markupText(text)
        html += part(name, isLink ? "<a href=\"\(link)\" rel=\"noreferrer\">\(link)</a>" : "<p>\(prose(text))</p>")
    }
    return html + "</dl>\n</details>\n"
}

private func changes(in report: Report) -> String {
    guard let comparison = report.comparison else { return "" }
    func links(_ rules: [String]) -> String {
        rules.map(markupText).map { "<a href=\"#\($0)\"><code>\($0)</code></a>" }.joined(separator: ", ")
    }
    let fresh = report.findings.map(\.rule).filter { comparison.changes[$0] == .new }
    var html =
        "<section class=\"aside\" aria-labelledby=\"changes\">\n<h2 id=\"changes\">Since the former report</h2>\n"
    html += "<dl class=\"parts\">\n"
    html += part("New", fresh.isEmpty ? "<p>none</p>" : "<p>\(links(fresh))</p>")
    html += part("Fixed", report.fixedRules.isEmpty ? "<p>none</p>" : "<p>\(links(report.fixedRules))</p>")
    for fact in comparison.changedFacts {
        html += part(
            markupText(fact.name),
            "<p class=\"image-text\">\(fact.before.map { "<del>\(markupText($0))</del>" } ?? "none") "
                + "<ins>\(fact.after.map(markupText) ?? "none")</ins></p>"
        )
    }
    return html + "</dl>\n</section>\n"
}

private func policyNotes(in report: Report) -> String {
    let notes = report.waivers.compactMap { outcome in
        outcome.sentence.map { (outcome.isBroken ? "broken" : "unused", $0) }
    }
    if notes.isEmpty { return "" }
    var html = "<section class=\"aside\" aria-labelledby=\"waivers\">\n"
    html += "<h2 id=\"waivers\">Waivers that accept nothing</h2>\n<ul>\n"
    for (kind, note) in notes { html += "<li class=\"\(kind)\">\(markupText(note))</li>\n" }
    return html + "</ul>\n</section>\n"
}

/// A text of the catalog, what is to be typed as code.
private func prose(_ text: String) -> String {
    proseParts(text).map { $0.isCode ? "<code>\(markupText($0.text))</code>" : markupText($0.text) }.joined()
}

/// The classes that color a group: a recommendation does not look like an error.
private func classes(of group: FindingGroup) -> String {
    group.standing.rawValue + (group.level == .recommended ? " advice" : "")
}

private func mark(_ finding: Finding) -> String {
    finding.standing == .fail && finding.level == .recommended ? "Advice" : words(finding.standing)
}

/// A standing as a label begins.
private func words(_ standing: Standing) -> String {
    standing.words.prefix(1).uppercased() + standing.words.dropFirst()
}
