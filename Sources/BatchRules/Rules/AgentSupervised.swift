/// agent-supervised: an init and nanny process runs the agent.

import ImageFacts
import ImageReading

extension Rule {
    static let agentSupervised = Rule(
        id: "agent-supervised",
        level: .recommended,
        title: "an init and nanny process runs the agent",
        group: .specification,
        clause: .supervision,
        question: "Is the agent run and watched by something that starts it again when it ends?",
        reason: """
            The agent ends on purpose to update itself, and now and then by a crash. Where nothing starts it again, \
            the instance disconnects: its running jobs are lost to AWS Batch and it takes no new ones.
            """,
        decidedBy: """
            `amazon-ecs-init start`, which is such a nanny itself; else Restart= of the unit with its drop-ins \
            (on-success does not restart a crash), `respawn` of the upstart job, or --restart of the `docker run` that \
            starts the agent's container.
            """,
        remedy:
            "use ecs-init, or add `Restart=always` and `RestartSec=10` to the [Service] section of the agent's unit",
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/batch-ami-spec.html"
    ) { facts, _ in
        facts.verdictOnAgentJobs(nothing: Facts.nothingRunsTheAgent) { jobs in
            jobs.startingOrAll.map(\.supervisionVerdict).best ?? .undetermined("the jobs of the agent are not known")
        }
    }
}

extension AgentJob {
    fileprivate var supervisionVerdict: Verdict {
        var isWatched = true
        var unclear: Problem?
        switch command {
        case .ecsInit:
            return .pass("\(label) runs ecs-init, which restarts the agent", evidence)
        case .dockerRun(let run):
            if let policy = run.restart,
                policy.hasPrefix("always") || policy.hasPrefix("unless-stopped")
                    || policy.hasPrefix("on-failure")
            {
                return .pass("\(label) runs the agent with --restart=\(policy), by which Docker restarts it", evidence)
            }
            isWatched = !run.isDetached
        case .program: break
        case .unclear(let problem): unclear = problem
        }
        guard let restart else {
            if let unclear {
                return .undetermined(
                    "whether \(label) has the agent restarted cannot be told: \(unclear)", evidence)
            }
            return .fail(
                "nothing restarts the agent: \(label) runs it once and never again", evidence,
                remedy: restarting)
        }
        let places = [restart.evidence] + evidence
        guard isWatched else {
            return .fail(
                """
                nothing restarts the agent: \(label) runs `docker run` with --detach, which ends at once, so that \
                \(restart.evidence.text) does not watch the container
                """, places,
                remedy: [.sentence("leave out --detach, or add --restart=always to the `docker run`")])
        }
        switch restart.name {
        case "always", "on-failure", "respawn":
            return .pass("\(label) is restarted (\(restart.evidence.text))", places)
        case "on-abnormal", "on-abort", "on-watchdog":
            return .pass(
                """
                \(label) is restarted in part: \(restart.evidence.text) acts on signals and timeouts, not on an exit \
                status
                """, places)
        default:
            return .fail(
                "nothing restarts the agent after a crash: \(label) has \(restart.evidence.text)",
                places, remedy: restarting)
        }
    }

    /// How the init system comes to start the job again.
    private var restarting: [RemedyStep] {
        guard manager == .systemd else {
            return [.sentence("run the agent by a systemd unit with Restart=always, or by ecs-init")]
        }
        if case .dockerRun(let run) = command, run.isDetached {
            return [
                .sentence(
                    "leave out --detach and add Restart=always to \(name), or add --restart=always to the `docker run`")
            ]
        }
        let path = ImagePath("/etc/systemd/system/\(name).d/restart.conf")
        return [
            .edit(path, .addLine(text: "[Service]")), .edit(path, .addLine(text: "Restart=always")),
            .edit(path, .addLine(text: "RestartSec=10")),
        ]
    }
}
