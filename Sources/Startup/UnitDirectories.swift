/// The directories systemd takes units from, and what each name in them stands for: a file, a mask, another name.

import Booting
package import ImageReading

/// Where units stand, the first directory hiding the ones after it (systemd.unit(5), "Unit File Load Path").
///
/// `/run` is left out: a tmpfs hides the image's own at boot.
package struct UnitDirectories: Sendable {
    /// One directory of the search path that is there.
    struct Directory: Sendable {
        /// As the search path spells it.
        let path: ImagePath
        /// With links resolved: `/lib/systemd/system` is `/usr/lib/systemd/system` on most systems.
        let realPath: ImagePath
        /// What stands in it, by name.
        let entries: [String: Entry]
    }

    /// What a name stands for.
    enum Identity: Sendable {
        case file(ImagePath)
        /// A link to /dev/null or an empty file: the unit is there and cannot be started.
        case mask(Evidence)
        /// A link to another name.
        case alias(String, Evidence)
    }

    /// Split-usr systems read `/lib` before `/usr/lib`; elsewhere they are one.
    package static let searchPath: [ImagePath] = [
        "/etc/systemd/system.control", "/etc/systemd/system", "/etc/systemd/system.attached",
        "/usr/local/lib/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system",
    ]

    /// The kinds of directories that hold links to units which another unit pulls in.
    static let linkSuffixes = [".wants", ".requires", ".upholds"]

    static var wants: [Want] {
        searchPath.flatMap { directory in
            [
                .names(directory.appending("*")), .contents(directory.appending("*")),
                .contents(directory.appending("*.d/*.conf")), .names(directory.appending("*.d/*")),
            ] + linkSuffixes.map { .names(directory.appending("*\($0)/*")) }
        } + [.names("/dev/null")]
    }

    let directories: [Directory]
    /// Whose companions stand in them, `ssh.service` of `ssh.service.d`: most that are asked for have none.
    private let owners: Set<String>
    /// What every name stands for, the first directory's answer for each.
    let identities: [String: Identity]
    /// The other names of a unit, sorted; by its own name.
    let aliases: [String: [String]]
    /// What stands in the directories, links followed; by the path it was asked for by.
    let files: [ImagePath: Observation<File>]
    /// A directory that is there and cannot be searched: what it hides or adds is not known.
    package let problem: Problem?

    init(in root: RootFilesystem) {
        var directories: [Directory] = []
        var problem: Problem?
        for path in distinct(Self.searchPath, in: root) {
            switch root.resolve(path) {
            case .absent: continue
            case .unreadable(_, let found): problem = problem ?? found
            case .present(let entry, _):
                guard entry.kind == .directory else { continue }
                switch root.names(.names(path.appending("*"))) {
                case .absent: continue
                case .unreadable(_, let found): problem = problem ?? found
                case .present(let entries, _):
                    let byName = Dictionary(entries.map { ($0.path.name, $0) }) { first, _ in first }
                    directories.append(Directory(path: path, realPath: entry.realPath, entries: byName))
                }
            }
        }
        self.directories = directories
        let suffixes = [".d"] + Self.linkSuffixes
        owners = Set(
            directories.flatMap { $0.entries.keys }.compactMap { name in
                suffixes.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
            })
        self.problem = problem
        var files: [ImagePath: Observation<File>] = [:]
        for directory in directories {
            for file in root.files(.contents(directory.path.appending("*"))) {
                if let path = file.evidence.first?.path { files[path] = file }
            }
        }
        self.files = files

        var identities: [String: Identity] = [:]
        for directory in self.directories {
            for (name, entry) in directory.entries where identities[name] == nil {
                guard let unitName = UnitName(name) else { continue }
                identities[name] = Self.identity(of: unitName, entry, in: directory, self.directories, root)
            }
        }
        self.identities = identities
        var aliases: [String: [String]] = [:]
        for (name, identity) in identities {
            guard case .alias = identity else { continue }
            aliases[Self.follow(name, identities).name, default: []].append(name)
        }
        self.aliases = aliases.mapValues { $0.sorted() }
    }

    /// What a name of a directory stands for; nil where systemd passes it over.
    private static func identity(
        of name: UnitName,
        _ entry: Entry,
        in directory: Directory,
        _ directories: [Directory],
        _ root: RootFilesystem
    ) -> Identity? {
        // Reading it will say why it cannot be read.
        guard entry.problem == nil else { return .file(entry.path) }
        switch entry.kind {
        case .directory: return nil
        case .other: return .mask(Evidence(entry.path, realPath: entry.realPath, "a device"))
        case .regular where entry.size == 0:
            return .mask(Evidence(entry.path, realPath: entry.realPath, "an empty file"))
        case .regular: return .file(entry.path)
        case .link(let target):
            let path = target.hasPrefix("/") ? ImagePath(target) : directory.realPath.appending(target)
            let evidence = Evidence(entry.path, realPath: entry.realPath, "-> \(target)")
            if path == "/dev/null" { return .mask(evidence) }
            guard isUnitDirectory(path.parent, directories, root) else {
                // A link to a file that is not there still hides what stands below it (booted: not-found).
                if case .unreadable(_, let problem) = root.resolve(entry.path), problem.code == .danglingLink,
                    !isMadeAtBoot(path, root)
                {
                    return .mask(Evidence(entry.path, realPath: entry.realPath, "-> \(target)\(Self.leadsNowhere)"))
                }
                // A file elsewhere that is linked into the search path keeps the link's name.
                if case .present(let end, _) = root.resolve(entry.path), end.kind != .directory,
                    end.kind != .regular || end.size == 0
                {
                    return .mask(evidence)
                }
                return .file(entry.path)
            }
            // A link to the same name in a lower directory says nothing that the lower directory does not.
            guard path.name != name.text, let targetName = UnitName(path.name), name.mayBeAlias(of: targetName) else {
                return nil
            }
            return .alias(path.name, evidence)
        }
    }

    /// How the evidence of a mask ends that is a link to a file which is not in the image.
    package static let leadsNowhere = ", which is not in the image"

    /// Whether what stands at a path is no part of the image: it is below a file system that is mounted.
    private static func isMadeAtBoot(_ path: ImagePath, _ root: RootFilesystem) -> Bool {
        let mounted = Fstab.observe(in: root).value?.lines.map(\.mountPoint).filter { $0 != .root } ?? []
        return (["/run", "/var/run", "/dev"] + mounted).contains(where: path.isWithin)
    }

    private static func isUnitDirectory(_ path: ImagePath, _ directories: [Directory], _ root: RootFilesystem) -> Bool {
        if searchPath.contains(path) { return true }
        if directories.contains(where: { path.isWithin($0.realPath) }) { return true }
        guard let real = root.resolve(path).value?.realPath else { return false }
        return directories.contains { real.isWithin($0.realPath) }
    }

    /// How many aliases of aliases systemd follows (FOLLOW_MAX in shared/unit-file.c).
    private static let aliasLimit = 8

    /// The name at the end of a chain of aliases, and the links on the way.
    private static func follow(_ name: String, _ identities: [String: Identity]) -> (name: String, links: [Evidence]) {
        var name = name
        var links: [Evidence] = []
        while case .alias(let target, let evidence)? = identities[name], links.count < aliasLimit {
            name = target
            links.append(evidence)
        }
        return (name, links)
    }

    /// The name that counts for a unit asked for by `name`, with the links that lead there; instances of a template
    /// keep their own.
    package func follow(_ name: String) -> (name: String, links: [Evidence]) {
        let (end, links) = Self.follow(name, identities)
        // Most names are plain.
        guard name.utf8.contains(UInt8(ascii: "@")) || end.utf8.contains(UInt8(ascii: "@")) else { return (end, links) }
        if let instance = UnitName(name)?.instance, let target = UnitName(end), target.isTemplate, end != name {
            return (target.with(instance: instance).text, links)
        }
        guard identities[end] == nil, let asked = UnitName(end), let template = asked.template,
            let instance = asked.instance
        else { return (end, links) }
        // getty@tty1.service by autovt@.service -> getty@.service
        let (target, more) = Self.follow(template.text, identities)
        guard let targetName = UnitName(target), targetName.isTemplate else { return (target, links + more) }
        return (targetName.with(instance: instance).text, links + more)
    }

    /// What a followed name stands for; an instance without a file of its own is its template.
    func identity(of name: String) -> Identity? {
        if let identity = identities[name] { return identity }
        return UnitName(name)?.template.flatMap { identities[$0.text] }
    }

    /// All names of a unit whose `.d`, `.wants` and the like count for it, its own first.
    func names(of name: String) -> [String] {
        guard identities[name] == nil || aliases[name] != nil else { return [name] }
        var names = [name] + (aliases[name] ?? [])
        // An instance with a file of its own is not what its template's aliases name.
        if identities[name] == nil, let unitName = UnitName(name), let template = unitName.template,
            let instance = unitName.instance
        {
            names += (aliases[template.text] ?? []).compactMap { alias in
                guard let other = UnitName(alias) else { return nil }
                let aliased = other.isTemplate ? other.with(instance: instance).text : other.text
                return follow(aliased).name == name ? aliased : nil
            }
        }
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// The directories named `NAME<suffix>` that count for a unit, those that hide others first, type-level ones
    /// (`service.d`) last.
    package func companions(of name: String, suffix: String) -> [ImagePath] {
        companions(of: name, suffixes: [suffix]).first ?? []
    }

    /// The same for each of several suffixes.
    func companions(of name: String, suffixes: [String]) -> [[ImagePath]] {
        guard let type = UnitName(name)?.type else { return suffixes.map { _ in [] } }
        var groups = names(of: name).map { (UnitName($0)?.namesOfDropIns ?? []).filter(owners.contains) }
        groups.append([String(type)].filter(owners.contains))
        if groups.allSatisfy(\.isEmpty) { return suffixes.map { _ in [] } }
        return suffixes.map { suffix in
            groups.flatMap { group -> [ImagePath] in
                let companions = group.map { $0 + suffix }
                return directories.flatMap { directory in
                    companions.filter { directory.entries[$0] != nil }.map { directory.path.appending($0) }
                }
            }
        }
    }
}

/// The directories of a search path without those that are a link to another of them: `/lib/systemd/system` where
/// `/lib` is `/usr/lib`.
func distinct(_ searchPath: [ImagePath], in root: RootFilesystem) -> [ImagePath] {
    let realPaths = searchPath.map { root.resolve($0).value?.realPath }
    return zip(searchPath, realPaths).compactMap { path, realPath in
        guard let realPath, realPath != path, searchPath.contains(realPath) else { return path }
        return nil
    }
}
