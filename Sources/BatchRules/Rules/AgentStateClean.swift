/// agent-state-clean: no agent state baked into the image.

import ImageFacts

extension Rule {
    static let agentStateClean = Rule(
        id: "agent-state-clean",
        level: .required,
        title: "no agent state baked into the image",
        group: .host,
        question: "Is the image free of the state of an agent that ran before it was taken?",
        reason: """
            Every instance of such an image starts with the identity of another one. An agent that finds a damaged \
            or newer state, or an old agent that does not notice the other instance id, does not register; others \
            register anew and leave a trace in the logs. AWS orders the state removed before an image is created.
            """,
        consequence: "instances start with the identity of another, and some never register",
        decidedBy: """
            Anything below /var/lib/ecs/data: agent.db (agent 1.44 and later), ecs_agent_data.json (before), \
            ecs_volume_plugin.json, and whatever else lies there.
            """,
        remedy: """
            before the image is created stop the agent and remove its state: `systemctl stop ecs && rm -rf \
            /var/lib/ecs/data/*`
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/create-batch-ami.html"
    ) { facts, _ in
        let absent = Verdict.pass("nothing stands below /var/lib/ecs/data")
        return facts.agentState.verdict(absent: absent) { state, evidence in
            let isOne = max(state.nameCount, state.stateFiles.count) == 1
            let files =
                state.stateFiles.isEmpty
                ? (isOne ? "1 name" : "\(state.nameCount) names") + " in /var/lib/ecs/data"
                : shortened(state.stateFiles.map(\.text))
            return .fail(
                "an agent ran on this root: \(files) \(isOne ? "is" : "are") left of it"
                    + " (on the live root of a running host this is its own agent's state)",
                evidence,
                remedy: [
                    .sentence(
                        "stop the agent before the image is created (`systemctl stop ecs`), and remove its state:")
                ]
                    + (state.stateFiles.isEmpty ? [] : [.command(["rm", "-r"] + state.stateFiles.map { "\($0)" })])
                    + (state.nameCount > state.stateFiles.count
                        ? [.sentence("and whatever else lies below /var/lib/ecs/data")] : []))
        }
    }
}
