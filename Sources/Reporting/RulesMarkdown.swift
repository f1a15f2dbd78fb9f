/// The catalog as a page of documentation.

import BatchRules

/// Every rule in full, group by group.
func rulesMarkdown(_ catalog: RuleCatalog) -> String {
    var blocks = ["# Rules of amilint \(Version.amilint)"]
    for group in Group.allCases {
        let rules = catalog.rules.filter { $0.group == group }
        if rules.isEmpty { continue }
        blocks.append("## \(group.rawValue): \(markdownText(group.title))")
        let rows = rules.map { [codeSpan($0.id, inTable: true), levelWords($0), clause($0), markdownText($0.title)] }
        blocks.append(markdownTable([["Rule", "Level", "Clause", "Requirement"]] + rows))
        blocks += rules.map { ruleMarkdown($0, depth: 3).trimmingEnd }
    }
    return blocks.joined(separator: "\n\n") + "\n"
}

/// One rule, its heading of `depth`.
func ruleMarkdown(_ rule: Rule, depth: Int) -> String {
    var blocks = [
        String(repeating: "#", count: depth) + " \(codeSpan(rule.id)): \(markdownText(rule.title))",
        markdownText(standing(of: rule)),
    ]
    blocks += rule.explanation.map { part in
        let isLink = part.text.hasPrefix("https://")
        return "**\(part.name):** " + (isLink ? "<\(part.text)>" : markdownProse(part.text))
    }
    if let parameter = rule.parameter {
        blocks.append("**A policy may set:** " + codeSpan(parameter.key))
    }
    return blocks.joined(separator: "\n\n") + "\n"
}

private func clause(_ rule: Rule) -> String { rule.clause == .beside ? "" : rule.clause.rawValue }

extension String {
    /// Without the line feed at its end.
    fileprivate var trimmingEnd: String { hasSuffix("\n") ? String(dropLast()) : self }
}
