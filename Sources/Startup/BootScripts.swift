/// Scripts that run at boot without being jobs of an init system: rc.local's, cron's, and what is given with them.

import ByteParsing
package import ImageReading

/// Text that runs at boot.
package struct BootScript: Sendable {
    /// The name of its file, or what its manager calls it.
    package let name: String
    /// What runs it.
    package let manager: JobManager
    /// Whether it runs.
    package let start: BootStart
    /// What it waits for, as `StartOrdering` says it of units.
    package let order: StartOrder
    /// Its commands with their places.
    package let commands: [BootCommand]

    /// A script whose commands were found by who made it.
    package init(
        name: String, manager: JobManager, start: BootStart, order: StartOrder,
        commands: [BootCommand]
    ) {
        self.name = name
        self.manager = manager
        self.start = start
        self.order = order
        self.commands = commands
    }

    /// A script that is a file of its own: it runs where it is executable, and waits for nothing.
    init(_ file: File, manager: JobManager, showing keys: ShownKeys) {
        let isExecutable = file.permissions & 0o111 != 0
        name = file.path.name
        self.manager = manager
        start =
            isExecutable
            ? .started(evidence: [file.evidence()], byPresetOnFirstBoot: false)
            : .notStarted(evidence: [file.evidence("not executable")])
        order = .notOrdered(evidence: [file.evidence()])
        commands = shellCommands(String(decoding: file.bytes, as: UTF8.self)).map { command in
            BootCommand(
                command, file.evidence(line: command.line, keys.command(command.texts.joined(separator: " "))))
        }
    }
}

/// One command of a script that runs at boot, and where it stands.
package struct BootCommand: Sendable {
    /// The command in a shell's words.
    package let command: ShellCommand
    /// Where it stands.
    package let evidence: Evidence

    /// Its words as they are written, quotes taken off.
    package var words: [String] { command.texts }

    /// A command at a place.
    package init(_ command: ShellCommand, _ evidence: Evidence) {
        self.command = command
        self.evidence = evidence
    }
}

/// Scripts in the order in which they are looked at.
package struct BootScripts: Sendable {
    /// The scripts.
    package private(set) var all: [BootScript] = []
    /// The first that is there and cannot be read.
    package private(set) var unknown: Unknown?

    /// Without scripts.
    package init() {}

    /// These scripts.
    package init(_ scripts: [BootScript], unknown: Unknown? = nil) {
        all = scripts
        self.unknown = unknown
    }

    /// The files that match wants, run by `manager`.
    package init(_ wants: [Want], manager: JobManager, in root: RootFilesystem, showing keys: ShownKeys) {
        let scripts = ScriptFiles(wants, in: root)
        all = scripts.files.map { BootScript($0, manager: manager, showing: keys) }
        unknown = scripts.unknown
    }

    /// These scripts where their manager runs none of them, for this reason.
    package func notStarted(_ reason: Evidence) -> BootScripts {
        let scripts = all.map { script in
            BootScript(
                name: script.name, manager: script.manager, start: .notStarted(evidence: [reason]),
                order: script.order, commands: script.commands)
        }
        return BootScripts(scripts, unknown: unknown)
    }

    /// These scripts and then others.
    package static func + (left: BootScripts, right: BootScripts) -> BootScripts {
        BootScripts(left.all + right.all, unknown: left.unknown ?? right.unknown)
    }
}

extension BootScripts {
    private static let localScripts = ["/etc/rc.local", "/etc/rc.d/rc.local"].map { ScriptFiles.want($0) }
    private static let tables: [Want] = ["/etc/crontab", "/etc/cron.d/*"].map { .contents($0) }
    private static let userTables: [Want] =
        ["/var/spool/cron/root", "/var/spool/cron/crontabs/root"].map { .contents($0) }
    static let wants = localScripts + tables + userTables

    /// rc.local.
    static func localScripts(in root: RootFilesystem, showing keys: ShownKeys) -> BootScripts {
        BootScripts(localScripts, manager: .rcLocal, in: root, showing: keys)
    }

    /// @reboot lines; those of /etc/crontab and /etc/cron.d name a user before the command.
    static func cronTables(in root: RootFilesystem, showing keys: ShownKeys) -> BootScripts {
        var commands: [BootCommand] = []
        var unknown: Unknown?
        for (wants, namesUser) in [(tables, true), (userTables, false)] {
            for file in wants.flatMap(root.files) {
                let read = file.parsed { file throws(FormatError) in (file, try file.lines()) }
                guard case .present((let file, let lines), _) = read else {
                    if let problem = read.problem, problem.code != .notRegularFile {
                        unknown = unknown ?? Unknown(read.evidence, problem)
                    }
                    continue
                }
                for line in lines {
                    var rest = line.text.drop(while: \.isWhitespace)
                    guard rest.hasPrefix("@reboot") else { continue }
                    rest = rest.dropFirst("@reboot".count).drop(while: \.isWhitespace)
                    if namesUser { rest = rest.drop { !$0.isWhitespace } }
                    commands += shellCommands(rest).map {
                        BootCommand($0, file.evidence(line: line.number, keys.command(line.text)))
                    }
                }
            }
        }
        guard let first = commands.first else { return BootScripts([], unknown: unknown) }
        let script = BootScript(
            name: "@reboot", manager: .cron, start: .started(evidence: [first.evidence], byPresetOnFirstBoot: false),
            order: .notOrdered(evidence: [first.evidence]), commands: commands)
        return BootScripts([script], unknown: unknown)
    }
}
