/// The names of an image and the inodes behind them, as every source builds them and `RootFilesystem` reads them.

/// Directories, links and wanted files of one image.
///
/// Names lead to inodes by index, so that a hard link is a second name of the same inode.
package struct Tree: Sendable {
    package enum Kind: Sendable {
        case directory([FileName: Int])
        case regular
        case link(String)
        /// A device, FIFO or socket: never opened.
        case other
        /// A hard link whose target had not been kept when it was met.
        case unknownHardLink(ImagePath)
    }

    package enum Content: Sendable {
        /// Nobody wanted it.
        case notKept
        /// The first bytes of the file, all of them where there are `size` of them.
        case kept([UInt8])
        case unreadable(Problem.Code, String)
    }

    package struct Inode: Sendable {
        package var kind: Kind
        package var permissions: UInt16
        /// In bytes; 0 for what is no regular file.
        package var size: Int
        package var content: Content
        /// Why the names in this directory are not (all) known.
        package var listing: (code: Problem.Code, reason: String)?

        package init(_ kind: Kind, permissions: UInt16 = 0o644, size: Int = 0, content: Content = .notKept) {
            self.kind = kind
            self.permissions = permissions
            self.size = size
            self.content = content
        }
    }

    package var inodes: [Inode]
    /// The inode that paths begin at and `..` stops at.
    package var root = 0

    /// A tree that holds an empty root.
    package init() {
        inodes = [Inode(.directory([:]), permissions: 0o755)]
    }

    /// The inode named `name` in the directory `directory`; nil where there is none or it is no directory.
    package func child(_ name: some StringProtocol, of directory: Int) -> Int? {
        guard case .directory(let children) = inodes[directory].kind else { return nil }
        return children[FileName(name)]
    }

    /// Whether `directory` holds no names.
    func isEmpty(_ directory: Int) -> Bool {
        if case .directory(let children) = inodes[directory].kind { children.isEmpty } else { true }
    }

    /// Gives `name` in `directory` to a new inode; what had the name loses it.
    @discardableResult
    package mutating func add(_ inode: Inode, as name: String, in directory: Int) -> Int {
        inodes.append(inode)
        link(name, in: directory, to: inodes.count - 1)
        return inodes.count - 1
    }

    /// Takes the name `name` out of `directory`.
    package mutating func remove(_ name: String, from directory: Int) {
        link(name, in: directory, to: nil)
    }

    /// Makes `name` in `directory` a name of an inode that is there already; nil takes the name away.
    package mutating func link(_ name: String, in directory: Int, to inode: Int?) {
        guard case .directory(var children) = inodes[directory].kind else { return }
        inodes[directory].kind = .regular  // or the dictionary would be copied
        children[FileName(name)] = inode
        inodes[directory].kind = .directory(children)
    }
}
