/// ecs-optimized-base: ECS-optimized AMI, or Amazon Linux with ecs-init.

extension Rule {
    static let ecsOptimizedBase = Rule(
        id: "ecs-optimized-base",
        level: .recommended,
        title: "ECS-optimized AMI, or Amazon Linux with ecs-init",
        clause: .optimizedImage,
        question: "",
        reason: "",
        decidedBy: "",
        remedy: "",
        reference: ""
    ) { _, _ in
        .undetermined("not decided yet")
    }
}
