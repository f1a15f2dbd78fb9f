/// agent-latest: the latest ECS agent.

import ImageFacts

extension Rule {
    static let agentLatest = Rule(
        id: "agent-latest",
        level: .recommended,
        title: "the latest ECS agent",
        group: .specification,
        clause: .agent,
        question: "Is the agent as new as the latest release known?",
        reason: """
            Old agents lack what newer job definitions ask for (secrets, EFS, cgroup v2, newer Docker daemons) and \
            the fixes of years. AWS recommends the latest version.
            """,
        decidedBy: """
            The version of the package ecs-init or amazon-ecs-init, which is that of the agent it caches; else the \
            name of the cached archive, the tag that a job runs, or the tags of the images loaded into Docker. AWS's \
            tag latest is pulled by the instance and passes. Held against the latest release in the built-in table, \
            whose date the message names.
            """,
        remedy: """
            update the agent: `dnf upgrade ecs-init` (Amazon Linux), the current package amazon-ecs-init elsewhere, \
            or a newer tag of amazon/amazon-ecs-agent; then build the image again
            """,
        reference: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-versions.html",
        parameter: .version("oldest", example: "1.80.0")
    ) { facts, policy, oldest in
        facts.agent.verdict(absent: .noAgent) { agent, evidence in
            if agent.version == nil, agent.isPulledAsLatest {
                let latest = "\(policy.releases.latestAgent) as of \(policy.releases.date)"
                return .pass("the agent's tag latest, \(latest), which every instance pulls anew", evidence)
            }
            guard let version = agent.version else {
                return .undetermined(
                    "\(agent.label): no package, archive name or tag shows it",
                    evidence,
                    remedy: [.sentence("install the agent from a package, or run it by a tag that names its version")]
                )
            }
            let table = policy.releases
            if let oldest {
                guard version >= oldest else {
                    return .fail(
                        "\(agent.label) is older than \(oldest), the oldest that the policy accepts", evidence,
                        remedy: facts.updatingAgent(to: oldest))
                }
                return .pass("\(agent.label), and the policy accepts \(oldest) or newer", evidence)
            }
            let latest = "agent \(table.latestAgent), the latest as of \(table.date)"
            guard version >= table.latestAgent else {
                return .fail(
                    "\(agent.label) is older than \(latest)", evidence,
                    remedy: facts.updatingAgent(to: table.latestAgent))
            }
            let relation = version > table.latestAgent ? "newer than" : "that is"
            return .pass("\(agent.label), \(relation) \(latest)", evidence)
        }
    }
}
