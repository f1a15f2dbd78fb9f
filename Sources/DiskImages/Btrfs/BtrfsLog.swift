/// What was written to a btrfs since its last commit, of which log trees keep what somebody waited for.
///
///     INODE_ITEM       the newest state of an inode; of generation 0, only that it is there
///     INODE_REF        all its names in one directory, INODE_EXTREF likewise
///     EXTENT_DATA      parts of its content, which take the place of what was there
///     DIR_INDEX        names in a directory that was waited for itself
///     DIR_LOG_INDEX    a range of its names' numbers: what is in it and not in the log is no more
///
/// Source: Linux fs/btrfs/tree-log.c.

import ByteParsing

/// The log tree of one subvolume, laid over it when it is read.
struct BtrfsLog {
    /// A name and its number in the directory.
    struct Name {
        let index: UInt64
        let bytes: ArraySlice<UInt8>
        /// The inode, or the subvolume, that it is of.
        let location: BtrfsKey
    }

    /// What becomes of the names in one directory, in the order in which it is done.
    struct Directory {
        /// The numbers of which those alone remain that are in `entries`; the last number of each range by its first.
        fileprivate(set) var ranges: [ClosedRange<UInt64>] = []
        fileprivate(set) var entries: [Name] = []
        fileprivate(set) var removed: [(name: ArraySlice<UInt8>, inode: UInt64)] = []
        fileprivate(set) var added: [Name] = []
    }

    let tree: BtrfsTree
    /// INODE_ITEMs by inode.
    private(set) var inodes: [UInt64: FieldReader] = [:]
    private(set) var directories: [UInt64: Directory] = [:]
    private var itemCount = 0

    /// The subvolume that log trees call their own (BTRFS_TREE_LOG_OBJECTID).
    private static let treeLog = UInt64.max - 5
    /// How many items one may have: those of half a minute.
    private static let limit = 1_000_000

    /// The log trees of `volume` by subvolume; none where it was unmounted. Throws where they cannot be read, in which
    /// case Linux does not mount it.
    static func all(of volume: BtrfsVolume) throws(FormatError) -> [UInt64: BtrfsLog] {
        guard let root = volume.superblock.logTree else { return [:] }
        var logs: [UInt64: BtrfsLog] = [:]
        do throws(FormatError) {
            var roots: [(subvolume: UInt64, root: BtrfsSuperblock.TreeRoot)] = []
            try BtrfsTree(root, volume.nodes).visit(BtrfsKey.all(treeLog, BtrfsKey.root)) {
                (key, item) throws(FormatError) in
                let root = BtrfsSuperblock.TreeRoot(
                    address: try item.uint64(at: 176), level: try item.uint8(at: 238), generation: nil)
                roots.append((key.offset, root))
                return true
            }
            for (number, root) in roots {
                // A log of a subvolume that is no more has nothing to lie over.
                guard let subvolume = try volume.subvolume(number) else { continue }
                logs[number] = try BtrfsLog(BtrfsTree(root, volume.nodes), over: subvolume.tree)
            }
        } catch {
            throw FormatError(
                error.code,
                "its log tree cannot be read (\(error.reason)): Linux does not mount it before `btrfs rescue zero-log` was run "
                    + "on a copy", at: error.offset)
        }
        return logs
    }

    private init(_ tree: BtrfsTree, over committed: BtrfsTree) throws(FormatError) {
        self.tree = tree
        try tree.visit(.everything) { (key, item) throws(FormatError) in
            itemCount += 1
            guard itemCount <= Self.limit else {
                throw FormatError(.limitExceeded, "at most \(Self.limit) items in a log tree expected, more found")
            }
            try add(key, item, over: committed)
            return true
        }
        for (directory, changes) in directories {
            var existing: [Name] = []
            for entry in changes.entries {
                // A name that leads to nothing is not taken over.
                let inode = entry.location.object
                let isKnown = entry.location.type == BtrfsKey.root || inodes[inode] != nil
                if try isKnown ? true : committed.item(BtrfsKey(inode, BtrfsKey.inode, 0)) != nil {
                    existing.append(entry)
                }
            }
            directories[directory]?.entries = existing
        }
    }

    private mutating func add(_ key: BtrfsKey, _ item: FieldReader, over committed: BtrfsTree) throws(FormatError) {
        // What has no name any more and is still open comes first among its items, and is passed over.
        if key.type == BtrfsKey.inode {
            if try item.uint32(at: 40) > 0 { inodes[key.object] = item }
            return
        }
        switch key.type {
        case BtrfsKey.directoryLogIndex:
            let last = try item.uint64(at: 0)
            guard last >= key.offset else {
                throw FormatError(.malformed, "a range of names expected, one from \(key.offset) to \(last) found")
            }
            directories[key.object, default: Directory()].ranges.append(key.offset...last)
        case BtrfsKey.directoryIndex:
            let names = try BtrfsDirectoryEntry.all(in: item).map {
                Name(index: key.offset, bytes: $0.name, location: $0.location)
            }
            directories[key.object, default: Directory()].entries += names
        case BtrfsKey.inodeReference, BtrfsKey.inodeExtendedReference:
            guard inodes[key.object] != nil else { return }
            let after = try BtrfsReference.all(key, item)
            if let old = try committed.item(key) {
                for name in try BtrfsReference.all(key, old)
                where !after.contains(where: { $0.parent == name.parent && $0.name == name.name }) {
                    directories[name.parent, default: Directory()].removed.append((name.name, key.object))
                }
            }
            for name in after {
                directories[name.parent, default: Directory()].added.append(
                    Name(
                        index: name.index, bytes: name.name, location: BtrfsKey(key.object, BtrfsKey.inode, 0)))
            }
        default: return
        }
    }
}

extension BtrfsLog.Directory {
    /// The names in a directory, once what the log says of them is done.
    func replayed(over committed: [BtrfsLog.Name]) -> [BtrfsLog.Name] {
        let (kept, named) = (Set(entries.map(\.index)), Set(added.map(\.bytes)))
        var names: [BtrfsLog.Name] = []
        // Both are in rising order.
        var next = 0
        var covered: UInt64?
        for name in committed {
            while next < ranges.count, ranges[next].lowerBound <= name.index {
                covered = max(covered ?? 0, ranges[next].upperBound)
                next += 1
            }
            if kept.contains(name.index) || covered.map({ $0 < name.index }) ?? true { names.append(name) }
        }
        var places: [ArraySlice<UInt8>: Int] = [:]
        var numbers: [UInt64: Int] = [:]
        var gone: Set<Int> = []
        for (place, name) in names.enumerated() { (places[name.bytes], numbers[name.index]) = (place, place) }
        func add(_ name: BtrfsLog.Name) {
            // Another file of this name, and another name of this number, are no more.
            if let place = numbers[name.index], names[place].bytes != name.bytes {
                gone.insert(place)
                places[names[place].bytes] = nil
            }
            if let place = places[name.bytes] { gone.insert(place) }
            (places[name.bytes], numbers[name.index]) = (names.count, names.count)
            names.append(name)
        }
        entries.forEach(add)
        for (bytes, inode) in removed {
            guard let place = places[bytes], names[place].location.object == inode, !named.contains(bytes) else {
                continue
            }
            gone.insert(place)
            places[bytes] = nil
        }
        added.forEach(add)
        return names.indices.filter { !gone.contains($0) }.map { names[$0] }
    }
}
