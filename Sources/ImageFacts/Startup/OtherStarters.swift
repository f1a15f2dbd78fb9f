/// Other ways in which the agent is started: rc.local, cloud-init's own configuration and scripts, cron.

import ByteParsing
import ImageReading
import YAMLReading

/// Scripts that run at boot without being jobs of an init system.
struct OtherStarters {
    let root: RootFilesystem
    let units: Units
    let initSystem: InitSystem

    private static let localScripts = ["/etc/rc.local", "/etc/rc.d/rc.local"].map { AgentCommandReader.script($0) }
    private static let cloudScripts = AgentCommandReader.script("/var/lib/cloud/scripts/per-boot/*")
    private static let tables: [Want] = ["/etc/crontab", "/etc/cron.d/*"].map { .contents($0) }
    private static let userTables: [Want] =
        ["/var/spool/cron/root", "/var/spool/cron/crontabs/root"].map { .contents($0) }
    static let wants = localScripts + [cloudScripts] + tables + userTables + CloudInitConfiguration.wants

    /// Text that runs at boot, and what it means for a job that it runs.
    private struct Starter {
        let name: String
        let manager: AgentJob.Manager
        let start: BootStart
        let order: AgentJob.UserDataOrder
        /// Shell commands with their places.
        let commands: [(words: [String], evidence: Evidence)]
    }

    func search(_ search: inout AgentJobSearch) {
        search.searched += [
            "/etc/rc.local", "/etc/cloud/cloud.cfg.d", "/var/lib/cloud/scripts/per-boot", "/etc/crontab",
        ]
        let starters = starters(&search)
        let commands = startCommands(of: starters)
        let reach = reach(of: commands)
        search.jobs = search.jobs.map { job in reach.chain(to: job.name).map { starting(job, $0, commands) } ?? job }
        for starter in starters {
            let reader = AgentCommandReader(root: root, isShell: true)
            for (words, evidence) in starter.commands {
                guard let found = reader.command(words, at: evidence, of: starter.name) else { continue }
                search.jobs.append(
                    AgentJob(
                        name: starter.name, manager: starter.manager, command: found.command, start: starter.start,
                        evidence: found.evidence, userDataOrder: starter.order))
            }
        }
    }

    /// How a job starts: where nothing else starts it, by a command that names it or what wants it.
    func completing(_ start: BootStart, of name: String) -> BootStart {
        guard case .notStarted = start else { return start }
        var search = AgentJobSearch()
        let chain = reach(of: startCommands(of: starters(&search))).chain(to: name)
        return chain.map { .started(evidence: $0, byPresetOnFirstBoot: false) } ?? start
    }

    /// The commands that start jobs, of all that runs at boot.
    private func startCommands(of starters: [Starter]) -> [StartCommand] {
        starters.flatMap { starter -> [StartCommand] in
            guard case .started = starter.start else { return [] }
            return starter.commands.compactMap { StartCommand($0.words, by: starter.manager, at: $0.evidence) }
        }
    }

    /// What commands start, by name: the jobs that they name, and under systemd what those want.
    private struct Reach {
        let named: [String: Evidence]
        let closure: BootClosure

        func chain(to name: String) -> [Evidence]? {
            closure.reasons[name] == nil ? named[name].map { [$0] } : closure.chain(to: name)
        }
    }

    private func reach(of commands: [StartCommand]) -> Reach {
        let named = commands.flatMap { command in command.names.map { ($0, command.evidence) } }
        var pulls: [Pull] = []
        for command in commands where initSystem == .systemd {
            for name in command.units {
                let (unit, links) = units.directories.follow(name)
                if units.isStartable(unit) { pulls.append(Pull(unit: unit, evidence: [command.evidence] + links)) }
            }
        }
        return Reach(
            named: Dictionary(named) { first, _ in first }, closure: BootClosure(from: pulls, in: units, added: [:]))
    }

    /// A job as it is once a command starts it; a mask stands against that too.
    private func starting(_ job: AgentJob, _ chain: [Evidence], _ commands: [StartCommand]) -> AgentJob {
        var start = job.start
        if case .notStarted = start { start = .started(evidence: chain, byPresetOnFirstBoot: false) }
        var deadlock: Evidence?
        switch job.userDataOrder {
        case .after where job.manager == .systemd, .cycle where job.manager == .systemd:
            // cloud-init waits for the command, the command for the job that it names, the job for cloud-init.
            deadlock =
                commands.first { command in
                    command.manager == .cloudInit && command.waits
                        && command.units.contains { units.directories.follow($0).name == job.name }
                }?.evidence
        case .after, .cycle, .notOrdered, .undetermined: break
        }
        return AgentJob(
            name: job.name, manager: job.manager, command: job.command, start: start, evidence: job.evidence,
            restart: job.restart, userDataOrder: job.userDataOrder,
            missingEnvironmentFiles: job.missingEnvironmentFiles, deadlock: deadlock)
    }

    private func starters(_ search: inout AgentJobSearch) -> [Starter] {
        var starters: [Starter] = []
        var seen: Set<ImagePath> = []
        func scripts(_ want: Want, _ manager: AgentJob.Manager, _ order: (Evidence) -> AgentJob.UserDataOrder) {
            for file in root.files(want) {
                switch file {
                case .absent: continue
                case .unreadable(_, let problem) where problem.code == .notRegularFile: continue
                case .unreadable(let evidence, let problem): search.cannotRead(evidence, problem)
                case .present(let file, _):
                    guard seen.insert(file.realPath).inserted else { continue }
                    let isExecutable = file.permissions & 0o111 != 0
                    let start: BootStart =
                        isExecutable
                        ? .started(evidence: [file.evidence()], byPresetOnFirstBoot: false)
                        : .notStarted(evidence: [file.evidence("not executable")])
                    let commands = shellCommands(String(decoding: file.bytes, as: UTF8.self)).map { words, line in
                        (words: words, evidence: file.evidence(line: line, shown(words.joined(separator: " "))))
                    }
                    starters.append(
                        Starter(
                            name: file.path.name, manager: manager, start: start, order: order(file.evidence()),
                            commands: commands))
                }
            }
        }
        // cloud-final is ordered after rc-local, and runs the scripts of per-boot before those of user data.
        for want in Self.localScripts { scripts(want, .rcLocal) { .notOrdered(evidence: [$0]) } }
        scripts(Self.cloudScripts, .cloudInit) { .notOrdered(evidence: [$0]) }
        starters += cloudInitCommands(&search) + cronTables(&search)
        return starters
    }

    /// runcmd and bootcmd of the configuration that is baked in.
    private func cloudInitCommands(_ search: inout AgentJobSearch) -> [Starter] {
        guard let configuration = CloudInitConfiguration.observe(in: root).value else { return [] }
        return ["bootcmd", "runcmd"].compactMap { key in
            guard let (value, file) = configuration.value(key), let items = value.items else { return nil }
            let commands = items.flatMap { item -> [(words: [String], evidence: Evidence)] in
                if let words = item.items?.compactMap(\.text) {
                    return [(words, file.evidence(line: item.line, shown(words.joined(separator: " "))))]
                }
                return shellCommands(item.text ?? "").map { words, line in
                    (words, file.evidence(line: item.line + line - 1, shown(words.joined(separator: " "))))
                }
            }
            let place = file.evidence(line: value.line, key)
            return Starter(
                name: key, manager: .cloudInit, start: .started(evidence: [place], byPresetOnFirstBoot: false),
                order: key == "runcmd" ? .after(evidence: [place]) : .notOrdered(evidence: [place]), commands: commands)
        }
    }

    /// @reboot lines; those of /etc/crontab and /etc/cron.d name a user before the command.
    private func cronTables(_ search: inout AgentJobSearch) -> [Starter] {
        var commands: [(words: [String], evidence: Evidence)] = []
        for (wants, namesUser) in [(Self.tables, true), (Self.userTables, false)] {
            for file in wants.flatMap(root.files) {
                let read = file.parsed { file throws(FormatError) in (file, try file.lines()) }
                guard case .present((let file, let lines), _) = read else {
                    if let problem = read.problem, problem.code != .notRegularFile {
                        search.cannotRead(read.evidence, problem)
                    }
                    continue
                }
                for line in lines {
                    var rest = line.text.drop(while: \.isWhitespace)
                    guard rest.hasPrefix("@reboot") else { continue }
                    rest = rest.dropFirst("@reboot".count).drop(while: \.isWhitespace)
                    if namesUser { rest = rest.drop { !$0.isWhitespace } }
                    for (words, _) in shellCommands(rest) {
                        commands.append((words, file.evidence(line: line.number, shown(line.text))))
                    }
                }
            }
        }
        guard let first = commands.first else { return [] }
        return [
            Starter(
                name: "@reboot", manager: .cron,
                start: .started(evidence: [first.evidence], byPresetOnFirstBoot: false),
                order: .notOrdered(evidence: [first.evidence]), commands: commands)
        ]
    }
}
