/// systemd's units as the image holds them: which names there are, and what they say with their drop-ins.

import ByteParsing
package import ImageReading

/// The units of an image by their names, whether or not they start.
package struct UnitFiles {
    /// Names and contents of the unit directories.
    package static var wants: [Want] { UnitDirectories.wants }

    let root: RootFilesystem
    package let directories: UnitDirectories
    /// Units that the kernel command line masks.
    let masks: [String: Evidence]
    /// Which systemd reads them.
    package let systemd: SystemdVersion

    /// Reads every unit name, link and mask of the image; `masks` are those that are made at boot.
    init(in root: RootFilesystem, masks: [String: Evidence] = [:], systemd: SystemdVersion = .unknown) {
        self.root = root
        self.masks = masks
        self.systemd = systemd
        directories = UnitDirectories(in: root)
    }

    /// The names of all units that have a file of their own, sorted; masked ones and aliases are none.
    package var names: [String] {
        directories.identities.compactMap { name, identity in
            if case .file = identity { name } else { nil }
        }.sorted()
    }

    /// Names that a mask stands for, sorted.
    package var maskedNames: [String] {
        directories.identities.compactMap { name, identity in
            if case .mask = identity { name } else { nil }
        }.sorted()
    }

    /// Whether there is anything to start by a followed name: masked units and names without a file have no job.
    func isStartable(_ name: String) -> Bool {
        guard masks[name] == nil, case .file = directories.identity(of: name) else { return false }
        return true
    }

    /// The unit of a name or an alias, drop-ins included. A masked unit is absent.
    ///
    /// Unreadable where its file, or a drop-in of it, is there and cannot be read, and where a unit directory that
    /// may hide it cannot be searched.
    func unit(_ name: String) -> Observation<Unit> {
        if let problem = directories.problem { return .unreadable([], problem) }
        let (name, links) = directories.follow(name)
        guard case .file(let path) = directories.identity(of: name) else {
            return .absent(searched: UnitDirectories.searchPath.map { $0.appending(name) })
        }
        return contents(path).parsed { file throws(FormatError) in (file, try UnitFile.read(file)) }
            .flatMap { parsed, evidence in
                let (file, fragment) = parsed
                // A service that systemd gives up is shown as what it was meant for; what others would have pulled in
                // is not known.
                if let error = fragment.error, !name.hasSuffix(".service") {
                    let problem = Problem(
                        .malformed, at: file.realPath, "systemd gives the file up at line \(error.evidence.line ?? 1)")
                    return .unreadable([error.evidence], problem)
                }
                var directives = fragment.directives
                for dropIn in dropIns(of: name) {
                    switch dropIn.parsed({ file throws(FormatError) in try UnitFile.read(file) }) {
                    case .present(let file, _): directives += file.directives(asDropInOf: systemd)
                    case .absent: continue
                    case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
                    }
                }
                let unit = Unit(name: name, path: file.path, directives: directives, error: fragment.error)
                return .present(unit, links + evidence)
            }
    }

    /// The unit that a mask hides, from a lower directory; nil where there is none that can be read.
    package func unitBelowMask(_ name: String) -> Unit? {
        for directory in directories.directories {
            guard let entry = directory.entries[name], entry.kind == .regular, entry.size > 0,
                let file = contents(entry.path).value
            else { continue }
            return Unit(name: name, path: file.path, directives: UnitFile(file).directives)
        }
        return nil
    }

    /// A file of a unit directory.
    private func contents(_ path: ImagePath) -> Observation<File> {
        directories.files[path] ?? root[.contents(path)]
    }

    /// The file of a unit without its drop-ins; nil where the name has none of its own.
    package func file(of name: String) -> Observation<File>? {
        guard case .file(let path)? = directories.identities[name] else { return nil }
        return contents(path)
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
}

extension UnitFiles {
    /// What the directories `NAME.wants` or the like of a unit pull in: links, whose own names count. What cannot be read
    /// may be more of them.
    func links(of name: String, in directories: [ImagePath]) -> (pulls: [Pull], unknown: Unknown?) {
        let isRequired = directories.first?.name.hasSuffix(".requires") == true
        var seen: Set<String> = []
        var pulls: [Pull] = []
        var unknown: Unknown?
        guard let own = UnitName(name) else { return ([], nil) }
        for directory in directories {
            switch root.names(.names(directory.appending("*"))) {
            case .absent: continue
            case .unreadable(let evidence, let problem): unknown = unknown ?? Unknown(evidence, problem)
            case .present(let entries, _):
                // A file of the same name hides the link below it too, though only links count.
                for entry in entries where seen.insert(entry.path.name).inserted {
                    guard let linked = UnitName(entry.path.name) else { continue }
                    guard case .link(let target) = entry.kind else {
                        if case .unreadable(let evidence, let problem) = root.linkTarget(of: entry.path) {
                            unknown = unknown ?? Unknown(evidence, problem)
                        }
                        continue
                    }
                    guard !leadsToNothing(entry.path) else { continue }
                    let evidence = Evidence(entry.path, realPath: entry.realPath, "-> \(target)")
                    pulls.append(
                        Pull(unit: linked.filled(by: own).text, evidence: [evidence], isRequired: isRequired))
                }
            }
        }
        return (pulls, unknown)
    }

    /// Whether a link ends at /dev/null or at an empty file, by which systemd lets a link be hidden.
    private func leadsToNothing(_ link: ImagePath) -> Bool {
        switch root.resolve(link) {
        case .present(let entry, _): return entry.kind == .other || entry.kind == .regular && entry.size == 0
        case .unreadable(_, let problem):
            return root.linkTarget(of: problem.path).value.map { ImagePath($0) } == "/dev/null"
        case .absent: return false
        }
    }

    /// What links made at boot pull in for a unit, under any of its names.
    func pulls(of name: String, among added: [String: [Pull]]) -> [Pull] {
        guard !added.isEmpty, let own = UnitName(name) else { return [] }
        let directories = directories.names(of: name).flatMap { UnitName($0)?.namesOfDropIns ?? [] }
        return directories.flatMap { added[$0] ?? [] }.map { pull in
            Pull(
                unit: UnitName(pull.unit)?.filled(by: own).text ?? pull.unit, evidence: pull.evidence,
                isRequired: pull.isRequired)
        }
    }

    /// The links to a unit that no boot follows, with the unit or the target that would have to start.
    func idleLinks(to name: String) -> [Evidence] {
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
        return evidence
    }
}
