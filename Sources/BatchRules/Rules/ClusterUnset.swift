/// cluster-unset: ECS_CLUSTER left to AWS Batch.

import ImageFacts
import ImageReading

extension Rule {
    static let clusterUnset = Rule(
        id: "cluster-unset",
        level: .recommended,
        title: "ECS_CLUSTER left to AWS Batch",
        group: .host,
        question: "Is the name of the cluster left to Batch?",
        reason: """
            Batch hands every instance the name of its cluster in user data. A name baked into the image sends an \
            instance into another cluster whenever user data comes too late, is not run, or is overruled; the \
            compute environment never sees it.
            """,
        decidedBy: """
            The effective ECS_CLUSTER (ecs.config with ecs-init, `docker run` by hand), and where that sets none \
            Cluster in the JSON document that the agent reads, /etc/ecs/ecs.config.json unless \
            ECS_AGENT_CONFIG_FILE_PATH names another. `default`, a blank and names that the policy allows pass.
            """,
        remedy: """
            remove ECS_CLUSTER from /etc/ecs/ecs.config and /var/lib/ecs/ecs.config, from the arguments of docker \
            run, and Cluster from /etc/ecs/ecs.config.json
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html",
        parameter: .names("allowed", example: ["my-cluster"])
    ) { facts, _, allowed in
        let (clusters, problem) = facts.bakedClusters
        let allowed = ["", "default"] + (allowed ?? [])
        let foreign = clusters.filter { !allowed.contains($0.name) }
        if !foreign.isEmpty {
            let reasons = foreign.map {
                "\($0.evidence.prefix)the cluster \($0.name) is set, which Batch names itself in user data"
            }
            return .fail(
                reasons.joined(separator: "; "), foreign.map(\.evidence),
                remedy: foreign.map(\.evidence).sorted { ($0.line ?? 0) > ($1.line ?? 0) }.map(\.withoutSetting))
        }
        if let problem { return .undetermined(problem, [Evidence(problem.path)]) }
        guard let cluster = clusters.first(where: { !$0.name.isEmpty }) else { return .pass("no cluster is set") }
        return .pass("the cluster is set to \(cluster.name), which is accepted", [cluster.evidence])
    }
}

extension Facts {
    /// The cluster names in force where nobody's user data changes them, and what could not be read on the way.
    fileprivate var bakedClusters: (names: [(name: String, evidence: Evidence)], problem: Problem?) {
        var names: [(name: String, evidence: Evidence)] = []
        let setting: AgentSetting?
        let problem: Problem?
        if let environment = agentEnvironment.value {
            let found = environment.setting("ECS_CLUSTER")
            let others = environment.others.map { $0.environment.setting("ECS_CLUSTER") }
            setting = found.value?.setting
            problem = found.problem ?? others.lazy.compactMap(\.problem).first
            names = others.compactMap { $0.value?.setting }.map { ($0.trimmedValue, $0.evidence) }
        } else {
            setting = agentConfig.value?.setting("ECS_CLUSTER") ?? agentInstanceConfig.value?.setting("ECS_CLUSTER")
            problem = setting == nil ? agentConfig.problem ?? agentInstanceConfig.problem : nil
        }
        if let setting { names.insert((setting.trimmedValue, setting.evidence), at: 0) }
        // The variable wins, also with nothing but blanks in it.
        guard problem == nil, setting?.value?.isEmpty != false else { return (names, problem) }
        if let cluster = agentConfigDocument.value?.cluster, let place = agentConfigDocument.value?.clusterEvidence {
            names.append((cluster, place))
        }
        return (names, agentConfigDocument.problem)
    }
}
