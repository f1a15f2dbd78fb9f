/// systemd's units as the image holds them: which exist, what they say with their drop-ins, what starts at boot.

import ByteParsing
public import ImageReading

/// A unit with its drop-ins laid over it (systemd.unit(5)).
public struct Unit: Hashable, Sendable {
    /// `ecs.service`; the real name where it was asked for by an alias.
    public let name: String
    /// The unit file that counts, the one in /etc before the one in /usr/lib.
    public let path: ImagePath
    /// In the order in which they take effect.
    public let directives: [Directive]

    /// Lists of units, which systemd never empties again: an empty `Wants=` changes nothing.
    private static let dependencies: Set<String> = [
        "Wants", "Requires", "RequiresOverridable", "Requisite", "BindsTo", "BindTo", "PartOf", "Upholds", "Conflicts",
        "Before", "After", "OnFailure", "OnSuccess", "PropagatesReloadTo", "JoinsNamespaceOf",
    ]

    /// The values of a list setting that are in force: an empty assignment takes away what stood before it, except
    /// from lists of units, of which systemd takes nothing away.
    public func values(_ section: String, _ key: String) -> [Directive] {
        var values: [Directive] = []
        for directive in directives where directive.section == section && directive.key == key {
            if !directive.value.isEmpty {
                values.append(directive)
            } else if !Self.dependencies.contains(key) {
                values = []
            }
        }
        return values
    }

    /// The assignment of a plain setting that is in force, the last one; nil where there is none or where the last
    /// one is empty.
    public func value(_ section: String, _ key: String) -> Directive? {
        let last = directives.last { $0.section == section && $0.key == key }
        return last.flatMap { $0.value.isEmpty ? nil : $0 }
    }
}

/// Whether systemd starts a unit at boot, and what decides it.
public enum BootStart: Hashable, Sendable, Codable {
    /// Started: by the links named, or by a preset on first boot.
    case started(evidence: [Evidence], byPresetOnFirstBoot: Bool)
    /// Not started: nothing that boots wants it.
    case notStarted(evidence: [Evidence])
    /// Not started, whatever wants it.
    case masked(evidence: [Evidence])
    /// There is no such unit.
    case noUnit(searched: [ImagePath])
    /// It cannot be told.
    case undetermined(evidence: [Evidence], problem: Problem)
}

/// All units of an image.
public struct Units: Sendable {
    /// Names and contents of the unit directories, the presets, and what decides what generators add.
    public static var wants: [Want] { UnitDirectories.wants + Presets.wants + Generators.wants }

    let root: RootFilesystem
    let directories: UnitDirectories
    /// Units that the kernel command line masks.
    let masks: [String: Evidence]
    /// What the links of the image, the generators and the kernel command line start.
    private let boot: BootClosure
    /// The same with what presets enable; nil where the next boot is no first boot.
    private let firstBoot: BootClosure?
    /// Why it is not known what presets enable.
    private let firstBootProblem: (evidence: [Evidence], problem: Problem)?

    /// Reads every unit name, link and mask of the image, and follows what the boot pulls in.
    ///
    /// `kernel` gives the command line, with its systemd.mask=, systemd.wants= and systemd.unit=.
    public init(in root: RootFilesystem, kernel: Observation<BootingKernel> = .absent(searched: [])) {
        let arguments = KernelArguments(kernel)
        let directories = UnitDirectories(in: root)
        let generated = Generators.links(in: root, kernel: kernel)
        var added = generated
        added["default.target", default: []] += arguments.wants
        // What is followed below needs units to follow; the closures are what this value is then completed with.
        let names = Units(root: root, directories: directories, masks: arguments.masks)
        let first = names.first(arguments.unit)
        boot = BootClosure(from: [first], in: names, added: added)
        switch FirstBoot(in: root) {
        case .no:
            firstBoot = nil
            firstBootProblem = nil
        case .unknown(let evidence, let problem):
            firstBoot = nil
            firstBootProblem = (evidence, problem)
        case .yes(let machineID):
            let presets = Presets(in: root)
            let links = names.presetLinks(presets, machineID: machineID)
            firstBoot = BootClosure(
                from: [first],
                in: names,
                added: added.merging(links.pulls) { $0 + $1 },
                aliases: links.aliases
            )
            firstBootProblem = presets.problem
        }
        self.root = root
        self.directories = directories
        masks = arguments.masks
    }

    /// The units of a root that may be read again: their names and contents, without what starts.
    init(withoutBootOf root: RootFilesystem) {
        self.init(root: root, directories: UnitDirectories(in: root), masks: [:])
    }

    private init(root: RootFilesystem, directories: UnitDirectories, masks: [String: Evidence]) {
        self.root = root
        self.directories = directories
        self.masks = masks
        boot = BootClosure()
        firstBoot = nil
        firstBootProblem = nil
    }

    /// The unit that the boot begins with: rescue.target where the one asked for cannot be started.
    private func first(_ asked: Pull?) -> Pull {
        let asked = asked ?? Pull(unit: "default.target", evidence: [])
        let (name, links) = directories.follow(asked.unit)
        if isStartable(name) { return Pull(unit: name, evidence: asked.evidence + links) }
        let missing = Evidence(
            ImagePath("/etc/systemd/system/\(asked.unit)"),
            "cannot be started: rescue.target instead"
        )
        return Pull(unit: directories.follow("rescue.target").name, evidence: asked.evidence + links + [missing])
    }

    /// The names of all units that have a file of their own, sorted; masked ones and aliases are none.
    public var names: [String] {
        directories.identities.compactMap { name, identity in
            if case .file = identity { name } else { nil }
        }.sorted()
    }

    /// The unit of a name or an alias, drop-ins included. A masked unit is absent.
    ///
    /// Unreadable where its file, or a drop-in of it, is there and cannot be read, and where a unit directory that
    /// may hide it cannot be searched.
    public func unit(_ name: String) -> Observation<Unit> {
        if let problem = directories.problem { return .unreadable([], problem) }
        let (name, links) = directories.follow(name)
        if links.isEmpty, let unit = boot.loaded[name] { return unit }
        guard case .file(let path) = directories.identity(of: name) else {
            return .absent(searched: UnitDirectories.searchPath.map { $0.appending(name) })
        }
        return contents(path).parsed { file throws(FormatError) in (file, try UnitFile(file)) }
            .flatMap { parsed, evidence in
                let (file, fragment) = parsed
                var directives = fragment.directives
                for dropIn in dropIns(of: name) {
                    switch dropIn.parsed({ file throws(FormatError) in try UnitFile(file) }) {
                    case .present(let file, _): directives += file.directives
                    case .absent: continue
                    case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
                    }
                }
                let unit = Unit(name: name, path: file.path, directives: directives)
                return .present(unit, links + evidence)
            }
    }

    /// A file of a unit directory.
    func contents(_ path: ImagePath) -> Observation<File> {
        directories.files[path] ?? root[.contents(path)]
    }

    /// The drop-ins of a unit in the order in which they take effect: by file name, of equal names the one in the
    /// directory that hides the others.
    private func dropIns(of name: String) -> [Observation<File>] {
        var byName: [String: ImagePath] = [:]
        for directory in directories.companions(of: name, suffix: ".d") {
            switch root.names(.names(directory.appending("*"))) {
            case .absent: continue
            case .unreadable(let evidence, let problem): return [.unreadable(evidence, problem)]
            case .present(let entries, _):
                for entry in entries where entry.path.name.hasSuffix(".conf") && byName[entry.path.name] == nil {
                    byName[entry.path.name] = entry.path
                }
            }
        }
        return byName.sorted { $0.key < $1.key }.compactMap { _, path in
            leadsToNothing(path) ? nil : root[.contents(path)]
        }
    }

    /// Whether the unit starts at boot, and what decides it.
    public func start(of name: String) -> BootStart {
        if let problem = directories.problem { return .undetermined(evidence: [], problem: problem) }
        let (name, links) = directories.follow(name)
        if let mask = masks[name] { return .masked(evidence: links + [mask]) }
        switch directories.identity(of: name) {
        case .mask(let evidence): return .masked(evidence: links + [evidence])
        case .alias, nil:
            return .noUnit(searched: links.map(\.path) + UnitDirectories.searchPath.map { $0.appending(name) })
        case .file: break
        }
        let unit = unit(name)
        if case .unreadable(let evidence, let problem) = unit {
            return .undetermined(evidence: links + evidence, problem: problem)
        }
        if boot.reasons[name] != nil { return .started(evidence: boot.chain(to: name), byPresetOnFirstBoot: false) }
        if let firstBoot, firstBoot.reasons[name] != nil {
            return .started(evidence: firstBoot.chain(to: name), byPresetOnFirstBoot: true)
        }
        if let (evidence, problem) = boot.problem ?? firstBoot?.problem ?? firstBootProblem {
            return .undetermined(evidence: evidence, problem: problem)
        }
        return .notStarted(evidence: whereMentioned(name, unit.value))
    }

    /// The names of all units that start, by links or by presets on first boot, in no order.
    var startedNames: Set<String> {
        Set(boot.reasons.keys).union(firstBoot.map { Set($0.reasons.keys) } ?? [])
    }

    /// What a unit that starts pulls in.
    func pulls(of name: String) -> [Pull] {
        firstBoot?.pulls[name] ?? boot.pulls[name] ?? []
    }

    /// For a unit that nothing starts: the links to it that no boot follows, else what its [Install] section asks for,
    /// else its file.
    private func whereMentioned(_ name: String, _ unit: Unit?) -> [Evidence] {
        var evidence: [Evidence] = []
        let names = Set(directories.names(of: name))
        for directory in directories.directories {
            for entry in directory.entries.keys.sorted()
            where UnitDirectories.linkSuffixes.contains(where: entry.hasSuffix) {
                for link in root.names(.names(directory.path.appending(entry).appending("*"))).value ?? []
                where names.contains(link.path.name) {
                    evidence.append(Evidence(link.path, realPath: link.realPath, "nothing that boots wants \(entry)"))
                }
            }
        }
        guard evidence.isEmpty, let unit else { return evidence }
        let install = ["WantedBy", "RequiredBy", "UpheldBy"].flatMap { unit.values("Install", $0) }
        return install.isEmpty ? [Evidence(unit.path, "no [Install] section")] : install.map(\.evidence)
    }
}
