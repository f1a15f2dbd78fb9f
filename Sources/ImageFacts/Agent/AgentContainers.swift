/// The agent's container in commands of the Docker client, and the environment that it is given.

import ByteParsing
import ImageReading
import Startup

extension AgentCommandReader {
    /// What a command of the Docker client says of the agent; nil where it is none, or of another container.
    func container(_ words: [CommandWord], at evidence: Evidence, of name: String) -> AgentCommand? {
        switch DockerCommand(words) {
        case .run(let arguments):
            guard arguments.image.isKnown, Self.isAgentImage(arguments.image.text) else {
                return unclearRun(arguments, at: evidence, of: name)
            }
            return AgentCommand(command: .dockerRun(run: dockerRun(arguments, at: evidence)), evidence: [evidence])
        case .runWithoutImage(let words):
            let speaksOfAgent = words.contains { Self.namesAgent($0.text) || $0.text.contains("ECS_") }
            guard speaksOfAgent || Self.speaksOfAgent(name) else { return nil }
            return Self.unclear(
                """
                the `docker run` of \(name) ends before it names an image, and Docker refuses it so: a line of it may \
                lack the backslash at its end
                """, at: evidence)
        case .start(let names): return started(names, at: evidence)
        case .compose(let words): return compose(ComposeArguments(words), at: evidence, of: name)
        case .remove: return nil
        case nil: return otherEngine(words, at: evidence, of: name)
        }
    }

    static func isAgentImage(_ image: String) -> Bool {
        ImageReference(image).isAgent || image.contains("amazon-ecs-agent")
    }

    /// Whether a container's or an image's name is one that the agent has under another registry or tag.
    static func namesAgent(_ name: String) -> Bool {
        let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
        return words.contains("ecs") && words.contains("agent") || words.contains("ecsagent")
    }

    private static func unclear(_ reason: String, at place: Evidence) -> AgentCommand {
        let problem = Problem(.undecided, at: place.realPath ?? place.path, reason)
        return AgentCommand(command: .unclear(problem: problem), evidence: [place])
    }

    /// A container that may be the agent's: by its name, by the variables that it is given, or of an image that is not
    /// known.
    private func unclearRun(_ run: DockerRunArguments, at evidence: Evidence, of name: String) -> AgentCommand? {
        let image = run.image.text
        let repository = ImageReference(image).repository.split(separator: "/").last ?? ""
        let isLike =
            run.name.map(Self.namesAgent) ?? false || Self.namesAgent(String(repository))
            || run.assignments.contains {
                $0.text.hasPrefix("\(AgentKey.drivers)=") || $0.text.hasPrefix("ECS_DATADIR=")
            }
            || !run.image.isKnown && Self.speaksOfAgent(name)
        guard isLike else { return nil }
        return Self.unclear(
            """
            \(name) runs a container of \(image), which may be the agent's image under another name: amilint knows it \
            by amazon-ecs-agent in the name
            """, at: evidence)
    }

    /// `docker start`: of a container that is in the image, with the environment of its making.
    private func started(_ names: [CommandWord], at evidence: Evidence) -> AgentCommand? {
        let containers = BakedContainer.observe(in: root)
        for name in names {
            if let container = containers.value?.first(where: { $0.isCalled(name.text) }) {
                guard let run = container.run else { continue }
                return AgentCommand(command: .dockerRun(run: run), evidence: [evidence] + container.evidence)
            }
            guard Self.namesAgent(name.text) || ["ecs", "amazon-ecs"].contains(name.text) else { continue }
            if let problem = containers.problem {
                return AgentCommand(command: .unclear(problem: problem), evidence: [evidence])
            }
            return Self.unclear(
                """
                `docker start \(name.text)` starts a container that is not in the image, so that it is not known what \
                makes it
                """, at: evidence)
        }
        return nil
    }

    /// podman and its like in Docker's place.
    private func otherEngine(_ words: [CommandWord], at evidence: Evidence, of name: String) -> AgentCommand? {
        guard let engine = words.first(where: { ["podman", "nerdctl"].contains(ImagePath($0.text).name) }),
            words.contains(where: { Self.isAgentImage($0.text) })
        else { return nil }
        let program = ImagePath(engine.text)
        let reason =
            "\(name) has \(program.name) run the agent's container in the place of Docker, whose socket the agent needs"
        return AgentCommand(
            command: .unclear(problem: Problem(.unsupported, at: program, reason)), evidence: [evidence])
    }

    /// The environment a `docker run` gives its container: env files first, then `-e`, as docker itself orders them.
    private func dockerRun(_ arguments: DockerRunArguments, at evidence: Evidence) -> AgentJob.DockerRun {
        var given = GivenEnvironment(self, at: evidence)
        for variable in arguments.variables {
            given.cannotTell("\(variable) among the options of docker run, whose value is not known")
        }
        for name in arguments.environmentFiles {
            given.take(file: name, saying: "--env-file=\(name.text)") { DockerEnvironmentFile($0) }
        }
        for word in arguments.assignments {
            let key = String(word.text.prefix { $0 != "=" })
            let value = word.text.firstIndex(of: "=").map { word.text[word.text.index(after: $0)...] }
            let shown = value.map { ShownKeys.ofRules.setting(key, ClusterSource.shown(String($0))) } ?? key
            let place = Evidence(evidence.path, realPath: evidence.realPath, line: evidence.line, "-e \(shown)")
            guard word.isKnown || !key.contains("$") else {
                given.cannotTell("-e \(key), of which only the boot decides what it sets")
                continue
            }
            given.take(key, value.map(String.init), isKnown: word.isKnown, at: place)
        }
        var run = AgentJob.DockerRun(
            image: arguments.image.text, restart: arguments.restart, environment: given.settings,
            problem: given.problem, isDetached: arguments.isDetached)
        run.options = arguments.options
        if isWritten { run.cluster = given.cluster }
        return run
    }
}

/// What a container is given of the keys that rules need, put together.
struct GivenEnvironment {
    private let reader: AgentCommandReader
    private let evidence: Evidence
    private(set) var settings: [AgentJob.Setting] = []
    private(set) var problem: Problem?
    private var hasUserFile = true

    init(_ reader: AgentCommandReader, at evidence: Evidence) {
        self.reader = reader
        self.evidence = evidence
    }

    /// How Batch's cluster reaches the agent, where Batch's line stands in its file.
    var cluster: ClusterSource { ClusterSource(settings, problem: problem, isThere: hasUserFile) }

    private var place: ImagePath { evidence.realPath ?? evidence.path }

    mutating func cannotTell(_ reason: String) {
        problem = problem ?? Problem(.undecided, at: place, reason)
    }

    /// A variable; without a value it is passed on from the caller's environment, and where that has none nothing is set
    /// (docker/cli opts/env.go).
    mutating func take(_ key: String, _ value: String?, isKnown: Bool = true, at place: Evidence) {
        guard AgentKey.isReported(key) else { return }
        if let value {
            let shown = ShownKeys.ofRules.setting(key, ClusterSource.shown(value))
            let reason = "\(shown), of which only the boot decides the value"
            settings.append(
                AgentJob.Setting(
                    key: key, value: AgentKey.kept(key, value), evidence: place,
                    problem: isKnown ? nil : Problem(.undecided, at: place.realPath ?? place.path, reason)))
        } else if let passed = reader.environment[key] {
            settings.append(
                AgentJob.Setting(key: key, value: AgentKey.kept(key, passed.value), evidence: passed.evidence))
        } else if reader.environment.isOpen, !settings.contains(where: { $0.key == key }) {
            let reason = "\(key) is passed on from an environment that the image does not show"
            settings.append(
                AgentJob.Setting(
                    key: key, value: "$\(key)", evidence: place,
                    problem: Problem(.undecided, at: place.realPath ?? place.path, reason)))
        }
    }

    /// A file of variables, which `read` takes apart; `words` name it in evidence.
    mutating func take(
        file name: CommandWord, saying words: String, isOptional: Bool = false,
        _ read: (File) -> DockerEnvironmentFile
    ) {
        guard name.isKnown, name.text.hasPrefix("/") || reader.directory != nil else {
            return cannotTell("\(words), a file that only the boot decides")
        }
        let path =
            name.text.hasPrefix("/") ? ImagePath(name.text) : (reader.directory ?? .root).appending(name.text)
        let isUserFile = reader.root.isUserFile(path)
        switch reader.root.files(.contents(path)).first {
        case .present(let file, _)?:
            let found = read(file)
            for (key, value, place) in found.settings { take(key, value, at: place) }
            problem = problem ?? found.problem
        case .unreadable(_, let found)? where !isUserFile || found.code != .danglingLink: problem = problem ?? found
        case .unreadable?, .absent?, nil:
            if isUserFile {
                hasUserFile = isOptional
            } else if !isOptional {
                let reason = "named by \(words), and not in the image: something has to write it"
                problem = problem ?? Problem(.undecided, at: path, reason)
            }
        }
        if isUserFile, reader.isWritten {
            let place = Evidence(evidence.path, realPath: evidence.realPath, line: evidence.line, words)
            settings.append(AgentJob.Setting(key: AgentKey.cluster, value: ClusterSource.written, evidence: place))
        }
    }
}
