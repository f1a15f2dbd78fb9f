/// linux-distribution: a modern Linux distribution, not Windows.

extension Rule {
    static let linuxDistribution = Rule(
        id: "linux-distribution",
        level: .required,
        title: "a modern Linux distribution, not Windows",
        clause: .linux,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
