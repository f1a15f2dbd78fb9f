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
        usage: "amilint rules [ID]",
        discussion: """
            EXAMPLE
              amilint rules awslogs-driver
            """
    )

    @Argument(help: "The rule to explain: what it asks, why, what decides it, how to mend it.", completion: .ruleID)
    var id: String?

    @Flag(help: "No colors (as with NO_COLOR set).")
    var noColor = false

    func run() throws {
        let style = standardOutputStyle(noColor: noColor)
        guard let id else { return try printOut(rulesTable(.batch, style: style)) }
        guard let rule = RuleCatalog.batch.rule(id) else { throw Stop(.usage, unknownRule(id)) }
        try printOut(ruleText(rule, style: style))
    }
}

/// What is said of a rule id that nobody knows.
func unknownRule(_ id: String) -> String {
    let hint = nearest(id, among: RuleCatalog.batch.rules.map(\.id)).map { "did you mean \($0)?" }
    return "no rule is called '\(id)'; \(hint ?? "'amilint rules' lists them")"
}
