/// What dockerd objects to in its configuration: the decision behind docker-config.

import ImageFacts
import ImageReading

/// The reasons for which a version of dockerd refuses to start on a configuration.
struct DaemonObjections {
    /// One thing that dockerd refuses, or may refuse.
    struct Objection {
        /// What was found and what dockerd expects, with the line.
        let message: String
        let evidence: [Evidence]
        /// What to do about it.
        let remedy: [RemedyStep]
    }

    /// The version of Docker; nil where it is not known, and then what depends on it is open.
    let version: ReleaseVersion?
    private(set) var refused: [Objection] = []
    private(set) var open: [Objection] = []

    init(version: ReleaseVersion?) {
        self.version = version
    }

    /// Whether this Docker reads a configuration file at all; nil where that cannot be told.
    var readsFile: Bool? { version.map { $0 >= ReleaseVersion(1, 10) } }

    private mutating func add(_ isRefused: Bool?, _ message: String, _ evidence: [Evidence], remedy: RemedyStep...) {
        let objection = Objection(message: message, evidence: evidence, remedy: remedy)
        switch isRefused {
        case true?: refused.append(objection)
        case nil: open.append(objection)
        case false?: break
        }
    }

    private func isBefore(_ major: Int, _ minor: Int = 0) -> Bool? {
        version.map { $0 < ReleaseVersion(major, minor) }
    }

    private func isFrom(_ major: Int, _ minor: Int = 0) -> Bool? {
        version.map { $0 >= ReleaseVersion(major, minor) }
    }
}

extension DaemonObjections {
    /// The file's text, before any key of it.
    mutating func judgeText(of file: DaemonConfiguration) {
        let rewrite = RemedyStep.sentence("write \(file.path) as UTF-8 without a byte order mark")
        if file.encoding != .utf8 {
            let mark = file.encoding == .utf16 ? "UTF-16" : "a byte order mark"
            add(
                isBefore(23), "\(mark) at its beginning, which Docker before 23.0 takes for bad JSON",
                [file.contentEvidence], remedy: rewrite)
        }
        if let invalid = file.invalidUTF8 {
            add(
                isFrom(23), "\(line(invalid))UTF-8 expected, \(invalid.text) found", [invalid], remedy: rewrite)
        }
        switch file.content {
        case .object: break
        case .blank:
            add(
                isBefore(23), "an empty file, which Docker before 23.0 refuses", [file.contentEvidence],
                remedy: .edit(file.path, .removeFile), .sentence("or write {} into it"))
        case .otherValue where file.contentEvidence.text == "null": break
        case .otherValue:
            add(
                true, "\(line(file.contentEvidence))an object expected, \(file.contentEvidence.text) found",
                [file.contentEvidence], remedy: .sentence("write one JSON object, { ... }, into \(file.path)"))
        case .malformed:
            add(
                true, "\(line(file.contentEvidence))JSON expected: \(file.contentEvidence.text)",
                [file.contentEvidence],
                remedy: .sentence("mend the JSON of \(file.path); `python3 -m json.tool` names the place"))
        case .beyondLimit:
            add(
                nil, "not read whole: \(file.contentEvidence.text)", [file.contentEvidence],
                remedy: .sentence("shorten it"))
        }
        if let trailing = file.trailingText {
            add(
                isFrom(23), "\(line(trailing))text behind the object, which Docker from 23.0 on refuses", [trailing],
                remedy: .sentence("remove what follows the object's last brace in \(file.path)"))
        }
    }

    /// The keys: known ones, with values that Go can decode.
    mutating func judgeKeys(of file: DaemonConfiguration) {
        let divided = Set(file.settings.filter { $0.section == nil && isDivided($0) }.map(\.name))
        for setting in file.settings {
            if let section = setting.section {
                guard divided.contains(section) else { continue }
                if judgeName(setting, of: file), section == DaemonOption.proxies { judgeShape(setting, .string) }
            } else if isDivided(setting) {
                // dockerd takes its members for options, and then Go decodes it all the same.
                if let option = DaemonOption.named(setting.name).first, option.isKnown(to: version) == true {
                    judgeShape(setting, option.shape)
                }
            } else if judgeName(setting, of: file), let option = DaemonOption.named(setting.name).first {
                judgeShape(setting, option.shape)
                judgeValue(setting, of: file)
            }
        }
    }

    private func isDivided(_ setting: DaemonConfiguration.Setting) -> Bool {
        setting.kind == .object && !DaemonOption.isUndivided(setting.name, in: version)
    }

    /// Whether this version knows the key; objects where it does not.
    private mutating func judgeName(
        _ setting: DaemonConfiguration.Setting, of file: DaemonConfiguration
    ) -> Bool {
        let options = DaemonOption.named(setting.name)
        let answers = options.map { $0.isKnown(to: version) }
        if answers.contains(true) { return true }
        let mayBeUnlisted = options.isEmpty && version.map { $0 < DaemonOption.firstVersionNotListed } != true
        add(
            mayBeUnlisted || answers.contains(nil) ? nil : true,
            "\(line(setting.evidence))the key \"\(setting.name)\" is none that \(label) is known to have",
            [setting.evidence],
            remedy: .edit(
                file.path, .removeMember(names: setting.names), saying: "remove the key \"\(setting.name)\""),
            .sentence("or install a Docker that knows it"))
        return false
    }

    private mutating func judgeShape(_ setting: DaemonConfiguration.Setting, _ shape: DaemonOption.Shape) {
        guard let expected = setting.mismatch(shape) else { return }
        add(
            true, "\(line(setting.evidence))\"\(setting.name)\": \(expected) expected, \(found(setting)) found",
            [setting.evidence], remedy: .sentence("give \"\(setting.name)\" \(expected) as its value"))
    }

    private var label: String { version.map { "Docker \($0)" } ?? "this Docker" }

    private func found(_ setting: DaemonConfiguration.Setting) -> String {
        let kind = setting.value.map { setting.kind == .string ? "\"\($0)\"" : $0 } ?? "\(setting.kind.rawValue)"
        return setting.elementKinds.isEmpty
            ? kind : "\(kind) of \(setting.elementKinds.map(\.rawValue).joined(separator: " and "))"
    }

    /// Values that dockerd decodes and then refuses.
    private mutating func judgeValue(_ setting: DaemonConfiguration.Setting, of file: DaemonConfiguration) {
        guard let value = setting.value else { return }
        let levels = ["", "panic", "fatal", "error", "warn", "info", "debug", "trace"]
        if setting.name == "log-level", !levels.contains(value.lowercased()) {
            // Docker 20.10 took the word, 26.1 does not; between them it is not known.
            let isRefused = value.lowercased() != "warning" || isFrom(26, 1) == true
            add(
                isRefused ? true : isBefore(20, 11) == true ? false : nil,
                "\(line(setting.evidence))\"log-level\": \"\(value)\" is no level of logging",
                [setting.evidence], remedy: .sentence("use one of debug, info, warn, error, fatal"))
        }
        if setting.name == "api-cors-header", !value.isEmpty {
            add(
                isFrom(28), "\(line(setting.evidence))\"api-cors-header\", which Docker 28.0 removed",
                [setting.evidence],
                remedy: .edit(
                    file.path, .removeMember(names: setting.names), saying: "remove the key \"api-cors-header\""))
        }
    }

    /// Options that the file and the command line both set.
    mutating func judgeConflicts(of file: DaemonConfiguration, with service: DockerService) {
        for flag in service.flags {
            for option in DaemonOption.set(byFlag: flag.name) where option.name != "runtimes" {
                // dockerd lets an option that is called otherwise as a flag pass by its flag's name.
                guard let setting = file.settings.last(where: { isOption($0, option.name, in: file) }) else { continue }
                add(
                    true,
                    """
                    \(line(setting.evidence))"\(setting.name)" is also set by the flag --\(flag.name) in \
                    \(place(flag.evidence)); dockerd refuses to start on both
                    """,
                    [setting.evidence, flag.evidence],
                    remedy: .edit(file.path, .removeMember(names: setting.names)),
                    .sentence("or the flag --\(flag.name) by a drop-in in /etc/systemd/system/docker.service.d"))
            }
        }
        if let problem = service.flagsProblem { leaveConflictsOpen(in: file, problem, [Evidence(service.path)]) }
    }

    /// The command line cannot be read, or not all of it: any key could be a flag too.
    mutating func leaveConflictsOpen(in file: DaemonConfiguration, _ problem: Problem, _ evidence: [Evidence]) {
        guard !file.settings.isEmpty else { return }
        add(
            nil, "which keys are also flags cannot be told: \(problem)", evidence,
            remedy: .sentence("see that no key of \(file.path) is also a flag of dockerd's command line"))
    }

    private func isOption(_ setting: DaemonConfiguration.Setting, _ name: String, in file: DaemonConfiguration) -> Bool
    {
        guard setting.name == name else { return false }
        guard let section = setting.section else { return !isDivided(setting) }
        return file.settings.contains { $0.section == nil && $0.name == section && isDivided($0) }
    }

    /// A storage driver that this version has no more.
    mutating func judgeStorageDriver(_ driver: String, _ evidence: Evidence) {
        let removal: (Int, String)? =
            switch driver {
            case "aufs", "overlay": (24, "24.0")
            case "devicemapper": (25, "25.0")
            default: nil
            }
        guard let (major, name) = removal else { return }
        add(
            isFrom(major), "\(line(evidence))the storage driver \(driver), which Docker \(name) removed", [evidence],
            remedy: .sentence("use overlay2; images and containers of \(driver) are not taken over"))
    }

    private func line(_ evidence: Evidence) -> String { evidence.line.map { "line \($0): " } ?? "" }

    private func place(_ evidence: Evidence) -> String {
        evidence.line.map { "\(evidence.path) line \($0)" } ?? "\(evidence.path)"
    }
}

extension DaemonConfiguration.Setting {
    /// Where it stands in the object, outermost first.
    fileprivate var names: [RemedyText] { [section, name].compactMap(\.self).map { "\($0)" } }
}
