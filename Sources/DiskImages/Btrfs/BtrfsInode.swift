/// One inode of btrfs.

import ByteParsing
import FileSystems

struct BtrfsInode {
    let number: UInt64
    let status: NodeStatus
    /// In bytes.
    let size: Int

    /// A link has fewer bytes than this: PATH_MAX of Linux.
    static let linkLimit = 4096

    /// By its INODE_ITEM, and the one in the log over that, nil where there is none: of generation 0 that one knows only
    /// the size, and not even that where it is 0 (Linux fs/btrfs/tree-log.c, overwrite_item).
    init(_ number: UInt64, _ committed: FieldReader?, logged: FieldReader?) throws(FormatError) {
        self.number = number
        let isPartial = try logged?.uint64(at: 0) == 0
        guard let item = isPartial ? committed ?? logged : logged ?? committed else {
            throw FormatError(.malformed, "an inode \(number) expected, none found")
        }
        let mode = try item.uint32(at: 52)
        var size = try item.uint64(at: 16)
        if isPartial, let logged, try logged.uint64(at: 16) != 0, NodeStatus.Kind(mode: mode) == .regular {
            size = try logged.uint64(at: 16)
        }
        guard let size = Int(exactly: size) else {
            throw FormatError(.malformed, "a size below 2^63 bytes expected, \(size) found")
        }
        self.size = size
        let kind = NodeStatus.Kind(mode: mode)
        status = NodeStatus(
            kind: kind, permissions: UInt16(mode & 0o7777), size: kind == .regular ? size : 0)
    }
}
