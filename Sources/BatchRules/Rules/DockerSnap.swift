/// docker-snap: a Docker that can mount what the agent binds.

import ImageFacts
import ImageReading

extension Rule {
    static let dockerSnap = Rule(
        id: "docker-snap",
        level: .required,
        title: "a Docker that can mount what the agent binds",
        group: .host,
        question:
            "Does the Docker daemon that starts see the directories of the host that the agent's container binds?",
        reason: """
            The dockerd of the snap lives in a file system of its own, which is read-only where the host has \
            /var/lib/ecs and /var/cache/ecs. The agent's container, which binds them, is never created, and the \
            instance never registers.
            """,
        consequence: "the container of the agent is never made, and jobs stay in RUNNABLE",
        decidedBy: """
            Which unit runs dockerd: snap.docker.dockerd.service where there is no docker.service. ecs-init binds \
            /var/lib/ecs and /var/cache/ecs in every case; what an agent that is run by hand binds stands in its \
            `docker run`.
            """,
        remedy: "remove the snap and install Docker as a package: `snap remove docker`, `apt-get install docker.io`",
        reference: "https://github.com/canonical/docker-snap/issues/188"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { docker, evidence in
            let unit = "snap.docker.dockerd.service"
            let isSnap = facts.dockerStart.value.map { $0.job == unit } ?? (docker.installation == .snap)
            guard isSnap else {
                return .pass(
                    "the Docker that starts is no snap: \(facts.dockerStart.value?.job ?? docker.label)", evidence)
            }
            let places = facts.dockerStart.evidence + evidence
            return facts.agent.verdict(absent: .noAgent) { agent, agentEvidence in
                let isECSInit = agent.installation == .ecsInit
                let runs = isECSInit ? [] : (facts.agentJobs.value ?? []).startingOrAll.compactMap(\.containerRun)
                let hidden = runs.flatMap(\.options.mounts).map { ImagePath($0.source) }.filter { source in
                    (["/var/lib/ecs", "/var/cache/ecs"] as [ImagePath]).contains(where: source.isWithin)
                }
                guard isECSInit || !hidden.isEmpty else {
                    guard runs.isEmpty || runs.contains(where: { $0.options.isOpen || $0.problem != nil }) else {
                        return .pass(
                            "\(unit) runs Docker, and the agent's container binds nothing that it does not see", places)
                    }
                    return .undetermined(
                        """
                        \(unit) runs Docker, the snap's, which cannot mount /var/lib/ecs and the like: what the agent's \
                        container binds is not known
                        """, places + agentEvidence, remedy: packaged)
                }
                let bound = isECSInit ? "/var/lib/ecs and /var/cache/ecs" : shortened(hidden.map(\.text))
                return .fail(
                    """
                    \(unit) runs Docker, the snap's, in a file system of its own: it cannot mount \(bound), which \
                    \(agent.label) binds, and the agent's container is never created
                    """, places + agentEvidence, remedy: packaged)
            }
        }
    }

    private static let packaged: [RemedyStep] = [
        .command("snap", "remove", "docker"),
        .sentence("while building the image, and install Docker as a package (docker.io, docker-ce)"),
    ]
}

extension AgentJob {
    /// How its container is made; nil where it makes none.
    fileprivate var containerRun: DockerRun? {
        if case .dockerRun(let run) = command { run } else { nil }
    }
}
