/// ext2, ext3 and ext4: files by their inodes (Linux Documentation/filesystems/ext4).

package import ByteParsing
package import FileSystems

/// A file system of the ext family on a volume, read as its superblock says.
package final class ExtFileSystem: FileSystem {
    let geometry: ExtGeometry
    let source: any BlockSource
    private let unreplayed: Set<UInt64>
    private var directories = KnownDirectories<UInt64>()
    package let root = NodeID(2)
    package let remarks: [String]

    /// Opens it, with its journal replayed where it has to be. Throws where it is damaged, has what this version does not
    /// read, or a journal that cannot be replayed.
    package init(_ volume: any BlockSource) throws(FormatError) {
        let journal = try ExtJournal(ExtGeometry(volume), volume)
        source = journal.volume
        unreplayed = journal.unreplayed
        remarks = journal.remarks
        // The journal may hold the superblock too.
        geometry = try ExtGeometry(source)
        guard try inode(root).status.kind == .directory else {
            throw FormatError(.malformed, "a directory expected as the root of the file system, another file found")
        }
    }

    func inode(_ node: NodeID) throws(FormatError) -> ExtInode {
        guard !unreplayed.contains(node.number) else {
            throw FormatError(
                .unsupported,
                "inode \(node.number) was changed by a fast commit of the journal, which this version does not replay; mount "
                    + "a copy and unmount it")
        }
        return try ExtInode(node.number, geometry, source)
    }

    package func node(named name: FileName, in directory: NodeID) throws(FormatError) -> NodeID? {
        try names(of: directory)[name].map(NodeID.init)
    }

    package func status(of node: NodeID) throws(FormatError) -> NodeStatus {
        try inode(node).status
    }

    package func names(in directory: NodeID) throws(FormatError) -> [FileName] {
        Array(try names(of: directory).keys)
    }

    private func names(of directory: NodeID) throws(FormatError) -> DirectoryNames {
        try directories.names(of: directory) { () throws(FormatError) in
            let inode = try inode(directory)
            guard inode.status.kind == .directory else { throw FormatError(.malformed, "a directory expected") }
            return (try ExtDirectory.names(of: inode, self), inode.size)
        }
    }

    package func target(ofLink node: NodeID) throws(FormatError) -> [UInt8] {
        let inode = try inode(node)
        guard inode.status.kind == .link, 1..<ExtInode.linkLimit ~= inode.size else {
            throw FormatError(
                .malformed, "a link of 1 to \(ExtInode.linkLimit - 1) bytes expected, \(inode.size) bytes found")
        }
        return try linkTarget(content(of: inode, upTo: inode.size))
    }

    package func content(of node: NodeID, upTo count: Int) throws(FormatError) -> [UInt8] {
        let inode = try inode(node)
        guard inode.status.kind == .regular else { throw FormatError(.malformed, "a regular file expected") }
        return try content(of: inode, upTo: count)
    }

    func content(of inode: ExtInode, upTo limit: Int) throws(FormatError) -> [UInt8] {
        let count = min(limit, inode.size)
        guard !inode.isEncrypted else { throw FormatError(.unsupported, "it is encrypted (fscrypt)") }
        guard count > 0 else { return [] }
        if let short = try inode.contentInside() { return Array(short.prefix(count)) }
        return try ExtBlocks.runs(of: inode, upTo: count, geometry, source).read(count, from: source)
    }
}
