/// An image as facts see it: random access, links resolved inside the root.

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
    /// Why not even its kind could be read; of a list of names, which shows it as a regular file without content.
    public let problem: Problem?
}

/// An image's files, by the paths that its own programs would use.
///
/// A directory is read when a question asks for it. An archive was read before the first question; what it cannot answer
/// because nobody had wanted it is unreadable and noted, so that the archive can be read once more.
public struct RootFilesystem {
    /// What was read, for reports.
    public let image: ImageDescription
    /// What its disk says beside the files; nil where it was read from none.
    public let disk: DiskLayout?
    private let tree: Tree
    /// What an archive was searched for; nil where the tree answers everything.
    private let coverage: Coverage?
    private let notes = OpenQuestions()
    /// Reads an archive once more for the questions that are open; nil where it cannot be read again.
    private let again: (([Want]) throws(ImageError) -> RootFilesystem)?
    /// Whether it is a pipe, which was used up.
    private let isUsedUp: Bool

    /// A root over what a source reads.
    package init(
        image: ImageDescription, tree: Tree, disk: DiskLayout? = nil, coverage: Coverage? = nil,
        isUsedUp: Bool = false,
        again: (([Want]) throws(ImageError) -> RootFilesystem)? = nil
    ) {
        self.image = image
        self.disk = disk
        self.tree = tree
        self.coverage = coverage
        self.isUsedUp = isUsedUp
        self.again = again
    }

    /// Whether it answers whatever is asked: a directory does, and an archive only what was wanted beforehand.
    package var isReadOnDemand: Bool { coverage == nil }

    /// The questions so far that nobody had wanted beforehand and that an archive therefore left open, each once.
    package var openQuestions: [Want] { notes.wants }

    /// The same image read for the open questions too; nil where none is open, and where it cannot be read again.
    ///
    /// Throws where the reading as a whole has to stop, and has had to before this is asked.
    func readAgain() throws(ImageError) -> RootFilesystem? {
        if let reason = tree.exhaustion { throw ImageError(.limitExceeded, image: image.name, reason) }
        guard !openQuestions.isEmpty, let again else { return nil }
        return try again(openQuestions)
    }

    /// The file that an exact want named, links followed.
    public subscript(want: Want) -> Observation<File> {
        files(want).first ?? .absent(searched: [want.path])
    }

    /// Every file that a want matches, sorted by path. What matches and cannot be read, and a directory that could not
    /// be searched, stand in the list as unreadable; an empty list says that nothing is there.
    public func files(_ want: Want) -> [Observation<File>] {
        matches(of: want).map { path, answer in
            switch answer {
            case .found(let inode, let realPath): file(inode, path, realPath, want)
            case .unreadable(let problem): .unreadable([Evidence(path)], problem)
            }
        }
    }

    /// What stands at the paths a want matches, sorted by path; unreadable where any part of them could not be listed.
    public func names(_ want: Want) -> Observation<[Entry]> {
        var entries: [Entry] = []
        for (path, answer) in matches(of: want) {
            switch answer {
            case .found(let inode, let realPath): entries.append(entry(inode, path, realPath))
            case .unreadable(let problem): return .unreadable([Evidence(path)], problem)
            }
        }
        guard !entries.isEmpty else { return .absent(searched: [want.path]) }
        return .present(entries, entries.map { Evidence($0.path, realPath: $0.realPath) })
    }

    /// What a path leads to once every link is followed.
    public func resolve(_ path: ImagePath) -> Observation<Entry> {
        entry(at: path, followingLast: true)
    }

    /// The target of the symbolic link at `path` as it is written, also where it leads nowhere; absent where no link is.
    public func linkTarget(of path: ImagePath) -> Observation<String> {
        entry(at: path, followingLast: false).flatMap { entry, evidence in
            guard case .link(let target) = entry.kind else { return .absent(searched: [path]) }
            return .present(target, evidence)
        }
    }
}

/// What was asked and could not be answered.
private final class OpenQuestions {
    private(set) var wants: [Want] = []
    private var known: Set<Want> = []

    func note(_ want: Want) {
        if known.insert(want).inserted { wants.append(want) }
    }
}

extension RootFilesystem {
    private enum Answer {
        case found(inode: Int, realPath: ImagePath)
        case unreadable(Problem)
    }

    /// The matches of a want, sorted by path; what is known not to be there is left out.
    private func matches(of want: Want) -> [(path: ImagePath, answer: Answer)] {
        guard want.path.hasPattern else {
            let walk = tree.walk(want.path.components, followingLast: want.followsLastLink)
            return answer(walk, to: want).map { [(want.path, $0)] } ?? []
        }
        var matches: [(path: ImagePath, answer: Answer)] = []
        var unsearched: Problem?
        tree.expand(want) { match in
            switch match {
            case .path(let path, let walk):
                if let answer = answer(walk, to: want) { matches.append((path, answer)) }
            case .listing(let directory, let rest):
                let pattern = ImagePath(components: directory.components + rest)
                guard let coverage, !coverage.covers(pattern) else { return }
                let problem = open(Want(path: pattern, extent: want.extent), at: pattern)
                unsearched = unsearched ?? problem
            }
        }
        if let unsearched { matches.append((want.path, .unreadable(unsearched))) }
        let isSorted = zip(matches, matches.dropFirst()).allSatisfy { $0.path <= $1.path }
        return isSorted ? matches : matches.sorted { $0.path < $1.path }
    }

    /// What a walk comes to, once it is known what was looked for; nil where nothing is there.
    private func answer(_ walk: Walk, to want: Want) -> Answer? {
        switch walk {
        case .found(let inode, let realPath): return .found(inode: inode, realPath: realPath)
        case .unreadable(let problem): return .unreadable(problem)
        case .loop(let path):
            return .unreadable(Problem(.linkLoop, at: path, "more than \(Tree.linkLimit) symbolic links"))
        case .missing(let path, let rest, let link):
            // Every directory of an archive is known: where one is missing, nothing stands below it.
            guard !rest.isEmpty || isCovered(path) else {
                return .unreadable(open(Want(path: path, extent: want.extent), at: path))
            }
            return link.map { link in
                let reason = "symbolic link to \(link.target), which is not in the image"
                return .unreadable(Problem(.danglingLink, at: link.path, reason))
            }
        }
    }

    /// Whether a name that is not in the tree is known not to be in the image.
    private func isCovered(_ path: ImagePath) -> Bool {
        guard let coverage, !coverage.covers(path) else { return true }
        guard case .found(let parent, _) = tree.walk(path.parent.components, followingLast: true),
            case .directory = tree.inodes[parent].kind
        else { return true }
        return false
    }

    /// Notes a question as open; why it is.
    private func open(_ want: Want, at path: ImagePath) -> Problem {
        notes.note(want)
        return isUsedUp
            ? Problem(
                .notReadAgain, at: path,
                "learned of too late in a pipe, which can be read only once; give the file itself")
            : Problem(.notRequested, at: path, "not asked for before the image was read")
    }

    private func entry(at path: ImagePath, followingLast: Bool) -> Observation<Entry> {
        switch answer(tree.walk(path.components, followingLast: followingLast), to: .names(path)) {
        case .found(let inode, let realPath)?:
            if let unknown = tree.inodes[inode].unknown {
                return .unreadable([Evidence(path)], Problem(unknown.code, at: realPath, unknown.reason))
            }
            return .present(entry(inode, path, realPath), [Evidence(path, realPath: realPath)])
        case .unreadable(let problem)?: return .unreadable([Evidence(path)], problem)
        case nil: return .absent(searched: [path])
        }
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
        return Entry(
            path: path, realPath: realPath, kind: kind, permissions: found.permissions, size: found.size,
            problem: found.unknown.map { Problem($0.code, at: realPath, $0.reason) })
    }

    private func file(_ inode: Int, _ path: ImagePath, _ realPath: ImagePath, _ want: Want) -> Observation<File> {
        tree.fetch(inode, want.kept)
        let found = tree.inodes[inode]
        let evidence = [Evidence(path, realPath: realPath)]
        func unreadable(_ code: Problem.Code, _ reason: String) -> Observation<File> {
            .unreadable(evidence, Problem(code, at: realPath, reason))
        }
        switch found.kind {
        case .directory: return unreadable(.notRegularFile, "a regular file expected, a directory found")
        case .other: return unreadable(.notRegularFile, "a regular file expected, a device, FIFO or socket found")
        case .link: return unreadable(.notRegularFile, "a regular file expected, a symbolic link found")
        case .unknownHardLink(let target):
            if case .missing = tree.walk(target.components, followingLast: false), isCovered(target) {
                return unreadable(.danglingLink, "a hard link to \(target), which is not in the image")
            }
            return .unreadable(evidence, open(Want(path: target, extent: want.extent), at: target))
        case .regular: break
        }
        let keptBytes: [UInt8]
        switch found.content {
        case .unreadable(let code, let reason): return unreadable(code, reason)
        case .kept(let bytes): keptBytes = bytes
        case .notKept: keptBytes = []
        }
        let bytes: ArraySlice<UInt8>
        switch want.extent {
        case .names: bytes = []
        case .contents(let limit):
            guard found.size <= limit else {
                return unreadable(.tooLarge, "at most \(limit) bytes expected, \(found.size) found")
            }
            bytes = keptBytes[...]
        case .head(let count): bytes = keptBytes.prefix(count)
        }
        guard bytes.count >= want.kept.bytes(ofSize: found.size) else {
            return .unreadable(evidence, open(Want(path: realPath, extent: want.extent), at: realPath))
        }
        let file = File(
            path: path, realPath: realPath, permissions: found.permissions, size: found.size,
            bytes: bytes.count == keptBytes.count ? keptBytes : Array(bytes))
        return .present(file, evidence)
    }
}
