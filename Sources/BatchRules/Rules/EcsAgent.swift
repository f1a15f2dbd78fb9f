/// ecs-agent: Amazon ECS container agent.

extension Rule {
    static let ecsAgent = Rule(
        id: "ecs-agent",
        level: .required,
        title: "Amazon ECS container agent",
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
