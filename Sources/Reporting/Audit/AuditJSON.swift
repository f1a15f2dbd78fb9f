/// An audit for programs, as one document or a line an image; testdata/schema/audit.schema.json says what is in them.

import BatchRules

/// A line an image; before them, of a part of a larger audit, which part. What a former audit said of an image is in
/// its `comparison`.
func auditJSONLines(_ audit: Audit, to write: (String) throws -> Void) throws {
    if let shard = audit.shard { try write(jsonLine(ShardHeader(shard, images: audit.lines.count))) }
    try imageLines(audit, to: write)
}

private func imageLines(_ audit: Audit, to write: (String) throws -> Void) throws {
    guard audit.former != nil else { return try audit.lines.forEachText(write) }
    try audit.forEach { try write($0.line()) }
}

/// One document: the totals, then `images`, each a line of its own.
func auditJSON(_ audit: Audit, to write: (String) throws -> Void) throws {
    let totals = try jsonText(AuditSpine(totals: audit.totals))
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
struct AuditSpine: Encodable {
    let totals: AuditTotals

    private enum Key: String, CodingKey {
        case formatVersion, summary, today, dataDate
        case images, pass, fail, undetermined, unreadable, rules, new, gone
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Version.format, forKey: .formatVersion)
        try container.encode(totals.days.sorted(), forKey: .today)
        try container.encode(totals.dataDates.sorted(), forKey: .dataDate)
        var summary = container.nestedContainer(keyedBy: Key.self, forKey: .summary)
        try summary.encode(totals.images, forKey: .images)
        try summary.encode(totals.pass, forKey: .pass)
        try summary.encode(totals.fail, forKey: .fail)
        try summary.encode(totals.undetermined, forKey: .undetermined)
        try summary.encode(totals.unreadable, forKey: .unreadable)
        try summary.encode(totals.rules, forKey: .rules)
        try summary.encodeIfPresent(totals.fresh, forKey: .new)
        try summary.encodeIfPresent(totals.gone, forKey: .gone)
    }
}
