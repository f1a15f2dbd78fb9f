/// What an agent that ran on the image before it was taken has left behind.

public import ImageReading

/// Files below `/var/lib/ecs/data`, where ecs-init has the agent keep its state.
public struct AgentState: Fact {
    /// The files that are known to hold the agent's state, by name: `agent.db`, `ecs_agent_data.json`,
    /// `ecs_volume_plugin.json`.
    public let stateFiles: [ImagePath]
    /// How many names there are below the directory in all.
    public let nameCount: Int

    private static let names = Want.names("/var/lib/ecs/data/**")
    /// Everything below the directory.
    public static let wants: [Want] = [names]

    /// How many names are given as evidence.
    private static let evidenceLimit = 10

    /// Absent where there is nothing in the directory, or no directory.
    static func observe(in root: RootFilesystem) -> Observation<AgentState> {
        root.names(names).flatMap { entries, _ in
            let known = entries.filter { isStateFile($0.path.name) }
            let others = entries.filter { !isStateFile($0.path.name) }
            let evidence = (known + others).prefix(evidenceLimit).map { Evidence($0.path, realPath: $0.realPath) }
            return .present(AgentState(stateFiles: known.map(\.path), nameCount: entries.count), Array(evidence))
        }
    }

    /// agent.db from agent 1.44 on, ecs_agent_data.json before; the other belongs to ecs-init's volume plugin.
    private static func isStateFile(_ name: String) -> Bool {
        ["agent.db", "ecs_agent_data.json", "ecs_volume_plugin.json"].contains(name)
    }
}
