/// From patterns to the paths of one image that match them.

import FileSystems

/// What comes of looking for the paths that a want matches.
enum Match {
    /// A path and where it leads: found, or why not. What stands behind a pattern and is not there comes as missing too.
    case path(ImagePath, Walk)
    /// The names of a directory, by its path without links, were held against the first component of `rest`.
    case listing(directory: ImagePath, rest: ArraySlice<Substring>)
}

extension Tree {
    /// Calls `body` with every path that `want` matches, and with every directory whose names decide which do.
    func expand(_ want: Want, _ body: (Match) -> Void) {
        var expansion = Expansion(want)
        expand(&expansion, Trail(), asked: .root, want.path.components[...], body)
    }

    private func expand(
        _ expansion: inout Expansion,
        _ trail: Trail,
        asked: ImagePath,
        _ rest: ArraySlice<Substring>,
        _ body: (Match) -> Void
    ) {
        let directory = trail.inode(from: root)
        guard let name = rest.first else {
            body(.path(asked, .found(inode: directory, realPath: trail.isDetour ? trail.path : asked)))
            return
        }
        let after = rest.dropFirst()
        guard !expansion.isExact, name.utf8.contains(UInt8(ascii: "*")) else {
            step(&expansion, trail, asked: asked, name, after, body)
            return
        }
        guard case .directory = inodes[directory].kind else {
            if let unknown = inodes[directory].unknown {
                body(.path(asked, .unreadable(Problem(unknown.code, at: trail.path, unknown.reason))))
            }
            return
        }
        let isDeep = name == "**"
        let pattern = Array(name.utf8)
        let children = names(in: directory).filter { isDeep || matches($0, pattern: pattern) }
            .sorted(by: precedes)
        body(.listing(directory: trail.isDetour ? trail.path : asked, rest: rest))
        if let listing = inodes[directory].listing {
            body(.path(asked, .unreadable(Problem(listing.code, at: trail.path, listing.reason))))
        }
        for child in children {
            guard expansion.matches < Expansion.matchLimit else {
                let reason = "at most \(Expansion.matchLimit) names expected to match \(expansion.want.path)"
                body(.path(asked, .unreadable(Problem(.tooLarge, at: trail.path, reason))))
                return
            }
            expansion.matches += 1
            let child = Substring(child)
            step(&expansion, trail, asked: asked, child, isDeep ? [] : after, body)
            if isDeep, let inode = self.child(child, of: directory), case .directory = inodes[inode].kind {
                var below = trail
                below.append(inode, child)
                expand(&expansion, below, asked: asked.child(child), rest, body)
            }
        }
    }

    /// Goes to one name of a directory and on from where it leads.
    private func step(
        _ expansion: inout Expansion,
        _ trail: Trail,
        asked: ImagePath,
        _ name: Substring,
        _ rest: ArraySlice<Substring>,
        _ body: (Match) -> Void
    ) {
        let want = expansion.want
        let asked = expansion.isExact ? want.path : asked.child(name)
        // Most names that match are the last, and no links: to these nothing has to be followed.
        if rest.isEmpty, name.utf8.first != UInt8(ascii: "."), let child = child(name, of: trail.inode(from: root)),
            !want.followsLastLink || !isLink(child)
        {
            body(.path(asked, .found(inode: child, realPath: trail.isDetour ? trail.path.child(name) : asked)))
            return
        }
        let walk = walk(
            from: trail,
            CollectionOfOne(name),
            followingLast: want.followsLastLink || !rest.isEmpty
        )
        switch walk {
        case .found(let found):
            expand(&expansion, found, asked: asked, rest, body)
        case .ended(.missing(let missing, let beyond, let link)):
            let path = expansion.isExact ? want.path : asked.appending(rest.joined(separator: "/"))
            body(.path(path, .missing(missing, rest: beyond + rest, link: link)))
        case .ended(let walk):
            body(.path(expansion.isExact ? want.path : asked.appending(rest.joined(separator: "/")), walk))
        }
    }
}

/// What one expansion gathers on its way.
private struct Expansion {
    /// How many names one want may match. An image full of links to its own directories could otherwise multiply them
    /// at every `*`.
    static let matchLimit = 50_000

    let want: Want
    /// Whether the want is one path: then that is what was asked, wherever the walk is.
    let isExact: Bool
    var matches = 0

    init(_ want: Want) {
        self.want = want
        isExact = !want.path.hasPattern
    }
}
