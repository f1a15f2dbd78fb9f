/// XFS, versions 4 and 5: files by their inodes (Linux fs/xfs/libxfs/xfs_format.h).

package import ByteParsing
package import FileSystems

/// An XFS on a volume. Its allocation trees are not needed to read files, and are not read.
package final class XFSFileSystem: FileSystem {
    private let geometry: XFSGeometry
    private let source: any BlockSource
    private let unfinished: Set<UInt64>
    private var directories = KnownDirectories<UInt64>()
    package let root: NodeID
    package let remarks: [String]

    /// Opens it, with its journal replayed where it has to be. Throws where it is damaged, has what this version does not
    /// read, or a journal that cannot be replayed.
    package init(_ volume: any BlockSource) throws(FormatError) {
        let journal = try XFSJournal(XFSGeometry(volume), volume)
        source = journal.volume
        unfinished = journal.unfinished
        remarks = journal.remarks
        // The journal may hold the superblock too.
        geometry = try XFSGeometry(source)
        root = NodeID(geometry.root)
        guard try inode(root).status.kind == .directory else {
            throw FormatError(.malformed, "a directory expected as the root of the file system, another file found")
        }
    }

    private func inode(_ node: NodeID) throws(FormatError) -> XFSInode {
        guard !unfinished.contains(node.number) else {
            throw FormatError(
                .unsupported, "its blocks were being exchanged when everything stopped, which the journal has half of")
        }
        return try XFSInode(node.number, geometry, source)
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
            return (try XFSDirectory.names(of: inode, geometry, source), inode.size)
        }
    }

    package func content(of node: NodeID, upTo count: Int) throws(FormatError) -> [UInt8] {
        let inode = try inode(node)
        guard inode.status.kind == .regular else { throw FormatError(.malformed, "a regular file expected") }
        let count = min(count, inode.size)
        guard count > 0 else { return [] }
        if let inside = try inode.contentInside() { return Array(inside.bytes.prefix(count)) }
        return try inode.runs(upTo: count, source).read(count, from: source)
    }

    package func target(ofLink node: NodeID) throws(FormatError) -> [UInt8] {
        let inode = try inode(node)
        guard inode.status.kind == .link, 1...XFSInode.linkLimit ~= inode.size else {
            throw FormatError(
                .malformed, "a link of 1 to \(XFSInode.linkLimit) bytes expected, \(inode.size) bytes found")
        }
        if let inside = try inode.contentInside() { return try linkTarget(Array(inside.bytes)) }
        guard geometry.isVersion5 else {
            return try linkTarget(inode.runs(upTo: inode.size, source).read(inode.size, from: source))
        }
        // Each extent has a header of 56 bytes before its part of the target, and as many blocks are taken as if each of
        // them had one (Linux fs/xfs/libxfs/xfs_symlink_remote.c).
        let part = geometry.blockSize - 56
        let blocks = (inode.size + part - 1) / part
        var target: [UInt8] = []
        for run in try inode.runs(upTo: blocks * geometry.blockSize, source).runs {
            guard target.count < inode.size else { break }
            guard let place = run.place else { throw FormatError(.malformed, "a target that was written expected") }
            let extent = try source.record(at: place, count: run.count, bigEndian: true)
            let count = Int(try extent.uint32(at: 8))
            guard try extent.slice(at: 0, count: 4).elementsEqual("XSLM".utf8),
                try extent.uint64(at: 32) == inode.number, try Int(extent.uint32(at: 4)) == target.count,
                count <= run.count - 56
            else { throw FormatError(.malformed, "a part of the target of link \(inode.number) expected") }
            target += try extent.slice(at: 56, count: count)
        }
        guard target.count == inode.size else {
            throw FormatError(.malformed, "a target of \(inode.size) bytes expected, \(target.count) found")
        }
        return try linkTarget(target)
    }
}
