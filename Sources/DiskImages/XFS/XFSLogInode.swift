/// An inode as the log of XFS holds it: in the byte order of the machine that wrote it, its tree of extents as it stood
/// in memory (Linux fs/xfs/xfs_inode_item_recover.c, fs/xfs/libxfs/xfs_bmap_btree.c).

import ByteParsing

struct XFSLogInode {
    private let core: FieldReader

    init(_ core: FieldReader) {
        self.core = core
    }

    func isInode() throws(FormatError) -> Bool { try core.uint16(at: 0) == 0x494E }

    /// Whether what lies on the disk was written later.
    func isOlder(than inode: FieldReader, _ geometry: XFSGeometry, _ sequence: UInt64) throws(FormatError) -> Bool {
        if try inode.uint8(at: 4) >= 3 {
            let newest = try inode.uint64(at: 112)
            return newest != 0 && newest != .max && newest > sequence
        }
        guard !geometry.isVersion5 else { return false }
        // Versions 1 and 2 count how often they were written, up to a largest number (DI_MAX_FLUSH).
        let (here, there) = (try core.uint16(at: 30), try inode.uint16(at: 30))
        return here < there && !(there == 0xFFFF && here < 0x7FFF)
    }

    /// Where the numbers stand that version 3 has besides, and their sizes.
    private static let version3 = [(104, 8), (120, 8), (128, 4), (152, 8)]
    /// The same of all versions.
    private static let common = [
        (0, 2), (2, 2), (6, 2), (8, 4), (12, 4), (16, 4), (20, 2), (22, 2), (56, 8), (64, 8), (72, 4), (76, 4), (80, 2),
        (84, 4), (88, 2), (90, 2), (92, 4),
    ]

    /// The inode on the disk once this one is put over it, with what it holds of its file if that was written too.
    func inode(
        over before: FieldReader, _ geometry: XFSGeometry, _ sequence: UInt64, fork: ArraySlice<UInt8>?, isTree: Bool
    ) throws(FormatError) -> [UInt8] {
        var inode = Array(before.bytes)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) throws(FormatError) {
            guard offset + bytes.count <= inode.count else {
                throw XFSLog.failure("at most \(inode.count) bytes of an inode expected, \(offset + bytes.count) found")
            }
            inode.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        func swap(_ fields: [(Int, Int)]) throws(FormatError) {
            for (offset, size) in fields { try put(core.slice(at: offset, count: size).reversed(), at: offset) }
        }
        let version = try core.uint8(at: 4)
        let flags = version == 3 ? try core.uint64(at: 120) : 0
        try swap(Self.common)
        for offset in [4, 5, 82, 83] { try put(core.slice(at: offset, count: 1), at: offset) }
        // Counts of extents of 64 bits (XFS_DIFLAG2_NREXT64), or nothing.
        try put([UInt8](repeating: 0, count: 8), at: 24)
        if flags & 0x10 != 0 { try swap([(24, 8)]) }
        // Times of 64 bits (XFS_DIFLAG2_BIGTIME), or seconds and parts of them.
        for offset in version == 3 ? [32, 40, 48, 144] : [32, 40, 48] {
            try swap(flags & 8 != 0 ? [(offset, 8)] : [(offset, 4), (offset + 4, 4)])
        }
        if version == 3 {
            try swap(Self.version3)
            try put(core.slice(at: 160, count: 16), at: 160)
            try put(bigEndian(sequence), at: 112)
        }
        guard let fork else { return inode }
        let start = version == 3 ? 176 : 100
        guard isTree else {
            try put(fork, at: start)
            return inode
        }
        let forkOffset = Int(inode[82]) * 8
        let size = forkOffset == 0 ? inode.count - start : forkOffset
        let tree = FieldReader(fork, bigEndian: true)
        let header = geometry.isVersion5 ? 72 : 24
        let count = Int(try tree.uint16(at: 6))
        // In memory and on the disk, pointers stand behind the room for as many keys as there could be.
        let (room, roomHere) = ((size - 4) / 16, (tree.count - header) / 16)
        guard count <= room, count <= roomHere else {
            throw XFSLog.failure("at most \(min(room, roomHere)) extents in an inode expected, \(count) found")
        }
        try put(tree.slice(at: 4, count: 4), at: start)
        try put(tree.slice(at: header, count: 8 * count), at: start + 4)
        try put(tree.slice(at: header + 8 * roomHere, count: 8 * count), at: start + 4 + 8 * room)
        return inode
    }
}
