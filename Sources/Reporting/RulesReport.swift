/// The catalog itself as text: a table by groups, and one rule in full.

public import BatchRules

/// All rules, required and recommended, group by group, those of the specification in the order of its clauses.
public func rulesTable(_ catalog: RuleCatalog, style: TextStyle) -> String {
    let names = catalog.rules.map { displayWidth($0.id) }.max() ?? 0
    let levels = catalog.rules.map { displayWidth(levelWords($0)) }.max() ?? 0
    var text = ""
    for group in Group.allCases {
        let rules = catalog.rules.filter { $0.group == group }
        if rules.isEmpty { continue }
        text += (text.isEmpty ? "" : "\n") + style.bold(group.rawValue) + ": " + group.title + "\n"
        for rule in rules {
            let clause = rule.clause == .beside ? "" : rule.clause.rawValue + ": "
            text.add(
                clause + rule.title,
                label: padded(rule.id, to: names) + "  " + padded(levelWords(rule), to: levels) + "  ",
                indent: 2, width: 80)
        }
    }
    return text
}

/// `required, recommended`: its own level, then that of some verdicts of it.
private func levelWords(_ rule: Rule) -> String {
    ([rule.level] + [rule.otherLevel].compactMap(\.self)).map(\.rawValue).joined(separator: ", ")
}

/// One rule: what it asks, why, what decides it, how to mend it, and where it is documented.
public func ruleText(_ rule: Rule, style: TextStyle) -> String {
    let place =
        rule.clause == .beside
        ? "group \(rule.group.rawValue), beside the AMI specification's text"
        : "clause \(rule.clause.rawValue) of the AMI specification"
    let other = rule.otherLevel.map { " (some verdicts of it: \($0.rawValue))" } ?? ""
    var text = ""
    text.add(
        rule.title, label: rule.id + ": ", labelAs: style.bold(rule.id) + ": ", indent: 0, hanging: 4,
        width: style.width)
    text.add(rule.level.rawValue + other + ", " + place, label: "", indent: 0, width: style.width)
    for (heading, body) in [
        ("Asks", rule.question), ("Why", rule.reason), ("Decided by", rule.decidedBy), ("To mend it", rule.remedy),
        ("Documented", rule.reference),
    ] {
        text += "\n" + style.bold(heading) + "\n"
        text.add(body, label: "", indent: 4, width: style.width)
    }
    return text
}
