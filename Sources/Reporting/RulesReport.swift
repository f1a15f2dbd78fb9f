/// The catalog itself: a table by groups, and one rule in full.

public import BatchRules

/// A format of the catalog.
public enum RulesFormat: String, CaseIterable, Sendable {
    /// For people at a terminal.
    case text
    /// For programs: every rule in full.
    case json
    /// For a page of documentation.
    case markdown

    /// All rules of a catalog, or `rule` alone, with a line feed at the end.
    ///
    /// Throws only where a value cannot be encoded, which is a defect of this program.
    public func render(_ catalog: RuleCatalog, explaining rule: Rule? = nil, style: TextStyle = .plain) throws -> String
    {
        switch self {
        case .text: rule.map { ruleText($0, style: style) } ?? rulesTable(catalog, style: style)
        case .json: try rulesJSON(rule.map { [$0] } ?? catalog.rules)
        case .markdown: rule.map { ruleMarkdown($0, depth: 1) } ?? rulesMarkdown(catalog)
        }
    }
}

/// All rules, required and recommended, group by group, those of the specification in the order of its clauses.
func rulesTable(_ catalog: RuleCatalog, style: TextStyle) -> String {
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
func levelWords(_ rule: Rule) -> String {
    ([rule.level] + [rule.otherLevel].compactMap(\.self)).map(\.rawValue).joined(separator: ", ")
}

/// One rule: what it asks, why, what decides it, how to mend it, and where it is documented.
func ruleText(_ rule: Rule, style: TextStyle) -> String {
    var text = ""
    text.add(
        rule.title, label: rule.id + ": ", labelAs: style.bold(rule.id) + ": ", indent: 0, hanging: 4,
        width: style.width)
    text.add(standing(of: rule), label: "", indent: 0, width: style.width)
    for part in rule.explanation {
        text += "\n" + style.bold(part.name) + "\n"
        text.add(part.text, label: "", indent: 4, width: style.width)
    }
    return text
}

/// `required, clause S2 of the AMI specification`.
func standing(of rule: Rule) -> String {
    let place =
        rule.clause == .beside
        ? "group \(rule.group.rawValue), beside the AMI specification's text"
        : "clause \(rule.clause.rawValue) of the AMI specification"
    let other = rule.otherLevel.map { " (some verdicts of it: \($0.rawValue))" } ?? ""
    return rule.level.rawValue + other + ", " + place
}
