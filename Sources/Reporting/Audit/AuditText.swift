/// The audit that a person reads: the images, those first that ask for work, then the rules that most of them break.

import BatchRules

/// An audit as text: a row an image, then totals by rule.
func auditText(_ audit: Audit, style: TextStyle, to write: (String) throws -> Void) throws {
    let totals = audit.totals
    var heading = ""
    heading.add(totals.sentence, label: "", indent: 0, width: style.width)
    if totals.images > 0 { heading.add(totals.dates, label: "", indent: 0, width: style.width) }
    let remarks = totals.notes
    let more = remarks.count - shownPlaces
    for remark in remarks.prefix(shownPlaces) + (more > 0 ? ["and \(more) more notes, all in the JSON report"] : []) {
        heading.add(remark, label: "note: ", indent: 0, width: style.width)
    }
    try write(heading)

    // The few words of a row are kept, the images are not.
    var rows: [String: [ImageStanding: [(name: String, cause: String)]]] = [:]
    var names = 0
    var changes = AuditChanges()
    try audit.forEachOutline { image in
        let name = inert(image.name)
        let group = audit.view.grouping?.group(of: image) ?? ""
        rows[group, default: [:]][image.standing, default: []].append((name, image.cause))
        names = max(names, displayWidth(name))
        changes.add(image, of: audit)
    }
    let column = min(names, max(24, style.width - 14 - 2 - 24))
    let groups = audit.view.grouping == nil ? [nil] : totals.groups.map(Optional.some)
    for group in groups {
        if let group { try write("\n" + groupHeading(group, style)) }
        for standing in ImageStanding.allCases {
            guard let rows = rows[group?.name ?? ""]?[standing] else { continue }
            if group == nil { try write("\n") }
            for (name, cause) in rows { try write(row(standing, name, cause, column: column, style)) }
        }
    }
    if totals.images > 0, !totals.rules.isEmpty { try write(table(totals, style)) }
    try write(notes(totals, changes, style))
}

/// `builds - 5 images: 2 fail, 3 pass`.
private func groupHeading(_ group: AuditGroup, _ style: TextStyle) -> String {
    var text = ""
    text.add("\(group.name) - \(group.sentence)", label: "", indent: 0, width: style.width)
    return style.bold(String(text.dropLast())) + "\n"
}

private func row(
    _ standing: ImageStanding, _ name: String, _ cause: String, column: Int, _ style: TextStyle
) -> String {
    let (word, styled): (String, String) =
        switch standing {
        case .fail: ("FAIL", style.bold("FAIL", .red))
        case .unreadable: ("UNREADABLE", style.bold("UNREADABLE", .magenta))
        case .undetermined: ("UNDETERMINED", style.bold("UNDETERMINED", .magenta))
        case .pass: ("pass", style.colored("pass", .green))
        }
    let label = String(repeating: " ", count: 14 - word.utf8.count)
    var text = styled + label
    if cause.isEmpty { return text + name + "\n" }
    // A long name has the line to itself.
    guard displayWidth(name) <= column else {
        text += name + "\n"
        text.add(wrapped(cause, width: max(20, style.width - 16)), indent: 16)
        return text
    }
    let lines = wrapped(cause, width: max(20, style.width - 14 - column - 2))
    text += padded(name, to: column) + "  " + (lines.first ?? "") + "\n"
    text.add(Array(lines.dropFirst()), indent: 14 + column + 2)
    return text
}

/// How many images each rule gave which verdict for.
private func table(_ totals: AuditTotals, _ style: TextStyle) -> String {
    let columns: [(String, Standing)] = [
        ("FAIL", .fail), ("UNDETERMINED", .undetermined), ("ACCEPTED", .accepted), ("N/A", .notApplicable),
        ("PASS", .pass),
    ]
    let names = totals.rules.map { $0.rule.utf8.count }.max() ?? 0
    func cell(_ text: String, _ title: String) -> String {
        let width = max(title.utf8.count, String(totals.images).utf8.count)
        return "  " + String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
    let levels = Level.recommended.rawValue.utf8.count
    let head = padded("RULE", to: names) + "  " + padded("LEVEL", to: levels)
    var text = "\n" + style.bold(head + columns.map { cell($0.0, $0.0) }.joined()) + "\n"
    for counts in totals.rulesByFailures {
        text += padded(counts.rule, to: names) + "  " + padded(counts.level.rawValue, to: levels)
        for (title, standing) in columns {
            let count = counts.count(standing)
            let shown = cell(count == 0 ? "-" : String(count), title)
            let isError = standing == .fail && count > 0 && counts.level == .required
            text += isError ? style.colored(shown, .red) : shown
        }
        text += "\n"
    }
    return text
}

/// What concerns no single image: waivers that accept nothing, and what changed since a former audit.
private func notes(_ totals: AuditTotals, _ changes: AuditChanges, _ style: TextStyle) -> String {
    var text = ""
    let waivers = totals.waiverNotes.map(\.text)
    if !waivers.isEmpty { text += "\n" }
    for sentence in waivers { text.add(sentence, label: "policy: ", indent: 0, width: style.width) }
    guard let groups = changes.groups(totals) else { return text }
    text += "\nsince the former audit\n"
    let lines = groups.flatMap { title, entries in
        entries.map { "\(title): \($0.image)" + ($0.words.isEmpty ? "" : ": " + $0.words) }
    }
    for line in lines.isEmpty ? ["nothing new, nothing fixed"] : lines {
        text.add(line, label: "", indent: 4, hanging: 8, width: style.width)
    }
    return text
}
