/// A directory of this machine as an image.

import FileSystems

/// An unpacked or mounted root file system, `/` of a running system among them.
///
/// Only what is asked about is looked at. Links are resolved inside the directory and never followed by this machine's
/// system; devices, FIFOs and sockets are never opened; what the system denies is unreadable.
struct DirectorySource: ImageSource {
    private let file: ImageFile

    /// The path as it was given.
    var name: String { file.name }

    /// Where no root is, how many folders are looked into for one that the message can name.
    private static let foldersLookedInto = 64

    /// The directory that was opened.
    init(_ file: ImageFile) {
        self.file = file
    }

    /// Throws where it holds no root.
    func load(_ wants: @autoclosure () -> [Want]) throws(ImageError) -> RootFilesystem {
        let tree = OnDemandTree(SystemDirectory(file))
        try check(tree)
        return RootFilesystem(image: ImageDescription(name: name, kind: "directory"), tree: tree)
    }

    private func check(_ tree: OnDemandTree) throws(ImageError) {
        guard !tree.holdsRoot(tree.root) else { return }
        let found = tree.names(in: tree.root)
        if let listing = tree.inodes[tree.root].listing {
            throw ImageError(.permissionDenied, image: name, listing.reason)
        }
        if found.isEmpty {
            throw ImageError(.empty, image: name, "a root file system expected, an empty directory found")
        }
        if tree.isContainerImage { throw .containerImage(name) }
        let folders = found.sorted(by: precedes).prefix(Self.foldersLookedInto).filter {
            tree.child(Substring($0), of: tree.root).map(tree.holdsRoot) ?? false
        }
        throw .noRoot(name, found: found, folders: folders.map { ImagePath.root.child($0[...]) })
    }
}
