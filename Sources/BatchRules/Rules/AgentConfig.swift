/// agent-config: a configuration that the agent accepts.

import ImageFacts
import ImageReading

extension Rule {
    static let agentConfig = Rule(
        id: "agent-config",
        level: .required,
        title: "a configuration that the agent accepts",
        clause: .beside,
        question: "Does the agent accept the configuration on the image?",
        reason: """
            An agent that refuses its configuration stops at every start, and ecs-init starts it again for ever. The \
            instance never registers; jobs stay in RUNNABLE.
            """,
        decidedBy: """
            The names in the effective ECS_AVAILABLE_LOGGING_DRIVERS, of which an unknown one stops the agent even \
            beside awslogs; ECS_INSTANCE_ATTRIBUTES, ECS_CONTAINER_INSTANCE_TAGS and \
            ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES, which must decode; /etc/ecs/ecs.config.json, which must be blank or \
            an object whose values have the right types; ECS_EXTERNAL, the mode for machines outside of EC2; a line \
            of ecs.config without a name, and an environment file with such a line, which Docker refuses.
            """,
        remedy: "correct the setting named in the message, as the list of variables in the reference has it",
        reference: "https://github.com/aws/amazon-ecs-agent#environment-variables"
    ) { facts, _ in
        facts.agent.verdict(absent: .noAgent) { _, evidence in
            let refusals = facts.agentRefusals
            if !refusals.isEmpty {
                let reasons = refusals.map { $0.evidence.prefix + $0.reason }.joined(separator: "; ")
                return .fail("the agent refuses its configuration: \(reasons)", refusals.map(\.evidence))
            }
            if let problem = facts.agentConfigProblem { return .undetermined(problem, [Evidence(problem.path)]) }
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
    /// Why the agent would stop, and where.
    fileprivate var agentRefusals: [(reason: String, evidence: Evidence)] {
        var refusals: [(reason: String, evidence: Evidence)] = []
        if case .present(let drivers, let evidence) = logDrivers {
            let unknown = drivers.names.filter { !LogDrivers.known.contains($0) }
            if !unknown.isEmpty {
                let names = shortened(unknown.map { $0.isEmpty ? "an element that is no name" : "\"\($0)\"" })
                let place = evidence.first ?? Evidence("/etc/ecs/ecs.config")
                refusals.append(("ECS_AVAILABLE_LOGGING_DRIVERS: log drivers it knows expected, \(names) found", place))
            }
        }
        for setting in agentEnvironment.value?.settings.map(\.setting) ?? [] {
            if let reason = setting.refusal { refusals.append(("\(setting.key): \(reason)", setting.evidence)) }
            if setting.isExternalMode {
                refusals.append(("ECS_EXTERNAL: the mode for machines outside of EC2 is switched on", setting.evidence))
            }
        }
        if let document = agentConfigDocument.value, agentReadsDocument {
            if let refusal = document.refusal {
                refusals.append((refusal.reason, refusal.evidence))
            }
            if let place = document.externalEvidence {
                refusals.append(("External: the mode for machines outside of EC2 is switched on", place))
            }
        }
        if let environment = agentEnvironment.value, !environment.isFromECSInit,
            let problem = environment.problem, problem.code == .malformed
        {
            refusals.append(("\(problem.reason): docker run refuses the file", Evidence(problem.path)))
        }
        if agentEnvironment.value?.isFromECSInit == true {
            for line in [agentInstanceConfig, agentConfig].compactMap({ $0.value?.namelessLine }) {
                refusals.append(("a line of ecs.config has no name before its =, and Docker refuses it", line))
            }
        }
        return refusals
    }

    /// Whether the agent's JSON document is the one on the image.
    private var agentReadsDocument: Bool {
        agentEnvironment.value?.documentPath == AgentConfigDocument.path
    }

    /// What could not be read of all that may make the agent stop.
    fileprivate var agentConfigProblem: Problem? {
        let versionProblem = agentEnvironment.value?.versionProblem
        return agentEnvironment.problem ?? agentEnvironment.value?.problem
            ?? (logDrivers.problem == versionProblem ? nil : logDrivers.problem)
            ?? (agentReadsDocument ? agentConfigDocument.problem : nil)
    }
}
