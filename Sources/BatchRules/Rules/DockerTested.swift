/// docker-tested: the Docker version tested with this agent.

extension Rule {
    static let dockerTested = Rule(
        id: "docker-tested",
        level: .recommended,
        title: "the Docker version tested with this agent",
        clause: .testedDocker,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
