/// The command lines of `docker`, as far as they decide how the agent is started.

import ByteParsing
import ImageReading
import Startup

/// What a command of the Docker client does to containers.
enum DockerCommand: Hashable {
    /// `docker run`, `docker create`.
    case run(DockerRunArguments)
    /// The same without an image, which Docker refuses.
    case runWithoutImage([CommandWord])
    /// `docker start`, `docker restart` of containers by name or id.
    case start([CommandWord])
    /// `docker rm`.
    case remove([String])
    /// `docker compose`, `docker-compose`, with what follows.
    case compose([CommandWord])

    /// Options of `docker` itself, before its command, that take a value.
    private static let globalValues: Set<String> = [
        "-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey",
    ]
    /// Options of `docker start` and its like that take a value.
    private static let valued: Set<String> = ["--detach-keys", "--checkpoint", "--checkpoint-dir", "-t", "--time"]

    /// Finds it among the words of a command; nil where there is none, or nothing that it is done to.
    init?(_ words: [CommandWord]) {
        let isClient = { (word: CommandWord) in ["docker", "docker-compose"].contains(ImagePath(word.text).name) }
        guard let docker = words.firstIndex(where: isClient) else { return nil }
        var rest = words[(docker + 1)...]
        if ImagePath(words[docker].text).name == "docker-compose" {
            self = .compose(Array(rest))
            return
        }
        while let word = rest.first, word.text.hasPrefix("-") {
            rest = rest.dropFirst(Self.globalValues.contains(word.text) ? 2 : 1)
        }
        if rest.first?.text == "container" { rest = rest.dropFirst() }
        guard let command = rest.popFirst()?.text else { return nil }
        switch command {
        case "run", "create":
            self = DockerRunArguments(rest).map { .run($0) } ?? .runWithoutImage(Array(rest))
        case "start", "restart", "rm":
            var operands: [CommandWord] = []
            while let word = rest.popFirst() {
                if Self.valued.contains(word.text) {
                    rest = rest.dropFirst()
                } else if !word.text.hasPrefix("-") {
                    operands.append(word)
                }
            }
            guard !operands.isEmpty else { return nil }
            self = command == "rm" ? .remove(operands.map(\.text)) : .start(operands)
        case "compose": self = .compose(Array(rest))
        default: return nil
        }
    }
}

/// The options of a `docker run` or `docker create` up to its image (docker-run(1)).
struct DockerRunArguments: Hashable {
    let image: CommandWord
    /// `--name`.
    let name: String?
    let restart: String?
    /// `-d` or `--detach`.
    let isDetached: Bool
    /// `-e` and `--env`, in order: `KEY=VALUE` or `KEY`.
    let assignments: [CommandWord]
    /// `--env-file`, in order.
    let environmentFiles: [CommandWord]
    /// Words in the place of options that are not known: variables of a shell.
    let variables: [String]
    /// What the container shares with its host.
    let options: ContainerOptions

    /// Options of `docker run` that take no value.
    private static let switches: Set<String> = [
        "--detach", "--disable-content-trust", "--help", "--init", "--interactive", "--no-healthcheck",
        "--oom-kill-disable", "--privileged", "--publish-all", "--quiet", "--read-only", "--rm", "--sig-proxy", "--tty",
        "--use-api-socket",
    ]
    /// The same in one letter.
    private static let shortSwitches = Set("ditPq")

    /// Nil where there is no image among the words.
    init?(_ words: ArraySlice<CommandWord>) {
        var rest = words
        var name: String?
        var restart: String?
        var assignments: [CommandWord] = []
        var environmentFiles: [CommandWord] = []
        var variables: [String] = []
        var isDetached = false
        var options = ContainerOptions()
        while let word = rest.popFirst() {
            if !word.isKnown, !word.text.hasPrefix("-"), !rest.isEmpty {
                variables.append(word.text)
                options.isOpen = true
                continue
            }
            guard word.text.hasPrefix("-"), word.text != "-" else {
                image = word
                self.name = name
                self.restart = restart
                self.isDetached = isDetached
                self.assignments = assignments
                self.environmentFiles = environmentFiles
                self.variables = variables
                self.options = options
                return
            }
            if word.text == "--" { continue }
            if word.text == "--detach" || word.text == "--detach=true" || Self.isShortDetach(word.text) {
                isDetached = true
            }
            guard let (option, value) = Self.option(word, &rest) else { continue }
            switch option {
            case "--name": name = value.text
            case "--restart": restart = value.text
            case "--env", "-e": assignments.append(value)
            case "--env-file": environmentFiles.append(value)
            case "--network", "--net": options.network = value.text
            case "--userns": options.userNamespace = value.text
            case "--volume", "-v": options.addVolume(value.text, isKnown: value.isKnown)
            case "--mount": options.addMount(value.text, isKnown: value.isKnown)
            case "--volumes-from": options.isOpen = true
            default: break
            }
        }
        return nil
    }

    /// A word of switches in one letter with a `d` among them, before any letter that takes a value.
    private static func isShortDetach(_ word: String) -> Bool {
        !word.hasPrefix("--") && word.dropFirst().prefix { shortSwitches.contains($0) }.contains("d")
    }

    /// One option with its value, taken from the next word where it is not part of this one; nil for a switch.
    private static func option(
        _ word: CommandWord, _ rest: inout ArraySlice<CommandWord>
    ) -> (name: String, value: CommandWord)? {
        let text = word.text
        func part(_ value: some StringProtocol) -> CommandWord {
            CommandWord(String(value), from: word.origin, isKnown: word.isKnown)
        }
        if text.hasPrefix("--") {
            if let equals = text.firstIndex(of: "=") {
                return (String(text[..<equals]), part(text[text.index(after: equals)...]))
            }
            return switches.contains(text) ? nil : (text, rest.popFirst() ?? CommandWord(""))
        }
        // -d, -dit, -eKEY=VALUE, -itv PATH:PATH
        var letters = text.dropFirst()
        while let letter = letters.popFirst() {
            if shortSwitches.contains(letter) { continue }
            let name = "-\(letter)"
            if letters.isEmpty { return (name, rest.popFirst() ?? CommandWord("")) }
            return (name, part(letters.first == "=" ? letters.dropFirst() : letters))
        }
        return nil
    }
}

/// What `docker run --env-file` takes from a file (docker/cli opts/file.go): no quotes, no escapes; a name alone is
/// passed on from the caller.
struct DockerEnvironmentFile {
    /// A nil value is a name alone.
    let settings: [(key: String, value: String?, evidence: Evidence)]
    /// The line that makes docker refuse the file.
    let problem: Problem?

    /// The same of a file that compose reads, which takes off the quotes around a value (compose-go dotenv).
    init(unquoting file: File) {
        let plain = DockerEnvironmentFile(file)
        settings = plain.settings.map { key, value, evidence in
            guard let value, let quote = value.first, quote == "'" || quote == "\"", value.count > 1,
                value.last == quote
            else { return (key, value, evidence) }
            return (key, String(value.dropFirst().dropLast()), evidence)
        }
        problem = plain.problem
    }

    init(_ file: File) {
        var settings: [(key: String, value: String?, evidence: Evidence)] = []
        var problem: Problem?
        let bytes = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? file.bytes.dropFirst(3) : file.bytes[...]
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let text = line.drop(while: isBlank)
            guard let first = text.first, first != UInt8(ascii: "#") else { continue }
            let kept = text.last == UInt8(ascii: "\r") ? text.dropLast() : text
            let equals = kept.firstIndex(of: UInt8(ascii: "="))
            let key = String(decoding: kept[..<(equals ?? kept.endIndex)], as: UTF8.self)
            guard !key.isEmpty, !key.utf8.contains(where: isBlank) else {
                let reason = "line \(index + 1): NAME=VALUE expected, which docker run demands of an environment file"
                problem = problem ?? Problem(.malformed, at: file.realPath, reason)
                continue
            }
            let value = equals.map { String(decoding: kept[($0 + 1)...], as: UTF8.self) }
            let evidence = file.evidence(line: index + 1, value.map { ShownKeys.ofRules.setting(key, $0) } ?? key)
            settings.append((key, value, evidence))
        }
        self.settings = settings
        self.problem = problem
    }
}
