/// btrfs: files by the trees of its subvolumes (btrfs-progs Documentation/dev/On-disk-format.rst).

package import ByteParsing
package import FileSystems

/// A btrfs as a mount of one of its subvolumes shows it, those that are nested in it as directories.
package final class BtrfsFileSystem: FileSystem {
    private let volume: BtrfsVolume
    private let shown: BtrfsSubvolume
    private let expansion: BtrfsExpansion
    /// The names of directories that the log changes.
    private var replayed: [NodeID: [FileName: BtrfsDirectoryEntry]] = [:]
    package let root: NodeID
    package let remarks: [String]

    /// Opens its default subvolume. Throws where it is damaged or has what this version does not read.
    package convenience init(_ source: any BlockSource) throws(FormatError) {
        let volume = try BtrfsVolume(source)
        let number = try volume.defaultNumber()
        if try volume.subvolume(number) == nil {
            let remark =
                "its default subvolume \(number) is not there: its top level is read, and Linux mounts it by subvol= alone"
            try self.init(volume, showing: BtrfsVolume.topLevel, remarks: [remark])
        } else {
            try self.init(volume, showing: number)
        }
    }

    private init(_ volume: BtrfsVolume, showing number: UInt64, remarks: [String] = []) throws(FormatError) {
        guard let subvolume = try volume.subvolume(number) else {
            throw FormatError(.malformed, "a subvolume \(number) expected, none found")
        }
        self.volume = volume
        self.remarks = volume.superblock.remarks + volume.logRemarks + remarks
        shown = subvolume
        expansion = BtrfsExpansion(sectorSize: volume.superblock.sectorSize)
        root = try volume.node(subvolume.rootDirectory, in: subvolume)
        guard try status(of: root).kind == .directory else {
            throw FormatError(.malformed, "a directory expected as the root of subvolume \(number), another file found")
        }
    }

    /// The number of the subvolume that is shown.
    package var subvolume: UInt64 { shown.number }

    /// All subvolumes. Throws where they are more than any system has, or cannot be listed.
    package func subvolumes() throws(FormatError) -> Subvolumes { try volume.subvolumes() }

    /// The same file system as a mount of another subvolume shows it. Throws where there is none of this number.
    package func showing(_ number: UInt64) throws(FormatError) -> BtrfsFileSystem {
        number == subvolume ? self : try BtrfsFileSystem(volume, showing: number)
    }

    /// The inode of the directory that stands for a subvolume which is not there (Linux,
    /// BTRFS_EMPTY_SUBVOL_DIR_OBJECTID).
    private static let emptyDirectory: UInt64 = 2

    package func node(named name: FileName, in directory: NodeID) throws(FormatError) -> NodeID? {
        let (inode, subvolume) = try volume.file(directory)
        guard inode != Self.emptyDirectory else { return nil }
        if let names = try replayedNames(of: directory) {
            guard let entry = names[name] else { return nil }
            return try node(entry, in: inode, of: subvolume)
        }
        // A name that is not UTF-8 is spelled with escapes, and another may have such a spelling for its own.
        for bytes in [Array(name.text.utf8), unescapedFileName(name.text)].compactMap(\.self) {
            let key = BtrfsKey(inode, BtrfsKey.directoryItem, BtrfsDirectoryEntry.hash(bytes))
            guard let item = try subvolume.tree.item(key),
                let entry = try BtrfsDirectoryEntry.all(in: item).first(where: { $0.name.elementsEqual(bytes) })
            else { continue }
            return try node(entry, in: inode, of: subvolume)
        }
        return nil
    }

    private func node(
        _ entry: BtrfsDirectoryEntry, in directory: UInt64, of parent: BtrfsSubvolume
    ) throws(FormatError) -> NodeID {
        let number = entry.location.object
        guard entry.location.type == BtrfsKey.root else { return try volume.node(number, in: parent) }
        guard try volume.holds(number, in: parent.number, directory: directory, name: entry.name) else {
            return try volume.node(Self.emptyDirectory, in: parent)
        }
        guard let child = try volume.subvolume(number) else {
            throw FormatError(.malformed, "a subvolume \(number) expected, none found")
        }
        return try volume.node(child.rootDirectory, in: child)
    }

    /// The names in a directory with what the log says of them; nil where it says nothing.
    private func replayedNames(of directory: NodeID) throws(FormatError) -> [FileName: BtrfsDirectoryEntry]? {
        if let known = replayed[directory] { return known }
        let (inode, subvolume) = try volume.file(directory)
        guard let changes = volume.logs[subvolume.number]?.directories[inode] else { return nil }
        var committed: [BtrfsLog.Name] = []
        try subvolume.tree.visit(BtrfsKey.all(inode, BtrfsKey.directoryIndex)) { (key, item) throws(FormatError) in
            committed += try BtrfsDirectoryEntry.all(in: item).map {
                BtrfsLog.Name(index: key.offset, bytes: $0.name, location: $0.location)
            }
            return true
        }
        var names: [FileName: BtrfsDirectoryEntry] = [:]
        for name in changes.replayed(over: committed) {
            names[FileName(fileName(name.bytes))] = BtrfsDirectoryEntry(location: name.location, name: name.bytes)
        }
        replayed[directory] = names
        return names
    }

    private func inode(_ node: NodeID) throws(FormatError) -> (inode: BtrfsInode, subvolume: BtrfsSubvolume) {
        let (number, subvolume) = try volume.file(node)
        let inode = try BtrfsInode(
            number, subvolume.tree.item(BtrfsKey(number, BtrfsKey.inode, 0)),
            logged: volume.logs[subvolume.number]?.inodes[number])
        return (inode, subvolume)
    }

    package func status(of node: NodeID) throws(FormatError) -> NodeStatus {
        if try volume.file(node).inode == Self.emptyDirectory {
            return NodeStatus(kind: .directory, permissions: 0o755)
        }
        return try inode(node).inode.status
    }

    package func names(in directory: NodeID) throws(FormatError) -> [FileName] {
        if try volume.file(directory).inode == Self.emptyDirectory { return [] }
        let (inode, subvolume) = try inode(directory)
        guard inode.status.kind == .directory else { throw FormatError(.malformed, "a directory expected") }
        var reading = DirectoryReading()
        if let names = try replayedNames(of: directory) {
            for entry in names.values { try reading.add(entry.name, entry.location.object) }
            return Array(reading.names.keys)
        }
        try subvolume.tree.visit(BtrfsKey.all(inode.number, BtrfsKey.directoryIndex)) { (_, item) throws(FormatError) in
            for entry in try BtrfsDirectoryEntry.all(in: item) { try reading.add(entry.name, entry.location.object) }
            return true
        }
        return Array(reading.names.keys)
    }

    package func target(ofLink node: NodeID) throws(FormatError) -> [UInt8] {
        let (inode, subvolume) = try inode(node)
        guard inode.status.kind == .link, 1..<BtrfsInode.linkLimit ~= inode.size else {
            throw FormatError(
                .malformed, "a link of 1 to \(BtrfsInode.linkLimit - 1) bytes expected, \(inode.size) bytes found")
        }
        return try content(of: inode, upTo: inode.size, subvolume)
    }

    package func content(of node: NodeID, upTo count: Int) throws(FormatError) -> [UInt8] {
        let (inode, subvolume) = try inode(node)
        guard inode.status.kind == .regular else { throw FormatError(.malformed, "a regular file expected") }
        let count = min(count, inode.size)
        guard count > 0 else { return [] }
        return try content(of: inode, upTo: count, subvolume)
    }

    private func content(
        of inode: BtrfsInode, upTo count: Int, _ subvolume: BtrfsSubvolume
    ) throws(FormatError) -> [UInt8] {
        var extents = try BtrfsExtent.all(inode.number, upTo: count, in: subvolume.tree)
        if let log = volume.logs[subvolume.number], log.inodes[inode.number] != nil {
            extents = BtrfsExtent.laying(
                try BtrfsExtent.all(inode.number, upTo: count, in: log.tree), over: extents,
                sectorSize: volume.superblock.sectorSize)
        }
        return try BtrfsContent.read(extents, upTo: count, volume.nodes, expansion)
    }
}
