/// What timers, path units and services that start bring up besides what the boot pulls in.

import ByteParsing
import ImageReading

/// The units that others start after the boot has begun.
struct TriggeredStarts {
    /// One unit that another one starts.
    private struct Trigger {
        let unit: String
        let evidence: [Evidence]
        /// On what it hangs; nil where it comes for certain.
        let condition: String?
    }

    private let startup: ImageStartup
    private let certain: BootClosure
    private let triggers: [Trigger]

    init(in startup: ImageStartup) {
        self.startup = startup
        let triggers = startup.boot.startedNames.sorted().flatMap { name -> [Trigger] in
            guard let unit = startup.boot.unit(name).value else { return [] }
            return Self.triggers(of: unit, startup).map { trigger in
                Trigger(
                    unit: startup.units.directories.follow(trigger.unit).name,
                    evidence: trigger.evidence + startup.boot.start(of: name).evidence, condition: trigger.condition)
            }
        }
        self.triggers = triggers
        let pulls = triggers.filter { $0.condition == nil && startup.units.isStartable($0.unit) }
        certain = startup.boot.closure(from: pulls.map { Pull(unit: $0.unit, evidence: $0.evidence) })
    }

    /// How a unit starts that the boot does not pull in; nil where nothing starts it.
    func start(of name: String) -> BootStart? {
        if certain.reasons[name] != nil {
            return .started(evidence: certain.chain(to: name), byPresetOnFirstBoot: false)
        }
        guard let trigger = triggers.first(where: { $0.unit == name }), let condition = trigger.condition else {
            return nil
        }
        let place = trigger.evidence.first?.path ?? "/etc/systemd/system"
        return .undetermined(
            evidence: trigger.evidence, problem: Problem(.undecided, at: place, "starts \(name) \(condition)"))
    }

    private static func triggers(of unit: Unit, _ startup: ImageStartup) -> [Trigger] {
        switch UnitName(unit.name)?.type {
        case "timer": timer(unit)
        case "path": path(unit, startup)
        case "service": onSuccess(unit, startup) + commands(unit, startup)
        default: []
        }
    }

    /// The unit that a timer or a path unit starts: Unit=, else the service of its name.
    private static func target(of unit: Unit, _ section: String) -> String? {
        guard let name = UnitName(unit.name) else { return nil }
        if let other = unit.value(section, "Unit") { return unit.unitNames(other).first }
        return UnitName(unit.name.dropLast(name.type.utf8.count) + "service")?.text
    }

    /// systemd.timer(5): seconds after the boot always come; a time of the day may be a day off.
    private static func timer(_ unit: Unit) -> [Trigger] {
        guard let target = target(of: unit, "Timer") else { return [] }
        let sinceBoot = ["OnBootSec", "OnStartupSec", "OnActiveSec"].flatMap { unit.values("Timer", $0) }
        let calendar = unit.values("Timer", "OnCalendar")
        let often = calendar.filter { setting in
            let time = setting.value.split(separator: " ").last { $0.contains(":") }
            return ["minutely", "hourly"].contains(setting.value) || time?.hasPrefix("*") == true
        }
        if let first = (sinceBoot + often).first {
            return [Trigger(unit: target, evidence: [first.evidence], condition: nil)]
        }
        return calendar.prefix(1).map {
            Trigger(unit: target, evidence: [$0.evidence], condition: "only at a time that the calendar says")
        }
    }

    /// systemd.path(5): it starts the service when it finds the path, or when the path changes.
    private static func path(_ unit: Unit, _ startup: ImageStartup) -> [Trigger] {
        guard let target = target(of: unit, "Path") else { return [] }
        let paths = PathsAtBoot(startup: startup, writtenByUserData: { $0.isWithin("/etc/ecs") })
        func trigger(_ directive: Directive, _ condition: String?) -> Trigger {
            Trigger(unit: target, evidence: [directive.evidence], condition: condition)
        }
        var triggers = ["PathExists", "PathExistsGlob", "DirectoryNotEmpty"].flatMap { key in
            unit.values("Path", key).compactMap { directive -> Trigger? in
                let path = ImagePath(directive.value)
                if isFound(path, key, startup.root) { return trigger(directive, nil) }
                // Below /run and the like nothing is of the image.
                guard let absence = paths.absence(of: path, for: unit), absence.doubt == nil else {
                    return trigger(directive, "once \(path) is there, which may come at boot")
                }
                return nil
            }
        }
        triggers += ["PathChanged", "PathModified"].flatMap { key in
            unit.values("Path", key).map { directive in
                // AWS Batch's user data writes its cluster into this file on every instance.
                let isWritten = ImagePath(directive.value) == "/etc/ecs/ecs.config"
                return trigger(directive, isWritten ? nil : "once \(directive.value) changes")
            }
        }
        return triggers
    }

    private static func isFound(_ path: ImagePath, _ key: String, _ root: RootFilesystem) -> Bool {
        switch key {
        case "PathExistsGlob": root.names(.names(path)).value?.isEmpty == false
        case "DirectoryNotEmpty": root.names(.names(path.appending("*"))).value?.isEmpty == false
        default: root.resolve(path).value != nil
        }
    }

    /// OnSuccess= acts when the service has ended well: RemainAfterExit= keeps it from ending at all.
    private static func onSuccess(_ unit: Unit, _ startup: ImageStartup) -> [Trigger] {
        let directives = unit.values("Unit", "OnSuccess")
        let systemd = startup.units.systemd
        guard !directives.isEmpty, systemd.isAtLeast(249) != false, !unit.isSet("RemainAfterExit"),
            startup.faults(of: unit).allSatisfy({ $0.doubt != nil })
        else { return [] }
        let ends = unit.serviceType(systemd).name == "oneshot" && systemd.isAtLeast(249) == true
        return directives.flatMap { directive in
            unit.unitNames(directive).map {
                Trigger(
                    unit: $0, evidence: [directive.evidence], condition: ends ? nil : "once \(unit.name) has ended well"
                )
            }
        }
    }

    /// `systemctl start` among the commands of a service, or in a script of its own that it runs.
    private static func commands(_ unit: Unit, _ startup: ImageStartup) -> [Trigger] {
        ["ExecStartPre", "ExecStart", "ExecStartPost"].flatMap(unit.execLines).flatMap { line in
            started(by: line.writtenWords, at: line.directive.evidenceOfProgram, startup, depth: 0)
        }
    }

    private static func started(
        by words: [String], at evidence: Evidence, _ startup: ImageStartup, depth: Int
    ) -> [Trigger] {
        if let command = StartCommand(words, by: .systemd, at: evidence) {
            return command.units.map { Trigger(unit: $0, evidence: [evidence], condition: nil) }
        }
        guard depth < 2 else { return [] }
        let path: String
        switch ShellInvocation(words) {
        case .text(let text):
            return shellCommands(text).flatMap { started(by: $0.texts, at: evidence, startup, depth: depth + 1) }
        case .file(let file): path = file
        case .input: return []
        case nil: path = words.first ?? ""
        }
        guard path.hasPrefix("/"), ScriptFiles.isOwnScript(ImagePath(path)),
            let file = startup.root.files(ScriptFiles.want(ImagePath(path))).first?.value
        else { return [] }
        return shellCommands(String(decoding: file.bytes, as: UTF8.self)).flatMap { command in
            let words = command.texts
            let place = file.evidence(line: command.line, startup.shownKeys.command(words.joined(separator: " ")))
            return started(by: words, at: place, startup, depth: depth + 1).map {
                Trigger(unit: $0.unit, evidence: $0.evidence + [evidence], condition: $0.condition)
            }
        }
    }
}

extension ImageStartup {
    /// How a unit starts: pulled in by the boot, by a command of a script, or by another unit that starts.
    ///
    /// Undetermined where a generator of the image's own speaks of it.
    package func start(of name: String) -> BootStart {
        var start = commandedStarts.completing(boot.start(of: name), of: name)
        if case .notStarted = start { start = TriggeredStarts(in: self).start(of: name) ?? start }
        guard let generator = Generators.ownGenerator(speakingOf: name, in: root) else { return start }
        if case .noUnit = start { return start }
        return .undetermined(
            evidence: [generator] + start.evidence,
            problem: Problem(
                .undecided, at: generator.path,
                "a generator of the image's own that speaks of \(name), which it may start or mask at boot"))
    }
}
