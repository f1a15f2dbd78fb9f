/// Recognising the agent in the commands that init systems run.

import ByteParsing
import ImageReading
import Startup

/// A command of a job that has to do with the agent.
struct AgentCommand {
    var command: AgentJob.Command
    let evidence: [Evidence]

    /// Whether it plainly runs the agent.
    var isClear: Bool {
        if case .unclear = command { false } else { true }
    }

    /// The container of the image that it starts; nil where it makes one or runs the agent otherwise.
    var baked: String? {
        guard case .dockerRun(let run) = command, case .baked(let name, _, _) = run.cluster else { return nil }
        return name
    }
}

/// Looks for the agent in commands: directly, or in the script that a command runs.
struct AgentCommandReader {
    let root: RootFilesystem
    /// What the programs are given that commands run.
    var environment = Environment.unknown
    /// Where relative paths begin; nil where that is not known.
    var directory: ImagePath? = .root
    /// Whether the line of Batch's user data stands in /etc/ecs/ecs.config; else the file is as the image has it.
    var isWritten = false

    /// Scripts that run scripts and the like are followed so far.
    private static let depthLimit = 3
    /// Programs that only print or ask what stands behind them.
    private static let printers: Set = ["echo", "printf", "logger", "test", "[", "[[", ":", "cat", "grep"]

    /// What the words of one command say of the agent; nil where they do not run it.
    ///
    /// `name` is that of the job or the like: a script that cannot be read counts where its name speaks of ECS. `input`
    /// is the text on the command's standard input.
    func command(
        _ words: [CommandWord], at evidence: Evidence, of name: String, depth: Int = 0,
        input: ShellCommand.HereDocument? = nil
    ) -> AgentCommand? {
        let texts = words.map(\.text)
        guard let (program, arguments) = programBehindWrappers(texts) else { return nil }
        let programName = ImagePath(program).name
        guard !Self.printers.contains(programName) else { return nil }
        if runsEcsInit(texts) { return AgentCommand(command: .ecsInit, evidence: [evidence]) }
        var reader = self
        // VARIABLE=value before a command is given to that alone.
        for case let (key, value)? in texts[..<(arguments.startIndex - 1)].map({ assignment($0) }) {
            reader.environment.settings.append(EnvironmentSetting(key: key, value: value, evidence: evidence))
        }
        if let found = reader.container(words, at: evidence, of: name) { return found }
        guard depth < Self.depthLimit else { return nil }
        switch ShellInvocation(texts) {
        case .text(let text): return reader.commands(text, at: evidence, of: name, depth: depth + 1)
        case .file(let path): return reader.script(path, of: texts, at: evidence, name, depth: depth)
        case .input:
            return input.flatMap { reader.commands($0.text, at: evidence, of: name, depth: depth + 1) }
        case nil:
            if let found = reader.script(program, of: texts, at: evidence, name, depth: depth) { return found }
            return reader.agentProgram(program, at: evidence)
        }
    }

    /// What shell text says of the agent.
    func commands(_ text: String, at evidence: Evidence, of name: String, depth: Int = 0) -> AgentCommand? {
        var shell = AgentShellReader(self, of: name, depth: depth)
        for command in shellCommands(text) { shell.read(command, at: evidence) }
        return shell.found.best
    }

    /// What a file of shell text says of the agent, the evidence at its lines.
    func commands(in file: File, of name: String, depth: Int = 0) -> AgentCommand? {
        commands(String(decoding: file.bytes, as: UTF8.self), from: 1, in: file, of: name, depth: depth)
    }

    /// The same of a part of a file, shell text that begins on the line `first`.
    func commands(_ text: String, from first: Int, in file: File, of name: String, depth: Int = 0) -> AgentCommand? {
        var shell = AgentShellReader(self, of: name, depth: depth)
        shell.read(text, from: first, in: file)
        return shell.found.best
    }

    private func script(
        _ program: String, of words: [String], at evidence: Evidence, _ name: String, depth: Int
    ) -> AgentCommand? {
        guard program.hasPrefix("/") else { return nil }
        let path = ImagePath(program)
        let speaksOfAgent = Self.speaksOfAgent(name) || Self.speaksOfAgent(path.name)
        guard
            speaksOfAgent || ScriptFiles.isOwnScript(path)
                || words.contains(where: { Self.holdsECS($0) && $0.contains("ecs") })
        else { return nil }
        func unclear(_ more: [Evidence] = []) -> AgentCommand {
            let reason = "a script that \(name) runs, which does not plainly show whether it starts the agent"
            return AgentCommand(
                command: .unclear(problem: Problem(.unsupported, at: path, reason)), evidence: [evidence] + more)
        }
        switch Self.isKnownProgram(path) ? nil : root.files(ScriptFiles.want(path)).first {
        case .present(let file, let place)?:
            guard Self.isText(file) else { return nil }
            if let found = commands(in: file, of: name, depth: depth + 1) {
                return AgentCommand(command: found.command, evidence: [evidence] + found.evidence)
            }
            guard Self.namesAgent(file) else { return nil }
            return unclear(place)
        case .unreadable?, nil:
            // amazon-ecs-init with another word than start prepares or cleans up.
            guard speaksOfAgent, !Self.isKnownProgram(path), !Self.isAgentProgram(path),
                !["docker", "systemctl", "amazon-ecs-init"].contains(path.name)
            else { return nil }
            return unclear()
        case .absent?:
            return nil
        }
    }

    /// The agent as a program of the host's: `/usr/bin/amazon-ecs-agent`, or `agent` in a directory of its own.
    private func agentProgram(_ program: String, at evidence: Evidence) -> AgentCommand? {
        let path = ImagePath(program)
        guard program.hasPrefix("/"), Self.isAgentProgram(path) else { return nil }
        let settings = environment.settings.filter { AgentKey.isReported($0.key) }.map {
            AgentJob.Setting(key: $0.key, value: AgentKey.kept($0.key, $0.value), evidence: $0.evidence)
        }
        let place = evidence.realPath ?? evidence.path
        let problem =
            environment.isOpen
            ? Problem(.undecided, at: place, "the agent is given an environment that the image does not show") : nil
        var run = AgentJob.ProgramRun(path: path, environment: settings, problem: problem)
        let isThere = root.resolve(ClusterSource.userFile).value != nil
        if isWritten { run.cluster = ClusterSource(settings, problem: problem, isThere: isThere) }
        return AgentCommand(command: .program(run: run), evidence: [evidence])
    }

    private static func isAgentProgram(_ path: ImagePath) -> Bool {
        path.name == "amazon-ecs-agent" || path.name == "agent" && path.text.contains("ecs-agent")
    }

    /// Whether a path is that of a program which is no script: asking for it would cost a second reading of an archive.
    static func isKnownProgram(_ path: ImagePath) -> Bool {
        ["/usr/bin", "/bin", "/usr/libexec", "/usr/sbin"].contains(path.parent)
            && ["amazon-ecs-init", "docker", "bash", "sh", "dash", "env"].contains(path.name)
    }

    /// Whether a file is a script, or meant to be one: programs hold NUL bytes in their first lines.
    private static func isText(_ file: File) -> Bool {
        !file.bytes.prefix(256).contains(0)
    }

    /// Whether a script speaks of the agent, a shell's in its commands: what it writes to a file is text.
    private static func namesAgent(_ file: File) -> Bool {
        func isNamed(in text: String) -> Bool { text.holds("amazon-ecs-agent") || text.holds("amazon-ecs-init") }
        let text = String(decoding: file.bytes, as: UTF8.self)
        guard isNamed(in: text) else { return false }
        let interpreter = text.prefix { $0 != "\n" }.dropFirst(2).split(whereSeparator: \.isWhitespace)
        guard text.hasPrefix("#!"), ShellInvocation(interpreter.map(String.init)) != nil else { return true }
        return shellCommands(text).contains { $0.texts.contains(where: isNamed) }
    }

    /// Whether a name is that of a job for the agent: `ecs`, `ecs-agent`, `amazon-ecs`; not the volume plugin's.
    static func speaksOfAgent(_ name: String) -> Bool {
        guard holdsECS(name) else { return false }
        let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
        return words.contains { $0 == "ecs" || $0 == "ecsagent" } && !words.contains("volume")
            && !words.contains("connect")
    }

    /// Whether the letters `ecs` stand in a text, large or small: hardly any does, and no other has to be taken apart.
    private static func holdsECS(_ text: String) -> Bool {
        let bytes = text.utf8.span
        guard bytes.count > 2 else { return false }
        return (2..<bytes.count).contains { at in
            bytes[at] | 0x20 == UInt8(ascii: "s") && bytes[at - 1] | 0x20 == UInt8(ascii: "c")
                && bytes[at - 2] | 0x20 == UInt8(ascii: "e")
        }
    }

    /// `amazon-ecs-init start`, by whatever path and behind whatever wrapper.
    private func runsEcsInit(_ words: [String]) -> Bool {
        guard let at = words.firstIndex(where: { $0 == "amazon-ecs-init" || $0.hasSuffix("/amazon-ecs-init") }) else {
            return false
        }
        return words[(at + 1)...].contains("start")
    }
}
