/// multi-node-parallel: Amazon Linux with ecs-init, for multi-node parallel jobs.

import ImageFacts

extension Rule {
    static let multiNodeParallel = Rule(
        id: "multi-node-parallel",
        level: .recommended,
        or: .required,
        title: "Amazon Linux with ecs-init, for multi-node parallel jobs",
        group: .specification,
        clause: .multiNode,
        question: "Can multi-node parallel jobs run on this image?",
        reason: """
            Multi-node parallel jobs run only on instances of Amazon Linux with the package ecs-init; on others \
            their nodes never start. Images that run no such jobs may break this rule.
            """,
        consequence: "the nodes of multi-node parallel jobs never start on it",
        decidedBy: """
            ID=amzn in os-release and the package ecs-init. Ubuntu or another system with amazon-ecs-init is not \
            enough.
            """,
        remedy: """
            build on Amazon Linux with `dnf install ecs-init`, best on the ECS-optimized AMI; or keep multi-node \
            parallel jobs off this image
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/multi-node-parallel-jobs.html"
    ) { facts, _ in
        facts.amazonLinuxWithECSInit(passing: ": multi-node parallel jobs can run")
    }
}
