/// Which units, mounts and devices a unit cannot do without, and which of them are not there (systemd.unit(5);
/// transaction_add_job_and_dependencies in systemd's core/transaction.c).

import Booting
import ImageReading

extension ImageStartup {
    /// Requires=, Requisite=, BindsTo= and RequiresMountsFor= of a unit that cannot be met, or by the instance alone.
    package func requirements(of unit: Unit) -> [StartHindrance] {
        requirements(of: unit, asking: [unit.name]) + requiredMounts(of: unit) + (lostWant(of: unit).map { [$0] } ?? [])
    }

    /// The unit on the way to this one that alone wants it and requires what is not there: systemd takes up Requires=
    /// and BindsTo= before Wants=, and where one of them cannot be had leaves the rest out.
    private func lostWant(of unit: Unit) -> StartHindrance? {
        var name = unit.name
        var passed: Set<String> = []
        while let pull = boot.pull(of: name), passed.insert(name).inserted, let wanting = boot.unit(pull.by).value {
            if !boot.isRequired(name, by: wanting.name) {
                for (key, required, evidence) in requiredUnits(of: wanting) where key != "Requisite" {
                    guard let line = evidence.first, let lack = lack(of: required, asked: [wanting.name]),
                        case .notThere = lack.kind, boot.pulledInAlone(by: wanting.name).contains(name)
                    else { continue }
                    return StartHindrance(
                        of: wanting.name, .requirement, .never, line,
                        "\(lack.found), and systemd then leaves out \(name), which \(wanting.name) alone wants",
                        evidence: lack.evidence + pull.evidence)
                }
            }
            name = pull.by
        }
        return nil
    }

    /// `asked` are the units on the way to this one, which need not be asked again.
    private func requirements(of unit: Unit, asking asked: Set<String>) -> [StartHindrance] {
        var hindrances: [StartHindrance] = []
        for (key, name, evidence) in requiredUnits(of: unit) where !asked.contains(name) {
            guard let line = evidence.first, let lack = lack(of: name, asked: asked) else { continue }
            let isAwaited = isAwaited(name, by: unit)
            if let inner = lack.inner {
                guard isAwaited else { continue }
                hindrances.append(
                    StartHindrance(
                        of: inner.unit, inner.kind, inner.weight, inner.line,
                        "\(inner.found); \(unit.name) does not start without it", evidence: inner.evidence + evidence))
                continue
            }
            let weight: StartHindrance.Weight
            var found = lack.found
            switch lack.kind {
            case .device: weight = .depends
            case .fails:
                guard isAwaited else { continue }
                weight = lack.weight
            case .notThere where key == "BindsTo" || key == "BindTo": weight = isAwaited ? .never : .depends
            case .notThere:
                switch units.systemd.isAtLeast(254) {
                case true?: weight = .never
                case nil:
                    weight = .depends
                    found +=
                        "; before version 254 systemd starts a unit that is only wanted all the same, from then on "
                    found += "it does not, and the version of this one is not known"
                case false?:
                    if boot.jobsThatMatter.contains(unit.name) {
                        weight = .never
                        found += ", and what the boot begins with requires \(unit.name)"
                    } else if let other = boot.pulledInAlone(by: unit.name).min() {
                        weight = .depends
                        found += "; this systemd starts \(unit.name) all the same, but may then leave out \(other), "
                        found += "which nothing else pulls in"
                    } else {
                        weight = .word
                        found += "; this systemd starts a unit that is only wanted all the same"
                    }
                }
            case .notStarted: weight = isAwaited ? .never : .depends
            }
            hindrances.append(
                StartHindrance(
                    of: unit.name, .requirement, weight, line, found, evidence: evidence.dropFirst() + lack.evidence))
        }
        return hindrances
    }

    /// What a unit requires, and the setting that says so; a link below `NAME.requires` counts as Requires=.
    private func requiredUnits(of unit: Unit) -> [(key: String, name: String, evidence: [Evidence])] {
        let settings: Set<String> = ["Requires", "RequiresOverridable", "Requisite", "BindsTo", "BindTo"]
        var required = unit.directives.filter { $0.section == "Unit" && settings.contains($0.key) }.flatMap {
            directive in
            unit.unitNames(directive).map {
                (directive.key, boot.followed($0), [directive.evidence])
            }
        }
        for pull in boot.pulls(of: unit.name) where pull.isRequired {
            let name = boot.followed(pull.unit)
            if !required.contains(where: { $0.1 == name }) { required.append(("Requires", name, pull.evidence)) }
        }
        return required.filter { $0.1 != unit.name }.map { (key: $0.0, name: $0.1, evidence: $0.2) }
    }

    private enum LackKind {
        /// No such unit, or a masked one.
        case notThere
        /// It starts, and fails.
        case fails
        /// Requisite= of a unit that nothing starts.
        case notStarted
        case device
    }

    private typealias Lack = (
        kind: LackKind, weight: StartHindrance.Weight, found: String, evidence: [Evidence], inner: StartHindrance?
    )

    /// Why a unit that is required is not to be had; nil where it starts, or may.
    private func lack(of name: String, asked: Set<String>) -> Lack? {
        if let mask = units.masks[name] { return (.notThere, .never, "\(name) is masked", [mask], nil) }
        switch units.directories.identity(of: name) {
        case .mask(let mask): return (.notThere, .never, "\(name) is masked", [mask], nil)
        case .file: break
        case .alias, nil: return lackWithoutFile(name)
        }
        guard let other = boot.unit(name).value else { return nil }
        if let failure = units.certainFailure(of: other, in: root) {
            return (.fails, .never, failure.found, [failure.evidence], nil)
        }
        let inner =
            (conditions(of: other).filter { $0.kind == .assertion }
            + requirements(of: other, asking: asked.union([name])) + accounts(of: other)).gravest
        return inner.map { (.fails, $0.weight, $0.found, [], $0) }
    }

    /// Units without a file: made from the machine, from fstab, by generators, or not at all.
    private func lackWithoutFile(_ name: String) -> Lack? {
        switch UnitName(name)?.type {
        case "device": return (.device, .depends, "\(name) is there only if the instance has that device", [], nil)
        // Slices and scopes need no file; swaps and mounts are also made from fstab.
        case "slice", "scope", "swap": return nil
        case "mount", "automount":
            let lines = Fstab.observe(in: root).value?.lines ?? []
            if let line = lines.first(where: { "\(escaped($0.mountPoint))" == UnitName(name)?.prefix ?? "" }) {
                return line.isOfInstance
                    ? (.device, .depends, "\(line.device) is there only if the instance has it", [line.evidence], nil)
                    : nil
            }
            let standing: Set<String> = ["-.mount", "dev-hugepages.mount", "dev-mqueue.mount", "tmp.mount"]
            if standing.contains(name) { return nil }
        case "service" where initScripts.start(of: String(name.dropLast(8))) != nil: return nil
        default: break
        }
        return (.notThere, .never, "there is no \(name) on the image", [], nil)
    }

    /// Whether a unit waits for another one to be started.
    private func isAwaited(_ name: String, by unit: Unit) -> Bool {
        if unit.values("Unit", "After").contains(where: { unit.unitNames($0).map(boot.followed).contains(name) }) {
            return true
        }
        guard let other = boot.unit(name).value else { return false }
        let isSaid = other.values("Unit", "Before").contains {
            other.unitNames($0).map(boot.followed).contains(unit.name)
        }
        return isSaid || other.impliedOrder.before.contains(unit.name)
    }

    /// Mounts of the instance's devices that RequiresMountsFor= of a unit waits for.
    private func requiredMounts(of unit: Unit) -> [StartHindrance] {
        let settings = unit.values("Unit", "RequiresMountsFor")
        guard !settings.isEmpty else { return [] }
        let mounts = (Fstab.observe(in: root).value?.lines ?? []).filter(\.isOfInstance)
        return settings.flatMap { setting in
            setting.value.split(whereSeparator: \.isWhitespace).compactMap { word in
                let path = ImagePath(word)
                return mounts.first { path.isWithin($0.mountPoint) }.map { mount in
                    StartHindrance(
                        of: unit.name, .requirement, .depends, setting.evidence,
                        "\(mount.device) is mounted at \(mount.mountPoint) only if the instance has it",
                        evidence: [mount.evidence])
                }
            }
        }
    }

    /// `/data/ecs` as a mount's unit is named for it, `data-ecs` (systemd-escape(1), --path).
    private func escaped(_ path: ImagePath) -> String {
        let name = path.text.dropFirst()
        if name.isEmpty { return "-" }
        return name.utf8.enumerated().map { index, byte in
            switch byte {
            case UInt8(ascii: "/"): "-"
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"),
                UInt8(ascii: ".") where index > 0:
                String(UnicodeScalar(byte))
            default:
                "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }
}

extension Fstab.Line {
    /// Whether it mounts a device besides the root file system's own: one that the instance may not have.
    fileprivate var isOfInstance: Bool {
        let kinds = ["/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="]
        let own: Set<ImagePath> = ["/", "/boot", "/boot/efi", "/efi"]
        return kinds.contains(where: device.hasPrefix) && !own.contains(mountPoint) && type != "swap"
    }
}

extension UnitFiles {
    /// Why a service whose start is waited for fails on every instance: its program is `false` or not there.
    ///
    /// With Type=simple, the default, systemd does not wait for the program.
    fileprivate func certainFailure(of unit: Unit, in root: RootFilesystem) -> (found: String, evidence: Evidence)? {
        guard unit.name.hasSuffix(".service"), let type = unit.value("Service", "Type")?.value,
            ["oneshot", "forking", "notify", "notify-reload", "dbus", "exec"].contains(type)
        else { return nil }
        for line in ["ExecStartPre", "ExecStart"].flatMap(unit.execLines) where !line.directive.value.hasPrefix("-") {
            let program = ImagePath(line.program)
            if program.name == "false" { return ("\(unit.name) runs \(program), which fails", line.directive.evidence) }
            guard line.program.hasPrefix("/"), !line.program.contains("$"), !line.program.contains("%") else {
                continue
            }
            if case .absent = root.resolve(program) {
                return ("\(unit.name) runs \(program), which is not in the image", line.directive.evidence)
            }
        }
        return nil
    }
}

extension Boot {
    /// Whether a unit that starts is required by one that pulls it in, not only wanted.
    fileprivate func isRequired(_ name: String, by puller: String) -> Bool {
        pulls(of: puller).contains { $0.isRequired && followed($0.unit) == name }
    }

    /// The units that start and that one unit alone pulls in.
    fileprivate func pulledInAlone(by name: String) -> Set<String> {
        let started = startedNames
        let own = Set(pulls(of: name).map { followed($0.unit) }).intersection(started)
        let others = started.subtracting([name]).reduce(into: Set<String>()) { others, other in
            for pull in pulls(of: other) { others.insert(followed(pull.unit)) }
        }
        return own.subtracting(others)
    }
}
