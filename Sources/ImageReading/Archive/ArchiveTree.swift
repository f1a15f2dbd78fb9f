/// The names of an archive's members and the inodes behind them, as extracting it would leave them.

import FileSystems

/// A tree that grows member by member. It keeps directories, links and devices, since any path may lead through them,
/// and of files those that are wanted.
///
/// The last member of a name wins; a directory's second header does not empty it; a member below a link is placed
/// where the link leads; a hard link is a second name of the inode that its target has at that moment.
final class ArchiveTree {
    let tree = Tree()
    let wanted: WantedNames
    /// Directories below which names are wanted as below the root, since the root may turn out to lie there: a folder
    /// at the top that no root has, and the folders of an archive that has only one at each level.
    private(set) var possibleRoots: Set<Int> = []
    /// The first names met at the top, kept or not.
    private(set) var namesAtTop: [String] = []
    /// Whether everything that likely wants ask for was kept.
    private(set) var hasAllThatIsLikely = true

    /// The directory of the last member, since most members stand in the same one as the one before.
    var parentPath: [UInt8] = []
    var parents: [Parent] = []

    private let looksForRoot: Bool
    private var onlyFolder = 0
    private var nameBytes = 0
    private var contentBytes = 0
    private var likelyNames = 0
    private var likelyBytes = 0

    /// A tree of what is `wanted`; `looksForRoot` says that it may stand below a folder instead of the top.
    init(_ wanted: WantedNames, looksForRoot: Bool) {
        self.wanted = wanted
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
        // os-release is kept wherever it is: it shows where the root lies.
        let isRelease = name.elementsEqual("os-release".utf8)
        if parent.wanted.isEmpty, !isRelease {
            if !tree.isEmpty(parent.inode) { try remove(fileName(name), from: parent.inode) }
            return nil
        }
        let name = fileName(name)
        let inode = Tree.Inode(.regular, permissions: member.permissions, size: member.size)
        let state = wanted.advance(parent.wanted, name)
        if let kept = wanted.kept(state) {
            return try content(add(inode, as: name, in: parent.inode), kept)
        }
        if let kept = wanted.keptIfLikely(state), likelyNames < ReadingLimits.likelyNames {
            likelyNames += 1
            return try likelyContent(add(inode, as: name, in: parent.inode), kept)
        }
        if !wanted.isUnlikely(state) { hasAllThatIsLikely = false }
        if isRelease {
            try add(inode, as: name, in: parent.inode)
        } else {
            try remove(name, from: parent.inode)
        }
        return nil
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
        let state = wanted.advance(parent.wanted, name)
        let kept = wanted.kept(state)
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
            let own = wanted.kept(realPath.components.reduce(wanted.start) { wanted.advance($0, String($1)) })
            guard hasContent || isKept(inode, kept ?? .nothing) else {
                try add(Tree.Inode(.unknownHardLink(realPath)), as: name, in: parent.inode)
                return nil
            }
            if tree.child(name[...], of: parent.inode) != inode {
                try count(name)
                forgetParents(ifReplacing: name, in: parent.inode)
                tree.link(name, in: parent.inode, to: inode)
            }
            return hasContent ? try content(inode, (kept ?? .nothing).union(own ?? .nothing)) : nil
        case .missing(let missing, let rest, _):
            guard kept != nil || !wanted.isUnlikely(state) else {
                try remove(name, from: parent.inode)
                return nil
            }
            guard let kept, member.size > 0 else {
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

    /// The same of a file that is only likely to be asked for: as long as there is room for such.
    private func likelyContent(_ inode: Int, _ kept: KeptContent) throws(StreamError) -> (inode: Int, bytes: Int)? {
        let bytes = kept.bytes(ofSize: tree.inodes[inode].size)
        guard likelyBytes + bytes <= ReadingLimits.likelyBytes else { return nil }
        likelyBytes += bytes
        return try content(inode, kept)
    }

    /// Sets the content that `place` asked for.
    func setContent(of inode: Int, _ bytes: [UInt8]) {
        tree.inodes[inode].content = .kept(bytes)
    }

    @discardableResult
    func add(_ inode: Tree.Inode, as name: String, in directory: Int) throws(StreamError) -> Int {
        try count(name)
        forgetParents(ifReplacing: name, in: directory)
        return tree.add(inode, as: name, in: directory)
    }

    @discardableResult
    func addDirectory(
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

    /// Makes a directory of an inode that a later member takes for one.
    func makeDirectory(_ inode: Int) {
        tree.inodes[inode].kind = .directory([:])
    }

    /// Says of a directory that not all names in it are known.
    func markIncomplete(_ directory: Int, _ code: Problem.Code, _ reason: String) {
        tree.inodes[directory].listing = (code, reason)
    }
}
