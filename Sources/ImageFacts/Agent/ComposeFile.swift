/// The agent as a service of a compose file, which `docker compose` or `docker-compose` starts.

import ByteParsing
import ImageReading
import Startup
import YAMLReading

/// The words of `docker compose` behind its own name.
struct ComposeArguments: Hashable {
    /// `-f`, in order.
    private(set) var files: [CommandWord] = []
    /// Relative paths begin here; nil where it is the first file's directory.
    private(set) var projectDirectory: CommandWord?
    /// `up`, `start`; nil where there is none.
    private(set) var command: String?
    private(set) var isDetached = false

    private static let valued: Set<String> = [
        "-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory", "--parallel",
        "--progress", "--ansi", "-H", "--host", "-c", "--context", "--log-level",
    ]

    init(_ words: [CommandWord]) {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.text.hasPrefix("-") else {
                command = word.text
                break
            }
            var name = word.text
            var value: CommandWord?
            if name.hasPrefix("--"), let equals = name.firstIndex(of: "=") {
                value = CommandWord(String(name[name.index(after: equals)...]), isKnown: word.isKnown)
                name = String(name[..<equals])
            } else if Self.valued.contains(name) {
                value = rest.popFirst()
            }
            guard let value else { continue }
            if name == "-f" || name == "--file" { files.append(value) }
            if name == "--project-directory" { projectDirectory = value }
        }
        isDetached = rest.contains { ["-d", "--detach"].contains($0.text) }
    }
}

extension AgentCommandReader {
    private static let composeFiles = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]

    /// What a `docker compose` says of the agent; nil where it starts no service of it.
    func compose(_ arguments: ComposeArguments, at evidence: Evidence, of name: String) -> AgentCommand? {
        guard let command = arguments.command, ["up", "run", "create", "start", "restart"].contains(command) else {
            return nil
        }
        func unclear(_ problem: Problem) -> AgentCommand? {
            guard Self.speaksOfAgent(name) || evidence.text.contains("ecs") else { return nil }
            return AgentCommand(command: .unclear(problem: problem), evidence: [evidence])
        }
        func undecided(_ reason: String) -> AgentCommand? {
            unclear(Problem(.undecided, at: evidence.realPath ?? evidence.path, reason))
        }
        guard let paths = composePaths(arguments) else {
            return undecided("\(name) starts a compose file that only the boot decides")
        }
        var services: [String: ComposeService] = [:]
        var isFound = false
        for path in paths {
            let node = root.files(.contents(path)).first?.parsed { file throws(FormatError) in
                (file, try parseYAML(file.bytes))
            }
            switch node {
            case nil, .absent?: continue
            case .unreadable(_, let problem)?: return unclear(problem)
            case .present((let file, let node), _)?:
                isFound = true
                for pair in node?["services"]?.pairs ?? [] {
                    guard let name = pair.key.text else { continue }
                    services[name, default: ComposeService()].add(pair.value, of: file)
                }
            }
            if arguments.files.isEmpty { break }
        }
        guard isFound else {
            let places = paths.map(\.text).joined(separator: ", ")
            return undecided("\(name) starts a compose file that is not in the image; looked at \(places)")
        }
        for (service, found) in services.sorted(by: { $0.key < $1.key }) {
            guard let image = found.image.map({ composeValue($0) }), image.isKnown, Self.isAgentImage(image.text) else {
                guard Self.namesAgent(service) else { continue }
                return undecided(
                    "\(name) starts the service \(service) of a compose file, whose image does not show the agent")
            }
            guard command != "start", command != "restart" else {
                return undecided(
                    """
                    `docker compose \(command)` starts a container that was made before, with the environment of its \
                    making
                    """)
            }
            return AgentCommand(
                command: .dockerRun(run: found.run(image.text, arguments, reader: self, at: evidence)),
                evidence: [evidence] + [found.place].compactMap(\.self))
        }
        return nil
    }

    /// Nil where the files are not known.
    private func composePaths(_ arguments: ComposeArguments) -> [ImagePath]? {
        func path(_ word: CommandWord, in directory: ImagePath?) -> ImagePath? {
            guard word.isKnown, word.text != "-" else { return nil }
            return word.text.hasPrefix("/") ? ImagePath(word.text) : directory?.appending(word.text)
        }
        guard arguments.files.isEmpty else {
            let paths = arguments.files.map { path($0, in: directory) }
            return paths.contains(nil) ? nil : paths.compactMap(\.self)
        }
        if let named = environment["COMPOSE_FILE"]?.value {
            let paths = named.split(separator: ":").map { path(CommandWord(String($0)), in: directory) }
            return paths.contains(nil) ? nil : paths.compactMap(\.self)
        }
        let project = arguments.projectDirectory.map { path($0, in: directory) } ?? directory
        return project.map { project in Self.composeFiles.map { project.appending($0) } }
    }

    /// A value of a compose file, the variables in it replaced as compose does: `$NAME`, `${NAME:-word}`, `$$` a dollar.
    func composeValue(_ text: String) -> CommandWord {
        guard text.contains("$") else { return CommandWord(text) }
        let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("`", with: "\\`")
            .replacing("$$", with: "\\$")
        return shellCommands("\"\(quoted)\"").first?.words.first?.value(in: environment)
            ?? CommandWord(text, isKnown: false)
    }
}

/// One service, as several files lay it over each other.
private struct ComposeService {
    private(set) var image: String?
    private(set) var place: Evidence?
    private var restart: String?
    /// In order; a nil value is a name alone.
    private var environment: [(key: String, value: String?, evidence: Evidence)] = []
    private var files: [(name: String, isOptional: Bool, directory: ImagePath)] = []
    private var options = ContainerOptions()

    mutating func add(_ node: YAMLNode, of file: File) {
        if let image = node["image"], let text = image.text {
            self.image = text
            place = file.evidence(line: image.line, "image: \(text)")
        }
        restart = node["restart"]?.text ?? restart
        options.network = node["network_mode"]?.text ?? options.network
        options.userNamespace = node["userns_mode"]?.text ?? options.userNamespace
        for item in node["volumes"]?.items ?? [] {
            if let text = item.text {
                options.addVolume(text, isKnown: !text.contains("$"))
            } else if let target = item["target"]?.text {
                options.add(source: item["source"]?.text ?? "", target: target)
            }
        }
        if node["volumes_from"] != nil || node["extends"] != nil || node["<<"] != nil { options.isOpen = true }
        func evidence(_ line: Int, _ key: String, _ value: String?) -> Evidence {
            file.evidence(line: line, value.map { ShownKeys.ofRules.setting(key, $0) } ?? key)
        }
        for pair in node["environment"]?.pairs ?? [] {
            guard let key = pair.key.text else { continue }
            let value = pair.value.isNull ? nil : pair.value.text
            environment.append((key, value, evidence(pair.key.line, key, value)))
        }
        for item in node["environment"]?.items ?? [] {
            guard let text = item.text else { continue }
            let key = String(text.prefix { $0 != "=" })
            let value = text.firstIndex(of: "=").map { String(text[text.index(after: $0)...]) }
            environment.append((key, value, evidence(item.line, key, value)))
        }
        let named = node["env_file"]
        for item in named?.items ?? [named].compactMap(\.self) {
            guard let name = item.text ?? item["path"]?.text else { continue }
            files.append((name, item["required"]?.bool == false, file.path.parent))
        }
    }

    /// How the service runs the agent: its files first, then its own environment.
    func run(
        _ image: String, _ arguments: ComposeArguments, reader: AgentCommandReader, at evidence: Evidence
    ) -> AgentJob.DockerRun {
        var given = GivenEnvironment(reader, at: place ?? evidence)
        for (name, isOptional, directory) in files {
            let word = reader.composeValue(name)
            let project = arguments.projectDirectory.map { ImagePath($0.text) } ?? directory
            let path = word.text.hasPrefix("/") || !word.isKnown ? word.text : project.appending(word.text).text
            given.take(
                file: CommandWord(path, isKnown: word.isKnown), saying: "env_file: \(name)", isOptional: isOptional
            ) { DockerEnvironmentFile(unquoting: $0) }
        }
        for (key, value, place) in environment {
            let value = value.map { reader.composeValue($0) }
            if value == nil, reader.environment[key] == nil {
                // Versions of compose differ in whether a name alone takes the file's value away.
                given.take(key, "$\(key)", isKnown: false, at: place)
            } else {
                given.take(key, value?.text, isKnown: value?.isKnown ?? true, at: place)
            }
        }
        var run = AgentJob.DockerRun(
            image: image, restart: restart, environment: given.settings, problem: given.problem,
            isDetached: arguments.isDetached, maker: .compose)
        run.options = options
        if reader.isWritten { run.cluster = given.cluster }
        return run
    }
}
