/// hvm-virtualization: HVM virtualization type.

extension Rule {
    static let hvmVirtualization = Rule(
        id: "hvm-virtualization",
        level: .required,
        title: "HVM virtualization type",
        clause: .virtualization,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
