/// The agent among upstart's jobs (init(5) of upstart): Amazon Linux 1, Ubuntu 14.04.

import ByteParsing
import ImageReading

/// Jobs in /etc/init.
struct UpstartJobs {
    let root: RootFilesystem
    let initSystem: InitSystem

    static let jobs = Want.contents("/etc/init/*.conf")
    private static let overrides = Want.contents("/etc/init/*.override")
    static let wants = [jobs, overrides]

    /// One job with its override laid over it.
    struct Job {
        let name: String
        let file: File
        /// The `start on` that is in force; nil where there is none, or `manual` stands behind it.
        private(set) var startOn: (text: String, evidence: Evidence)?
        /// The last `manual`.
        private(set) var manual: Evidence?
        private(set) var respawn: Evidence?
        /// What exec and script stanzas run, with the file and the line that it begins on.
        private(set) var commands: [(text: String, line: Int, file: File)] = []
        private(set) var environment: [EnvironmentSetting] = []

        init(_ file: File, override: File?) throws(FormatError) {
            name = file.path.name.hasSuffix(".conf") ? String(file.path.name.dropLast(5)) : file.path.name
            self.file = file
            try read(file)
            if let override { try read(override) }
        }

        private mutating func read(_ file: File) throws(FormatError) {
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
                let evidence = file.evidence(line: line.number, shown(text))
                let isHook = ["pre-start", "post-start"].contains(first)
                let stanza = isHook ? words.dropFirst().first ?? "" : first
                switch stanza {
                case "start" where words.dropFirst().first == "on":
                    let place = file.evidence(line: line.number, shown(text, of: "start on"))
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
                    let place = file.evidence(line: line.number, shownSetting(key, value))
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

    /// All jobs, by name; what cannot be read comes as unreadable.
    func all() -> [Observation<Job>] {
        var overrides: [String: Observation<File>] = [:]
        for file in root.files(Self.overrides) {
            guard let path = file.evidence.first?.path else { continue }
            overrides[String(path.name.dropLast(".override".count))] = file
        }
        return root.files(Self.jobs).map { file in
            file.flatMap { conf, evidence in
                let override = overrides[String(conf.path.name.dropLast(".conf".count))]
                if case .unreadable(let evidence, let problem)? = override { return .unreadable(evidence, problem) }
                do throws(FormatError) {
                    return .present(try Job(conf, override: override?.value), evidence)
                } catch {
                    return .unreadable(evidence, Problem(error, at: conf.realPath))
                }
            }
        }
    }

    /// Whether upstart starts a job at boot.
    func start(of job: Job) -> BootStart {
        guard case .upstart = initSystem else {
            return .notStarted(evidence: [Evidence("/sbin/init", "the init system is not upstart")])
        }
        if let startOn = job.startOn { return .started(evidence: [startOn.evidence], byPresetOnFirstBoot: false) }
        if let manual = job.manual { return .notStarted(evidence: [manual]) }
        return .notStarted(evidence: [job.file.evidence("no start on")])
    }

    func search(_ search: inout AgentJobSearch) {
        search.searched.append(Self.jobs.path)
        for job in all() {
            switch job {
            case .absent: continue
            case .unreadable(let evidence, let problem): search.cannotRead(evidence, problem)
            case .present(let job, _):
                let reader = AgentCommandReader(root: root, environment: job.environment)
                let commands = job.commands.compactMap { text, line, file in
                    reader.commands(text, from: line, in: file, of: job.name)
                }
                guard let found = commands.first(where: { !$0.isScript }) ?? commands.first else { continue }
                search.jobs.append(
                    AgentJob(
                        name: job.name, manager: .upstart, command: found.command, start: start(of: job),
                        evidence: found.evidence,
                        restart: job.respawn.map { AgentJob.RestartPolicy(name: "respawn", evidence: $0) },
                        userDataOrder: Self.userDataOrder(of: job)))
            }
        }
    }

    /// cloud-init's last stage runs within the run level's own scripts on Amazon Linux, before `stopped rc`; Ubuntu has
    /// a job for it.
    private static func userDataOrder(of job: Job) -> AgentJob.UserDataOrder {
        guard let startOn = job.startOn else { return .notOrdered(evidence: [job.file.evidence("no start on")]) }
        let words = startOn.text.split { $0.isWhitespace || $0 == "(" || $0 == ")" }
        let isAfter = zip(words, words.dropFirst()).contains { event, job in
            event == "stopped" && (job == "rc" || job == "cloud-final")
        }
        return isAfter ? .after(evidence: [startOn.evidence]) : .notOrdered(evidence: [startOn.evidence])
    }
}
