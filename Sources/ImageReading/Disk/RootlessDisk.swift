/// A disk of which no root can be read, and that shows how it is divided all the same.

/// What is known of such a disk.
public struct RootlessDisk: Hashable, Sendable {
    /// What was read, with no place of a root.
    public let image: ImageDescription
    /// Its volumes and what boots from it.
    public let layout: DiskLayout
    /// Why there is no root.
    let reason: String

    /// The image, of which every file is unreadable and the disk known.
    public var root: RootFilesystem {
        RootFilesystem(image: image, disk: layout, unreadable: .unsupported, reason)
    }
}

extension RootFilesystem {
    /// A root of which no file can be read, for this reason.
    init(image: ImageDescription, disk: DiskLayout, unreadable code: Problem.Code, _ reason: String) {
        let tree = Tree()
        tree.inodes[tree.root].listing = (code, reason)
        self.init(image: image, tree: tree, disk: disk)
    }
}
