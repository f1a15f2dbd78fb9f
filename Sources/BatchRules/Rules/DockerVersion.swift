/// docker-version: Docker daemon 1.9 or newer.

extension Rule {
    static let dockerVersion = Rule(
        id: "docker-version",
        level: .required,
        title: "Docker daemon 1.9 or newer",
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
