/// agent-config-lines: every line of ecs.config does what it looks like.

import ByteParsing
import ImageFacts
import ImageReading

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
                    "the lines of /var/lib/ecs/ecs.config do nothing: ecs-init reads it from \(since) on, and this is "
                        + agent.label,
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
                return .fail(
                    "\(subject) like: \(shown.joined(separator: "; "))\(more)", odd.map(\.evidence),
                    remedy: mending(odd, others: count - odd.count))
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

extension Rule {
    /// What makes each line do what it looks like, from the end of the file, so that numbers stay what they are.
    private static func mending(_ odd: [AgentConfigFile.OddLine], others: Int) -> [RemedyStep] {
        var steps: [RemedyStep] = []
        let lines = Dictionary(grouping: odd) { $0.evidence.line ?? 0 }.sorted { $0.key > $1.key }
        for (_, all) in lines {
            let byFile = Dictionary(grouping: all, by: \.evidence.path).sorted { $0.key.text < $1.key.text }
            steps += byFile.flatMap { mending($0.value) }
        }
        return steps + (others > 0 ? [.sentence("and \(others) more lines likewise")] : [])
    }

    /// What is to be done about all that is odd in one line: it is written anew where all of it is shown.
    private static func mending(_ odd: [AgentConfigFile.OddLine]) -> [RemedyStep] {
        guard let first = odd.first, let line = first.evidence.line else { return [] }
        let path = first.evidence.path
        if let removal = odd.lazy.compactMap(\.removal).first {
            return [.edit(path, .removeLine(number: line), saying: "remove line \(line) of \(path)\(removal)")]
        }
        let text = first.evidence.text
        if text.contains("="), !text.hasSuffix("…"), odd.allSatisfy(\.isMendedByItsText) {
            let mended = odd.reduce(text) { $1.mended($0) }
            return [.edit(path, .setLine(number: line, text: "\(mended)"))]
        }
        return odd.map { $0.step(in: line, of: path) }
    }
}

extension AgentConfigFile.OddLine {
    /// What to say behind the removal of the line; nil where the line is to stay.
    fileprivate var removal: RemedyText? {
        switch oddity {
        case .withoutAssignment, .withoutName: ", or write it as KEY=VALUE"
        case .overridden, .unknownKey(suggestion: nil): ""
        case .export, .blankBeforeAssignment, .byteOrderMark, .nul, .tooLong, .quoted, .trailingComment, .unknownKey:
            nil
        }
    }

    fileprivate var isMendedByItsText: Bool {
        switch oddity {
        case .export, .blankBeforeAssignment, .byteOrderMark, .quoted, .trailingComment: true
        case .withoutAssignment, .withoutName, .nul, .tooLong, .overridden, .unknownKey: false
        }
    }

    /// The text of the line without what is odd.
    fileprivate func mended(_ text: String) -> String {
        let name = String(text.prefix { $0 != "=" })
        let value = String(text.dropFirst(name.count + 1))
        return switch oddity {
        case .byteOrderMark: String(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
        case .export: "\(name.dropFirst("export".count).drop { $0 == " " || $0 == "\t" })=\(value)"
        case .blankBeforeAssignment: "\(goTrimmed(name))=\(value)"
        case .quoted: "\(name)=\(value.dropFirst().dropLast())"
        case .trailingComment: "\(name)=\(value.withoutComment)"
        case .withoutAssignment, .withoutName, .nul, .tooLong, .overridden, .unknownKey: text
        }
    }

    /// The same where the value is not shown.
    fileprivate func step(in line: Int, of path: ImagePath) -> RemedyStep {
        switch oddity {
        case .byteOrderMark: .command("sed", "-i", "\(line)s/^\\xEF\\xBB\\xBF//", "\(path)")
        case .export: .command("sed", "-i", "\(line)s/^[[:blank:]]*export[[:blank:]]*//", "\(path)")
        case .blankBeforeAssignment: .command("sed", "-i", "\(line)s/[[:blank:]]*=/=/", "\(path)")
        case .trailingComment: .command("sed", "-i", "\(line)s/[[:blank:]][[:blank:]]*#.*//", "\(path)")
        case .quoted: .sentence("take the quotes off the value in line \(line) of \(path)")
        case .nul: .sentence("write \(path) anew in UTF-8")
        case .tooLong: .sentence("shorten the value in line \(line) of \(path)")
        case .unknownKey(let suggestion?):
            .sentence("write \(suggestion) for the name in line \(line) of \(path), where that is meant")
        case .withoutAssignment, .withoutName, .overridden, .unknownKey: .sentence("remove line \(line) of \(path)")
        }
    }

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

extension String {
    /// A value up to the first `#` behind a blank.
    fileprivate var withoutComment: String {
        var isBehindBlank = false
        let end = firstIndex { character in
            defer { isBehindBlank = character == " " || character == "\t" }
            return character == "#" && isBehindBlank
        }
        return goTrimmed(String(self[..<(end ?? endIndex)]))
    }
}
