/// The command line of `docker run`, as far as it decides how the agent is started.

import ByteParsing
import ImageReading
import Startup

/// The options of a `docker run` or `docker create` up to its image (docker-run(1)).
struct DockerRunArguments: Hashable {
    let image: String
    let restart: String?
    /// `-d` or `--detach`.
    let isDetached: Bool
    /// `-e` and `--env`, in order: `KEY=VALUE` or `KEY`.
    let assignments: [String]
    /// `--env-file`, in order.
    let environmentFiles: [String]
    /// Variables of a shell that stand in the place of options.
    let variables: [String]

    /// Options of `docker run` that take no value.
    private static let switches: Set<String> = [
        "--detach", "--disable-content-trust", "--help", "--init", "--interactive", "--no-healthcheck",
        "--oom-kill-disable", "--privileged", "--publish-all", "--quiet", "--read-only", "--rm", "--sig-proxy", "--tty",
    ]
    /// The same in one letter.
    private static let shortSwitches = Set("ditPq")
    /// Options of `docker` itself, before `run`, that take a value.
    private static let globalValues: Set<String> = [
        "-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey",
    ]

    /// Finds `docker ... run` among the words of a command; nil where there is none, or no image behind it.
    init?(command words: [String]) {
        guard let docker = words.firstIndex(where: { $0 == "docker" || $0.hasSuffix("/docker") }) else { return nil }
        var rest = words[(docker + 1)...]
        while let word = rest.first, word.hasPrefix("-") {
            rest = rest.dropFirst(Self.globalValues.contains(word) ? 2 : 1)
        }
        if rest.first == "container" { rest = rest.dropFirst() }
        guard rest.first == "run" || rest.first == "create" else { return nil }
        rest = rest.dropFirst()
        var restart: String?
        var assignments: [String] = []
        var environmentFiles: [String] = []
        var variables: [String] = []
        var isDetached = false
        while let word = rest.popFirst() {
            if word.hasPrefix("$"), !rest.isEmpty {
                variables.append(word)
                continue
            }
            guard word.hasPrefix("-"), word != "-" else {
                image = word
                self.restart = restart
                self.isDetached = isDetached
                self.assignments = assignments
                self.environmentFiles = environmentFiles
                self.variables = variables
                return
            }
            if word == "--" { continue }
            if word == "--detach" || word == "--detach=true" || Self.isShortDetach(word) { isDetached = true }
            guard let (name, value) = Self.option(word, &rest) else { continue }
            switch name {
            case "--restart": restart = value
            case "--env", "-e": assignments.append(value)
            case "--env-file": environmentFiles.append(value)
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
    private static func option(_ word: String, _ rest: inout ArraySlice<String>) -> (name: String, value: String)? {
        if word.hasPrefix("--") {
            if let equals = word.firstIndex(of: "=") {
                return (String(word[..<equals]), String(word[word.index(after: equals)...]))
            }
            return switches.contains(word) ? nil : (word, rest.popFirst() ?? "")
        }
        // -d, -dit, -eKEY=VALUE, -itv PATH:PATH
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            if shortSwitches.contains(letter) { continue }
            let name = "-\(letter)"
            if letters.isEmpty { return (name, rest.popFirst() ?? "") }
            return (name, String(letters.first == "=" ? letters.dropFirst() : letters))
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
