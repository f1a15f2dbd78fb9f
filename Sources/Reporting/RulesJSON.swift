/// The catalog as programs read it.

import BatchRules

/// Rules as JSON, in their order: every key of every rule is there, with null where there is nothing to say.
func rulesJSON(_ rules: [Rule]) throws -> String {
    try jsonText(CatalogJSON(rules: rules.map(RuleJSON.init)))
}

private struct CatalogJSON: Encodable {
    let formatVersion = Version.format
    let tool = ToolJSON()
    let rules: [RuleJSON]
}

private struct RuleJSON: Encodable {
    /// What a policy may set of a rule beside its level.
    struct Parameter: Encodable {
        let key: String
        /// One text, or a list of them.
        let form: String
        let example: [String]

        init(_ parameter: RuleParameter<any Sendable>) {
            key = parameter.key
            switch parameter.form {
            case .text(let example, _): (form, self.example) = ("text", [example])
            case .list(let example, _): (form, self.example) = ("list", example)
            }
        }
    }

    let id: String
    let group: Group
    let level: Level
    /// What some verdicts of it count as.
    @OrNull var otherLevel: Level?
    /// Null where it stands for no clause of the specification.
    @OrNull var clause: Clause?
    let title: String
    let question: String
    let reason: String
    let decidedBy: String
    let remedy: String
    let reference: String
    @OrNull var parameter: Parameter?

    init(_ rule: Rule) {
        id = rule.id
        group = rule.group
        level = rule.level
        otherLevel = rule.otherLevel
        clause = rule.clause == .beside ? nil : rule.clause
        title = rule.title
        question = rule.question
        reason = rule.reason
        decidedBy = rule.decidedBy
        remedy = rule.remedy
        reference = rule.reference
        parameter = rule.parameter.map(Parameter.init)
    }
}
