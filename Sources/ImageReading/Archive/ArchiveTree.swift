/// The names of an archive's members and the inodes behind them, as extracting it would leave them.

/// A tree that grows member by member. It keeps directories, links and devices, since any path may lead through them,
/// and of files those that a pattern wants.
///
/// The last member of a name wins; a directory's second header does not empty it; a member below a link is placed
/// where the link leads; a hard link is a second name of the inode that its target has at that moment.
final class ArchiveTree: Namespace {
    private(set) var tree = Tree()
    /// The first names met at the top, kept or not.
    private(set) var namesAtTop: [String] = []
    private let patterns: PatternSet
    /// Directories below which the patterns are looked for as below the root, since the root may turn out to lie
    /// there: a folder at the top that no root has, and the folders of an archive that has only one at each level.
    private(set) var possibleRoots: Set<Int> = []
    private let looksForRoot: Bool
    private var onlyFolder = 0
    private var nameBytes = 0
    private var contentBytes = 0

    /// The directory of the last member: most members stand in the same one as the one before.
    private var parentPath: [UInt8] = []
    private var parents: [Parent] = []

    private struct Parent {
        /// Where its name ends in `parentPath`.
        var end: Int
        var inode: Int
        var state: PatternSet.State
    }

    /// A tree of what `patterns` want; `looksForRoot` says that they may hold below a folder instead of the top.
    init(_ patterns: PatternSet, looksForRoot: Bool) {
        self.patterns = patterns
        self.looksForRoot = looksForRoot
    }

    /// A member as it stands in the archive, without its content.
    struct Member {
        enum Kind {
            case directory, regular, other
            case link([UInt8])
            case hardLink([UInt8])
        }

        var kind: Kind
        var permissions: UInt16
        /// In bytes.
        var size: Int
    }

    /// Places a member; the inode whose content is to be set and how many of the member's first bytes it is to have,
    /// nil where nobody wants any.
    func place(_ member: Member, at path: [UInt8]) throws(StreamError) -> (inode: Int, bytes: Int)? {
        var end = path.count
        while end > 0, path[end - 1] == UInt8(ascii: "/") { end -= 1 }
        var start = end
        while start > 0, path[start - 1] != UInt8(ascii: "/") { start -= 1 }
        let name = path[start..<end]
        if name.isEmpty || name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) {
            if case .directory = member.kind, let directory = try directory(path, upTo: end) {
                tree.inodes[directory.inode].permissions = member.permissions
            }
            return nil
        }
        guard let parent = try directory(path, upTo: start) else { return nil }
        if parent.inode == tree.root, namesAtTop.count < 6 { namesAtTop.append(fileName(name)) }
        return try place(member, as: name, in: parent)
    }

    private func place(
        _ member: Member,
        as name: ArraySlice<UInt8>,
        in parent: Parent
    ) throws(StreamError) -> (inode: Int, bytes: Int)? {
        switch member.kind {
        case .directory:
            let name = fileName(name)
            if let known = tree.child(name[...], of: parent.inode), case .directory = tree.inodes[known].kind {
                tree.inodes[known].permissions = member.permissions
            } else {
                try addDirectory(name, in: parent.inode, permissions: member.permissions)
            }
            return nil
        case .link(let target):
            guard target.count <= ReadingLimits.pathBytes else {
                let reason = "at most \(ReadingLimits.pathBytes) bytes expected in a link's target"
                let inode = Tree.Inode(.regular, content: .unreadable(.tooLarge, reason))
                try add(inode, as: fileName(name), in: parent.inode)
                return nil
            }
            nameBytes += target.count
            let inode = Tree.Inode(.link(fileName(target)), permissions: member.permissions)
            try add(inode, as: fileName(name), in: parent.inode)
            return nil
        case .other:
            try add(Tree.Inode(.other, permissions: member.permissions), as: fileName(name), in: parent.inode)
            return nil
        case .regular:
            return try placeFile(member, as: name, in: parent)
        case .hardLink(let target):
            return try placeHardLink(member, to: target, as: name, in: parent)
        }
    }

    private func placeFile(
        _ member: Member,
        as name: ArraySlice<UInt8>,
        in parent: Parent
    ) throws(StreamError) -> (inode: Int, bytes: Int)? {
        if parent.state.isEmpty, !name.elementsEqual("os-release".utf8) {
            guard !tree.isEmpty(parent.inode) else { return nil }
            try remove(fileName(name), from: parent.inode)
            return nil
        }
        let name = fileName(name)
        let kept = patterns.kept(patterns.advance(parent.state, name))
        // os-release is kept wherever it is: it shows where the root lies.
        guard kept != nil || name == "os-release" else {
            try remove(name, from: parent.inode)
            return nil
        }
        let inode = Tree.Inode(.regular, permissions: member.permissions, size: member.size)
        return try content(add(inode, as: name, in: parent.inode), kept ?? .nothing)
    }

    private func placeHardLink(
        _ member: Member,
        to target: [UInt8],
        as name: ArraySlice<UInt8>,
        in parent: Parent
    ) throws(StreamError) -> (inode: Int, bytes: Int)? {
        let name = fileName(name)
        guard target.count <= ReadingLimits.pathBytes else {
            throw StreamError(
                .limitExceeded,
                "at most \(ReadingLimits.pathBytes) bytes expected in a hard link's target"
            )
        }
        let path = fileName(target)
        let kept = patterns.kept(patterns.advance(parent.state, name)) ?? .nothing
        switch tree.walk(pathComponents(path[...]), followingLast: false) {
        case .found(let inode, let realPath):
            if case .directory = tree.inodes[inode].kind {
                let reason = "a hard link to a directory, \(realPath)"
                try add(
                    Tree.Inode(.regular, content: .unreadable(.malformed, reason)),
                    as: name,
                    in: parent.inode
                )
                return nil
            }
            // cpio has the content at the last of a file's names; pax may have it at each.
            let hasContent = member.size > 0
            if hasContent { tree.inodes[inode].size = member.size }
            let own = patterns.kept(realPath.components.reduce(patterns.start) { patterns.advance($0, $1) }) ?? .nothing
            guard hasContent || isKept(inode, kept) else {
                try add(Tree.Inode(.unknownHardLink(realPath)), as: name, in: parent.inode)
                return nil
            }
            if tree.child(name[...], of: parent.inode) != inode {
                try count(name)
                forgetParents(ifReplacing: name, in: parent.inode)
                tree.link(name, in: parent.inode, to: inode)
            }
            return hasContent ? try content(inode, kept.union(own)) : nil
        case .missing(let missing, let rest, _):
            guard member.size > 0 else {
                let path = ImagePath(components: missing.components + rest)
                try add(Tree.Inode(.unknownHardLink(path)), as: name, in: parent.inode)
                return nil
            }
            let inode = Tree.Inode(.regular, permissions: member.permissions, size: member.size)
            return try content(add(inode, as: name, in: parent.inode), kept)
        case .loop, .unreadable:
            let reason = "a hard link to \(path), which cannot be followed"
            let inode = Tree.Inode(.regular, content: .unreadable(.malformed, reason))
            try add(inode, as: name, in: parent.inode)
            return nil
        }
    }

    /// Whether as much of a file's content is there as `kept` asks for.
    private func isKept(_ inode: Int, _ kept: KeptContent) -> Bool {
        guard case .regular = tree.inodes[inode].kind, case .notKept = tree.inodes[inode].content else { return true }
        return kept.bytes(ofSize: tree.inodes[inode].size) == 0
    }

    private func content(_ inode: Int, _ kept: KeptContent) throws(StreamError) -> (inode: Int, bytes: Int)? {
        let bytes = kept.bytes(ofSize: tree.inodes[inode].size)
        guard bytes > 0 else {
            if tree.inodes[inode].size == 0 { tree.inodes[inode].content = .kept([]) }
            return nil
        }
        contentBytes += bytes
        guard contentBytes <= ReadingLimits.contentBytes else {
            throw StreamError(
                .limitExceeded,
                "at most \(ReadingLimits.contentBytes) bytes in wanted files expected, more found"
            )
        }
        return (inode, bytes)
    }

    /// Sets the content that `place` asked for.
    func setContent(of inode: Int, _ bytes: [UInt8]) {
        tree.inodes[inode].content = .kept(bytes)
    }

    @discardableResult
    private func add(_ inode: Tree.Inode, as name: String, in directory: Int) throws(StreamError) -> Int {
        try count(name)
        forgetParents(ifReplacing: name, in: directory)
        return tree.add(inode, as: name, in: directory)
    }

    @discardableResult
    private func addDirectory(
        _ name: String,
        in directory: Int,
        permissions: UInt16 = 0o755
    ) throws(StreamError) -> Int {
        let isOnlyFolder = directory == onlyFolder && tree.isEmpty(directory)
        let inode = try add(Tree.Inode(.directory([:]), permissions: permissions), as: name, in: directory)
        if isOnlyFolder { onlyFolder = inode }
        if looksForRoot, isOnlyFolder || directory == tree.root && !Self.rootNames.contains(name) {
            possibleRoots.insert(inode)
        }
        return inode
    }

    private func remove(_ name: String, from directory: Int) throws(StreamError) {
        guard tree.child(name[...], of: directory) != nil else { return }
        forgetParents(ifReplacing: name, in: directory)
        tree.remove(name, from: directory)
    }

    private func count(_ name: String) throws(StreamError) {
        nameBytes += name.utf8.count
        guard tree.inodes.count < ReadingLimits.names else {
            throw StreamError(
                .limitExceeded,
                "at most \(ReadingLimits.names) directories, links and wanted files expected, more found"
            )
        }
        guard nameBytes <= ReadingLimits.nameBytes else {
            throw StreamError(
                .limitExceeded,
                "at most \(ReadingLimits.nameBytes) bytes in names and link targets expected, more found"
            )
        }
    }

    private func forgetParents(ifReplacing name: String, in directory: Int) {
        guard let known = tree.child(name[...], of: directory) else { return }
        switch tree.inodes[known].kind {
        case .directory, .link: parents = []
        case .regular, .other, .unknownHardLink: break
        }
    }
}

/// From a member's path to the directory it stands in.
extension ArchiveTree {
    /// The directory at the beginning of `path`, made where it is not there; nil where it lies too deep.
    private func directory(_ path: [UInt8], upTo end: Int) throws(StreamError) -> Parent? {
        guard end <= ReadingLimits.pathBytes else {
            try tooDeep(path[..<(path.firstIndex(of: UInt8(ascii: "/")) ?? 0)])
            return nil
        }
        var at = 0
        if !parents.isEmpty {
            let limit = min(end, parentPath.count)
            var common = 0
            while common < limit, path[common] == parentPath[common] { common += 1 }
            while let last = parents.last,
                last.end > common || last.end < end && path[last.end] != UInt8(ascii: "/")
            {
                parents.removeLast()
            }
            at = parents.last?.end ?? 0
        }
        while at < end {
            let start = at
            while at < end, path[at] != UInt8(ascii: "/") { at += 1 }
            let name = path[start..<at]
            if !name.isEmpty, !name.elementsEqual(".".utf8) {
                guard !name.elementsEqual("..".utf8) else { return try resolved(path[..<end]) }
                guard parents.count < Tree.depthLimit else {
                    try tooDeep(path[..<start])
                    return nil
                }
                guard let next = try enter(name, path[..<at], end: at) else { return nil }
                parents.append(next)
            }
            while at < end, path[at] == UInt8(ascii: "/") { at += 1 }
        }
        parentPath.removeAll(keepingCapacity: true)
        parentPath.append(contentsOf: path[..<end])
        return parents.last ?? top
    }

    private var top: Parent { Parent(end: 0, inode: tree.root, state: patterns.start) }

    private func enter(
        _ bytes: ArraySlice<UInt8>,
        _ path: ArraySlice<UInt8>,
        end: Int
    ) throws(StreamError) -> Parent? {
        let parent = parents.last ?? top
        let name = fileName(bytes)
        let inode: Int
        if let known = tree.child(name[...], of: parent.inode) {
            switch tree.inodes[known].kind {
            case .directory: inode = known
            case .link:
                guard var place = try resolved(path) else { return nil }
                place.end = end
                return place
            case .regular, .other, .unknownHardLink:
                inode = try addDirectory(name, in: parent.inode)
            }
        } else {
            inode = try addDirectory(name, in: parent.inode)
        }
        return Parent(end: end, inode: inode, state: state(of: inode, name, in: parent))
    }

    private func state(of inode: Int, _ name: String, in parent: Parent) -> PatternSet.State {
        let state = patterns.advance(parent.state, name)
        return possibleRoots.contains(inode) ? state.union(patterns.start) : state
    }

    /// What a root holds by the Filesystem Hierarchy Standard: none of these is the folder around a root.
    private static let rootNames: Set<String> = [
        "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin",
        "srv", "sys", "tmp", "usr", "var",
    ]

    /// The directory that a path with links or `..` in it leads to, made where it is not there.
    private func resolved(_ path: ArraySlice<UInt8>) throws(StreamError) -> Parent? {
        parents = []
        var components = pathComponents(fileName(path)[...])
        for _ in 0..<Tree.depthLimit {
            switch walk(from: Trail(), components, followingLast: true) {
            case .found(let trail):
                guard trail.steps.count <= Tree.depthLimit else { return nil }
                let inode = trail.inode(from: tree.root)
                guard case .directory = tree.inodes[inode].kind else {
                    // Something else stands there: the later member wins.
                    guard let last = trail.steps.last else { return nil }
                    let parent = trail.steps.dropLast().last?.inode ?? tree.root
                    try addDirectory(String(last.name), in: parent)
                    continue
                }
                var place = top
                for step in trail.steps {
                    place = Parent(
                        end: 0,
                        inode: step.inode,
                        state: state(of: step.inode, String(step.name), in: place)
                    )
                }
                return place
            case .ended(.missing(let missing, let rest, _)):
                components = missing.components + rest
                guard case .found(let trail) = walk(from: Trail(), missing.parent.components, followingLast: true)
                else { return nil }
                let parent = trail.inode(from: tree.root)
                guard case .directory = tree.inodes[parent].kind else {
                    tree.inodes[parent].kind = .directory([:])
                    continue
                }
                try addDirectory(missing.name, in: parent)
            case .ended(.loop(let link)):
                // Nothing can stand behind a loop: the later member wins, and the link gives way to a directory.
                guard case .found(let trail) = walk(from: Trail(), link.parent.components, followingLast: true)
                else { return nil }
                try addDirectory(link.name, in: trail.inode(from: tree.root))
            case .ended(.found), .ended(.unreadable):
                return nil
            }
        }
        return nil
    }

    /// Says of the directory at `path` that names in it were too deep to be read.
    private func tooDeep(_ path: ArraySlice<UInt8>) throws(StreamError) {
        guard case .found(let inode, _) = tree.walk(pathComponents(fileName(path)[...]), followingLast: true) else {
            return
        }
        let reason =
            "names at most \(Tree.depthLimit) deep and \(ReadingLimits.pathBytes) bytes long expected, more found"
        tree.inodes[inode].listing = (.tooLarge, reason)
    }

    func child(_ name: Substring, of directory: Int) -> Int? { tree.child(name, of: directory) }
    func names(in directory: Int) -> [String] { tree.names(in: directory) }
}
