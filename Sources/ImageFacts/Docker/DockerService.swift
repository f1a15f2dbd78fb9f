/// How systemd starts dockerd: the flags of its command line and the environment that it reads.

public import ImageReading
import Startup

/// What docker.service, with its drop-ins and environment files, hands to dockerd.
public struct DockerService: Fact {
    /// One flag of dockerd's command line.
    public struct Flag: Codable, Hashable, Sendable {
        /// The long name without dashes; `host` for `-H`.
        public let name: String
        /// Its value, only of flags whose value a rule needs; nil for all others.
        public let value: String?
        /// The unit, drop-in or environment file and line that it stands on.
        public let evidence: Evidence
    }

    /// One variable of dockerd's environment.
    public struct Variable: Codable, Hashable, Sendable {
        /// Its value as dockerd sees it.
        public let value: String
        /// Where it is set.
        public let evidence: Evidence
    }

    /// The unit's file.
    public let path: ImagePath
    /// In the order of the command line, variables expanded.
    public let flags: [Flag]
    /// DOCKER_MIN_API_VERSION; nil where it is not set.
    public let minimumAPIVersion: Variable?
    /// Why flags may be missing here: an environment file that cannot be read, a command line that is not dockerd's;
    /// nil where all are known.
    public let flagsProblem: Problem?
    /// Why variables may be missing here: an environment file that cannot be read; nil where all are known.
    public let environmentProblem: Problem?
}

extension DockerService {
    /// Units are asked of `Startup`; here are the environment files that Docker's packages name.
    public static let wants: [Want] = [
        .contents("/etc/sysconfig/docker"), .contents("/etc/sysconfig/docker-*"), .contents("/etc/default/docker"),
    ]

    /// Reads docker.service; absent where the image has no such unit or masks it.
    static func observe(in startup: ImageStartup) -> Observation<DockerService> {
        startup.boot.unit("docker.service").map { unit in
            let environment = startup.environment(of: unit)
            var commandLine = DockerCommandLine(environment: environment.value ?? .unknown)
            for line in unit.execLines("ExecStart") { commandLine.read(line) }
            let variable = environment.value?["DOCKER_MIN_API_VERSION"]
            let unread = Problem(
                .unsupported, at: unit.path, "a command line of dockerd expected, none found in ExecStart=")
            return DockerService(
                path: unit.path,
                flags: commandLine.flags,
                minimumAPIVersion: variable.map { Variable(value: $0.value, evidence: $0.evidence) },
                flagsProblem: environment.problem ?? (commandLine.isFound ? nil : unread),
                environmentProblem: environment.problem
            )
        }
    }

    /// The flags of a long name.
    public func flags(named name: String) -> [Flag] { flags.filter { $0.name == name } }
}

/// dockerd's flags, read from the words of ExecStart= (pflag, as moby's dockerd uses it).
private struct DockerCommandLine {
    let environment: Environment
    private(set) var flags: [DockerService.Flag] = []
    /// Whether any command line was dockerd's.
    private(set) var isFound = false

    private struct Word {
        let text: String
        let evidence: Evidence
    }

    private static let longNames: [Character: String] = [
        "b": "bridge", "D": "debug", "d": "daemon", "G": "group", "g": "graph", "H": "host", "h": "help",
        "l": "log-level", "p": "pidfile", "r": "restart", "s": "storage-driver", "v": "version",
    ]
    private static let switches: Set<Character> = ["D", "d", "h", "r", "v"]
    /// Flags whose values rules need; none of them can hold a credential.
    private static let shownValues: Set<String> = [
        "config-file", "default-runtime", "host", "iptables", "log-level", "storage-driver",
    ]

    init(environment: Environment) {
        self.environment = environment
    }

    mutating func read(_ line: ExecLine) {
        let words = line.words(in: environment)
        let evidence = line.directive.evidence(showing: .ofRules)
        guard case .text(let text)? = ShellInvocation(words.map(\.text)) else {
            read(words, evidence)
            return
        }
        let variables = Environment(environment.settings, isOpen: true)
        for command in shellCommands(text) {
            read(command.words.flatMap { $0.words(in: variables) }, evidence)
        }
    }

    private mutating func read(_ words: [CommandWord], _ evidence: Evidence) {
        guard let (path, arguments) = programBehindWrappers(words.map(\.text)) else { return }
        let program = ImagePath(path).name
        // RHEL calls it dockerd-current; before Docker 1.12 it was `docker daemon`, before 1.8 `docker -d`.
        if program == "docker" || program == "docker-current" {
            guard arguments.contains("daemon") || arguments.contains("-d") || arguments.contains("--daemon") else {
                return
            }
        } else if !program.hasPrefix("dockerd") {
            return
        }
        isFound = true
        readFlags(words[arguments.startIndex...].map { Word(text: $0.text, evidence: $0.origin ?? evidence) })
    }

    private mutating func readFlags(_ words: [Word]) {
        for (index, word) in words.enumerated() {
            guard word.text.hasPrefix("-"), word.text != "-" else { continue }
            if word.text == "--" { return }
            let next = index + 1 < words.count && !words[index + 1].text.hasPrefix("-") ? words[index + 1].text : nil
            if word.text.hasPrefix("--") {
                let parts = word.text.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                add(String(parts[0]), parts.count > 1 ? String(parts[1]) : next, word.evidence)
                continue
            }
            var letters = word.text.dropFirst()
            while let letter = letters.popFirst() {
                let isSwitch = Self.switches.contains(letter)
                let value = letters.first == "=" ? letters.dropFirst() : letters
                add(Self.longNames[letter] ?? String(letter), value.isEmpty ? next : String(value), word.evidence)
                guard isSwitch, letters.first != "=" else { break }
            }
        }
    }

    private mutating func add(_ name: String, _ value: String?, _ evidence: Evidence) {
        let value = Self.shownValues.contains(name) ? value : nil
        let text = value.map { "--\(name)=\($0)" } ?? "--\(name)"
        flags.append(
            DockerService.Flag(
                name: name,
                value: value,
                evidence: Evidence(evidence.path, realPath: evidence.realPath, line: evidence.line, text)
            )
        )
    }
}
