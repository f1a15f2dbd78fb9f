/// docker-runtime: Docker's runtime dependencies.

extension Rule {
    static let dockerRuntime = Rule(
        id: "docker-runtime",
        level: .required,
        title: "Docker's runtime dependencies",
        clause: .docker,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
