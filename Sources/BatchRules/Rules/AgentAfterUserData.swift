/// agent-after-user-data: the agent starts after user data.

extension Rule {
    static let agentAfterUserData = Rule(
        id: "agent-after-user-data",
        level: .recommended,
        title: "the agent starts after user data",
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
