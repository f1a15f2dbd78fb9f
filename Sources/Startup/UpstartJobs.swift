/// Upstart's jobs (init(5) of upstart): Amazon Linux 1, Ubuntu 14.04.

import ByteParsing
package import ImageReading

/// Jobs in /etc/init.
package struct UpstartJobs: Sendable {
    private static let overrides = Want.contents("/etc/init/*.override")
    static let wants = [InitSystem.upstartJobs, overrides]

    /// Where jobs are looked for.
    package static let searched = [InitSystem.upstartJobs.path]

    /// All jobs, by name; what cannot be read comes as unreadable.
    package let all: [Observation<Job>]
    /// Whether upstart is what starts jobs here.
    private let isInitSystem: Bool

    /// One job with its override laid over it.
    package struct Job: Sendable {
        /// `ecs` of `ecs.conf`.
        package let name: String
        /// Its file, without the override.
        package let file: File
        /// The `start on` that is in force; nil where there is none, or `manual` stands behind it.
        package private(set) var startOn: (text: String, evidence: Evidence)?
        /// The last `manual`.
        package private(set) var manual: Evidence?
        /// The last `respawn`, by which upstart starts the job again when it ends.
        package private(set) var respawn: Evidence?
        /// What exec and script stanzas run, with the file and the line that each begins on.
        package private(set) var commands: [(text: String, line: Int, file: File)] = []
        /// What env stanzas set.
        package private(set) var environment: [EnvironmentSetting] = []

        init(_ file: File, override: File?, showing keys: ShownKeys) throws(FormatError) {
            name = file.path.name.hasSuffix(".conf") ? String(file.path.name.dropLast(5)) : file.path.name
            self.file = file
            try read(file, showing: keys)
            if let override { try read(override, showing: keys) }
        }

        private mutating func read(_ file: File, showing keys: ShownKeys) throws(FormatError) {
            var lines = try file.lines()[...]
            while let line = lines.popFirst() {
                var text = Self.withoutComment(line.text)
                // A backslash, or an open parenthesis of `start on`, goes on in the next line.
                while text.hasSuffix("\\") || text.filter({ $0 == "(" }).count > text.filter({ $0 == ")" }).count,
                    text.hasPrefix("start on") || text.hasSuffix("\\"), text.utf8.count < 1 << 16,
                    let more = lines.popFirst()
                {
                    if text.hasSuffix("\\") { text.removeLast() }
                    text += " " + Self.withoutComment(more.text)
                }
                let words = text.split(whereSeparator: \.isWhitespace)
                guard let first = words.first else { continue }
                let evidence = file.evidence(line: line.number, keys.command(text))
                let isHook = ["pre-start", "post-start"].contains(first)
                let stanza = isHook ? words.dropFirst().first ?? "" : first
                switch stanza {
                case "start" where words.dropFirst().first == "on":
                    let place = file.evidence(line: line.number, quotation(text))
                    startOn = (words.dropFirst(2).joined(separator: " "), place)
                    manual = nil
                case "manual":
                    startOn = nil
                    manual = evidence
                case "respawn" where words.count == 1: respawn = evidence
                case "env":
                    guard let word = systemdWords(text)?.dropFirst().first, let (key, value) = assignment(word) else {
                        continue
                    }
                    let place = file.evidence(line: line.number, keys.setting(key, value))
                    environment.append(EnvironmentSetting(key: key, value: value, evidence: place))
                case "exec":
                    commands.append((words.dropFirst(isHook ? 2 : 1).joined(separator: " "), line.number, file))
                case "script":
                    var body: [String] = []
                    while let next = lines.popFirst() {
                        if next.text.split(whereSeparator: \.isWhitespace) == ["end", "script"] { break }
                        body.append(next.text)
                    }
                    commands.append((body.joined(separator: "\n"), line.number + 1, file))
                default: continue
                }
            }
        }

        private static func withoutComment(_ text: String) -> String {
            var text = text[...]
            if text.first(where: { !$0.isWhitespace }) == "#" { return "" }
            while text.last?.isWhitespace == true { text = text.dropLast() }
            while text.first?.isWhitespace == true { text = text.dropFirst() }
            return String(text)
        }
    }

    /// Reads the jobs of an image, with the values of the variables that may be shown.
    init(in root: RootFilesystem, initSystem: InitSystem, showing keys: ShownKeys) {
        if case .upstart = initSystem { isInitSystem = true } else { isInitSystem = false }
        var overrides: [String: Observation<File>] = [:]
        for file in root.files(Self.overrides) {
            guard let path = file.evidence.first?.path else { continue }
            overrides[String(path.name.dropLast(".override".count))] = file
        }
        all = root.files(InitSystem.upstartJobs).map { file in
            file.flatMap { conf, evidence in
                let override = overrides[String(conf.path.name.dropLast(".conf".count))]
                if case .unreadable(let evidence, let problem)? = override { return .unreadable(evidence, problem) }
                do throws(FormatError) {
                    return .present(try Job(conf, override: override?.value, showing: keys), evidence)
                } catch {
                    return .unreadable(evidence, Problem(error, at: conf.realPath))
                }
            }
        }
    }

    /// Whether upstart starts a job at boot.
    package func start(of job: Job) -> BootStart {
        guard isInitSystem else {
            return .notStarted(evidence: [Evidence("/sbin/init", "the init system is not upstart")])
        }
        if let startOn = job.startOn { return .started(evidence: [startOn.evidence], byPresetOnFirstBoot: false) }
        if let manual = job.manual { return .notStarted(evidence: [manual]) }
        return .notStarted(evidence: [job.file.evidence("no start on")])
    }
}
