/// agent-config-lines: every line of ecs.config does what it looks like.

extension Rule {
    static let agentConfigLines = Rule(
        id: "agent-config-lines",
        level: .recommended,
        title: "every line of ecs.config does what it looks like",
        clause: .beside,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
