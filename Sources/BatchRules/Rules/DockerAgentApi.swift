/// docker-agent-api: the agent can talk to this Docker.

extension Rule {
    static let dockerAgentApi = Rule(
        id: "docker-agent-api",
        level: .required,
        title: "the agent can talk to this Docker",
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
