/// cloud-init-state: cloud-init runs again on a new instance.

extension Rule {
    static let cloudInitState = Rule(
        id: "cloud-init-state",
        level: .recommended,
        title: "cloud-init runs again on a new instance",
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
