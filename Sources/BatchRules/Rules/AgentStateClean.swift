/// agent-state-clean: no agent state baked into the image.

extension Rule {
    static let agentStateClean = Rule(
        id: "agent-state-clean",
        level: .required,
        title: "no agent state baked into the image",
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
