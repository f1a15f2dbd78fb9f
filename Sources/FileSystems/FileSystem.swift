/// What every file system is to whoever reads an image: files by number, asked one question at a time.

package import ByteParsing

/// A file of one file system, by the number that this file system knows it by.
package struct NodeID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }
}

/// What a file is, without its content.
package struct NodeStatus: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case directory, regular, link
        /// A device, FIFO or socket.
        case other

        /// The kind that the bits of a mode say (inode(7)); anything that Linux does not know is `other`.
        package init(mode: UInt32) {
            self =
                switch mode & 0o170000 {
                case 0o040000: .directory
                case 0o100000: .regular
                case 0o120000: .link
                default: .other
                }
        }
    }

    package let kind: Kind
    /// The permission bits, without the file type.
    package let permissions: UInt16
    /// In bytes; 0 for what is no regular file.
    package let size: Int

    package init(kind: Kind, permissions: UInt16, size: Int = 0) {
        self.kind = kind
        self.permissions = permissions
        self.size = size
    }
}

/// Files by node: a directory of this machine, or a file system on a disk.
///
/// Nothing is followed here: a link is a node of its own. Bytes that cannot be read as the format demands throw
/// `malformed` and the like; what this machine cannot or may not read throws `inputOutput`, `permissionDenied` or
/// `changed`. A half-read is an error, never a shorter answer.
package protocol FileSystem: AnyObject {
    var root: NodeID { get }
    /// What a reader should know of it, for people: that its journal was replayed.
    var remarks: [String] { get }
    /// The file of a name in a directory; nil where the directory has no such name.
    func node(named name: FileName, in directory: NodeID) throws(FormatError) -> NodeID?
    /// What a file is. Throws where that file alone cannot be read: its name stands all the same.
    func status(of node: NodeID) throws(FormatError) -> NodeStatus
    /// All names in a directory but `.` and `..`, in no order.
    func names(in directory: NodeID) throws(FormatError) -> [FileName]
    /// The target of a symbolic link, as its bytes are.
    func target(ofLink node: NodeID) throws(FormatError) -> [UInt8]
    /// The first `count` bytes of a regular file, or all it has where these are fewer.
    func content(of node: NodeID, upTo count: Int) throws(FormatError) -> [UInt8]
}

extension FileSystem {
    package var remarks: [String] { [] }
}
