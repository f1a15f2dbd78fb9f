/// An audit as one HTML page: totals and a picture that need no script, and a table that one small script draws.

import BatchRules
import Booting

/// One self-contained page, written while the images are read.
///
/// The table has the 20,000 worst images at most, and says so: with more of them a browser takes longer than a reader
/// waits. `auditPages` has them all.
///
/// What images say is JSON in elements that a browser does not run (`AuditHTMLData`), and the script, audit.js, puts it
/// on the page as text only. Without a script everything but the table is there.
func auditHTML(_ audit: Audit, within index: AuditIndex? = nil, to write: (String) throws -> Void) throws {
    let totals = audit.totals
    let images = totals.shown ?? totals.images
    let worst = index?.isOverview == true ? nil : try WorstImages(audit, most: mostRows)
    var data = AuditHTMLData(rules: totals.rules.compactMap { RuleCatalog.batch.rule($0.rule) })
    var changes = AuditChanges()
    // Changes stand before the table, and so before the images.
    if audit.former != nil { try audit.forEach { changes.add($0, of: audit) } }
    try write(
        pageHead(
            title: totals.sentence, styles: [.reportStyle, .auditStyle], script: .auditScript,
            skip: (to: "images", label: "images")))
    try write(header(totals, index) + "<main id=\"overview\" tabindex=\"-1\">\n")
    if totals.images > 0 { try write(picture(totals)) }
    try write(sinceFormer(changes.groups(totals)) + waivers(totals) + notes(totals) + groups(totals, index))
    if let worst { try write(tableSection(totals, unlisted: images - worst.count)) }
    try write(
        """
        </main>
        <footer>
        <p>amilint \(Version.amilint)\(totals.images > 0 ? ", \(totals.dates)" : ""). This page loads nothing.</p>
        </footer>
        <dialog id="details" aria-labelledby="details-title"></dialog>
        <script type="application/json" id="data-images">[
        """)
    var isFirst = true
    if var worst {
        try audit.forEach(where: { worst.take($0) }) { image in
            try write((isFirst ? "" : ",\n") + data.row(image))
            isFirst = false
        }
    }
    try write("]</script>\n")
    for (id, json) in [
        ("findings", data.findingsJSON), ("strings", data.stringsJSON), ("rules", data.rulesJSON),
        ("words", try AuditHTMLData.wordsJSON),
    ] {
        try write("<script type=\"application/json\" id=\"data-\(id)\">\(json)</script>\n")
    }
    try write("<script>\(PageSource.auditScript.text)</script>\n</body>\n</html>\n")
}

/// So many rows a browser shows within two seconds.
let mostRows = 20_000

private func header(_ totals: AuditTotals, _ index: AuditIndex?) -> String {
    let worst = ImageStanding.allCases.first { totals.count($0) > 0 }
    var html = """
        <header class="top \(worst?.rawValue ?? "notApplicable")">
        <p class="brand">AWS Batch machine images\(index?.way ?? "")</p>
        <h1>\(markupText(totals.sentence))</h1>

        """
    if totals.images == 0 { return html + "</header>\n" }
    let parts = ImageStanding.allCases.map { (name: $0.rawValue, count: totals.count($0)) }
    html += bar(parts, of: totals.images, label: "Images by verdict: " + totals.sentence)
    html += "<dl class=\"facts\">\n"
    for standing in ImageStanding.allCases {
        html +=
            "<div class=\"\(standing.rawValue)\"><dt>\(standing.label)</dt><dd>\(totals.count(standing))</dd></div>\n"
    }
    return html
        + "</dl>\n<p class=\"note\">\(totals.dates.prefix(1).uppercased())\(totals.dates.dropFirst())</p>\n</header>\n"
}

/// What each rule came to on how many images, those first that most images break.
private func picture(_ totals: AuditTotals) -> String {
    if totals.rules.isEmpty { return "" }
    var html = """
        <section class="group" aria-labelledby="rules">
        <h2 id="rules">Verdicts by rule</h2>
        <p class="legend">
        """
    func isAdvice(_ rule: AuditTotals.RuleCounts) -> Bool { rule.level == .recommended }
    for standing in Standing.allCases where totals.rules.contains(where: { $0.count(standing) > 0 }) {
        html += "<span class=\"key \(standing.rawValue)\">\(standing.words)</span> "
        guard standing == .fail, totals.rules.contains(where: { $0.count(.fail) > 0 && isAdvice($0) }) else { continue }
        html += "<span class=\"key advice\">a recommended rule fails</span> "
    }
    html += "</p>\n<ol class=\"rules\">\n"
    for rule in totals.rulesByFailures {
        let id = markupText(rule.rule)
        let counts = Standing.allCases.map { (name: $0.rawValue, count: rule.count($0)) }
        let said = counts.enumerated().filter { $0.element.count > 0 }
            .map { "\($0.element.count) \(Standing.allCases[$0.offset].words)" }.joined(separator: ", ")
        html += "<li class=\"\(isAdvice(rule) ? "advice" : "required")\">"
        html += "<a href=\"#rule=\(id)\" data-rule=\"\(id)\">\(id)</a>"
        html += bar(counts, of: max(1, counts.reduce(0) { $0 + $1.count }), label: said)
        let (number, kind) =
            rule.count(.fail) > 0
            ? (rule.count(.fail), isAdvice(rule) ? "advice" : "fail")
            : (rule.count(.undetermined), rule.count(.undetermined) > 0 ? "undetermined" : "none")
        html += "<span class=\"number \(kind)\" aria-hidden=\"true\">\(number)</span></li>\n"
    }
    return html + "</ol>\n</section>\n"
}

/// A bar of parts in the colors of their classes.
private func bar(_ parts: [(name: String, count: Int)], of total: Int, label: String) -> String {
    var html = "<svg class=\"bar\" viewBox=\"0 0 \(total) 1\" preserveAspectRatio=\"none\" role=\"img\" "
    html += "aria-label=\"\(markupText(label))\"><title>\(markupText(label))</title>"
    var start = 0
    for part in parts where part.count > 0 {
        html += "<rect class=\"\(part.name)\" x=\"\(start)\" width=\"\(part.count)\" height=\"1\"/>"
        start += part.count
    }
    return html + "</svg>"
}

private func sinceFormer(_ groups: [(title: String, entries: [AuditChanges.Entry])]?) -> String {
    guard let groups else { return "" }
    var html = "<section class=\"aside\" aria-labelledby=\"changes\">\n<h2 id=\"changes\">Since the former audit</h2>\n"
    if groups.isEmpty { html += "<p>nothing new, nothing fixed</p>\n" }
    for (title, entries) in groups {
        html += "<details\(entries.count > 20 ? "" : " open")>"
        html += "<summary>\(title) <span class=\"count\">\(entries.count)</span></summary>\n<ul>\n"
        for (image, words) in entries.prefix(mostEntries) {
            let name = "<code class=\"image-text\">\(markupText(image))</code>"
            let link = "<a href=\"#image=\(percentEncoding(image))\">\(name)</a>"
            html += "<li>\(title == "gone" ? name : link) <span class=\"image-text\">\(markupText(words))</span></li>\n"
        }
        let more = entries.count - mostEntries
        html += (more > 0 ? "<li>and \(more) more, all in the JSON report</li>\n" : "") + "</ul>\n</details>\n"
    }
    return html + "</section>\n"
}

/// A list of this many can still be read through.
private let mostEntries = 500

private func waivers(_ totals: AuditTotals) -> String {
    if totals.waiverNotes.isEmpty { return "" }
    var html = "<section class=\"aside\" aria-labelledby=\"waivers\">\n"
    html += "<h2 id=\"waivers\">Waivers that do not count everywhere</h2>\n<ul>\n"
    for note in totals.waiverNotes {
        html += "<li class=\"\(note.isBroken ? "broken" : "unused")\">\(markupText(note.text))</li>\n"
    }
    return html + "</ul>\n</section>\n"
}

/// What is to be known before the rows.
private func notes(_ totals: AuditTotals) -> String {
    if totals.notes.isEmpty { return "" }
    var html = "<section class=\"aside\" aria-labelledby=\"notes\">\n<h2 id=\"notes\">Notes</h2>\n<ul>\n"
    for note in totals.notes.prefix(mostEntries) { html += "<li class=\"image-text\">\(markupText(note))</li>\n" }
    let more = totals.notes.count - mostEntries
    return html + (more > 0 ? "<li>and \(more) more, all in the JSON report</li>\n" : "") + "</ul>\n</section>\n"
}

/// What the images of each group come to, with a link to its page where it has one.
private func groups(_ totals: AuditTotals, _ index: AuditIndex?) -> String {
    if totals.groups.isEmpty { return "" }
    var html =
        "<section class=\"group\" aria-labelledby=\"groups\">\n<h2 id=\"groups\">Groups</h2>\n<ul class=\"groups\">\n"
    for (number, group) in totals.groups.enumerated() where number < mostEntries || index != nil {
        let name = "<span class=\"image-text\">\(markupText(group.name))</span>"
        let page = index.map { "<a href=\"\($0.page(number))\">\(name)</a>" } ?? name
        html += "<li>\(page)"
        html += bar(
            ImageStanding.allCases.map { ($0.rawValue, group.count($0)) }, of: group.images, label: group.sentence)
        html += "<span>\(group.sentence)</span></li>\n"
    }
    let more = index == nil ? totals.groups.count - mostEntries : 0
    return html + (more > 0 ? "<li>and \(more) more, all in the JSON report</li>\n" : "") + "</ul>\n</section>\n"
}

/// The place of the table and what it is filtered and sorted by; hidden until the script has filled it.
private func tableSection(_ totals: AuditTotals, unlisted: Int) -> String {
    if totals.images == 0 { return "" }
    let room =
        unlisted > 0
        ? "<p class=\"note\">Of these images the \(mostRows) worst are below; \(unlisted) more are in the other formats, "
            + "and in the pages of -o html=DIRECTORY/.</p>\n" : ""
    let standings = ImageStanding.allCases.filter { totals.count($0) > 0 }
    let radios = standings.map { (id: $0.rawValue, label: $0.label, count: totals.count($0)) }
    func options(_ options: [(String, String)]) -> String {
        options.map { "<option value=\"\($0.0)\">\($0.1)</option>" }.joined()
    }
    var html = """
        <section class="images" aria-labelledby="images">
        <h2 id="images" tabindex="-1">Images</h2>
        \(room)<p class="unscripted">The list of all images, with what was found in each, is drawn by the script of this page, \
        which does not run here. It is in the formats text, csv and json too.</p>
        <div class="tools" hidden>
        <div class="field wide"><label for="query">Search</label>
        <input type="search" id="query" placeholder="Name or version" autocomplete="off" spellcheck="false"></div>
        <div class="field"><label for="rule">Rule</label>
        <select id="rule" autocomplete="off">\(options([("", "Any")] + totals.rules.map { ($0.rule, $0.rule) }))</select></div>
        <div class="field"><label for="answer">Answer</label>
        <select id="answer" autocomplete="off">\(options(Standing.allCases.map { ($0.rawValue, $0.words) }))</select></div>
        <div class="field"><label for="sort">Sort by</label>
        <select id="sort" autocomplete="off">\(options(sortKeys))</select></div>
        <button type="button" id="reverse" aria-pressed="false">Reverse</button>
        <button type="button" id="reset">Show all</button>
        <fieldset class="filter verdicts">
        <legend>Verdict</legend>
        <input type="radio" name="verdict" id="verdict-all" value="" autocomplete="off" checked>
        <label for="verdict-all">All <span class="count">\(totals.images)</span></label>

        """
    for (id, label, count) in radios {
        html += """
            <input type="radio" name="verdict" id="verdict-\(id)" value="\(id)" autocomplete="off">
            <label for="verdict-\(id)">\(label) <span class="count">\(count)</span></label>

            """
    }
    return html + """
        </fieldset>
        <p id="shown" role="status"></p>
        </div>
        <table id="table" hidden></table>
        </section>

        """
}

/// What the table can be sorted by.
private let sortKeys = [
    ("name", "Name"), ("verdict", "Verdict"), ("failures", "Failures"), ("distribution", "Distribution"),
    ("kernel", "Kernel"), ("agent", "ECS agent"), ("docker", "Docker"), ("architecture", "Architecture"),
]
