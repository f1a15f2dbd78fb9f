/// What systemd starts at boot, by the links of the image, by presets and by what is made at boot.

package import ImageReading

/// The units that start, and why.
package struct Boot {
    private let files: UnitFiles
    /// What the links of the image, the generators and the kernel command line start.
    private let closure: BootClosure
    /// The same with what presets enable; nil where the next boot is no first boot.
    private let firstBoot: BootClosure?
    /// What presets would enable on first boot, were the root writable then; nil where they act or none is at hand.
    private let withoutEffect: PresetsWithoutEffect?
    /// Why it is not known what starts.
    private let unknown: Unknown?
    /// The unit that the boot begins with.
    let first: String
    /// What asks for it, and where that cannot be started, the word that it cannot.
    let firstEvidence: [Evidence]

    /// Follows what the boot pulls in; `generated` are the links that generators make, by the unit whose they are.
    init(of files: UnitFiles, kernel: KernelArguments, generated: [String: [Pull]]) {
        var added = generated
        added["default.target", default: []] += kernel.wants
        let first = files.firstUnit(kernel.unit)
        let closure = BootClosure(from: [first], in: files, added: added)
        var firstBoot: BootClosure?
        var withoutEffect: PresetsWithoutEffect?
        var unknown = closure.unknown
        switch FirstBoot(in: files.root) {
        case .no: break
        case .unknown(let more): unknown = unknown ?? more
        case .yes(let machineID):
            let presets = Presets(in: files.root)
            let links = files.presetLinks(presets, machineID: machineID)
            let withPresets = BootClosure(
                from: [first], in: files, added: added.merging(links.pulls) { $0 + $1 }, aliases: links.aliases,
                read: closure.units)
            unknown = unknown ?? withPresets.unknown ?? presets.unknown
            if kernel.isRootWritable == true {
                firstBoot = withPresets
            } else {
                withoutEffect = PresetsWithoutEffect(
                    closure: withPresets, isKnown: kernel.isRootWritable == false, evidence: kernel.rootEvidence)
            }
        }
        self.files = files
        self.closure = closure
        self.firstBoot = firstBoot
        self.withoutEffect = withoutEffect
        self.unknown = unknown
        self.first = first.unit
        firstEvidence = first.evidence
    }

    /// The unit of a name or an alias, as it was read on the way or is read now.
    package func unit(_ name: String) -> Observation<Unit> {
        closure.units[name] ?? firstBoot?.units[name] ?? files.unit(name)
    }

    /// Whether the unit starts at boot, and what decides it.
    package func start(of name: String) -> BootStart {
        if let problem = files.directories.problem { return .undetermined(evidence: [], problem: problem) }
        let (name, links) = files.directories.follow(name)
        if let mask = files.masks[name] { return .masked(evidence: links + [mask]) }
        switch files.directories.identity(of: name) {
        case .mask(let evidence): return .masked(evidence: links + [evidence])
        case .alias, nil:
            return .noUnit(searched: links.map(\.path) + UnitDirectories.searchPath.map { $0.appending(name) })
        case .file: break
        }
        let unit = unit(name)
        if case .unreadable(let evidence, let problem) = unit {
            return .undetermined(evidence: links + evidence, problem: problem)
        }
        if closure.reasons[name] != nil {
            return .started(evidence: closure.chain(to: name), byPresetOnFirstBoot: false)
        }
        if let firstBoot, firstBoot.reasons[name] != nil {
            return .started(evidence: firstBoot.chain(to: name), byPresetOnFirstBoot: true)
        }
        if let unknown { return .undetermined(evidence: unknown.evidence, problem: unknown.problem) }
        if let start = withoutEffect?.start(of: name) { return start }
        return .notStarted(evidence: whereMentioned(name, unit.value) + idlePreset(name))
    }

    /// Whether the unit starts at boot, of which `start(of:)` says why.
    package func starts(_ name: String) -> Bool {
        let name = followed(name)
        return closure.reasons[name] != nil || firstBoot?.reasons[name] != nil
    }

    /// The names of all units that start, by links or by presets on first boot, in no order.
    package var startedNames: Set<String> {
        Set(closure.reasons.keys).union(firstBoot.map { Set($0.reasons.keys) } ?? [])
    }

    /// Whether everything that starts is known.
    var isKnown: Bool { unknown == nil && files.directories.problem == nil }

    /// What further units start together with all that they pull in.
    func closure(from pulls: [Pull]) -> BootClosure {
        BootClosure(from: pulls, in: files, read: closure.units)
    }

    /// Whether a unit pulls another one in, itself or by what it pulls in.
    package func pullsIn(_ name: String, from unit: String) -> Bool { closure(from: unit).reasons[name] != nil }

    /// The names of all units that start, together with those that one further unit pulls in.
    package func startedNames(with unit: String) -> Set<String> {
        startedNames.contains(unit) ? startedNames : startedNames.union(closure(from: unit).reasons.keys)
    }

    private func closure(from unit: String) -> BootClosure {
        closure(from: [Pull(unit: followed(unit), evidence: [])])
    }

    /// The name that counts for a unit.
    package func followed(_ name: String) -> String { files.directories.follow(name).name }

    /// Which unit pulls in one that starts, and by which line or link; nil for what the boot begins with.
    func pull(of name: String) -> (by: String, evidence: [Evidence])? {
        let reason = closure.reasons[name] ?? firstBoot?.reasons[name]
        return reason.flatMap { reason in reason.by.map { ($0, reason.evidence) } }
    }

    /// What a unit that starts pulls in.
    func pulls(of name: String) -> [Pull] {
        firstBoot?.pulls[name] ?? closure.pulls[name] ?? []
    }

    /// For a unit that nothing starts: the line of a preset file of the image's own makers that would enable it, were the
    /// next boot a first one, and what says that it is none.
    private func idlePreset(_ name: String) -> [Evidence] {
        guard case .no = FirstBoot(in: files.root) else { return [] }
        let (action, _, line) = Presets(in: files.root).action(on: name)
        guard action == .enable, let line, line.path.isWithin(Presets.ownersDirectory) else { return [] }
        let machineID = files.root[.contents("/etc/machine-id")].value
        let state = machineID.map { $0.bytes.isEmpty ? "empty" : "holds an id" } ?? "there"
        return [line, Evidence("/etc/machine-id", state)]
    }

    /// For a unit that nothing starts: the links to it that no boot follows, else what its [Install] section asks for,
    /// else its file.
    private func whereMentioned(_ name: String, _ unit: Unit?) -> [Evidence] {
        let links = files.idleLinks(to: name)
        guard links.isEmpty, let unit else { return links }
        let install = ["WantedBy", "RequiredBy", "UpheldBy"].flatMap { unit.values("Install", $0) }
        return install.isEmpty ? [Evidence(unit.path, "no [Install] section")] : install.map(\.evidence)
    }
}

/// Presets of a first boot that may not be written: systemd applies them before the root is mounted for writing
/// (manager_preset_all in core/manager.c; booted with `ro`: none was applied).
private struct PresetsWithoutEffect {
    let closure: BootClosure
    /// Whether the root is known to be read-only then.
    let isKnown: Bool
    let evidence: Evidence?

    /// How a unit starts that only presets would start; nil for others.
    func start(of name: String) -> BootStart? {
        guard closure.reasons[name] != nil else { return nil }
        let place = evidence ?? Evidence("/proc/cmdline")
        let reason = "presets of a first boot are written only where the root is writable when systemd starts (rw)"
        let shown = Evidence(place.path, realPath: place.realPath, line: place.line, reason)
        guard isKnown else {
            return .undetermined(
                evidence: [place] + closure.chain(to: name), problem: Problem(.undecided, at: place.path, reason))
        }
        return .notStarted(evidence: [shown] + closure.chain(to: name))
    }
}

extension UnitFiles {
    /// The unit that the boot begins with: rescue.target where the one asked for cannot be started.
    fileprivate func firstUnit(_ asked: Pull?) -> Pull {
        let asked = asked ?? Pull(unit: "default.target", evidence: [])
        let (name, links) = directories.follow(asked.unit)
        if isStartable(name) { return Pull(unit: name, evidence: asked.evidence + links) }
        let missing = Evidence(
            ImagePath("/etc/systemd/system/\(asked.unit)"),
            "cannot be started: rescue.target instead"
        )
        return Pull(unit: directories.follow("rescue.target").name, evidence: asked.evidence + links + [missing])
    }
}
