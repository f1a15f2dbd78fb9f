/// The part of an image that was asked for, as a value: random access, links resolved inside the root.

public import ByteParsing

/// A file's content and where it stood.
public struct File: Hashable, Sendable {
    /// As it was asked for, links in it not resolved.
    public let path: ImagePath
    /// Where the content stood.
    public let realPath: ImagePath
    /// The permission bits, set-user-ID and the like included, without the file type.
    public let permissions: UInt16
    /// The size of the whole file in bytes, also where only its head was asked for.
    public let size: Int
    /// The content as far as the want asked for it.
    public let bytes: [UInt8]

    /// The file as numbered lines; throws where it holds a NUL byte.
    public func lines() throws(FormatError) -> [TextLine] {
        try textLines(bytes)
    }

    /// Evidence at a line of this file, 1-based, or at the file as a whole.
    public func evidence(line: Int? = nil, _ text: String = "") -> Evidence {
        Evidence(path, realPath: realPath, line: line, text)
    }
}

/// What stands at a path, without its content.
public struct Entry: Hashable, Sendable {
    /// The kinds of things a path can name.
    public enum Kind: Hashable, Sendable {
        case directory
        case regular
        /// A symbolic link with its target as written, not resolved.
        case link(target: String)
        /// A device, FIFO or socket.
        case other
    }

    /// As it was asked for, links in it not resolved.
    public let path: ImagePath
    /// The same with the links on the way resolved; a link in the last place is not.
    public let realPath: ImagePath
    /// What stands there.
    public let kind: Kind
    /// The permission bits, without the file type.
    public let permissions: UInt16
    /// In bytes; 0 for what is no regular file.
    public let size: Int
}

/// The part of an image that its wants asked for.
public struct RootFilesystem: Sendable {
    /// What was read, for reports.
    public let image: ImageDescription
    private let tree: Tree
    /// What was looked for; nil where everything there is was kept.
    private let coverage: PatternSet?
    /// Whether a source that can be read only once was used up.
    private let readOnce: Bool

    /// A root over what a source read. `coverage` nil says that the tree holds everything; `readOnce` that a source
    /// which can be read only once was used up.
    package init(image: ImageDescription, tree: Tree, coverage: PatternSet?, readOnce: Bool = false) {
        self.image = image
        self.tree = tree
        self.coverage = coverage
        self.readOnce = readOnce
    }

    /// The file that an exact want named, links followed.
    public subscript(want: Want) -> Observation<File> {
        files(want).first ?? .absent(searched: [want.path])
    }

    /// Every file that a want matches, sorted by path. What matches and cannot be read, and a directory that could not
    /// be searched, stand in the list as unreadable; an empty list says that nothing is there.
    public func files(_ want: Want) -> [Observation<File>] {
        visit(want).map { visit in
            switch visit.walk {
            case .found(let inode, let realPath): file(inode, visit.path, realPath, want)
            case .missing, .loop, .unreadable: .unreadable([Evidence(visit.path)], problem(visit))
            }
        }
    }

    /// What stands at the paths a want matches, sorted by path; unreadable where any part of them could not be listed.
    public func names(_ want: Want) -> Observation<[Entry]> {
        var entries: [Entry] = []
        for visit in visit(want) {
            guard case .found(let inode, let realPath) = visit.walk else {
                return .unreadable([Evidence(visit.path)], problem(visit))
            }
            entries.append(entry(inode, visit.path, realPath))
        }
        guard !entries.isEmpty else { return .absent(searched: [want.path]) }
        return .present(entries, entries.map { Evidence($0.path, realPath: $0.realPath) })
    }

    /// What a path leads to once every link is followed. A path that no want covered is unreadable, not absent.
    public func resolve(_ path: ImagePath) -> Observation<Entry> {
        let visit = Visit(path: path, walk: tree.walk(path.components, followingLast: true))
        switch visit.walk {
        case .found(let inode, let realPath):
            return .present(entry(inode, path, realPath), [Evidence(path, realPath: realPath)])
        case .missing(let missing, _, nil) where isCovered(missing):
            return .absent(searched: [path])
        case .missing, .loop, .unreadable:
            return .unreadable([Evidence(path)], problem(visit))
        }
    }

    /// The target of the symbolic link at `path` as it is written, also where it leads nowhere; nil where there is no
    /// link.
    public func linkTarget(of path: ImagePath) -> String? {
        guard case .found(let inode, _) = tree.walk(path.components, followingLast: false),
            case .link(let target) = tree.inodes[inode].kind
        else { return nil }
        return target
    }
}

extension RootFilesystem {
    private struct Visit {
        let path: ImagePath
        let walk: Walk
    }

    /// The matches of a want, sorted by path; a plain "not there" is left out. What was not looked for, because
    /// nothing wanted it or a link led there too late, is a match that is unreadable.
    private func visit(_ want: Want) -> [Visit] {
        if let coverage, !coverage.answers(want) {
            return [Visit(path: want.path, walk: .unreadable(unread(want.path)))]
        }
        var visits: [Visit] = []
        var leads: [Want] = []
        tree.expand(want, leads: &leads) { path, walk in
            // What stands on the way to an answered want is covered with it.
            if case .missing(let missing, _, nil) = walk, want.path.isWithin(missing) || isCovered(missing) { return }
            visits.append(Visit(path: path, walk: walk))
        }
        if let coverage, visits.isEmpty || want.path.hasPattern,
            let lead = leads.first(where: { !coverage.answers($0) })
        {
            visits.append(Visit(path: want.path, walk: .unreadable(unread(lead.path))))
        }
        let isSorted = zip(visits, visits.dropFirst()).allSatisfy { $0.path <= $1.path }
        return isSorted ? visits : visits.sorted { $0.path < $1.path }
    }

    /// Whether a name that is missing was looked for, so that it is known not to be there.
    private func isCovered(_ path: ImagePath) -> Bool {
        coverage?.covers(path) ?? true
    }

    private func entry(_ inode: Int, _ path: ImagePath, _ realPath: ImagePath) -> Entry {
        let found = tree.inodes[inode]
        let kind: Entry.Kind =
            switch found.kind {
            case .directory: .directory
            case .regular, .unknownHardLink: .regular
            case .link(let target): .link(target: target)
            case .other: .other
            }
        return Entry(path: path, realPath: realPath, kind: kind, permissions: found.permissions, size: found.size)
    }

    private func file(_ inode: Int, _ path: ImagePath, _ realPath: ImagePath, _ want: Want) -> Observation<File> {
        let found = tree.inodes[inode]
        let evidence = [Evidence(path, realPath: realPath)]
        func unreadable(_ code: Problem.Code, _ reason: String) -> Observation<File> {
            .unreadable(evidence, Problem(code, at: realPath, reason))
        }
        switch found.kind {
        case .directory: return unreadable(.notRegularFile, "a regular file expected, a directory found")
        case .other: return unreadable(.notRegularFile, "a regular file expected, a device, FIFO or socket found")
        case .link: return unreadable(.notRegularFile, "a regular file expected, a symbolic link found")
        case .unknownHardLink(let target) where isCovered(target):
            return unreadable(.danglingLink, "a hard link to \(target), which is not in the image")
        case .unknownHardLink(let target):
            return .unreadable(evidence, unread(target))
        case .regular: break
        }
        func present(_ bytes: [UInt8]) -> Observation<File> {
            let file = File(
                path: path,
                realPath: realPath,
                permissions: found.permissions,
                size: found.size,
                bytes: bytes
            )
            return .present(file, evidence)
        }
        let keptBytes: [UInt8]
        switch found.content {
        case .unreadable(let code, let reason): return unreadable(code, reason)
        case .kept(let bytes): keptBytes = bytes
        case .notKept: keptBytes = []
        }
        switch want.extent {
        case .names:
            return present([])
        case .contents(let limit) where found.size > limit:
            return unreadable(.tooLarge, "at most \(limit) bytes expected, \(found.size) found")
        case .contents:
            guard keptBytes.count == found.size else { return notKept(evidence, realPath) }
            return present(keptBytes)
        case .head(let count):
            guard keptBytes.count >= min(count, found.size) else { return notKept(evidence, realPath) }
            return present(Array(keptBytes.prefix(count)))
        }
    }

    private func notKept(_ evidence: [Evidence], _ path: ImagePath) -> Observation<File> {
        .unreadable(evidence, unread(path))
    }

    private func unread(_ path: ImagePath) -> Problem {
        readOnce
            ? Problem(
                .notReadAgain, at: path,
                "learned of too late in a pipe, which can be read only once; give the file itself")
            : Problem(.notRequested, at: path, "not asked for before the image was read")
    }

    private func problem(_ visit: Visit) -> Problem {
        switch visit.walk {
        case .found(_, let realPath): unread(realPath)
        case .unreadable(let problem): problem
        case .loop(let path): Problem(.linkLoop, at: path, "more than \(Tree.linkLimit) symbolic links")
        case .missing(let path, _, let link):
            if let link, isCovered(path) {
                Problem(.danglingLink, at: link.path, "symbolic link to \(link.target), which is not in the image")
            } else {
                unread(path)
            }
        }
    }
}
