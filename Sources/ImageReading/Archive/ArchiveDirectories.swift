/// From a member's path to the directory that it stands in.

import FileSystems

extension ArchiveTree {
    /// One directory on the way to a member.
    struct Parent {
        /// Where its name ends in the path it was reached by.
        var end: Int
        var inode: Int
        var wanted: WantedNames.State
    }

    /// The directory at the beginning of `path`, made where it is not there; nil where it lies too deep.
    func directory(_ path: [UInt8], upTo end: Int) throws(StreamError) -> Parent? {
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

    private var top: Parent { Parent(end: 0, inode: tree.root, wanted: wanted.start) }

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
        return Parent(end: end, inode: inode, wanted: state(of: inode, name, in: parent))
    }

    private func state(of inode: Int, _ name: String, in parent: Parent) -> WantedNames.State {
        let state = wanted.advance(parent.wanted, name)
        return possibleRoots.contains(inode) ? state.union(wanted.start) : state
    }

    /// What a root holds by the Filesystem Hierarchy Standard: none of these is the folder around a root.
    static let rootNames: Set<String> = [
        "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin",
        "srv", "sys", "tmp", "usr", "var",
    ]

    /// The directory that a path with links or `..` in it leads to, made where it is not there.
    private func resolved(_ path: ArraySlice<UInt8>) throws(StreamError) -> Parent? {
        parents = []
        var components = pathComponents(fileName(path)[...])
        for _ in 0..<Tree.depthLimit {
            switch tree.walk(from: Trail(), components, followingLast: true) {
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
                        wanted: state(of: step.inode, String(step.name), in: place)
                    )
                }
                return place
            case .ended(.missing(let missing, let rest, _)):
                components = missing.components + rest
                guard case .found(let trail) = tree.walk(from: Trail(), missing.parent.components, followingLast: true)
                else { return nil }
                let parent = trail.inode(from: tree.root)
                guard case .directory = tree.inodes[parent].kind else {
                    makeDirectory(parent)
                    continue
                }
                try addDirectory(missing.name, in: parent)
            case .ended(.loop(let link)):
                // Nothing can stand behind a loop: the later member wins, and the link gives way to a directory.
                guard case .found(let trail) = tree.walk(from: Trail(), link.parent.components, followingLast: true)
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
        markIncomplete(inode, .tooLarge, reason)
    }
}
