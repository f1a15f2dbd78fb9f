/// From patterns to the paths of one image that match them, and to where links lead them.

extension Namespace {
    /// Calls `body` with every path that `want` matches and where it leads: found, or why not. An exact path that is
    /// not there comes as missing.
    ///
    /// `leads` gets the same question asked from behind each link that was crossed: what has to be wanted by its real
    /// path so that a reading which keeps only what is wanted can answer.
    package func expand(_ want: Want, leads: inout [Want], _ body: (ImagePath, Walk) -> Void) {
        var expansion = Expansion(want, leads: leads)
        expand(&expansion, Trail(), asked: .root, want.path.components[...], body)
        leads = expansion.leads
    }

    private func expand(
        _ expansion: inout Expansion,
        _ trail: Trail,
        asked: ImagePath,
        _ rest: ArraySlice<Substring>,
        _ body: (ImagePath, Walk) -> Void
    ) {
        let directory = trail.inode(from: tree.root)
        guard let name = rest.first else {
            body(asked, .found(inode: directory, realPath: trail.isDetour ? trail.path : asked))
            return
        }
        let after = rest.dropFirst()
        guard !expansion.isExact, name.utf8.contains(UInt8(ascii: "*")) else {
            step(&expansion, trail, asked: asked, name, after, body)
            return
        }
        guard case .directory = tree.inodes[directory].kind else { return }
        let isDeep = name == "**"
        let pattern = Array(name.utf8)
        let children = names(in: directory).filter { isDeep || matches($0, pattern: pattern) }
            .sorted(by: precedes)
        if let listing = tree.inodes[directory].listing {
            body(asked, .unreadable(Problem(listing.code, at: trail.path, listing.reason)))
        }
        for child in children {
            guard expansion.matches < Expansion.matchLimit else {
                let reason = "at most \(Expansion.matchLimit) names expected to match \(expansion.want.path)"
                body(asked, .unreadable(Problem(.tooLarge, at: trail.path, reason)))
                return
            }
            expansion.matches += 1
            let child = Substring(child)
            step(&expansion, trail, asked: asked, child, isDeep ? [] : after, body)
            if isDeep, let inode = self.child(child, of: directory), case .directory = tree.inodes[inode].kind {
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
        _ body: (ImagePath, Walk) -> Void
    ) {
        let want = expansion.want
        let asked = expansion.isExact ? want.path : asked.child(name)
        let walk = walk(
            from: trail,
            CollectionOfOne(name),
            followingLast: want.followsLastLink || !rest.isEmpty
        )
        switch walk {
        case .found(let found):
            if found.links > trail.links { expansion.leads.append(want.at(found.path, rest)) }
            if case .unknownHardLink(let target) = tree.inodes[found.inode(from: tree.root)].kind {
                expansion.leads.append(want.at(target, rest))
            }
            expand(&expansion, found, asked: asked, rest, body)
        case .ended(.missing(let missing, let beyond, let link)):
            if link != nil { expansion.leads.append(want.at(missing, beyond + rest)) }
            if expansion.isExact {
                body(want.path, .missing(missing, rest: beyond + rest, link: link))
            } else if link != nil {
                body(asked.appending(rest.joined(separator: "/")), .missing(missing, rest: beyond + rest, link: link))
            }
        case .ended(let walk):
            body(expansion.isExact ? want.path : asked.appending(rest.joined(separator: "/")), walk)
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
    var leads: [Want]
    var matches = 0

    init(_ want: Want, leads: [Want]) {
        self.want = want
        self.leads = leads
        isExact = !want.path.hasPattern
    }
}

extension Want {
    /// The same question about `rest` below `directory`.
    fileprivate func at(_ directory: ImagePath, _ rest: some Sequence<Substring>) -> Want {
        Want(path: ImagePath(components: directory.components + rest), extent: extent)
    }
}
