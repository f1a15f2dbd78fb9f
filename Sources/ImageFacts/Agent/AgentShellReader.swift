/// Following shell text from command to command, as far as it decides how the agent is run: its variables, what it
/// exports, the files that it reads in.

import ByteParsing
import ImageReading
import Startup

/// A shell on its way through a text.
struct AgentShellReader {
    /// What was found so far.
    private(set) var found = FoundAgents()
    private let reader: AgentCommandReader
    private let name: String
    /// How many scripts, files read in and texts of `eval` enclose this one.
    private var depth: Int
    /// What is not set here is not known.
    private var variables: Environment
    private var exported: Set<String>
    private var exportsAll = false
    /// Whether a variable that is exported is not known.
    private var exportsUnknown = false
    private var directory: ImagePath?
    /// Files that the text writes and that run the agent.
    private var written: Set<String> = []

    init(_ reader: AgentCommandReader, of name: String, depth: Int) {
        self.reader = reader
        self.name = name
        self.depth = depth
        variables = Environment(reader.environment.settings, isOpen: true)
        exported = Set(reader.environment.settings.map(\.key))
        directory = reader.directory
    }

    /// Goes through text of a file that begins on the line `first`.
    mutating func read(_ text: String, from first: Int, in file: File) {
        for command in shellCommands(text) {
            let shown = ShownKeys.ofRules.command(command.texts.joined(separator: " "))
            read(command, at: file.evidence(line: first + command.line - 1, shown))
        }
    }

    /// Goes on by one command.
    mutating func read(_ command: ShellCommand, at evidence: Evidence) {
        noteWrittenFiles(command, at: evidence)
        let assignments = command.words.prefix { Self.assignment($0) != nil }
        let rest = command.words.dropFirst(assignments.count)
        guard let first = rest.first?.text else {
            for word in assignments { assign(word, isConditional: command.isConditional, at: evidence) }
            return
        }
        let operands = rest.dropFirst().filter { !$0.text.hasPrefix("-") }
        switch first {
        case "export", "declare", "typeset", "readonly", "local":
            let exports = first == "export" || rest.contains { $0.text.hasPrefix("-") && $0.text.contains("x") }
            for word in operands {
                if exports { exported.insert(Self.assignment(word)?.key ?? word.text) }
                assign(word, isConditional: command.isConditional, at: evidence)
            }
        case "unset": for word in operands { forget(word.text) }
        case "for", "select": if let name = operands.first { forget(name.text) }
        case "read", "mapfile", "readarray", "getopts": for word in operands { forget(word.text) }
        case "set":
            for option in rest.dropFirst().map(\.text) {
                if option == "allexport" || option.hasPrefix("-") && option.contains("a") { exportsAll = true }
                if option.hasPrefix("+"), option.contains("a") { exportsAll = false }
            }
        case "cd": directory = operands.first.flatMap { path($0.value(in: variables)) }
        case ".", "source": if let file = rest.dropFirst().first { source(file.value(in: variables)) }
        case "eval":
            let words = rest.dropFirst().flatMap { $0.words(in: variables) }
            guard words.allSatisfy(\.isKnown), depth < 3 else { return forgetAll() }
            depth += 1
            for command in shellCommands(words.map(\.text).joined(separator: " ")) { read(command, at: evidence) }
            depth -= 1
        default: run(rest, with: assignments, input: command.hereDocument, at: evidence)
        }
    }

    private mutating func run(
        _ words: ArraySlice<ShellWord>, with assignments: ArraySlice<ShellWord>, input: ShellCommand.HereDocument?,
        at evidence: Evidence
    ) {
        let expanded = words.flatMap { $0.words(in: variables) }
        var reader = reader
        reader.directory = directory
        reader.environment = Environment(
            variables.settings.filter { exportsAll || exported.contains($0.key) },
            isOpen: self.reader.environment.isOpen || exportsUnknown)
        for case let (key, value)? in assignments.map(\.assignment) {
            let value = value.value(in: variables)
            guard value.isKnown else { continue }
            reader.environment.settings.append(EnvironmentSetting(key: key, value: value.text, evidence: evidence))
        }
        if case .remove(let names)? = DockerCommand(expanded) { found.removed.formUnion(names) }
        if let command = reader.command(expanded, at: evidence, of: name, depth: depth, input: input) {
            found.all.append(command)
        }
    }

    /// `NAME=value` and `NAME+=value`.
    private static func assignment(_ word: ShellWord) -> (key: String, value: ShellWord, appends: Bool)? {
        if let (key, value) = word.assignment { return (key, value, false) }
        guard let (key, value) = word.appendingAssignment else { return nil }
        return (key, value, true)
    }

    private mutating func assign(_ word: ShellWord, isConditional: Bool, at evidence: Evidence) {
        guard let (key, value, appends) = Self.assignment(word) else { return }
        let new = value.value(in: variables)
        let old = variables[key]
        guard new.isKnown, !appends || old != nil else { return forget(key) }
        let text = (appends ? old?.value ?? "" : "") + new.text
        if isConditional, old?.value != text { return forget(key) }
        variables.settings.append(EnvironmentSetting(key: key, value: text, evidence: evidence))
    }

    private mutating func forget(_ key: String) {
        variables.settings.removeAll { $0.key == key }
        if exported.contains(key) || exportsAll { exportsUnknown = true }
    }

    private mutating func forgetAll() {
        variables.settings = []
        exportsUnknown = true
    }

    private func path(_ word: CommandWord) -> ImagePath? {
        guard word.isKnown else { return nil }
        return word.text.hasPrefix("/") ? ImagePath(word.text) : directory?.appending(word.text)
    }

    /// Reads a file in as the shell does, into its own variables.
    private mutating func source(_ word: CommandWord) {
        // What distributions give init scripts to call sets nothing that counts.
        if word.isKnown, word.text.hasSuffix("functions") { return }
        guard let path = path(word), depth < 3 else { return forgetAll() }
        let isUserFile = reader.root.isUserFile(path)
        if case .present(let file, _)? = reader.root.files(ScriptFiles.want(path)).first {
            depth += 1
            read(String(decoding: file.bytes, as: UTF8.self), from: 1, in: file)
            depth -= 1
        } else if !isUserFile {
            forgetAll()
        }
        guard isUserFile, reader.isWritten else { return }
        let place = Evidence(path, "read in by the shell")
        variables.settings.append(
            EnvironmentSetting(key: AgentKey.cluster, value: ClusterSource.written, evidence: place))
    }

    /// A here-document that runs the agent, written where something starts it.
    private mutating func noteWrittenFiles(_ command: ShellCommand, at evidence: Evidence) {
        let texts = command.texts
        if !written.isEmpty, texts.contains(where: written.contains) { addWriter(at: evidence) }
        guard let text = command.hereDocument?.text,
            text.contains("amazon-ecs-agent") || text.contains("amazon-ecs-init")
        else { return }
        let targets = command.outputs.map(\.text) + (texts.contains("tee") ? texts : [])
        written.formUnion(targets)
        let starters: [ImagePath] = [
            "/etc/systemd", "/usr/lib/systemd", "/lib/systemd", "/etc/init", "/etc/init.d", "/etc/cron.d", "/etc/rc.d",
            "/var/lib/cloud/scripts",
        ]
        if targets.contains(where: { target in starters.contains { ImagePath(target).isWithin($0) } }) {
            addWriter(at: evidence)
        }
    }

    private mutating func addWriter(at evidence: Evidence) {
        let reason = "\(name) writes what runs the agent when the host boots, which is not followed"
        let problem = Problem(.undecided, at: evidence.realPath ?? evidence.path, reason)
        found.all.append(AgentCommand(command: .unclear(problem: problem), evidence: [evidence]))
    }
}

/// What several commands of a job say of the agent.
struct FoundAgents {
    /// In the order of the commands.
    var all: [AgentCommand] = []
    /// Containers that `docker rm` takes away.
    var removed: Set<String> = []

    /// What counts: the first command that plainly runs the agent, else the first that may.
    ///
    /// Where several make its container, in the branches of an `if`, a variable that they set differently is not known.
    var best: AgentCommand? {
        let kept = all.filter { $0.baked.map { !removed.contains($0) } ?? true }
        guard var best = kept.first(where: \.isClear) ?? kept.first else { return nil }
        guard kept.count > 1, case .dockerRun(let run) = best.command else { return best }
        let others = kept.compactMap { if case .dockerRun(let run) = $0.command { run } else { nil } }
        best.command = .dockerRun(run: others.dropFirst().reduce(run) { $0.or($1) })
        return best
    }
}

extension AgentJob.DockerRun {
    /// What is known of a container that is made in one of two ways.
    fileprivate func or(_ other: AgentJob.DockerRun) -> AgentJob.DockerRun {
        var settings = environment
        for key in Set((environment + other.environment).map(\.key)).sorted() {
            let own = environment.last { $0.key == key }
            let its = other.environment.last { $0.key == key }
            guard own?.value != its?.value, let place = (its ?? own)?.evidence else { continue }
            let reason = "\(key) is set in one of several ways, of which the boot chooses"
            settings.append(
                AgentJob.Setting(
                    key: key, value: "", evidence: place,
                    problem: Problem(.undecided, at: place.realPath ?? place.path, reason)))
        }
        var run = AgentJob.DockerRun(
            image: image, restart: restart, environment: settings, problem: problem ?? other.problem,
            isDetached: isDetached, maker: maker)
        run.options = options
        run.options.isOpen = options.isOpen || options != other.options
        run.cluster = cluster
        if cluster.isReached != other.cluster.isReached {
            let evidence = cluster.evidence + other.cluster.evidence
            let reason = "the agent gets its cluster in one of several ways, of which the boot chooses"
            let place = evidence.first?.path ?? ClusterSource.userFile
            run.cluster = .unknown(evidence: evidence, problem: Problem(.undecided, at: place, reason))
        }
        return run
    }
}
