/// By what the items of a btrfs are found.

/// The key of an item; keys are in order by its three numbers (Linux include/uapi/linux/btrfs_tree.h).
struct BtrfsKey: Hashable, Comparable {
    /// An inode, a subvolume or an object of the file system itself.
    let object: UInt64
    let type: UInt8
    let offset: UInt64

    init(_ object: UInt64, _ type: UInt8, _ offset: UInt64) {
        self.object = object
        self.type = type
        self.offset = offset
    }

    static func < (a: BtrfsKey, b: BtrfsKey) -> Bool {
        if a.object != b.object { return a.object < b.object }
        if a.type != b.type { return a.type < b.type }
        return a.offset < b.offset
    }

    /// All keys of an object and a type.
    static func all(_ object: UInt64, _ type: UInt8) -> ClosedRange<BtrfsKey> {
        BtrfsKey(object, type, 0)...BtrfsKey(object, type, .max)
    }

    /// This key alone.
    var only: ClosedRange<BtrfsKey> { self...self }

    // The types of items that a reader asks for.
    static let inode: UInt8 = 1
    static let inodeReference: UInt8 = 12
    static let inodeExtendedReference: UInt8 = 13
    static let directoryLogIndex: UInt8 = 72
    static let directoryItem: UInt8 = 84
    static let directoryIndex: UInt8 = 96
    static let extent: UInt8 = 108
    static let root: UInt8 = 132
    static let rootBackReference: UInt8 = 144
    static let rootReference: UInt8 = 156
    static let chunk: UInt8 = 228
}

/// Numbers of a node that are known to lie inside it.
extension Span<UInt8> {
    func uint64(at offset: Int) -> UInt64 {
        UInt64(uint32(at: offset)) | UInt64(uint32(at: offset + 4)) << 32
    }

    func uint32(at offset: Int) -> UInt32 {
        UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
            | UInt32(self[offset + 3]) << 24
    }

    func key(at offset: Int) -> BtrfsKey {
        BtrfsKey(uint64(at: offset), self[offset + 8], uint64(at: offset + 9))
    }
}
