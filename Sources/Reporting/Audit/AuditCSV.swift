/// An audit for spreadsheets: RFC 4180, with line feeds as line ends.

import BatchRules

/// A row an image: verdict, key facts, and a column for each rule of the catalog.
func auditCSV(_ audit: Audit, to write: (String) throws -> Void) throws {
    let rules = RuleCatalog.batch.rules.map(\.id)
    let facts = KeyFacts.Name.allCases
    try write(
        (["image", "verdict", "error", "policy", "weakened"] + facts.map(\.rawValue) + rules).joined(separator: ",")
            + "\n")
    try audit.forEach { image in
        var cells = [image.name, image.standing.rawValue]
        switch image.outcome {
        case .unreadable(let failure):
            cells.append("\(failure.code): \(failure.reason)")
            cells += ["", ""] + facts.map { _ in "" } + rules.map { _ in "" }
        case .judged(let report):
            cells += ["", report.policy?.sources.file?.path ?? "", report.policy?.weakening ?? ""]
            cells += facts.map { report.keyFacts[$0] }.map { $0.state == .absent ? "" : $0.words }
            let found = Dictionary(report.findings.map { ($0.rule, $0.standing.rawValue) }) { first, _ in first }
            cells += rules.map { found[$0] ?? "" }
        }
        try write(cells.map(cell).joined(separator: ",") + "\n")
    }
}

/// A cell, in quotes where it needs them. A text that a spreadsheet would take for a formula is made one by an
/// apostrophe before it.
private func cell(_ text: String) -> String {
    let text = inert(text)
    let isFormula = text.utf8.first.map { "=+-@".utf8.contains($0) } ?? false
    let shown = isFormula ? "'" + text : text
    guard shown.utf8.contains(where: { ",\"'".utf8.contains($0) }) else { return shown }
    return "\"" + escaping(shown) { $0 == "\"" ? "\"\"" : nil } + "\""
}
