/// agent-at-boot: the agent starts at boot.

extension Rule {
    static let agentAtBoot = Rule(
        id: "agent-at-boot",
        level: .required,
        title: "the agent starts at boot",
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
