/// awslogs-driver: awslogs among the agent's available log drivers.

import ImageFacts
import ImageReading

extension Rule {
    static let awslogsDriver = Rule(
        id: "awslogs-driver",
        level: .required,
        title: "awslogs among the agent's available log drivers",
        group: .specification,
        clause: .logDriver,
        question: "Does the agent, as it will be started, offer the log driver awslogs?",
        reason: """
            Batch places jobs with the awslogs driver unless told otherwise, and only on instances whose agent \
            offers it. An agent that does not offer it registers as healthy and gets no job; jobs stay in RUNNABLE.
            """,
        decidedBy: """
            The effective ECS_AVAILABLE_LOGGING_DRIVERS. With ecs-init: its own default (awslogs from 1.9.0 on), \
            then /var/lib/ecs/ecs.config (from 1.25.0 on), then /etc/ecs/ecs.config; nothing of the unit. By hand: \
            what `docker run` is told. A blank or undecodable value counts as unset: then /etc/ecs/ecs.config.json, or \
            the document that ECS_AGENT_CONFIG_FILE_PATH names, as the agent's container sees it, then json-file and \
            none. Quotes in ecs.config are part of the value.
            """,
        remedy: """
            in /etc/ecs/ecs.config write ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","awslogs"] without quotes \
            around it, or with ecs-init remove the line, since awslogs is in its default; an agent run by hand needs \
            it as --env of docker run
            """,
        reference: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html"
    ) { facts, _ in
        facts.agent.verdict(absent: .noAgent) { _, evidence in
            let notStarted = Verdict.undetermined(
                "nothing found on the image starts the agent, so what it would offer is not known (see agent-at-boot)",
                evidence
            )
            let first = facts.logDrivers.verdict(absent: notStarted) { drivers, evidence in
                drivers.verdict(job: facts.agentEnvironment.value?.job, evidence)
            }
            let others = facts.otherAgents.map { environment, drivers in
                drivers.verdict(absent: notStarted) { $0.verdict(job: environment.job, $1) }
            }
            return others.isEmpty ? first : ([first] + others).ofAll ?? first
        }
    }
}

extension LogDrivers {
    /// The verdict on one agent's drivers; `job` is the one that runs it by hand.
    fileprivate func verdict(job: String?, _ evidence: [Evidence]) -> Verdict {
        let shown = shortened(names.map { $0.isEmpty ? "\"\"" : $0 })
        let origin = source.phrase(job: job, document: evidence.first?.path.text)
        if names.contains("awslogs") {
            return .pass("awslogs is among the agent's log drivers (\(shown)), from \(origin)", evidence)
        }
        // An argument may show the quotes that the JSON needs and the agent never sees.
        let isBare =
            passedOver?.contains("JSON value expected") == true && evidence.first?.text.hasPrefix("-") == true
        let quotes = isBare ? ": the shell and systemd take the quotes inside an argument off" : ""
        let why = passedOver.map { "; ECS_AVAILABLE_LOGGING_DRIVERS is set, but \($0)\(quotes)" } ?? ""
        let place = source == .ecsInit ? "" : evidence.first?.prefix ?? ""
        let quoted: RemedyStep = .sentence(
            """
            write the whole argument in quotes of its own: \
            '--env=ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","awslogs"]'
            """)
        return .fail(
            "\(place)awslogs expected among the agent's log drivers, \(shown) found, from \(origin)\(why)", evidence,
            remedy: isBare ? [quoted] : [])
    }
}

extension LogDrivers.Source {
    /// How a message calls it; `job` is the one that runs the agent by hand, `document` where its JSON document stands.
    fileprivate func phrase(job: String?, document: String?) -> String {
        switch self {
        case .ecsInit: "ecs-init's own default"
        case .instanceFile: "/var/lib/ecs/ecs.config"
        case .userFile: "/etc/ecs/ecs.config"
        case .job: job ?? "docker run"
        case .document: document ?? "the agent's JSON document"
        case .agent: "the agent's own default"
        }
    }
}
