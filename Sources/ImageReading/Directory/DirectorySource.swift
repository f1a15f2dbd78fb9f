/// A directory of this machine as an image.

/// An unpacked or mounted root file system, `/` of a running system among them.
///
/// Only what wants and links name is looked at. Links are resolved inside the directory and never followed by this
/// machine's system; devices, FIFOs and sockets are never opened; what the system denies is unreadable.
public struct DirectorySource: ImageSource {
    /// The path as it was given.
    public let name: String

    /// Where no root is, how many folders are looked into for one that the message can name.
    private static let foldersLookedInto = 64

    /// The directory at `path` of this machine; links in `path` itself are followed.
    public init(path: String) {
        name = path
    }

    /// Fetches what is wanted, then what `further` wants. Throws where the directory cannot be opened or holds no root.
    public func load(
        _ wants: [Want],
        further: (RootFilesystem) -> [Want]
    ) throws(ImageError) -> RootFilesystem {
        guard let reader = try DirectoryReader(path: name) else {
            throw ImageError(.notAnImage, image: name, "a directory expected, something else found")
        }
        try check(reader)
        var coverage = PatternSet()
        try fetch(wants, from: reader, &coverage)
        try fetch(further(root(reader, coverage)), from: reader, &coverage)
        return root(reader, coverage)
    }

    private func check(_ reader: DirectoryReader) throws(ImageError) {
        guard !reader.holdsRoot(reader.tree.root) else { return }
        let found = reader.names(in: reader.tree.root)
        if let listing = reader.tree.inodes[reader.tree.root].listing {
            throw ImageError(.permissionDenied, image: name, listing.reason)
        }
        if found.isEmpty {
            throw ImageError(.empty, image: name, "a root file system expected, an empty directory found")
        }
        if reader.isContainerImage { throw .containerImage(name) }
        let folders = found.sorted(by: precedes).prefix(Self.foldersLookedInto).filter {
            reader.child(Substring($0), of: reader.tree.root).map(reader.holdsRoot) ?? false
        }
        throw .noRoot(name, found: found, folders: folders.map { ImagePath.root.child($0[...]) })
    }

    /// Fetches what is wanted and adds it to what was looked for, with what links led to.
    private func fetch(
        _ wants: [Want], from reader: DirectoryReader, _ coverage: inout PatternSet
    ) throws(ImageError) {
        var leads: [Want] = []
        coverage.insert(wants)
        for want in wants {
            reader.expand(want, leads: &leads) { _, walk in
                if case .found(let inode, _) = walk { reader.fetch(inode, want.kept) }
            }
            if let error = reader.error { throw error }
        }
        coverage.insert(leads)
    }

    private func root(_ reader: DirectoryReader, _ coverage: PatternSet) -> RootFilesystem {
        RootFilesystem(
            image: ImageDescription(name: name, kind: "directory"),
            tree: reader.tree,
            coverage: coverage
        )
    }
}
