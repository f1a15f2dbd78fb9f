/// cluster-unset: ECS_CLUSTER left to AWS Batch.

extension Rule {
    static let clusterUnset = Rule(
        id: "cluster-unset",
        level: .recommended,
        title: "ECS_CLUSTER left to AWS Batch",
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
