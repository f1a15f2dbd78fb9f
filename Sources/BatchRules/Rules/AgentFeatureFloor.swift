/// agent-feature-floor: an agent that knows what jobs of AWS Batch ask for.

import ImageFacts

extension Rule {
    static let agentFeatureFloor = Rule(
        id: "agent-feature-floor",
        level: .recommended,
        title: "an agent that knows what jobs of AWS Batch ask for",
        group: .host,
        question: "Is the agent as new as the features that job definitions of AWS Batch may name?",
        reason: """
            An agent registers with the features that it knows. A job whose definition needs another one is not placed on \
            such a host and stays in RUNNABLE.
            """,
        decidedBy: """
            The agent's version against the first one that knows each feature, by the agent's changelog and AWS's \
            documentation: execution roles 1.16.0, private registries 1.19.0, parameters of Systems Manager as secrets \
            1.22.0, secrets of Secrets Manager 1.23.0, GPUs 1.25.0, VPC endpoints 1.25.1, several containers that depend \
            on each other 1.26.0, FireLens 1.30.0, single keys of secrets 1.37.0, EFS 1.38.0, execute-command 1.50.2. An \
            agent before 1.104.0 passes with a word on S3 Files. AWS's tag latest passes.
            """,
        remedy: """
            update the agent: `dnf upgrade ecs-init` (Amazon Linux), the current package amazon-ecs-init elsewhere, or a \
            newer tag of amazon/amazon-ecs-agent
            """,
        reference: "https://github.com/aws/amazon-ecs-agent/blob/master/CHANGELOG.md"
    ) { facts, _ in
        facts.agent.verdict(absent: .noAgent) { agent, evidence in
            guard let version = agent.version else {
                return agent.isPulledAsLatest
                    ? .pass("the agent's tag latest knows all that AWS Batch documents", evidence)
                    : .notApplicable("the agent's version is not known (see agent-latest)", evidence)
            }
            let missing = AgentFeature.all.filter { version < $0.since }
            guard missing.contains(where: { !$0.isNew }) else {
                let words = missing.map { "; \($0.name) is known from \($0.since) on" }.joined()
                return .pass("\(agent.label) knows what job definitions of AWS Batch ask for\(words)", evidence)
            }
            let names = missing.map { "\($0.name) (\($0.since))" }.joined(separator: ", ")
            return .fail(
                "\(agent.label) does not know, in brackets the first agent that does: \(names)", evidence)
        }
    }
}

/// What a job definition of AWS Batch may ask for of the agent.
private struct AgentFeature {
    /// As a message calls it.
    let name: String
    /// The first agent that knows it.
    let since: ReleaseVersion
    /// Whether hosts without it are no finding yet.
    var isNew = false

    /// From the agent's CHANGELOG.md, and the user guides of AWS Batch (secrets, private registries, execution roles) and
    /// Amazon ECS (dependencies between containers, FireLens, execute-command).
    static let all: [AgentFeature] = [
        AgentFeature(name: "execution roles", since: ReleaseVersion(1, 16)),
        AgentFeature(name: "credentials of private registries", since: ReleaseVersion(1, 19)),
        AgentFeature(name: "secrets in Systems Manager parameters", since: ReleaseVersion(1, 22)),
        AgentFeature(name: "secrets in Secrets Manager", since: ReleaseVersion(1, 23)),
        AgentFeature(name: "GPUs", since: ReleaseVersion(1, 25)),
        AgentFeature(name: "images by VPC endpoints", since: ReleaseVersion(1, 25, 1)),
        AgentFeature(name: "jobs of several containers that depend on each other", since: ReleaseVersion(1, 26)),
        AgentFeature(name: "FireLens", since: ReleaseVersion(1, 30)),
        AgentFeature(name: "single keys of secrets", since: ReleaseVersion(1, 37)),
        AgentFeature(name: "EFS volumes", since: ReleaseVersion(1, 38)),
        AgentFeature(name: "execute-command", since: ReleaseVersion(1, 50, 2)),
        AgentFeature(name: "S3 Files volumes", since: ReleaseVersion(1, 104), isNew: true),
    ]
}
