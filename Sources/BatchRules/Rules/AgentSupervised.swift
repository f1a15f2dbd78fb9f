/// agent-supervised: an init and nanny process runs the agent.

extension Rule {
    static let agentSupervised = Rule(
        id: "agent-supervised",
        level: .recommended,
        title: "an init and nanny process runs the agent",
        clause: .supervision,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
