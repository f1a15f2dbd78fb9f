/// What all subvolumes of a btrfs have in common: its trees, and which subvolumes there are.

import ByteParsing
import FileSystems

/// A btrfs on a device. Its allocation and checksum trees are not needed to read files, and are not read.
final class BtrfsVolume {
    let superblock: BtrfsSuperblock
    let nodes: BtrfsNodes
    /// What was written since the last commit, by subvolume.
    private(set) var logs: [UInt64: BtrfsLog] = [:]
    private let rootTree: BtrfsTree
    /// Subvolumes by their number, and whether there are such.
    private var known: [UInt64: BtrfsSubvolume?] = [:]
    /// All of them, once somebody asked.
    var listed: Subvolumes?
    /// The subvolumes whose files were asked for, by the place that their nodes' numbers name.
    private var opened: [BtrfsSubvolume] = []

    /// The subvolume that is there without being made.
    static let topLevel: UInt64 = 5

    /// How many subvolumes can have files with numbers.
    private static let openLimit = 1 << 16

    init(_ source: any BlockSource) throws(FormatError) {
        superblock = try BtrfsSuperblock(source)
        nodes = try BtrfsNodes(source, superblock)
        var chunks = nodes.chunks
        try BtrfsTree(superblock.chunkTree, nodes).visit(.everything) { (key, item) throws(FormatError) in
            if key.type == BtrfsKey.chunk { try chunks.add(key, item) }
            return true
        }
        nodes.chunks = chunks
        rootTree = try BtrfsTree(superblock.rootTree, nodes)
        logs = try BtrfsLog.all(of: self)
    }

    /// The subvolume of this number; nil where there is none, or one that is being deleted.
    func subvolume(_ id: UInt64) throws(FormatError) -> BtrfsSubvolume? {
        if let known = known[id] { return known }
        var found: BtrfsSubvolume?
        if BtrfsSubvolume.isNumber(id) {
            // A snapshot has the generation of its making in its key: of several the last counts.
            try rootTree.visit(BtrfsKey.all(id, BtrfsKey.root)) { (_, item) throws(FormatError) in
                found = try BtrfsSubvolume(id, item, nodes)
                return true
            }
        }
        known[id] = .some(found)
        return found
    }

    /// What a reader should know of the logs; nothing where it was unmounted.
    var logRemarks: [String] {
        let count = logs.values.reduce(0) { $0 + $1.inodes.count }
        guard count > 0 else { return [] }
        return [
            "its log tree with \(count) file\(count == 1 ? "" : "s") and directories was replayed in memory: the file system was in "
                + "use when the image was made, and nothing was written to it"
        ]
    }

    /// The number by which a file of a subvolume is known outside.
    func node(_ inode: UInt64, in subvolume: BtrfsSubvolume) throws(FormatError) -> NodeID {
        var place = subvolume.place
        if place == nil {
            guard opened.count < Self.openLimit else {
                throw FormatError(.limitExceeded, "at most \(Self.openLimit) subvolumes expected, more found")
            }
            place = opened.count
            subvolume.place = place
            opened.append(subvolume)
        }
        guard inode < 1 << 48, let place else {
            throw FormatError(.malformed, "inodes below 2^48 expected, \(inode) found")
        }
        return NodeID(UInt64(place) << 48 | inode)
    }

    /// The file behind such a number.
    func file(_ node: NodeID) throws(FormatError) -> (inode: UInt64, subvolume: BtrfsSubvolume) {
        let place = Int(node.number >> 48)
        guard place < opened.count else { throw FormatError(.malformed, "a file of an open subvolume expected") }
        return (node.number & (1 << 48 - 1), opened[place])
    }

    /// The number of the subvolume that is mounted where none is named; the top level where the file system says
    /// nothing of it (Linux fs/btrfs/super.c, get_default_subvol_objectid).
    func defaultNumber() throws(FormatError) -> UInt64 {
        let name = Array("default".utf8)
        let key = BtrfsKey(superblock.rootDirectory, BtrfsKey.directoryItem, BtrfsDirectoryEntry.hash(name))
        guard let item = try rootTree.item(key),
            let entry = try BtrfsDirectoryEntry.all(in: item).first(where: { $0.name.elementsEqual(name) })
        else { return Self.topLevel }
        return entry.location.object
    }

    /// Whether a subvolume hangs at this name of this directory: a snapshot has its subvolumes' names without them
    /// (Linux fs/btrfs/inode.c, fixup_tree_root_location).
    func holds(_ child: UInt64, in parent: UInt64, directory: UInt64, name: ArraySlice<UInt8>) throws(FormatError)
        -> Bool
    {
        guard let item = try rootTree.item(BtrfsKey(parent, BtrfsKey.rootReference, child)) else { return false }
        let place = try BtrfsPlace(item)
        return place.directory == directory && place.name.elementsEqual(name)
    }

    /// All subvolumes with the places where they hang.
    func places() throws(FormatError) -> [(number: UInt64, parent: UInt64, place: BtrfsPlace)] {
        var found: [(number: UInt64, parent: UInt64, place: BtrfsPlace)] = []
        let all = BtrfsKey(256, 0, 0)...BtrfsKey(BtrfsSubvolume.lastNumber, .max, .max)
        try rootTree.visit(all) { (key, item) throws(FormatError) in
            guard key.type == BtrfsKey.rootBackReference else { return true }
            guard found.count < Subvolumes.limit else {
                throw FormatError(.limitExceeded, "at most \(Subvolumes.limit) subvolumes expected, more found")
            }
            found.append((key.object, key.offset, try BtrfsPlace(item)))
            return true
        }
        return found
    }
}

extension ClosedRange<BtrfsKey> {
    static let everything = BtrfsKey(0, 0, 0)...BtrfsKey(.max, .max, .max)
}

/// Where a subvolume hangs in its parent.
struct BtrfsPlace {
    let directory: UInt64
    let name: ArraySlice<UInt8>

    /// Of a ROOT_REF or ROOT_BACKREF: directory, sequence, size of the name, name.
    init(_ item: FieldReader) throws(FormatError) {
        directory = try item.uint64(at: 0)
        name = try item.slice(at: 18, count: Int(item.uint16(at: 16)))
    }
}

/// One subvolume or snapshot: a tree of files.
final class BtrfsSubvolume {
    let number: UInt64
    let tree: BtrfsTree
    /// The inode of its root directory.
    let rootDirectory: UInt64
    /// By which it is known in the numbers of its files; nil until one has such a number.
    fileprivate(set) var place: Int?

    /// Numbers from here to 2^64 on are those of the file system's own trees (BTRFS_LAST_FREE_OBJECTID).
    static let lastNumber = UInt64.max - 255

    static func isNumber(_ id: UInt64) -> Bool { id == BtrfsVolume.topLevel || 256...lastNumber ~= id }

    /// By its ROOT_ITEM; nil where nothing refers to it any more.
    init?(_ number: UInt64, _ item: FieldReader, _ nodes: BtrfsNodes) throws(FormatError) {
        guard try item.uint32(at: 216) > 0 else { return nil }
        self.number = number
        rootDirectory = try item.uint64(at: 168)
        tree = try BtrfsTree(
            BtrfsSuperblock.TreeRoot(
                address: item.uint64(at: 176), level: item.uint8(at: 238), generation: item.uint64(at: 160)), nodes)
    }
}
