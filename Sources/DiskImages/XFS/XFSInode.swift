/// One inode of XFS, and where the blocks of its file lie.

import ByteParsing
import FileSystems

struct XFSInode {
    private enum Format {
        case local, extents, tree
    }

    let number: UInt64
    let status: NodeStatus
    /// In bytes.
    let size: Int
    /// What the inode itself holds of the file: content, extents or the root of a tree of them.
    private let fork: FieldReader
    private let format: Format
    private let extentCount: UInt64
    private let geometry: XFSGeometry

    /// A link has at most so many bytes (XFS_SYMLINK_MAXLEN).
    static let linkLimit = 1024
    /// Levels of a tree of extents: what the largest file can need (XFS_BM_MAXLEVELS).
    private static let levelLimit = 9

    init(_ number: UInt64, _ geometry: XFSGeometry, _ source: some BlockSource) throws(FormatError) {
        self.number = number
        self.geometry = geometry
        let record = try source.record(
            at: geometry.place(ofInode: number), count: geometry.inodeSize, bigEndian: true)
        let mode = try record.uint16(at: 2)
        guard try record.uint16(at: 0) == 0x494E, mode != 0 else {
            throw FormatError(.malformed, "an inode in use expected, inode \(number) is none")
        }
        let version = try record.uint8(at: 4)
        guard version == (geometry.isVersion5 ? 3 : version), 1...3 ~= version else {
            throw FormatError(.malformed, "an inode of version 1 to 3 expected, version \(version) found")
        }
        let core = version == 3 ? 176 : 100
        if version == 3, try record.uint64(at: 0x98) != number {
            throw FormatError(.malformed, "inode \(number) expected, another one found in its place")
        }
        guard let size = Int(exactly: try record.uint64(at: 0x38)) else {
            throw FormatError(.malformed, "a size below 2^63 bytes expected")
        }
        self.size = size
        let forkOffset = Int(try record.uint8(at: 0x52)) * 8
        let room = record.count - core
        guard forkOffset <= room else {
            throw FormatError(
                .malformed, "attributes inside the inode expected, they begin at byte \(forkOffset) of \(room)")
        }
        fork = try record.record(at: core, count: forkOffset == 0 ? room : forkOffset)
        let kind = NodeStatus.Kind(mode: UInt32(mode))
        status = NodeStatus(kind: kind, permissions: mode & 0o7777, size: kind == .regular ? size : 0)
        let hasLargeCounts = version == 3 ? try record.uint64(at: 0x78) & 0x10 != 0 : false
        extentCount = hasLargeCounts ? try record.uint64(at: 0x18) : UInt64(try record.uint32(at: 0x4C))
        let isRealtime = try record.uint16(at: 0x5A) & 1 != 0
        guard !(isRealtime && kind == .regular) else {
            throw FormatError(.unsupported, "its content lies on a realtime device")
        }
        switch try record.uint8(at: 5) {
        case 1: format = .local
        case 2: format = .extents
        case 3: format = .tree
        // A device has no content of its own.
        case 0 where kind == .other: format = .local
        case let other: throw FormatError(.malformed, "content of format 1, 2 or 3 expected, \(other) found")
        }
    }

    /// The content where it stands in the inode itself; nil where it lies in blocks.
    func contentInside() throws(FormatError) -> FieldReader? {
        guard format == .local else { return nil }
        return try fork.record(at: 0, count: size)
    }

    /// The runs of the first `count` bytes of the file.
    func runs(upTo count: Int, _ source: any BlockSource) throws(FormatError) -> FileRuns {
        let blocks = count / geometry.blockSize + (count % geometry.blockSize > 0 ? 1 : 0)
        var reading = Reading(geometry: geometry, source: source, end: UInt64(blocks), owner: number)
        switch format {
        case .local: break
        case .extents:
            guard extentCount <= UInt64(fork.count / 16) else {
                throw FormatError(
                    .malformed, "at most \(fork.count / 16) extents in an inode expected, \(extentCount) found")
            }
            try reading.add(fork, at: 0, count: Int(extentCount))
        case .tree:
            let level = Int(try fork.uint16(at: 0))
            guard 1...Self.levelLimit ~= level else {
                throw FormatError(.malformed, "1 to \(Self.levelLimit) levels of extents expected, \(level) found")
            }
            try reading.addChildren(of: fork, header: 4, count: Int(try fork.uint16(at: 2)), level: level)
        }
        return reading.runs
    }

    private struct Reading {
        let geometry: XFSGeometry
        let source: any BlockSource
        /// The first block of the file that is not wanted any more.
        let end: UInt64
        let owner: UInt64
        var runs = FileRuns()

        init(geometry: XFSGeometry, source: any BlockSource, end: UInt64, owner: UInt64) {
            self.geometry = geometry
            self.source = source
            self.end = end
            self.owner = owner
        }

        /// Adds the extents of a list: 1 bit unwritten, 54 bits block of the file, 52 bits block, 21 bits count.
        mutating func add(_ list: FieldReader, at offset: Int, count: Int) throws(FormatError) {
            var last: UInt64?
            for index in 0..<count {
                let (high, low) = (
                    try list.uint64(at: offset + 16 * index), try list.uint64(at: offset + 16 * index + 8)
                )
                let first = (high << 1) >> 10
                // Or what stands behind one that is not wanted would be read as zeros.
                if let last, first <= last {
                    throw FormatError(.malformed, "extents in rising order expected, \(first) behind \(last) found")
                }
                last = first
                guard first < end else { continue }
                let number = (high & 0x1FF) << 43 | low >> 21
                let blocks = Int(min(low & 0x1F_FFFF, end - first))
                guard blocks > 0 else { throw FormatError(.malformed, "an extent of no blocks found") }
                try runs.append(
                    FileRun(
                        offset: Int(first) * geometry.blockSize, count: blocks * geometry.blockSize,
                        place: high >> 63 == 0 ? try geometry.place(ofBlock: number, count: blocks) : nil))
            }
        }

        /// Adds what lies below a node: keys of 8 bytes, and pointers behind the room for as many keys as fit.
        mutating func addChildren(
            of node: FieldReader, header: Int, count: Int, level: Int
        ) throws(FormatError) {
            let room = (node.count - header) / 16
            guard 1...max(1, room) ~= count, room > 0 else {
                throw FormatError(.malformed, "1 to \(room) children of a node expected, \(count) found")
            }
            var last: UInt64?
            for index in 0..<count {
                let key = try node.uint64(at: header + 8 * index)
                if let last, key <= last {
                    throw FormatError(.malformed, "keys in rising order expected, \(key) behind \(last) found")
                }
                last = key
                guard key < end else { continue }
                let number = try node.uint64(at: header + 8 * room + 8 * index)
                let child = try source.record(
                    at: geometry.place(ofBlock: number), count: geometry.blockSize, bigEndian: true)
                let isVersion5 = geometry.isVersion5
                let magic = Array((isVersion5 ? "BMA3" : "BMAP").utf8)
                guard try child.slice(at: 0, count: 4).elementsEqual(magic), try child.uint16(at: 4) == level - 1 else {
                    throw FormatError(.malformed, "a node of extents at level \(level - 1) expected, other bytes found")
                }
                if isVersion5, try child.uint64(at: 56) != owner {
                    throw FormatError(.malformed, "a node of extents of inode \(owner) expected, another one's found")
                }
                let (header, count) = (isVersion5 ? 72 : 24, Int(try child.uint16(at: 6)))
                let before = runs.end
                if level > 1 {
                    try addChildren(of: child, header: header, count: count, level: level - 1)
                } else {
                    guard count <= (child.count - header) / 16 else {
                        throw FormatError(.malformed, "extents inside a block expected, \(count) found")
                    }
                    try add(child, at: header, count: count)
                }
                // A node adds something, or there could be more nodes than blocks.
                guard runs.end > before else {
                    throw FormatError(.malformed, "extents in rising order expected, none below a key found")
                }
            }
        }
    }
}
