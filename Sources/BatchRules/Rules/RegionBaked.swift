/// region-baked: the region left to the instance.

import ImageFacts

extension Rule {
    static let regionBaked = Rule(
        id: "region-baked",
        level: .recommended,
        title: "the region left to the instance",
        group: .host,
        question: "Does the agent take the region from the instance it runs on?",
        reason: """
            The agent registers in the region that AWS_DEFAULT_REGION names, whatever the instance's own is. An image \
            that is copied to another region starts hosts there that look for their cluster in the first one.
            """,
        decidedBy: """
            AWS_DEFAULT_REGION in the agent's own environment: ecs.config with ecs-init, the options of docker run or the \
            unit's environment by hand. Unset or empty the agent asks the metadata service.
            """,
        remedy: "remove AWS_DEFAULT_REGION from what the agent is given: it takes the region from the instance",
        reference: "https://github.com/aws/amazon-ecs-agent#environment-variables"
    ) { facts, _ in
        facts.agent.verdict(absent: .noAgent) { _, evidence in
            guard let environment = facts.agentEnvironment.value else {
                return facts.agentEnvironment.isAbsent
                    ? Facts.nothingRunsTheAgent(evidence, "")
                    : .notApplicable("the agent's environment is not known (see awslogs-driver)", evidence)
            }
            let found = ([environment] + environment.others.map(\.environment)).compactMap { environment in
                environment.settings.first { $0.setting.key == AgentKey.region && !$0.setting.trimmedValue.isEmpty }
            }
            guard let setting = found.first?.setting else { return .pass("no region is set for the agent") }
            return .fail(
                """
                \(setting.evidence.prefix)AWS_DEFAULT_REGION=\(setting.trimmedValue) is set: hosts in another region register \
                in that one; without it the agent takes that of the instance
                """, found.map(\.setting.evidence),
                remedy: found.map(\.setting.evidence.withoutSetting))
        }
    }
}
