/// cluster-reachable: an agent run by hand sees the cluster of AWS Batch.

import ImageFacts
import ImageReading

extension Rule {
    static let clusterReachable = Rule(
        id: "cluster-reachable",
        level: .required,
        title: "an agent run by hand sees the cluster of AWS Batch",
        group: .host,
        question: "Does an agent that is run by hand get the name of the cluster that AWS Batch writes?",
        reason: """
            The user data of AWS Batch adds ECS_CLUSTER to /etc/ecs/ecs.config. ecs-init hands that file to the agent; \
            the agent itself never reads it. An agent that is started without it registers with the cluster `default` \
            or with a fixed one, where the compute environment never finds it: jobs stay in RUNNABLE.
            """,
        consequence: "instances register with another cluster, and jobs stay in RUNNABLE",
        decidedBy: """
            What the job that runs the agent gives it: --env-file of docker run, env_file of a compose file, \
            EnvironmentFile= with ECS_CLUSTER passed on (or alone for an agent run as a program), a shell that reads \
            the file in. A fixed -e ECS_CLUSTER= wins over a file; a mount of /etc/ecs gives the agent nothing; a \
            container in Docker's storage keeps the environment of its making. ecs-init needs none of this. With \
            `compute-environment: unmanaged` in the policy the image may name the cluster itself.
            """,
        remedy: "give `docker run` the option --env-file=/etc/ecs/ecs.config, and no ECS_CLUSTER of its own",
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html",
        parameter: RuleParameter(
            key: "compute-environment",
            form: .text(example: "unmanaged") { text throws(ParameterError) in
                guard let kind = ComputeEnvironment(rawValue: text) else {
                    throw ParameterError(reason: "managed or unmanaged expected, '\(text)' found")
                }
                return kind
            })
    ) { facts, _, kind in
        if facts.agentEnvironment.value?.isFromECSInit == true {
            return .notApplicable("ecs-init hands /etc/ecs/ecs.config to the agent")
        }
        return facts.verdictOnAgentJobs(nothing: Facts.nothingRunsTheAgent) { jobs in
            jobs.startingOrAll.map { $0.clusterVerdict(isManaged: kind != .unmanaged) }.ofAll
                ?? .undetermined("the jobs of the agent are not known")
        }
    }

    /// Who starts the hosts of the compute environment.
    enum ComputeEnvironment: String, Sendable {
        /// AWS Batch, which names the cluster in user data.
        case managed
        /// The owner of the image, who names it wherever they like.
        case unmanaged
    }
}

extension AgentJob {
    fileprivate func clusterVerdict(isManaged: Bool) -> Verdict {
        if case .unclear(let problem) = command {
            return .undetermined(
                "whether \(label) hands /etc/ecs/ecs.config to an agent cannot be told: \(problem)", evidence)
        }
        switch clusterSource {
        case .userFile(let places, let isThere): return reached(places, isThere: isThere)
        case _ where !isManaged: return unmanaged
        case .fixed(let cluster, let place):
            let name = cluster.isEmpty ? "an empty one" : cluster
            return .fail(
                """
                \(place.prefix)\(label) sets ECS_CLUSTER itself (\(name)), which wins over /etc/ecs/ecs.config, where Batch \
                writes it
                """, [place] + evidence, remedy: handingOver(removing: "ECS_CLUSTER"))
        case .baked(let container, let cluster, let places):
            let found = cluster.map { "ECS_CLUSTER=\($0)" } ?? "no ECS_CLUSTER"
            return .fail(
                """
                the container \(container), which \(manager == .docker ? "dockerd" : label) starts, was made while the \
                image was built and keeps the environment of its making (\(found)): what Batch writes into \
                /etc/ecs/ecs.config never reaches it
                """, places + evidence,
                remedy: [
                    .command("docker", "rm", "--force", "\(container)"),
                    .sentence(
                        """
                        before the image is created, and let a unit after cloud-final.service make the container with \
                        --env-file=/etc/ecs/ecs.config
                        """),
                ])
        case .nothing, nil:
            return .fail(
                """
                \(label) does not hand /etc/ecs/ecs.config, where Batch writes the cluster, to the agent: nothing on \
                the way reads it, and the agent registers with the cluster default
                """, evidence, remedy: handingOver(removing: nil))
        case .unknown(let places, let problem):
            return .undetermined(
                "whether \(label) hands the cluster in /etc/ecs/ecs.config to the agent cannot be told: \(problem)",
                places + evidence, remedy: handingOver(removing: nil))
        }
    }

    private func reached(_ places: [Evidence], isThere: Bool) -> Verdict {
        let handed = "\(label) hands /etc/ecs/ecs.config, where Batch writes the cluster, to the agent"
        guard !isThere else { return .pass(handed, places + evidence) }
        let missing = "\(handed); the file is not in the image"
        if case .after = userDataOrder {
            return .pass("\(missing), and is there when user data has written it", places + evidence)
        }
        guard let restart, restart.name != "on-success", !restart.givesUp else {
            let why =
                restart.map { "\($0.evidence.text) gives up after some tries in a few seconds" }
                ?? "nothing tries again"
            return .undetermined(
                """
                \(missing), and without it the agent is not started: nothing has \(label) wait for user data, which \
                writes it, and \(why)
                """, places + evidence,
                remedy: [
                    .command("install", "-D", "/dev/null", "/etc/ecs/ecs.config"),
                    .sentence("while building the image, and see agent-after-user-data"),
                ])
        }
        return .pass(
            "\(missing): \(restart.evidence.text) tries again until user data has written it", places + evidence)
    }

    /// In an unmanaged compute environment the owner names the cluster, in the image or when a host starts.
    private var unmanaged: Verdict {
        let found: String
        switch clusterSource {
        case .fixed(let cluster, _): found = "\(label) sets ECS_CLUSTER (\(cluster))"
        case .baked(_, let cluster?, _): found = "\(label) sets ECS_CLUSTER (\(cluster))"
        default: found = "\(label) does not read /etc/ecs/ecs.config"
        }
        return .pass(
            "\(found), which the policy's unmanaged compute environment leaves to the image",
            (clusterSource?.evidence ?? []) + evidence)
    }

    /// How the job comes to hand the file over, by what runs the agent.
    private func handingOver(removing key: RemedyText?) -> [RemedyStep] {
        let way: RemedyStep
        switch command {
        case .dockerRun(let run) where run.maker == .compose:
            way = .sentence("add `env_file: /etc/ecs/ecs.config` to the service in the compose file")
        case .program:
            way = .sentence("add `EnvironmentFile=-/etc/ecs/ecs.config` to the [Service] section of \(name)")
        case .dockerRun, .ecsInit, .unclear:
            way = .sentence("add --env-file=/etc/ecs/ecs.config to the `docker run` of \(label)")
        }
        return key.map { [.sentence("remove \($0) from what the agent is given"), way] } ?? [way]
    }
}
