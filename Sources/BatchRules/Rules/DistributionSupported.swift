/// distribution-supported: a distribution that is still supported.

extension Rule {
    static let distributionSupported = Rule(
        id: "distribution-supported",
        level: .recommended,
        title: "a distribution that is still supported",
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
