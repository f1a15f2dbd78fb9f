/// The one resolver of paths: every source and every question follows links by it.

/// Where a walk along a path ended.
enum Walk: Sendable {
    case found(inode: Int, realPath: ImagePath)
    /// The first name that is not there, without links, and what of the path was left behind it.
    /// `link` is the link whose target lacks it; nil where the path itself does.
    case missing(ImagePath, rest: [Substring], link: (path: ImagePath, target: String)?)
    case loop(ImagePath)
    case unreadable(Problem)
}

/// A place in the tree: the names from the root to it, no link among them, each with its inode.
struct Trail {
    private(set) var steps: [(inode: Int, name: Substring)] = []
    /// Whether a link or `..` was on the way, so that the place has another path than the one it was reached by.
    private(set) var isDetour = false
    /// How many links were crossed on the way.
    private(set) var links = 0

    func inode(from root: Int) -> Int { steps.last?.inode ?? root }
    var path: ImagePath { ImagePath(components: steps.lazy.map(\.name)) }

    mutating func append(_ inode: Int, _ name: Substring) {
        // More than most paths have, in place of growing several times.
        if steps.isEmpty { steps.reserveCapacity(8) }
        steps.append((inode, name))
    }

    mutating func toParent() {
        _ = steps.popLast()
        isDetour = true
    }

    /// Goes where a link's target begins.
    mutating func cross(absolute: Bool) {
        if absolute { steps = [] }
        isDetour = true
        links += 1
    }
}

/// As `Walk`, with the place itself where it was found.
enum TrailWalk {
    case found(Trail)
    case ended(Walk)
}

extension Tree {
    /// Follows `components` from the root as a kernel with this root would: `..` stops at the root, absolute targets
    /// begin there again.
    func walk(_ components: [Substring], followingLast: Bool) -> Walk {
        switch walk(from: Trail(), components, followingLast: followingLast) {
        case .found(let trail): .found(inode: trail.inode(from: root), realPath: trail.path)
        case .ended(let walk): walk
        }
    }

    /// The same from another place than the root.
    func walk(from start: Trail, _ components: some BidirectionalCollection<Substring>, followingLast: Bool)
        -> TrailWalk
    {
        var links: [(path: ImagePath, target: String)] = []
        var pending: [(name: Substring, link: Int?)] = components.reversed().map { ($0, nil) }
        var trail = start
        while let (name, origin) = pending.popLast() {
            let isDotted = name.utf8.first == UInt8(ascii: ".")
            if isDotted, name == "." { continue }
            if isDotted, name == ".." {
                trail.toParent()
                continue
            }
            let directory = trail.inode(from: root)
            guard let child = child(name, of: directory) else {
                if let listing = inodes[directory].listing {
                    return .ended(.unreadable(Problem(listing.code, at: trail.path, listing.reason)))
                }
                let rest = pending.reversed().map(\.name)
                return .ended(.missing(trail.path.child(name), rest: rest, link: origin.map { links[$0] }))
            }
            guard case .link(let target) = inodes[child].kind, followingLast || !pending.isEmpty else {
                trail.append(child, name)
                continue
            }
            let path = trail.path.child(name)
            guard links.count < Self.linkLimit else { return .ended(.loop(links.first?.path ?? path)) }
            links.append((path, target))
            trail.cross(absolute: target.utf8.first == UInt8(ascii: "/"))
            let index = links.count - 1
            pending.append(contentsOf: pathComponents(target[...]).reversed().map { ($0, index) })
        }
        return .found(trail)
    }
}
