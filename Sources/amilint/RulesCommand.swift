/// `amilint rules`: the catalog.

import ArgumentParser
import BatchRules
import Inspection
import Reporting

/// Prints the catalog, or one rule in full.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "List the rules, or explain one.",
        usage: "amilint rules [ID] [OPTIONS]",
        discussion: """
            EXAMPLE
              amilint rules awslogs-driver
            """
    )

    @Argument(help: "The rule to explain: what it asks, why, what decides it, how to mend it.", completion: .ruleID)
    var id: String?

    @OptionGroup var reports: ReportOptions<RulesFormat>

    func run() throws {
        let rule = RuleCatalog.batch.rule(id ?? "")
        if let id, rule == nil { throw Stop(.usage, unknownRule(id)) }
        try reports.write { try $2($0.render(.batch, explaining: rule, style: $1)) }
    }
}

/// What is said of a rule id that nobody knows: the rules of a clause are named, and of several ids how to give them.
func unknownRule(_ id: String) -> String {
    if let clause = Clause(rawValue: id.uppercased()) {
        let rules = RuleCatalog.batch.rules.filter { $0.clause == clause }.map(\.id)
        return "no rule is called '\(id)'; the rules of clause \(clause.rawValue): \(rules.joined(separator: ", "))"
    }
    if id.contains(",") { return "one rule expected, '\(id)' found; give each by an option of its own" }
    let hint = nearest(id, among: RuleCatalog.batch.rules.map(\.id)).map { "did you mean \($0)?" }
    return "no rule is called '\(id)'; \(hint ?? "'amilint rules' lists them")"
}
