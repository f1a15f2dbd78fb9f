/// docker-agent-api: the agent can talk to this Docker.

import ImageFacts
import ImageReading

extension Rule {
    static let dockerAgentApi = Rule(
        id: "docker-agent-api",
        level: .required,
        or: .recommended,
        title: "the agent can talk to this Docker",
        group: .host,
        question: "Does the Docker daemon answer the API version that the ECS agent, and ecs-init, speak?",
        reason: """
            Newer Docker daemons no longer answer old versions of their API. An agent that speaks no newer one is told \
            "client version is too old", ends, and is started again for ever: the instance never registers.
            """,
        consequence: "the agent cannot talk to Docker and ends, and jobs stay in RUNNABLE",
        decidedBy: """
            The versions of Docker, of the agent and of ecs-init: Docker 25.0 and newer answers agents from 1.81.0 on, \
            Docker 29.0 and newer ecs-init from 1.82.1 on. A lower minimum counts where this Docker allows it: \
            DOCKER_MIN_API_VERSION in docker.service, its drop-ins and environment files (from 25.0 on), \
            "min-api-version" in daemon.json (from 29.0 on). An agent that is pulled as AWS's tag latest is as new as \
            the latest release in the built-in table, whose date the message names; where nothing shows its version, \
            that is advice.
            """,
        remedy: """
            update ecs-init (or the agent's image) to 1.82.1 or newer, or keep Docker at the version that is released \
            with this agent
            """,
        reference: "https://github.com/aws/amazon-ecs-agent/issues/4074"
    ) { facts, policy in
        facts.docker.verdict(absent: .noDocker) { docker, dockerEvidence in
            facts.agent.verdict(absent: .noAgent) { agent, agentEvidence in
                judgeAPI(docker, agent, facts, policy.releases).adding(dockerEvidence + agentEvidence)
            }
        }
    }

    private static func judgeAPI(
        _ docker: Docker, _ agent: Agent, _ facts: Facts, _ releases: ReleaseTable
    ) -> Verdict {
        guard let dockerVersion = docker.version else {
            return docker.unknownVersion()
        }
        let api = DaemonAPI(docker: dockerVersion, facts: facts)
        if let refused = api.refused {
            return .fail(
                "\(refused.source) is no API version that Docker \(dockerVersion) can answer from; dockerd does not start",
                [refused.evidence], remedy: [refused.removal, .sentence("or set it to 1.24 or higher")])
        }
        guard dockerVersion >= ReleaseVersion(25) else {
            return .pass("Docker \(dockerVersion) answers every API version that agents speak")
        }
        guard let version = agent.version ?? (agent.isPulledAsLatest ? releases.latestAgent : nil) else {
            return .undetermined(
                "Docker \(dockerVersion) answers agents from 1.81.0 on, the agent's version is not known",
                remedy: [.sentence("run the agent by a tag that names its version, \(releases.latestAgent) or newer")]
            ).counting(as: .recommended)
        }
        let isEcsInit = agent.installation == .ecsInit
        let name =
            if agent.version == nil {
                "the agent's tag latest (\(version) as of \(releases.date), pulled by the instance)"
            } else {
                isEcsInit ? "ecs-init \(version)" : "the agent \(version)"
            }
        let spoken =
            if version < ReleaseVersion(1, 81) {
                DaemonAPI.oldAgent
            } else if isEcsInit, version < ReleaseVersion(1, 82, 1) {
                DaemonAPI.oldEcsInit
            } else {
                DaemonAPI.newAgent
            }
        if let problem = api.problem {
            return .undetermined("from which API version on Docker \(dockerVersion) answers cannot be told: \(problem)")
        }
        switch api.answers(upTo: spoken) {
        case true?: return .pass("Docker \(dockerVersion) answers \(name), from \(api.label) on", api.evidence)
        case nil: return .undetermined("Docker \(dockerVersion) answers from \(api.label) on", api.evidence)
        case false? where spoken == DaemonAPI.newAgent:
            return .undetermined(
                "whether \(name) speaks \(api.label), from which on Docker answers, cannot be told", api.evidence)
        case false?:
            let needed = api.firstAgent(isEcsInit: isEcsInit)
            return .fail(
                "\(name) speaks Docker's API up to \(spoken), Docker \(dockerVersion) answers from \(api.label) on",
                api.evidence, remedy: facts.updatingAgent(to: needed) + api.wayOut(for: spoken, docker: dockerVersion))
        }
    }
}

extension Verdict {
    /// The same verdict with more places behind those that decided it.
    fileprivate func adding(_ more: [Evidence]) -> Verdict {
        let verdict = Verdict(kind: kind, message: message, evidence: evidence + more, remedy: remedy)
        return level.map(verdict.counting) ?? verdict
    }
}
