/// awslogs-driver: awslogs among the agent's available log drivers.

extension Rule {
    static let awslogsDriver = Rule(
        id: "awslogs-driver",
        level: .required,
        title: "awslogs among the agent's available log drivers",
        clause: .logDriver,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
