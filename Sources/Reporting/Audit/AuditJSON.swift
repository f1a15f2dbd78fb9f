/// An audit for programs, as one document or a line an image; testdata/schema/audit.schema.json says what is in them.

import BatchRules

/// A line an image; before them, of what is no whole audit, which part. What a former audit said of an image is in its
/// `comparison`; what an incomplete audit lacks is in each line, so that a few of them are not taken for all.
func auditJSONLines(_ audit: Audit, to write: (String) throws -> Void) throws {
    if let header = AuditHeader(audit.totals.scope, images: audit.lines.count) { try write(jsonLine(header)) }
    try imageLines(audit, to: write)
}

private func imageLines(_ audit: Audit, to write: (String) throws -> Void) throws {
    let mark = try AuditLine.mark(audit.totals.scope.missing)
    func writeMarked(_ line: String) throws { try write(mark.isEmpty ? line : "{" + mark + line.dropFirst()) }
    guard audit.former != nil else {
        return try audit.forEachLine { try writeMarked(String(decoding: $0, as: UTF8.self) + "\n") }
    }
    try audit.forEach { try writeMarked($0.line()) }
}

/// One document: the totals, then `images`, each a line of its own.
func auditJSON(_ audit: Audit, to write: (String) throws -> Void) throws {
    let totals = try jsonText(AuditTotalsJSON(audit.totals))
    // The object of the totals stays open for the images.
    try write(String(totals.dropLast(2)) + "  ,\"images\" : [\n")
    var isFirst = true
    try imageLines(audit) { line in
        try write((isFirst ? "    " : "   ,") + line)
        isFirst = false
    }
    try write("  ]\n}\n")
}

/// What a document says of the audit as a whole.
struct AuditTotalsJSON: Encodable {
    let formatVersion = Version.format
    let today: [CalendarDay]
    let dataDate: [CalendarDay]
    /// Nil, and left out, where it is all images, as what follows.
    let shard: AuditHeader.Shard?
    let incomplete: [MissingShards]?
    let leftOut: Int?
    let baselineIncomplete: [MissingShards]?
    let summary: SummaryJSON

    /// How many images there are of each standing, and of each rule.
    struct SummaryJSON: Encodable {
        let images, pass, fail, undetermined, unreadable: Int
        let rules: [RuleJSON]
        /// Nil, and left out, where no former audit was given, as `gone`.
        let new: [String]?
        let gone: [String]?
        /// Nil, and left out, where all images are listed.
        let shown: Int?
        /// Nil, and left out, where images are not grouped.
        let groups: [GroupJSON]?
    }

    /// What the images of a group come to.
    struct GroupJSON: Encodable {
        let group: String
        let images, pass, fail, undetermined, unreadable: Int
    }

    /// How many images a rule gave which answer for.
    struct RuleJSON: Encodable {
        let rule: String
        let fail, undetermined, accepted, pass, notApplicable: Int
    }

    init(_ totals: AuditTotals) {
        today = totals.days.sorted()
        dataDate = totals.dataDates.sorted()
        shard = totals.scope.shard
        incomplete = totals.scope.missing.isEmpty ? nil : totals.scope.missing
        leftOut = totals.scope.leftOut == 0 ? nil : totals.scope.leftOut
        baselineIncomplete = totals.formerMissing.isEmpty ? nil : totals.formerMissing
        let rules = totals.rules.map {
            RuleJSON(
                rule: $0.rule, fail: $0.count(.fail), undetermined: $0.count(.undetermined),
                accepted: $0.count(.accepted), pass: $0.count(.pass), notApplicable: $0.count(.notApplicable))
        }
        let groups = totals.groups.map {
            GroupJSON(
                group: $0.name, images: $0.images, pass: $0.count(.pass), fail: $0.count(.fail),
                undetermined: $0.count(.undetermined), unreadable: $0.count(.unreadable))
        }
        summary = SummaryJSON(
            images: totals.images, pass: totals.pass, fail: totals.fail, undetermined: totals.undetermined,
            unreadable: totals.unreadable, rules: rules, new: totals.fresh, gone: totals.gone, shown: totals.shown,
            groups: groups.isEmpty ? nil : groups)
    }
}
