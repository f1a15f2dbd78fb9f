/// An audit for a comment on a pull request, which on GitHub has room for 65,536 characters, or the summary of a job.

import BatchRules

/// The totals, the rules that most images break, the images that do not pass, what changed, then details folded away.
///
/// As many images are shown as there is room for, those first that ask for work; how many are not is said. Text from
/// images is as harmless as in the report on one.
func auditMarkdown(_ audit: Audit, to write: (String) throws -> Void) throws {
    let totals = audit.totals
    var changes = AuditChanges()
    // Rows and details of images that could still find room are kept, the images are not.
    var rows = ImageStanding.allCases.map { _ in Room(Room.rows) }
    var details = ImageStanding.allCases.map { _ in Room(Room.details) }
    try audit.forEach(where: { audit.former != nil || $0.standing != .pass }) { image in
        changes.add(image, of: audit)
        guard image.standing != .pass, let number = ImageStanding.allCases.firstIndex(of: image.standing) else {
            return
        }
        rows[number].add(row(image))
        if let report = image.report { details[number].add(detail(report)) }
    }
    var blocks = [heading(totals)]
    if totals.images > 0, !totals.rules.isEmpty { blocks.append(ruleTable(totals)) }
    blocks += groupTable(totals)
    blocks += section("Images that do not pass", rows, Room(Room.rows)) { rows in
        markdownTable([["Image", "Verdict", "Decided by"]]) + "\n" + rows.joined(separator: "\n")
    }
    blocks += sinceFormer(changes.groups(totals))
    let waivers = totals.waiverNotes.map { "- \($0.isBroken ? "❗ " : "")\(markdownText($0.text))" }
    blocks += list("### Waivers that do not count everywhere", waivers, Room(Room.list))
    let remarks = totals.notes.map { "- " + markdownText($0) }
    blocks += list("### Notes", remarks, Room(Room.list))
    blocks += section("What was found in images that do not pass", details, Room(Room.details)) {
        $0.joined(separator: "\n\n")
    }
    let dates = totals.images > 0 ? " · \(totals.dates)" : ""
    blocks.append("<sub>amilint \(Version.amilint)\(dates)</sub>")
    try write(blocks.joined(separator: "\n\n") + "\n")
}

/// Texts that are shown as long as there is room.
private struct Room {
    /// In bytes, which are at least as many as characters. With ten lists and the table of rules they come to less
    /// than GitHub's limit.
    static let rows = 20_000
    static let details = 20_000
    static let list = 2_000

    private(set) var shown: [String] = []
    /// How many found no room.
    private(set) var more = 0
    private var left: Int

    init(_ bytes: Int) { left = bytes }

    /// Adds a text; after the first that finds no room none does, so that what is shown is the beginning of all.
    mutating func add(_ text: String) {
        guard more == 0, text.utf8.count < left else {
            more += 1
            return
        }
        left -= text.utf8.count + 1
        shown.append(text)
    }

    /// Adds what another has, what found no room there included.
    mutating func add(_ other: Room) {
        for text in other.shown { add(text) }
        more += other.more
    }
}

private func heading(_ totals: AuditTotals) -> String {
    let mark =
        totals.fail + totals.unreadable > 0 || !totals.scope.missing.isEmpty ? "❌" : totals.undetermined > 0 ? "❓" : "✅"
    return "## \(totals.images == 0 ? "" : mark + " ")" + markdownText(totals.sentence)
}

/// Rules that an image breaks, or that could not be determined for one, or were accepted; the others are counted.
private func ruleTable(_ totals: AuditTotals) -> String {
    let columns: [(String, Standing)] = [
        ("Fail", .fail), ("Undetermined", .undetermined), ("Accepted", .accepted), ("Pass", .pass),
    ]
    let broken = totals.rulesByFailures.filter { rule in
        [.fail, .undetermined, .accepted].contains { rule.count($0) > 0 }
    }
    let kept = totals.rules.count - broken.count
    let rest = kept == 0 ? "" : "\(kept) more \(kept == 1 ? "rule is" : "rules are") broken by no image that was read"
    if broken.isEmpty { return rest }
    let rows = broken.map { rule in
        [codeSpan(rule.rule, inTable: true), rule.level.rawValue]
            + columns.map { rule.count($0.1) == 0 ? "" : String(rule.count($0.1)) }
    }
    let table = markdownTable([["Rule", "Level"] + columns.map(\.0)] + rows)
    return "### Rules by the images that break them\n\n" + table + (rest.isEmpty ? "" : "\n\n" + rest)
}

/// What groups of images come to, where they are grouped.
private func groupTable(_ totals: AuditTotals) -> [String] {
    let standings = ImageStanding.allCases.filter { totals.count($0) > 0 }
    let rows = totals.groups.map { group in
        let counts = standings.map { group.count($0) == 0 ? "" : String(group.count($0)) }
        return "| " + ([markdownText(group.name), String(group.images)] + counts).joined(separator: " | ") + " |"
    }
    var room = Room(2 * Room.list)
    for row in rows { room.add(row) }
    return section("Groups", [room], Room(2 * Room.list)) { rows in
        markdownTable([["Group", "Images"] + standings.map(\.label)]) + "\n" + rows.joined(separator: "\n")
    }
}

private func row(_ image: AuditedImage) -> String {
    let mark =
        switch image.standing {
        case .fail: "❌ fails"
        case .unreadable: "❌ could not be read"
        case .undetermined: "❓ undetermined"
        case .pass: "✅ passes"
        }
    let cause =
        image.report == nil
        ? markdownText(clipped(image.cause, to: longestMarkdownText)) : codeSpan(image.cause, inTable: true)
    // GitLab and GitHub differ in what a backslash before a `|` is in a code span of a table.
    let isPlain = !image.name.utf8.contains(UInt8(ascii: "|"))
    let name = isPlain ? codeSpan(image.name) : markdownText(image.name)
    return "| \(name) | \(mark) | \(cause) |"
}

/// What asks for work in one image, folded away.
private func detail(_ report: Report) -> String {
    let groups = report.groups.filter { $0.level == .required && [.fail, .undetermined].contains($0.standing) }
    let facts = report.keyFacts.rows.map { "\($0.name): \(codeSpan($0.value))" }.joined(separator: " · ")
    let findings = groups.flatMap(\.findings).map { markdownBlock($0, of: report) }
    return "<details><summary>\(markdownText(report.image.name))</summary>\n\n"
        + ([facts] + findings).joined(separator: "\n\n") + "\n\n</details>"
}

/// A section with what of `parts`, in their order, finds room.
private func section(_ title: String, _ parts: [Room], _ room: Room, _ body: ([String]) -> String) -> [String] {
    var room = room
    for part in parts { room.add(part) }
    if room.shown.isEmpty, room.more == 0 { return [] }
    var text = "### \(title)"
    if !room.shown.isEmpty { text += "\n\n" + body(room.shown) }
    if room.more > 0 { text += "\n\n" + more(room.more) }
    return [text]
}

private func list(_ heading: String, _ lines: [String], _ room: Room) -> [String] {
    if lines.isEmpty { return [] }
    var room = room
    for line in lines { room.add(line) }
    let rest = room.more == 0 ? [] : ["- " + more(room.more)]
    return [heading + "\n\n" + (room.shown + rest).joined(separator: "\n")]
}

/// What a reader is told of those that found no room.
private func more(_ count: Int) -> String {
    "and \(count) more, for which there is no room here: all are in the other formats"
}

private func sinceFormer(_ groups: [(title: String, entries: [AuditChanges.Entry])]?) -> [String] {
    guard let groups else { return [] }
    if groups.isEmpty { return ["### Since the former audit\n\nnothing new, nothing fixed"] }
    let lists = groups.flatMap { title, entries in
        let lines = entries.map { "- " + codeSpan($0.image) + ($0.words.isEmpty ? "" : ": " + markdownText($0.words)) }
        return list("**\(title)** (\(entries.count))", lines, Room(Room.list))
    }
    return ["### Since the former audit"] + lists
}
