/// agent-config: a configuration that the agent accepts.

extension Rule {
    static let agentConfig = Rule(
        id: "agent-config",
        level: .required,
        title: "a configuration that the agent accepts",
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
