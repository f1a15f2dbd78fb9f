/// agent-config: a configuration that the agent accepts.

import ImageFacts
import ImageReading

extension Rule {
    static let agentConfig = Rule(
        id: "agent-config",
        level: .required,
        title: "a configuration that the agent accepts",
        group: .host,
        question: "Does the agent accept the configuration on the image?",
        reason: """
            An agent that refuses its configuration stops at every start, and ecs-init starts it again for ever. The \
            instance never registers; jobs stay in RUNNABLE.
            """,
        consequence: "the agent ends at every start, and jobs stay in RUNNABLE",
        decidedBy: """
            The names in the effective ECS_AVAILABLE_LOGGING_DRIVERS, of which one that this agent does not know stops \
            it even beside awslogs; ECS_INSTANCE_ATTRIBUTES, ECS_CONTAINER_INSTANCE_TAGS and \
            ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES, which must decode; the JSON document, /etc/ecs/ecs.config.json unless \
            ECS_AGENT_CONFIG_FILE_PATH names another, which must be blank or an object whose values have the types and \
            the minima that this version of the agent asks for; ECS_EXTERNAL, the mode for machines outside of EC2; a \
            line of ecs.config without a name or of 128 KiB, and an environment file with such a line, which Docker \
            refuses.
            """,
        remedy: "correct the setting named in the message, as the list of variables in the reference has it",
        reference: "https://github.com/aws/amazon-ecs-agent#environment-variables"
    ) { facts, _ in
        facts.agent.verdict(absent: .noAgent) { agent, evidence in
            let refusals = facts.refusals(by: agent)
            let external = facts.externalMode(of: agent)
            if !(refusals.certain + external).isEmpty {
                let sentences = [
                    ("the agent refuses its configuration: ", refusals.certain),
                    ("the agent takes the host for one outside of EC2 and does not join Batch's cluster: ", external),
                ].filter { !$1.isEmpty }.map { $0 + $1.map { $0.evidence.prefix + $0.reason }.joined(separator: "; ") }
                return .fail(
                    sentences.joined(separator: "; "), (refusals.certain + external).map(\.evidence),
                    remedy: facts.remedy(for: refusals.certain + external, agent))
            }
            if let problem = facts.agentConfigProblem { return .undetermined(problem, [Evidence(problem.path)]) }
            if let open = refusals.open {
                return .undetermined(
                    "\(open.evidence.prefix)\(open.reason), which agents from \(open.since) on refuse; \(agent.label)",
                    [open.evidence])
            }
            guard let environment = facts.agentEnvironment.value else {
                return .undetermined(
                    "nothing found on the image starts the agent, so its configuration is not known (see agent-at-boot)",
                    evidence
                )
            }
            let places = environment.settings.map(\.setting.evidence) + facts.agentConfigDocument.evidence
            return .pass("nothing in the agent's configuration that it refuses was found", places)
        }
    }
}

extension Facts {
    fileprivate typealias Refusal = (reason: String, evidence: Evidence)

    /// Why the agent would stop, and where; `open` where that depends on its version, which is not known.
    fileprivate func refusals(
        by agent: Agent
    ) -> (certain: [Refusal], open: AgentConfigDocument.Refusal?) {
        var refusals: [Refusal] = []
        if case .present(let drivers, let evidence) = logDrivers {
            let unknown = drivers.unknownNames(to: agent).map { name, since in
                name.isEmpty
                    ? "an element that is no name"
                    : "\"\(name)\"" + (since.map { " (known to agents from \($0) on)" } ?? "")
            }
            if !unknown.isEmpty {
                let place = evidence.first ?? Evidence("/etc/ecs/ecs.config")
                let key = drivers.source == .document ? "AvailableLoggingDrivers" : "ECS_AVAILABLE_LOGGING_DRIVERS"
                refusals.append(("\(key) names \(shortened(unknown)), which \(agent.label) does not know", place))
            }
        }
        for setting in settings(readBy: agent) {
            if let reason = setting.refusal { refusals.append(("\(setting.key): \(reason)", setting.evidence)) }
        }
        var open: AgentConfigDocument.Refusal?
        if agentEnvironment.value != nil, let refusal = agentConfigDocument.value?.refusal {
            if agent.isAtLeast(refusal.since) == nil {
                open = refusal
            } else {
                refusals.append((refusal.reason, refusal.evidence))
            }
        }
        return (refusals + refusalsByDocker(agent), open)
    }

    /// Each setting that is refused, without what is refused in it where that can be told.
    fileprivate func remedy(for refusals: [Refusal], _ agent: Agent) -> [RemedyStep] {
        var steps: [RemedyStep] = []
        // From the last line to the first, so that the numbers of those that are left stay.
        for evidence in Set(refusals.map(\.evidence)).sorted(by: { ($0.line ?? 0) > ($1.line ?? 0) }) {
            let isLine = AgentConfigFile.wants.contains { $0.path == evidence.path }
            guard isLine, let number = evidence.line else {
                steps.append(
                    .sentence(
                        "correct \(evidence.shortPlace), as the list of variables in the agent's README has it"))
                continue
            }
            if evidence.text.hasPrefix(AgentKey.drivers), let drivers = logDrivers.value {
                let unknown = Set(drivers.unknownNames(to: agent).map(\.name))
                let list = drivers.names.filter { !unknown.contains($0) }.map { "\"\($0)\"" }.joined(separator: ",")
                if !list.isEmpty {
                    let line: RemedyText = "\(AgentKey.drivers)=[\(list)]"
                    steps.append(.edit(evidence.path, .setLine(number: number, text: line)))
                    continue
                }
            }
            steps.append(.edit(evidence.path, .removeLine(number: number)))
        }
        return steps
    }

    private func settings(readBy agent: Agent) -> [AgentSetting] {
        agentEnvironment.value?.settings.compactMap { $0.setting.read(by: agent) } ?? []
    }

    /// What keeps Docker from starting the agent's container.
    private func refusalsByDocker(_ agent: Agent) -> [Refusal] {
        guard let environment = agentEnvironment.value else { return [] }
        guard environment.isFromECSInit else {
            guard let problem = environment.problem, problem.code == .malformed else { return [] }
            return [("\(problem.reason): docker run refuses the file", Evidence(problem.path))]
        }
        let isInstanceFileRead = agent.isAtLeast(AgentConfigFile.instanceFileSince) != false
        let files = [isInstanceFileRead ? agentInstanceConfig.value : nil, agentConfig.value].compactMap(\.self)
        return files.flatMap { file -> [Refusal?] in
            [
                file.namelessLine.map { ("a line of ecs.config has no name before its =, and Docker refuses it", $0) },
                file.overlongLine.map {
                    ("a line of ecs.config of 128 KiB or more, which Linux hands to no program", $0)
                },
            ]
        }.compactMap(\.self)
    }

    /// What switches on the mode for machines outside of EC2, ECS Anywhere.
    fileprivate func externalMode(of agent: Agent) -> [Refusal] {
        let setting = settings(readBy: agent).first(where: \.isExternalMode)
        let document = agentEnvironment.value == nil ? nil : agentConfigDocument.value?.externalEvidence
        return [
            setting.map { ("ECS_EXTERNAL: the mode for machines outside of EC2 is switched on", $0.evidence) },
            document.map { ("External: the mode for machines outside of EC2 is switched on", $0) },
        ].compactMap(\.self)
    }

    /// What could not be read of all that may make the agent stop.
    fileprivate var agentConfigProblem: Problem? {
        let versionProblem = agentEnvironment.value?.versionProblem
        return agentEnvironment.problem ?? agentEnvironment.value?.problem
            ?? (logDrivers.problem == versionProblem ? nil : logDrivers.problem)
            ?? (agentEnvironment.value == nil ? nil : agentConfigDocument.problem)
    }
}
