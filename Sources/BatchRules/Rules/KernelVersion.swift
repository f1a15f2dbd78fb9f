/// kernel-version: Linux kernel 3.10 or newer.

extension Rule {
    static let kernelVersion = Rule(
        id: "kernel-version",
        level: .required,
        title: "Linux kernel 3.10 or newer",
        clause: .kernel,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
