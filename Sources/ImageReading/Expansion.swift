/// From patterns to the paths of one tree that match them, and to where links lead them.

extension Tree {
    /// Calls `body` with every path that `want` matches and where it leads: found, or why not. An exact path that is
    /// not there comes as missing.
    ///
    /// `leads` gets the same question asked from behind each link that was crossed: what has to be wanted by its real
    /// path so that a reading which keeps only what is wanted can answer.
    package func expand(_ want: Want, leads: inout [Want], _ body: (ImagePath, Walk) -> Void) {
        expand(want, root, real: .root, asked: .root, want.path.components[...], &leads, body)
    }

    private func expand(
        _ want: Want, _ directory: Int, real: ImagePath, asked: ImagePath, _ rest: ArraySlice<Substring>,
        _ leads: inout [Want], _ body: (ImagePath, Walk) -> Void
    ) {
        guard let name = rest.first else {
            body(asked, .found(inode: directory, realPath: real))
            return
        }
        let after = rest.dropFirst()
        guard name == "**" || name.contains("*") else {
            step(want, real: real, asked: asked, name, after, &leads, body)
            return
        }
        guard case .directory(let children) = inodes[directory].kind else { return }
        if let listing = inodes[directory].listing {
            body(asked, .unreadable(Problem(listing.code, at: real, listing.reason)))
        }
        for child in children.keys.sorted() {
            if name == "**" {
                step(want, real: real, asked: asked, Substring(child), [], &leads, body)
                if let inode = children[child], case .directory = inodes[inode].kind {
                    expand(want, inode, real: real.appending(child), asked: asked.appending(child), rest, &leads, body)
                }
            } else if matches(child, pattern: name) {
                step(want, real: real, asked: asked, Substring(child), after, &leads, body)
            }
        }
    }

    /// Goes to one name of a directory and on from where it leads.
    private func step(
        _ want: Want, real: ImagePath, asked: ImagePath, _ name: Substring, _ rest: ArraySlice<Substring>,
        _ leads: inout [Want], _ body: (ImagePath, Walk) -> Void
    ) {
        let path = ImagePath(components: real.components + [name])
        let asked = ImagePath(components: asked.components + [name])
        let walk = walk(path.components, followingLast: want.followsLastLink || !rest.isEmpty)
        switch walk {
        case .found(let inode, let realPath):
            if realPath != path { leads.append(want.at(realPath, rest)) }
            if case .unknownHardLink(let target) = inodes[inode].kind { leads.append(want.at(target, rest)) }
            expand(want, inode, real: realPath, asked: asked, rest, &leads, body)
        case .missing(let missing, let beyond, let link):
            if link != nil { leads.append(want.at(missing, beyond + rest)) }
            let isExact = !want.path.hasPattern
            if isExact || link != nil {
                body(asked.appending(rest.joined(separator: "/")), .missing(missing, rest: beyond + rest, link: link))
            }
        case .loop, .unreadable:
            body(asked.appending(rest.joined(separator: "/")), walk)
        }
    }
}

extension Want {
    /// The same question about `rest` below `directory`.
    fileprivate func at(_ directory: ImagePath, _ rest: some Sequence<Substring>) -> Want {
        Want(path: ImagePath(components: directory.components + rest), extent: extent)
    }
}
