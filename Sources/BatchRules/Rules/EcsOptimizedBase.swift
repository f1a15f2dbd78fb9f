/// ecs-optimized-base: ECS-optimized AMI, or Amazon Linux with ecs-init.

import ImageFacts

extension Rule {
    static let ecsOptimizedBase = Rule(
        id: "ecs-optimized-base",
        level: .recommended,
        title: "ECS-optimized AMI, or Amazon Linux with ecs-init",
        group: .specification,
        clause: .optimizedImage,
        question: "Is the image built on the ECS-optimized AMI, or on Amazon Linux with ecs-init?",
        reason: """
            AWS tests kernel, Docker and agent of these images together. Any other base is allowed, and everything \
            that the specification asks for is then up to whoever builds the image.
            """,
        decidedBy: """
            ID=amzn in os-release and the package ecs-init. Nothing in an image says whether it comes from the \
            ECS-optimized AMI, and none of the two is preferred to the other.
            """,
        remedy: """
            choose the ECS-optimized AMI of Amazon Linux 2023 as the base, or install ecs-init on Amazon Linux; \
            where jobs need another system, accept this finding in the policy file
            """,
        reference: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html"
    ) { facts, _ in
        facts.amazonLinuxWithECSInit(passing: "")
    }
}
