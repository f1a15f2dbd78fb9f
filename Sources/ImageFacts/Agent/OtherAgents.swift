/// Further agents of an image on which several jobs run one by hand: each is judged by its own settings.

public import ImageReading

extension Facts {
    /// What each agent but the first is given, and the log drivers that it offers.
    public var otherAgents: [(environment: AgentEnvironment, drivers: Observation<LogDrivers>)] {
        (agentEnvironment.value?.others ?? []).map { other in
            let drivers = LogDrivers.observe(
                environment: .present(other.environment, other.evidence), document: agentConfigDocument, agent: agent)
            return (other.environment, drivers)
        }
    }
}
