/// multi-node-parallel: Amazon Linux with ecs-init, for multi-node parallel jobs.

extension Rule {
    static let multiNodeParallel = Rule(
        id: "multi-node-parallel",
        level: .recommended,
        title: "Amazon Linux with ecs-init, for multi-node parallel jobs",
        clause: .multiNode,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
