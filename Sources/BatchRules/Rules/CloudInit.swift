/// cloud-init: cloud-init present and enabled.

extension Rule {
    static let cloudInit = Rule(
        id: "cloud-init",
        level: .required,
        title: "cloud-init present and enabled",
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
