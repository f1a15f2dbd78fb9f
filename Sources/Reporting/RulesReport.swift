/// The catalog itself as text: a table, and one rule in full.

public import BatchRules

/// All rules in one table, required and recommended, in the specification's order.
public func rulesTable(_ catalog: RuleCatalog) -> String {
    let rows =
        [["RULE", "LEVEL", "CLAUSE", "ASKS FOR"]]
        + catalog.rules.map {
            [$0.id, $0.level.rawValue, $0.clause == .beside ? "-" : $0.clause.rawValue, $0.title]
        }
    let widths = (0..<3).map { column in rows.map { displayWidth($0[column]) }.max() ?? 0 }
    return rows.reduce(into: "") { text, row in
        let label = (0..<3).map { padded(row[$0], to: widths[$0]) + "  " }.joined()
        text.add(row[3], label: label, indent: 0, width: 80)
    }
}

/// One rule: what it asks, why, what decides it, how to mend it, and where it is documented.
public func ruleText(_ rule: Rule, style: TextStyle) -> String {
    let clause =
        rule.clause == .beside
        ? "beside the AMI specification's text" : "clause \(rule.clause.rawValue) of the AMI specification"
    var text = style.bold(rule.id) + ": " + rule.title + "\n"
    text += rule.level.rawValue + ", " + clause + "\n"
    for (heading, body) in [
        ("Asks", rule.question), ("Why", rule.reason), ("Decided by", rule.decidedBy), ("To mend it", rule.remedy),
        ("Documented", rule.reference),
    ] {
        text += "\n" + style.bold(heading) + "\n"
        text.add(body, label: "", indent: 4, width: style.width)
    }
    return text
}
