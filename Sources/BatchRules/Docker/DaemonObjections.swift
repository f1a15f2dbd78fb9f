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

    /// What this version makes of values.
    var values: DaemonValues { DaemonValues(version: version) }

    mutating func add(_ isRefused: Bool?, _ message: String, _ evidence: [Evidence], remedy: RemedyStep...) {
        let objection = Objection(message: message, evidence: evidence, remedy: remedy)
        switch isRefused {
        case true?: refused.append(objection)
        case nil: open.append(objection)
        case false?: break
        }
    }

    func isBefore(_ major: Int, _ minor: Int = 0) -> Bool? { values.isBefore(major, minor) }

    func isFrom(_ major: Int, _ minor: Int = 0) -> Bool? { values.isFrom(major, minor) }
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
                isFrom(23), "\(line(invalid))\(invalid.text) is no UTF-8", [invalid], remedy: rewrite)
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
                true, "\(line(file.contentEvidence))\(file.contentEvidence.text) stands in the place of an object",
                [file.contentEvidence], remedy: .sentence("write one JSON object, { ... }, into \(file.path)"))
        case .malformed:
            add(
                true, "\(line(file.contentEvidence))no JSON: \(file.contentEvidence.text)",
                [file.contentEvidence],
                remedy: .sentence("mend the JSON of \(file.path); `python3 -m json.tool` names the place"))
        case .beyondLimit:
            add(
                nil, "not read whole: \(file.contentEvidence.text)", [file.contentEvidence],
                remedy: .sentence("shorten it"))
        }
        if let blank = file.leadingBlank {
            add(
                isBefore(23), "\(line(blank))\(blank.text) before the object, which Docker before 23.0 refuses",
                [blank],
                remedy: .sentence("remove what stands before the object's first brace in \(file.path)"))
        }
        if let trailing = file.trailingText {
            add(
                isFrom(23), "\(line(trailing))text behind the object, which Docker from 23.0 on refuses", [trailing],
                remedy: .sentence("remove what follows the object's last brace in \(file.path)"))
        }
    }

    /// The keys: known ones, with values that Go can decode and dockerd takes.
    mutating func judgeKeys(of file: DaemonConfiguration) {
        // The names are checked in a map, in which the last of two equal ones is left.
        for option in file.namedOptions(in: version) { judgeName(option, of: file) }
        // Then all is decoded into a struct, one member after the other; the last one is what is looked at.
        var stored: [String: DaemonValue.Member] = [:]
        for member in file.members {
            guard let option = DaemonOption.storing(member, in: version), let key = option.key else { continue }
            if let mismatch = option.type(in: version).mismatch(member.value) {
                refuse(mismatch, at: member, in: file)
            } else if option.isRead(by: version) {
                stored[key] = member
            }
        }
        for (key, member) in stored.sorted(by: { ($0.value.line, $0.key) < ($1.value.line, $1.key) }) {
            judgeValue(of: member, key, in: file)
        }
    }

    /// Whether this version knows the key; objects where it does not.
    private mutating func judgeName(_ option: DaemonConfiguration.NamedOption, of file: DaemonConfiguration) {
        let name = option.member.name
        let answers = DaemonOption.isKey(name, in: version)
        guard !answers.contains(true) else { return }
        let mayBeUnlisted = answers.isEmpty && version.map { $0 < DaemonOption.firstVersionNotListed } != true
        let evidence = file.evidence(of: option.member)
        add(
            mayBeUnlisted || answers.contains(nil) ? nil : true,
            "\(line(evidence))the key \"\(name)\" is none that \(label) is known to have", [evidence],
            remedy: .edit(file.path, .removeMember(names: option.names), saying: "remove the key \"\(name)\""),
            .sentence("or install a Docker that knows it"))
    }

    private mutating func refuse(
        _ mismatch: DaemonType.Mismatch, at member: DaemonValue.Member, in file: DaemonConfiguration
    ) {
        let names = ([member.name] + mismatch.names).map { "\"\($0)\"" }.joined(separator: ", ")
        let line = mismatch.line ?? member.line
        add(
            true, "line \(line): \(names): \(mismatch.found) (expected: \(mismatch.expected))",
            [file.evidence(of: DaemonValue.Member(name: member.name, line: line, value: member.value))],
            remedy: .sentence("give \(names) \(mismatch.expected) as its value"))
    }

    /// Values that dockerd decodes and then refuses.
    private mutating func judgeValue(of member: DaemonValue.Member, _ key: String, in file: DaemonConfiguration) {
        let evidence = file.evidence(of: member)
        let removal = RemedyStep.edit(
            file.path, .removeMember(names: ["\(member.name)"]), saying: "remove the key \"\(member.name)\"")
        // In an array of strings Go makes an empty one of null.
        let elements = member.value.elements.map { $0.map { $0 == .null ? .string("") : $0 } }
        for value in elements ?? [member.value] {
            guard let refusal = values.refusal(of: value, under: key) else { continue }
            let found = member.value.elements == nil ? value.label : "\(value.label) among them"
            add(
                refusal.isRefused,
                "\(line(evidence))\"\(member.name)\": \(found) (expected: \(refusal.expected))", [evidence],
                remedy: removal, .sentence("or give it \(refusal.expected) instead"))
            return
        }
    }

    var label: String { version.map { "Docker \($0)" } ?? "this Docker" }

    /// Options that the file and the command line both set.
    mutating func judgeConflicts(of file: DaemonConfiguration, with service: DockerService) {
        let options = file.namedOptions(in: version)
        let mayRepeatRuntimes = isFrom(18, 9)
        for flag in service.flags {
            for option in DaemonOption.set(byFlag: flag.name) {
                // dockerd lets an option that is called otherwise as a flag pass by its flag's name.
                let key = option.key ?? flag.name
                guard let named = options.last(where: { $0.member.name == key }) else { continue }
                let evidence = file.evidence(of: named.member)
                add(
                    key == "runtimes" ? mayRepeatRuntimes.map { !$0 } : true,
                    """
                    \(line(evidence))"\(key)" is also set by the flag --\(flag.name) in \
                    \(place(flag.evidence)); dockerd refuses to start on both
                    """,
                    [evidence, flag.evidence],
                    remedy: .edit(file.path, .removeMember(names: named.names)),
                    .sentence("or the flag --\(flag.name) by a drop-in in /etc/systemd/system/docker.service.d"))
            }
        }
        if let problem = service.flagsProblem { leaveConflictsOpen(in: file, problem, [Evidence(service.path)]) }
    }

    /// The command line cannot be read, or not all of it: any key could be a flag too.
    mutating func leaveConflictsOpen(in file: DaemonConfiguration, _ problem: Problem, _ evidence: [Evidence]) {
        guard !file.members.isEmpty else { return }
        add(
            nil, "which keys are also flags cannot be told: \(problem)", evidence,
            remedy: .sentence("see that no key of \(file.path) is also a flag of dockerd's command line"))
    }

    func line(_ evidence: Evidence) -> String { evidence.line.map { "line \($0): " } ?? "" }

    func place(_ evidence: Evidence) -> String {
        evidence.line.map { "\(evidence.path) line \($0)" } ?? "\(evidence.path)"
    }
}

extension DaemonConfiguration {
    /// A member that dockerd takes for an option: one of the object, or of an object in it that is no option itself.
    struct NamedOption {
        let member: DaemonValue.Member
        /// Where it stands in the object, outermost first.
        let names: [RemedyText]
    }

    /// The members that a version of Docker takes for options (configValuesSet).
    func namedOptions(in version: ReleaseVersion?) -> [NamedOption] {
        func lastOfEach(_ members: [DaemonValue.Member]) -> [DaemonValue.Member] {
            var last: [String: Int] = [:]
            for (index, member) in members.enumerated() { last[member.name] = index }
            return members.enumerated().filter { last[$0.element.name] == $0.offset }.map(\.element)
        }
        return lastOfEach(members).flatMap { member in
            guard let parts = member.value.members, !DaemonOption.isUndivided(member.name, in: version) else {
                return [NamedOption(member: member, names: ["\(member.name)"])]
            }
            return lastOfEach(parts).map { NamedOption(member: $0, names: ["\(member.name)", "\($0.name)"]) }
        }
    }
}
