/// Recognising the agent in the command lines that init systems run.

import ByteParsing
import ImageReading
import Startup

/// A command of a job that has to do with the agent.
struct AgentCommand {
    let command: AgentJob.Command
    let evidence: [Evidence]

    /// Whether it is a script that does not show what it runs.
    var isScript: Bool {
        if case .script = command { true } else { false }
    }
}

/// Looks for the agent in commands: directly, or in the script that a command runs.
struct AgentCommandReader {
    let root: RootFilesystem
    /// What the caller's environment holds.
    var environment = Environment.unknown
    /// Whether the words are a shell's, in which variables are still to be expanded.
    var isShell = false

    /// What the words of one command say of the agent; nil where they do not run it.
    ///
    /// `name` is that of the job or the like: a script that cannot be read counts where its name speaks of ECS.
    func command(_ words: [String], at evidence: Evidence, of name: String, depth: Int = 0) -> AgentCommand? {
        let words =
            isShell
            ? words.flatMap { VariableExpansion.shell.words(of: $0, in: environment).map(\.text) } : words
        if runsEcsInit(words) { return AgentCommand(command: .ecsInit, evidence: [evidence]) }
        if let arguments = DockerRunArguments(command: words), isAgentImage(arguments.image) {
            return AgentCommand(command: .dockerRun(run: dockerRun(arguments, at: evidence)), evidence: [evidence])
        }
        guard depth < 3 else { return nil }
        switch ShellInvocation(words) {
        case .text(let text): return commands(text, at: evidence, of: name, depth: depth + 1)
        case .file(let path): return script(path, of: words, at: evidence, name, depth: depth)
        case .input: return nil
        case nil:
            return programBehindWrappers(words).flatMap {
                script($0.program, of: words, at: evidence, name, depth: depth)
            }
        }
    }

    /// What shell text says of the agent: the first of its commands that runs it.
    func commands(_ text: String, at evidence: Evidence, of name: String, depth: Int = 0) -> AgentCommand? {
        commands(in: text, of: name, depth: depth) { _, _ in evidence }
    }

    /// What a file of shell text says of the agent, the evidence at its lines.
    func commands(in file: File, of name: String, depth: Int = 0) -> AgentCommand? {
        commands(String(decoding: file.bytes, as: UTF8.self), from: 1, in: file, of: name, depth: depth)
    }

    /// The same of a part of a file, shell text that begins on the line `first`.
    func commands(_ text: String, from first: Int, in file: File, of name: String, depth: Int = 0) -> AgentCommand? {
        commands(in: text, of: name, depth: depth) { words, line in
            file.evidence(line: first + line - 1, ShownKeys.ofRules.command(words.joined(separator: " ")))
        }
    }

    private func commands(
        in text: String, of name: String, depth: Int, at place: ([String], Int) -> Evidence
    ) -> AgentCommand? {
        var reader = self
        reader.isShell = true
        // A shell may set variables in ways that are not followed here.
        reader.environment.isOpen = true
        for (words, line) in shellCommands(text) {
            let evidence = place(words, line)
            let assignments = (words.first == "export" ? words.dropFirst() : words[...]).map { assignment($0) }
            if assignments.allSatisfy({ $0 != nil }) {
                // VARIABLE=value by itself holds for the commands after it.
                reader.environment.settings += assignments.compactMap(\.self).map { key, value in
                    EnvironmentSetting(
                        key: key, value: VariableExpansion.shell.expanded(value, in: reader.environment).text,
                        evidence: evidence)
                }
            } else if let found = reader.command(words, at: evidence, of: name, depth: depth) {
                return found
            }
        }
        return nil
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
        switch Self.isKnownProgram(path) ? nil : root.files(ScriptFiles.want(path)).first {
        case .present(let file, let place)?:
            guard Self.isText(file) else { return nil }
            if let found = commands(in: file, of: name, depth: depth + 1) {
                return AgentCommand(command: found.command, evidence: [evidence] + found.evidence)
            }
            let text = String(decoding: file.bytes, as: UTF8.self)
            guard text.contains("amazon-ecs-agent") || text.contains("amazon-ecs-init") else { return nil }
            return AgentCommand(command: .script(path: path), evidence: [evidence] + place)
        case .unreadable?, nil:
            // amazon-ecs-init with another word than start prepares or cleans up.
            guard speaksOfAgent, !["docker", "systemctl", "amazon-ecs-init"].contains(path.name) else { return nil }
            return AgentCommand(command: .script(path: path), evidence: [evidence])
        case .absent?:
            return nil
        }
    }

    /// Whether a path is that of a program which is no script: asking for it would cost a second reading of an archive.
    private static func isKnownProgram(_ path: ImagePath) -> Bool {
        ["/usr/bin", "/bin", "/usr/libexec", "/usr/sbin"].contains(path.parent)
            && ["amazon-ecs-init", "docker", "bash", "sh", "dash", "env"].contains(path.name)
    }

    /// Whether a file is a script, or meant to be one: programs hold NUL bytes in their first lines.
    private static func isText(_ file: File) -> Bool {
        !file.bytes.prefix(256).contains(0)
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

    private func isAgentImage(_ image: String) -> Bool {
        ImageReference(image).isAgent || image.contains("amazon-ecs-agent")
    }

    /// The environment a `docker run` gives its container: env files first, then `-e`, as docker itself orders them.
    private func dockerRun(_ arguments: DockerRunArguments, at evidence: Evidence) -> AgentJob.DockerRun {
        var settings: [AgentJob.Setting] = []
        var problem: Problem?
        func take(_ key: String, _ value: String?, _ place: Evidence) {
            guard AgentKey.isReported(key) else { return }
            let passed = value == nil ? environment[key] : nil
            settings.append(
                AgentJob.Setting(key: key, value: value ?? passed?.value, evidence: passed?.evidence ?? place))
        }
        if let variable = arguments.variables.first {
            problem = Problem(
                .undecided, at: evidence.realPath ?? evidence.path,
                "\(variable) among the options of docker run, whose value is not known")
        }
        for name in arguments.environmentFiles {
            let path = ImagePath(name)
            switch root.files(.contents(path)).first {
            case .present(let file, _)?:
                let read = DockerEnvironmentFile(file)
                for (key, value, place) in read.settings { take(key, value, place) }
                problem = problem ?? read.problem
            case .unreadable(_, let found)?: problem = problem ?? found
            case .absent?, nil:
                problem =
                    problem ?? Problem(.danglingLink, at: path, "named by --env-file, and not in the image")
            }
        }
        for word in arguments.assignments {
            let key = String(word.prefix { $0 != "=" })
            let value = word.firstIndex(of: "=").map { String(word[word.index(after: $0)...]) }
            let place = Evidence(
                evidence.path, realPath: evidence.realPath, line: evidence.line,
                "-e " + (value.map { ShownKeys.ofRules.setting(key, $0) } ?? key))
            take(key, value, place)
        }
        return AgentJob.DockerRun(
            image: arguments.image, restart: arguments.restart, environment: settings, problem: problem,
            isDetached: arguments.isDetached)
    }
}
