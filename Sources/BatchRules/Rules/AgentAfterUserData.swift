/// agent-after-user-data: the agent starts after user data.

import ImageFacts
import ImageReading

extension Rule {
    static let agentAfterUserData = Rule(
        id: "agent-after-user-data",
        level: .recommended,
        title: "the agent starts after user data",
        group: .host,
        question: "Does the agent wait until user data has written the name of its cluster?",
        reason: """
            AWS Batch names the cluster by ECS_CLUSTER, which its user data writes into /etc/ecs/ecs.config. An agent \
            that starts before registers with the cluster `default`, where Batch never finds it.
            """,
        decidedBy: """
            After= of the agent's unit with its drop-ins, and Before= of others, followed to cloud-final.service, the \
            stage of cloud-init that runs user data. Only Amazon Linux's unit has it; those of Debian, SUSE and \
            generic packages have not. On Debian and its kin cloud-final.service itself waits for multi-user.target, \
            so that a unit which multi-user.target wants would wait for itself.
            """,
        remedy: """
            add `After=cloud-final.service` in /etc/systemd/system/NAME.service.d/order.conf; on Debian and Ubuntu, \
            whose cloud-final.service waits for multi-user.target, let the unit be WantedBy=cloud-init.target instead \
            of multi-user.target (`systemctl disable`, change [Install], `systemctl enable`)
            """,
        reference: "https://github.com/aws/amazon-ecs-init/pull/171"
    ) { facts, _ in
        facts.verdictOnAgentJobs(nothing: Facts.nothingRunsTheAgent) { jobs in
            jobs.startingOrAll.map(\.orderVerdict).worst ?? .undetermined("the jobs of the agent are not known")
        }
    }
}

extension AgentJob {
    fileprivate var orderVerdict: Verdict {
        switch userDataOrder {
        case .after(let places):
            if let deletedJobs, deletedJobs.concernsUserData,
                let objection = deletedJobs.objection(toStarting: label)
            {
                return objection
            }
            return .pass("\(label) starts after user data", places)
        case .cycle(let places):
            return .fail(
                """
                \(label) waits for cloud-final.service, which waits for what wants \(label): systemd breaks such an \
                ordering cycle by leaving one of them out
                """, places + (deletedJobs?.cycle.flatMap(\.evidence).filter { !places.contains($0) } ?? []),
                remedy: deletedJobs?.remedy ?? DeletedJobs.wantedByCloudInit(name))
        case .notOrdered(let places) where manager == .docker:
            return .fail(
                """
                \(label) starts with dockerd, before cloud-final.service has run user data (see cluster-reachable)
                """, places,
                remedy: [
                    .command("docker", "rm", "--force", "\(name)"),
                    .sentence(
                        "before the image is created, and let a unit after cloud-final.service make the container"),
                ])
        case .notOrdered(let places) where manager == .cloudInit:
            return .fail(
                "cloud-init runs \(label) before user data", places + evidence,
                remedy: [.sentence("start the agent by a unit with After=cloud-final.service instead")])
        case .notOrdered(let places):
            return .fail(
                "\(label) may start before user data has run: nothing orders it after cloud-final.service",
                places + evidence,
                remedy: ordering)
        case .undetermined(let places, let problem):
            return .undetermined(problem, places + evidence)
        }
    }

    /// How a job comes to start after the stage of cloud-init that runs user data.
    private var ordering: [RemedyStep] {
        guard manager == .systemd else {
            return [
                .sentence("start the agent by a systemd unit with After=cloud-final.service instead of by \(label)")
            ]
        }
        let path = ImagePath("/etc/systemd/system/\(name).d/order.conf")
        return [
            .edit(path, .addLine(text: "[Unit]")), .edit(path, .addLine(text: "After=cloud-final.service")),
            .sentence(
                """
                where cloud-final.service itself waits for multi-user.target, as on Debian and Ubuntu, let \(name) be \
                WantedBy=cloud-init.target instead of multi-user.target
                """),
        ]
    }
}
