/// One block of a tree of btrfs.
///
///     offset  size  node                                    offset  size  item, 25 bytes          child, 33 bytes
///     0x00    32    checksum of what follows                0       17    key                     key
///     0x20    16    file system                             17      4     content, from 0x65 on   address (8 bytes)
///     0x30    8     its own address                         21      4     size of the content
///     0x50    8     generation                              25      8                             generation
///     0x58    8     owner
///     0x60    4     number of items or children
///     0x64    1     level, 0 being that of items
///
/// Source: btrfs-progs Documentation/dev/On-disk-format.rst.

import ByteParsing

/// A node whose checksum and keys were looked at.
final class BtrfsNode {
    /// What a node stands for in its parent, or in the root of its tree.
    struct Expectation {
        let address: UInt64
        let level: UInt8
        /// Nil where it is not said.
        let generation: UInt64?
        /// The first key; nil of a tree's root.
        let first: BtrfsKey?
        /// What the last key has to be below; nil where nothing follows.
        let bound: BtrfsKey?
    }

    let generation: UInt64
    let level: UInt8
    /// Of the items or children, in rising order.
    let keys: [BtrfsKey]
    private let bytes: FieldReader

    private static let headSize = 0x65
    private static let itemSize = 25
    private static let childSize = 33

    /// The node in `bytes`, which stand at `address`.
    init(_ bytes: FieldReader, at address: UInt64, _ superblock: BtrfsSuperblock) throws(FormatError) {
        self.bytes = bytes
        try superblock.checksum.verify(bytes)
        guard try bytes.uint64(at: 0x30) == address,
            try bytes.slice(at: 0x20, count: 16).elementsEqual(superblock.nodeIdentifier)
        else {
            throw FormatError(.malformed, "a node of this file system at address \(address) expected, another's found")
        }
        generation = try bytes.uint64(at: 0x50)
        level = try bytes.uint8(at: 0x64)
        let count = Int(try bytes.uint32(at: 0x60))
        let entrySize = level == 0 ? Self.itemSize : Self.childSize
        guard count <= (bytes.count - Self.headSize) / entrySize else {
            throw FormatError(
                .malformed,
                "at most \((bytes.count - Self.headSize) / entrySize) entries of a node expected, \(count) found")
        }
        let span = bytes.bytes.span
        var keys: [BtrfsKey] = []
        keys.reserveCapacity(count)
        for index in 0..<count {
            let key = span.key(at: Self.headSize + entrySize * index)
            if let last = keys.last, last >= key {
                throw FormatError(.malformed, "keys in rising order expected at address \(address), others found")
            }
            keys.append(key)
        }
        self.keys = keys
    }

    /// Throws where it is not the node that is expected: an old one, one of another level, or of another place in its
    /// tree. So no walk through a tree comes by a node twice.
    func check(_ expected: Expectation) throws(FormatError) {
        guard level == expected.level, generation == expected.generation ?? generation else {
            throw FormatError(
                .malformed,
                "a node of level \(expected.level) and generation \(expected.generation.map(String.init) ?? "-") at address "
                    + "\(expected.address) expected, level \(level) and generation \(generation) found")
        }
        guard let first = keys.first, let last = keys.last else {
            guard level == 0, expected.first == nil else {
                throw FormatError(.malformed, "entries in the node at address \(expected.address) expected, none found")
            }
            return
        }
        guard first == expected.first ?? first, expected.bound.map({ last < $0 }) ?? true else {
            throw FormatError(
                .malformed, "the keys of its parent expected in the node at address \(expected.address), others found")
        }
    }

    /// The place of the first key that is not below `key`.
    func index(of key: BtrfsKey) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The content of the item at `index`.
    func item(_ index: Int) throws(FormatError) -> FieldReader {
        let entry = Self.headSize + Self.itemSize * index
        let (offset, size) = (Int(try bytes.uint32(at: entry + 17)), Int(try bytes.uint32(at: entry + 21)))
        guard offset >= Self.itemSize * keys.count else {
            throw FormatError(.malformed, "the content of an item behind all of them expected, it lies over them")
        }
        return try bytes.record(at: Self.headSize + offset, count: size)
    }

    /// The child at `index`; `bound` is what follows this node.
    func child(_ index: Int, bound: BtrfsKey?) throws(FormatError) -> Expectation {
        let entry = Self.headSize + Self.childSize * index
        return Expectation(
            address: try bytes.uint64(at: entry + 17), level: level - 1,
            generation: try bytes.uint64(at: entry + 25), first: keys[index],
            bound: index + 1 < keys.count ? keys[index + 1] : bound)
    }
}
