/// The names of an image and the inodes behind them: every source builds them, and every question is answered by them.

package import FileSystems

/// Directories, links and files of one image, as far as they are known.
///
/// Names lead to inodes by index, so that a hard link is a second name of the same inode.
package class Tree {
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
        /// Why the names in this directory are not (all) known; of a regular file, why not even its kind is.
        package var listing: (code: Problem.Code, reason: String)?

        package init(_ kind: Kind, permissions: UInt16 = 0o644, size: Int = 0, content: Content = .notKept) {
            self.kind = kind
            self.permissions = permissions
            self.size = size
            self.content = content
        }

        /// A name behind which nobody can tell what stands: a file, and as well a directory.
        package init(unreadable code: Problem.Code, _ reason: String) {
            self.init(.regular, permissions: 0, content: .unreadable(code, reason))
            listing = (code, reason)
        }

        /// Why nobody can tell what stands here; nil where that is known.
        var unknown: (code: Problem.Code, reason: String)? {
            if case .regular = kind { listing } else { nil }
        }
    }

    package final var inodes: [Inode]
    /// The inode that paths begin at and `..` stops at.
    package final var root = 0

    /// As many links as Linux follows before it says ELOOP (path_resolution(7)).
    package static let linkLimit = 40

    /// How many names deep a path is read; a name further down is unreadable. Beyond what software installs, and few
    /// enough that a hostile image cannot exhaust the stack.
    package static let depthLimit = 256

    /// A tree that holds an empty root.
    package init() {
        inodes = [Inode(.directory([:]), permissions: 0o755)]
    }

    /// The inode named `name` in the directory `directory`; nil where there is none or it is no directory.
    package func child(_ name: Substring, of directory: Int) -> Int? {
        guard case .directory(let children) = inodes[directory].kind else { return nil }
        return children[FileName(name)]
    }

    /// The names in a directory, in no order.
    package func names(in directory: Int) -> [String] {
        guard case .directory(let children) = inodes[directory].kind else { return [] }
        return children.keys.map(\.text)
    }

    /// Sees to it that as much of a file's content is there as `kept` asks for, where it can be had.
    package func fetch(_ inode: Int, _ kept: KeptContent) {}

    /// Why no more of the image may be read; nil while it may.
    package var exhaustion: String? { nil }

    final func isLink(_ inode: Int) -> Bool {
        if case .link = inodes[inode].kind { true } else { false }
    }

    /// Whether `directory` holds no names.
    final func isEmpty(_ directory: Int) -> Bool {
        if case .directory(let children) = inodes[directory].kind { children.isEmpty } else { true }
    }

    /// Gives `name` in `directory` to a new inode; what had the name loses it.
    @discardableResult
    package final func add(_ inode: Inode, as name: String, in directory: Int) -> Int {
        inodes.append(inode)
        link(name, in: directory, to: inodes.count - 1)
        return inodes.count - 1
    }

    /// Takes the name `name` out of `directory`.
    package final func remove(_ name: String, from directory: Int) {
        link(name, in: directory, to: nil)
    }

    /// Makes `name` in `directory` a name of an inode that is there already; nil takes the name away.
    package final func link(_ name: String, in directory: Int, to inode: Int?) {
        guard case .directory(var children) = inodes[directory].kind else { return }
        inodes[directory].kind = .regular  // or the dictionary would be copied
        children[FileName(name)] = inode
        inodes[directory].kind = .directory(children)
    }
}
