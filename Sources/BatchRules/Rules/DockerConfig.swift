/// docker-config: a configuration that dockerd accepts.

extension Rule {
    static let dockerConfig = Rule(
        id: "docker-config",
        level: .required,
        title: "a configuration that dockerd accepts",
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
