/// An audit for spreadsheets: RFC 4180, with line feeds as line ends.

import BatchRules

/// A row an image: verdict, key facts, what it was judged by, what the audit lacks, and a column for each rule of the
/// catalog.
func auditCSV(_ audit: Audit, to write: (String) throws -> Void) throws {
    let rules = RuleCatalog.batch.rules.map(\.id)
    let facts = KeyFacts.Name.allCases
    let columns = columns(of: audit)
    let heads =
        ["image", "verdict", "error", "policy", "weakened"] + facts.map(\.rawValue) + columns.map(\.name) + rules
    try write(heads.joined(separator: ",") + "\n")
    try audit.forEachOutline { image in
        var cells = [image.name, image.standing.rawValue]
        switch image.outcome {
        case .unreadable(let failure): cells += ["\(failure.code): \(failure.reason)", "", ""] + facts.map { _ in "" }
        case .judged(let report):
            cells += ["", report.policy?.sources.file?.path ?? "", report.policy?.weakening ?? ""]
            cells += facts.map { report.keyFacts[$0] }.map { $0.state == .absent ? "" : $0.words }
        }
        cells += columns.map { $0.text(image) }
        let found = Dictionary((image.report?.findings ?? []).map { ($0.rule, $0.standing.rawValue) }) { first, _ in
            first
        }
        cells += rules.map { found[$0] ?? "" }
        try write(cells.map(cell).joined(separator: ",") + "\n")
    }
}

/// What was asked of an image, and how much of the audit is there: alike in every row as a rule, so that a few of them
/// are not taken for more than they are. A cell is empty where there is nothing to say.
private func columns(of audit: Audit) -> [(name: String, text: (AuditedImage) -> String)] {
    let scope = audit.totals.scope
    func failed(_ text: @escaping (Finding) -> String, between: String) -> (AuditedImage) -> String {
        { image in
            (image.report?.findings ?? []).filter {
                $0.level == .required && [.fail, .undetermined].contains($0.standing)
            }
            .map(text).joined(separator: between)
        }
    }
    func number(_ number: Int) -> String { number == 0 ? "" : String(number) }
    func policy(_ text: @escaping (PolicyInForce) -> String) -> (AuditedImage) -> String {
        { $0.report?.policy.map(text) ?? "" }
    }
    return [
        ("group", { image in audit.view.grouping?.group(of: image) ?? "" }), ("failed", failed(\.rule, between: " ")),
        ("reasons", failed({ "\($0.rule): \($0.said)" }, between: "; ")), ("change", audit.change(of:)),
        ("policySHA256", policy { $0.sources.file?.sha256 ?? "" }),
        (
            "changedRules",
            policy {
                $0.changes.map { "\($0.rule) \($0.counts.rawValue) by \($0.by.rawValue)" }.joined(separator: "; ")
            }
        ),
        ("releaseData", policy { $0.sources.releaseData.map { "\($0.path) \($0.sha256)" }.joined(separator: "; ") }),
        ("givenDate", { $0.report?.policy?.sources.isDateGiven == true ? $0.today.description : "" }),
        ("accepted", { $0.report.map { number($0.count(.accepted)) } ?? "" }),
        ("incomplete", { _ in scope.part ?? "" }),
        ("leftOut", { _ in number(scope.leftOut) }),
    ]
}

extension Audit {
    /// What became of an image since the former audit, in a few words; empty where none was given.
    fileprivate func change(of image: AuditedImage) -> String {
        switch (former?.standing(of: image.name), image.report) {
        case (nil, _): return ""
        case (.unknown, _): return totals.formerMissing.isEmpty ? "new" : "not in the baseline, which is incomplete"
        case (.unreadable, nil): return "unchanged"
        case (.unreadable, _): return "better: can be read"
        case (.judged, nil): return "worse: could not be read"
        case (.judged, let report?):
            let worse = report.findings.map(\.rule).filter { report.comparison?.changes[$0] == .new }
            let parts = [("worse", worse), ("better", report.fixedRules)].filter { !$0.1.isEmpty }
            return parts.isEmpty
                ? "unchanged" : parts.map { "\($0.0): \($0.1.joined(separator: " "))" }.joined(separator: "; ")
        }
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
