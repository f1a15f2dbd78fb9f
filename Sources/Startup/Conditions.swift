/// Which conditions and assertions of a unit hold on an instance of the image (systemd.unit(5), "Conditions and Asserts";
/// systemd's shared/condition.c).

import Booting
package import ImageReading

/// What one condition comes to before it is negated.
enum ConditionAnswer: Sendable {
    case holds
    /// On no instance.
    case fails(String, [Evidence] = [])
    /// Not by what the image holds, and something else may bring it: user data, a unit, a device.
    case lacking(String)
    /// On some instances alone.
    case varies(String)
    /// On all instances of use but a few.
    case nearlyAlways(String)
}

/// One Condition…= or Assert…= setting as it is written.
private struct Condition {
    let directive: Directive
    /// `PathExists` of `ConditionPathExists`.
    let type: Substring
    let isTriggering: Bool
    let isNegated: Bool
    let parameter: String

    /// Nil for another setting, and for one that systemd passes over.
    init?(_ directive: Directive, prefix: String, unit: UnitName?) {
        guard directive.key.hasPrefix(prefix) else { return nil }
        self.directive = directive
        type = directive.key.dropFirst(prefix.count)
        var rest = Substring(directive.value)
        func take(_ mark: Character) -> Bool {
            guard rest.first == mark else { return false }
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            return true
        }
        isTriggering = take("|")
        isNegated = take("!")
        guard let expanded = unit.flatMap({ $0.expandingSpecifiers(rest) }) else { return nil }
        parameter = expanded
    }
}

extension ImageStartup {
    /// The conditions and assertions of a unit that keep it, or may keep it, from starting.
    ///
    /// `written` are files that user data has written by the time the unit starts.
    package func conditions(of unit: Unit, afterWriting written: Set<ImagePath> = []) -> [StartHindrance] {
        var hindrances: [StartHindrance] = []
        for (prefix, kind) in [("Condition", StartHindrance.Kind.condition), ("Assert", .assertion)] {
            // An empty one of any type takes all of them away.
            let settings = unit.directives.filter { $0.section == "Unit" && $0.key.hasPrefix(prefix) }
            guard !settings.isEmpty else { continue }
            let inForce = settings.suffix(
                from: settings.lastIndex { $0.value.isEmpty }.map { $0 + 1 } ?? settings.startIndex)
            let conditions = inForce.compactMap { Condition($0, prefix: prefix, unit: UnitName(unit.name)) }
            hindrances += unmet(conditions, unit, kind, written)
        }
        return hindrances
    }

    /// All plain ones have to hold, and of those with `|` one, where there are any.
    private func unmet(
        _ conditions: [Condition], _ unit: Unit, _ kind: StartHindrance.Kind, _ written: Set<ImagePath>
    ) -> [StartHindrance] {
        var plain: [StartHindrance] = []
        var triggering: [StartHindrance] = []
        var isTriggered = false
        for condition in conditions {
            let hindrance = hindrance(condition, unit, kind, written)
            if !condition.isTriggering {
                if let hindrance { plain.append(hindrance) }
            } else if let hindrance, hindrance.weight != .word {
                triggering.append(hindrance)
            } else {
                isTriggered = true
            }
        }
        if !isTriggered, let best = triggering.first(where: { $0.weight == .depends }) ?? triggering.first {
            plain.append(best)
        }
        return plain
    }

    /// What a condition stands in the way with; nil where it holds.
    private func hindrance(
        _ condition: Condition, _ unit: Unit, _ kind: StartHindrance.Kind, _ written: Set<ImagePath>
    ) -> StartHindrance? {
        func hindrance(_ weight: StartHindrance.Weight, _ found: String, _ evidence: [Evidence] = []) -> StartHindrance
        {
            StartHindrance(of: unit.name, kind, weight, condition.directive.evidence, found, evidence: evidence)
        }
        // Which kinds of instances are left is said of the condition as it stands.
        let isNegated = condition.isNegated && condition.type != "Virtualization"
        switch (answer(condition, written), isNegated) {
        case (nil, _), (.holds, false), (.fails, true), (.lacking, true): return nil
        case (.holds, true):
            guard condition.type.hasPrefix("Path") || condition.type.hasSuffix("Empty"), !condition.parameter.isEmpty
            else { return hindrance(.never, "without the `!` it holds on every instance of the image") }
            let path = ImagePath(condition.parameter)
            return hindrance(.never, "\(path) is in the image", [Evidence(path)])
        case (.fails(let found, let evidence), false): return hindrance(.never, found, evidence)
        case (.lacking(let found), false): return hindrance(.depends, found)
        case (.varies(let found), _), (.nearlyAlways(let found), true): return hindrance(.depends, found)
        case (.nearlyAlways(let found), false): return hindrance(.word, found)
        }
    }

    /// What a condition comes to; nil for a type that this systemd does not know and passes over.
    private func answer(_ condition: Condition, _ written: Set<ImagePath>) -> ConditionAnswer? {
        let parameter = condition.parameter
        switch condition.type {
        case "PathExists", "PathExistsGlob", "PathIsDirectory", "PathIsSymbolicLink", "PathIsMountPoint",
            "PathIsReadWrite", "PathIsEncrypted", "DirectoryNotEmpty", "FileNotEmpty", "FileIsExecutable":
            guard parameter.hasPrefix("/") else { return nil }
            let path = ImagePath(parameter)
            return written.contains(path) ? .holds : pathCondition(condition.type, path)
        case "Architecture": return architecture(is: parameter)
        case "Virtualization": return virtualization(is: parameter, isNegated: condition.isNegated)
        case "KernelCommandLine": return commandLine(has: parameter)
        case "FirstBoot": return firstBoot(is: parameter)
        case "User", "Group":
            let isRoot = ["0", "root"].contains(parameter) || condition.type == "User" && parameter == "@system"
            return isRoot ? .holds : .fails("systemd itself runs as root, and the line asks of systemd")
        case "ACPower":
            guard let isWanted = boolean(parameter) else { return nil }
            return isWanted ? .holds : .fails("an instance is always on AC power")
        case "Capability": return .holds
        case "Host":
            return parameter == "*"
                ? .holds : .lacking("the name of an instance's host is not known before it starts")
        case "Environment", "Credential": return .lacking("nothing in the image gives systemd such a value")
        case "KernelVersion", "KernelModuleLoaded", "Security", "NeedsUpdate", "Memory", "CPUs", "Firmware",
            "OSRelease", "CPUFeature", "ControlGroupController", "MemoryPressure", "CPUPressure", "IOPressure",
            "Version":
            return .varies("the image does not show whether that is so on an instance")
        default: return nil
        }
    }

    private func architecture(is name: String) -> ConditionAnswer {
        guard name != "native" else { return .holds }
        guard let architecture else { return .varies("what the image is built for is not known") }
        return name == architecture.nameInConditions
            ? .holds : .fails("the image is built for \(architecture.nameInConditions)")
    }

    /// `foo` is met by `foo` and by `foo=bar`, `foo=bar` by itself.
    private func commandLine(has word: String) -> ConditionAnswer {
        guard let words = kernel.value?.commandLine else { return .lacking("the kernel's command line is not known") }
        let isThere = words.contains { $0 == word || !word.contains("=") && $0.hasPrefix("\(word)=") }
        let evidence = kernel.evidence.first.map { [$0] } ?? []
        return isThere ? .holds : .fails("it is not on the kernel's command line", evidence)
    }

    private func firstBoot(is wanted: String) -> ConditionAnswer? {
        guard let isWanted = boolean(wanted) else { return nil }
        let isFirst: Bool
        let evidence: [Evidence]
        let argument = kernel.value?.commandLine?.last { $0.hasPrefix("systemd.condition-first-boot=") }
        if let forced = argument?.split(separator: "=").last.flatMap(boolean) {
            (isFirst, evidence) = (forced, kernel.evidence)
        } else {
            switch FirstBoot(in: root) {
            case .yes(let place): (isFirst, evidence) = (true, [place])
            case .no: (isFirst, evidence) = (false, [Evidence("/etc/machine-id")])
            case .unknown: return .varies("/etc/machine-id cannot be read")
            }
        }
        if isFirst == isWanted { return .holds }
        return .fails("the next boot is \(isFirst ? "a" : "no") first boot, as systemd takes it", evidence)
    }
}

extension ImageStartup {
    /// Places that a running system fills anew at each boot.
    private static let volatile: [ImagePath] = ["/run", "/var/run", "/dev", "/sys", "/proc", "/tmp"]
    /// What of it every instance has.
    private static let alwaysThere: Set<ImagePath> = [
        "/run", "/var/run", "/dev", "/sys", "/proc", "/tmp", "/dev/null", "/dev/shm", "/dev/pts", "/sys/fs/cgroup",
        "/proc/self", "/proc/sys", "/sys/kernel", "/run/systemd/system",
    ]

    private func pathCondition(_ type: Substring, _ path: ImagePath) -> ConditionAnswer {
        if type == "PathIsMountPoint" { return mountPoint(path) }
        if type == "PathIsReadWrite" { return .holds }
        if type == "PathIsEncrypted" { return .varies("the image does not show how an instance's disks are encrypted") }
        if let place = Self.volatile.first(where: path.isWithin) {
            if Self.alwaysThere.contains(path) { return .holds }
            let found = "\(place) is filled at each boot, and the image does not show with what"
            return place == "/run" || place == "/var/run" || place == "/tmp" ? .lacking(found) : .varies(found)
        }
        return file(type, path)
    }

    private func file(_ type: Substring, _ path: ImagePath) -> ConditionAnswer {
        if type == "PathExistsGlob" || path.hasPattern && type != "PathExists" {
            guard !path.text.contains(where: { "?[{".contains($0) }) else {
                return .varies("the image does not show what \(path) comes to")
            }
            return entryAnswer(root.names(.names(path)).map { _ in () }, path)
        }
        if type == "PathIsSymbolicLink" { return entryAnswer(root.linkTarget(of: path).map { _ in () }, path) }
        if path.hasPattern { return .varies("the image does not show whether \(path) is there") }
        switch root.resolve(path) {
        case .present(let entry, _):
            switch type {
            case "PathIsDirectory" where entry.kind != .directory: return .lacking("\(path) is no directory")
            case "DirectoryNotEmpty":
                guard entry.kind == .directory else { return .lacking("\(path) is no directory") }
                let isEmpty = root.names(.names(path.appending("*"))).isAbsent
                return isEmpty ? .lacking("\(path) is empty in the image") : .holds
            case "FileNotEmpty" where entry.kind != .regular || entry.size == 0:
                return .lacking("\(path) is \(entry.kind == .regular ? "empty" : "no file") in the image")
            case "FileIsExecutable" where entry.kind != .regular || entry.permissions & 0o111 == 0:
                return .lacking("\(path) is not executable in the image")
            default: return .holds
            }
        case let answer: return entryAnswer(answer.map { _ in () }, path)
        }
    }

    private func entryAnswer(_ answer: Observation<Void>, _ path: ImagePath) -> ConditionAnswer {
        switch answer {
        case .present: .holds
        case .absent: .lacking("\(path) is not in the image")
        case .unreadable(_, let problem):
            problem.isOfLink ? .lacking("\(path) leads nowhere in the image") : .varies("\(problem)")
        }
    }

    private func mountPoint(_ path: ImagePath) -> ConditionAnswer {
        let always: Set<ImagePath> = ["/", "/proc", "/sys", "/dev", "/run", "/sys/fs/cgroup", "/dev/shm"]
        if always.contains(path) { return .holds }
        let line = Fstab.observe(in: root).value?.lines.first { $0.mountPoint == path }
        guard let line else { return .lacking("nothing in the image mounts anything at \(path)") }
        return .varies("whether \(line.device) is mounted at \(path) is decided by the instance's devices")
    }
}

extension Architecture {
    /// As ConditionArchitecture= calls it (architecture_to_string in systemd's basic/architecture.c).
    fileprivate var nameInConditions: String {
        switch self {
        case .x86_64: "x86-64"
        case .aarch64: "arm64"
        case .i386: "x86"
        case .arm: "arm"
        case .riscv64: "riscv64"
        case .ppc64: "ppc64"
        case .s390x: "s390x"
        }
    }
}
