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
        consequence: "jobs, which log by awslogs unless told otherwise, stay in RUNNABLE",
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
                facts.verdict(on: drivers, in: facts.agentEnvironment.value, evidence)
            }
            let others = facts.otherAgents.map { environment, drivers in
                drivers.verdict(absent: notStarted) { facts.verdict(on: $0, in: environment, $1) }
            }
            return others.isEmpty ? first : ([first] + others).ofAll ?? first
        }
    }

    /// The first agent that knows the driver, and the first ecs-init that has it among its defaults.
    fileprivate static let awslogsSince = ReleaseVersion(1, 9)
}

extension Facts {
    /// The verdict on the drivers of one agent, which has this environment.
    fileprivate func verdict(
        on drivers: LogDrivers, in environment: AgentEnvironment?, _ evidence: [Evidence]
    ) -> Verdict {
        let shown = shortened(drivers.names.map { $0.isEmpty ? "\"\"" : $0 })
        let origin = drivers.source.phrase(job: environment?.job, document: evidence.first?.path.text)
        if drivers.names.contains("awslogs") {
            return .pass("awslogs is among the agent's log drivers (\(shown)), from \(origin)", evidence)
        }
        let setting = environment?.setting(AgentKey.drivers).value
        // "none" is a driver, too.
        let offered = shortened(drivers.names.map { "\"\($0)\"" })
        // An argument may show the quotes that the JSON needs and the agent never sees.
        let isBare =
            drivers.passedOver?.contains("JSON value expected") == true && evidence.first?.text.hasPrefix("-") == true
        let quotes = isBare ? ": the shell and systemd take the quotes inside an argument off" : ""
        let why = drivers.passedOver.map { "; \(AgentKey.drivers) is set, but \($0)\(quotes)" } ?? ""
        let idle = idleDrivers(environment)
        let idleWords =
            idle.map { place, job in
                "; \(place.prefix)what the unit sets reaches \(job), never the agent in its container"
            } ?? ""
        return .fail(
            "the agent does not offer awslogs: its log drivers are \(offered), from \(origin)\(why)\(idleWords)",
            evidence + (idle.map { [$0.place] } ?? []),
            remedy: drivers.remedy(setting, isBare: isBare, environment, self))
    }

    /// Log drivers that a unit is given and does not hand on to the agent, and what gets them instead; nil where there are
    /// none.
    private func idleDrivers(_ environment: AgentEnvironment?) -> (place: Evidence, job: String)? {
        guard let environment else { return nil }
        let files = AgentConfigFile.wants.map(\.path)
        for job in (agentJobs.value ?? []).startingOrAll {
            guard let place = job.unitDrivers, !files.contains(place.path),
                environment.isFromECSInit ? job.command == .ecsInit : job.name == environment.job,
                environment.setting(AgentKey.drivers).value?.setting.evidence != place
            else { continue }
            return (place, environment.isFromECSInit ? "ecs-init" : "`docker run`")
        }
        return nil
    }
}

extension LogDrivers {
    /// How awslogs comes to the drivers that are there, which stay.
    fileprivate func remedy(
        _ setting: AgentEnvironment.Setting?, isBare: Bool, _ environment: AgentEnvironment?, _ facts: Facts
    ) -> [RemedyStep] {
        if facts.agent.value?.isAtLeast(Rule.awslogsSince) == false {
            return facts.updatingAgent(to: Rule.awslogsSince)
        }
        let meant = passedOver == nil ? names : setting?.setting.value.map(Self.namesMeant(by:)) ?? []
        let kept = meant.isEmpty ? ["json-file"] : meant.filter { !$0.isEmpty }
        let list = (kept.contains("awslogs") ? kept : kept + ["awslogs"]).map { "\"\($0)\"" }.joined(separator: ",")
        let line: RemedyText = "\(AgentKey.drivers)=[\(list)]"
        let place = setting?.setting.evidence
        if let place, let number = place.line, place.text.hasPrefix(AgentKey.drivers) {
            return [.edit(place.path, .setLine(number: number, text: line))]
        }
        if environment?.isFromECSInit == true {
            return [.edit("/etc/ecs/ecs.config", .addLine(text: line))]
        }
        if isBare {
            return [.sentence("write the whole argument in quotes of its own: '--env=\(line)'")]
        }
        if source == .document, let path = setting == nil ? facts.agentConfigDocument.evidence.first?.path : nil {
            return [.sentence("write \"AvailableLoggingDrivers\": [\(list)] into \(path)")]
        }
        return [.sentence("give the agent '--env=\(line)' in what runs it\(place.map { " (\($0.shortPlace))" } ?? "")")]
    }

    /// The names in a value that the agent cannot decode: in quotes that are part of it, or in typographic ones.
    private static func namesMeant(by value: String) -> [String] {
        let words = value.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".")) }
        return words.map(String.init).filter(isKnown)
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
