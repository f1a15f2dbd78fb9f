/// agent-latest: the latest ECS agent.

extension Rule {
    static let agentLatest = Rule(
        id: "agent-latest",
        level: .recommended,
        title: "the latest ECS agent",
        clause: .agent,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
