/// agent-config-lines: every line of ecs.config does what it looks like.

import ImageFacts

extension Rule {
    static let agentConfigLines = Rule(
        id: "agent-config-lines",
        level: .recommended,
        title: "every line of ecs.config does what it looks like",
        group: .host,
        question: "Does every line of ecs.config do what it looks like?",
        reason: """
            ecs.config is no shell script. A line that ecs-init passes over, or whose quotes become part of the \
            value, changes nothing that anybody can see until jobs do not start.
            """,
        decidedBy: """
            The lines of /etc/ecs/ecs.config and /var/lib/ecs/ecs.config, taken apart as ecs-init does it: trimmed, \
            split at the first =, the later of two lines kept, quotes, export, blanks and byte order marks kept \
            where they stand. Comments and blank lines are harmless.
            """,
        remedy: """
            write each setting as KEY=VALUE on a line of its own: no export, no quotes, no blank before the =, no \
            comment behind it, each key once; remove lines that set nothing
            """,
        reference: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html"
    ) { facts, _ in
        facts.agent.verdict(absent: .noAgent) { agent, _ in
            if agent.isAtLeast(AgentConfigFile.instanceFileSince) == false, case let file = facts.agentInstanceConfig,
                file.value?.isBlank == false
            {
                let since = AgentConfigFile.instanceFileSince
                return .fail(
                    "/var/lib/ecs/ecs.config is read by ecs-init from \(since) on, \(agent.label) found: its lines do "
                        + "nothing",
                    file.evidence, remedy: [.sentence("move its lines to /etc/ecs/ecs.config")])
            }
            let files = [facts.agentInstanceConfig, facts.agentConfig]
            let odd = files.flatMap { $0.value?.oddLines ?? [] }
            let count = files.reduce(0) { $0 + ($1.value?.oddLineCount ?? 0) }
            if !odd.isEmpty {
                let shown = odd.prefix(5).map { "\($0.evidence.prefix)\($0.phrase)" }
                let more = count > shown.count ? "; and \(count - shown.count) more" : ""
                let subject =
                    count == 1 ? "a line does not do what it looks" : "\(count) lines do not do what they look"
                return .fail("\(subject) like: \(shown.joined(separator: "; "))\(more)", odd.map(\.evidence))
            }
            if let (problem, evidence) = files.lazy.compactMap({ file in file.problem.map { ($0, file.evidence) } })
                .first
            {
                return .undetermined(problem, evidence)
            }
            let present = files.flatMap(\.evidence)
            return present.isEmpty
                ? .pass("there is no ecs.config; looked at \(files.map(\.searchedPlaces).joined(separator: ", "))")
                : .pass(
                    "every line of \(present.map(\.path.text).joined(separator: " and ")) does what it looks like",
                    present)
        }
    }
}

extension AgentConfigFile.OddLine {
    /// What the line does instead.
    fileprivate var phrase: String {
        let name = key ?? "the name"
        return switch oddity {
        case .withoutAssignment: "no =, passed over"
        case .withoutName: "no name before the =, and Docker refuses to start the agent with it"
        case .export: "export becomes part of the name, so it does not set \(name)"
        case .blankBeforeAssignment: "a blank before the = becomes part of the name, so it does not set \(name)"
        case .byteOrderMark: "a byte order mark becomes part of the name, so it does not set \(name)"
        case .nul:
            "a NUL byte in it, as text in UTF-16 holds: no variable can be set with it, and the agent's container is "
                + "not started"
        case .tooLong: "128 KiB or more, which Linux hands to no program: the agent's container is not started"
        case .quoted: "the quotes become part of the value of \(name)"
        case .trailingComment: "the # and what follows become part of the value of \(name)"
        case .overridden(let line): "\(name) is set again on line \(line), which wins"
        case .unknownKey(let suggestion):
            "neither the agent nor ecs-init knows \(key ?? "this name")"
                + (suggestion.map { "; perhaps \($0) is meant" } ?? "")
        }
    }
}
