/// Where a btrfs says how it is made and where its trees begin.

import ByteParsing

/// The superblock, the first one or one of its copies (btrfs-progs Documentation/dev/On-disk-format.rst).
struct BtrfsSuperblock {
    /// Where a tree begins.
    struct TreeRoot: Hashable {
        /// In the file system's own addresses.
        let address: UInt64
        let level: UInt8
        /// Nil where it is not said.
        let generation: UInt64?
    }

    let checksum: BtrfsChecksum
    /// What stands in every node.
    let nodeIdentifier: [UInt8]
    let generation: UInt64
    let rootTree: TreeRoot
    let chunkTree: TreeRoot
    /// The tree of what was written since the last commit; nil where there is none.
    let logTree: TreeRoot?
    /// The directory in the root tree that names the default subvolume.
    let rootDirectory: UInt64
    let deviceCount: UInt64
    let deviceID: UInt64
    /// In bytes.
    let sectorSize: Int
    /// In bytes.
    let nodeSize: Int
    /// The chunks by which the tree of chunks is found.
    let systemChunks: FieldReader
    /// What a reader should know of how it was found.
    let remarks: [String]

    /// Where the first one and its copies stand (Linux fs/btrfs/disk-io.h, btrfs_sb_offset).
    private static let places = [64 << 10, 64 << 20, 256 << 30]
    private static let size = 4096
    /// The features that change nothing for a reader, and those that this one knows. Not zoned devices, the second
    /// extent tree, the tree of stripes, the tree of remapped chunks.
    private static let knownFeatures: UInt64 = 0xFFF | 1 << 16

    /// The first superblock, or where that is damaged the newest copy of it.
    init(_ volume: some BlockSource) throws(FormatError) {
        let problem: FormatError
        do throws(FormatError) {
            self = try Self(volume, at: Self.places[0], remarks: [])
            return
        } catch {
            guard error.code != .unsupported, error.code != .inputOutput else { throw error }
            problem = error
        }
        var newest: BtrfsSuperblock?
        for place in Self.places.dropFirst() where place <= volume.size - Self.size {
            let remark =
                "its first superblock is damaged (\(problem.reason)): it is read by the copy at \(place >> 20) MiB; Linux "
                + "does not mount it before `btrfs rescue super-recover` was run"
            do throws(FormatError) {
                let copy = try Self(volume, at: place, remarks: [remark])
                if copy.generation > newest?.generation ?? 0 { newest = copy }
            } catch {
                continue
            }
        }
        guard let newest else { throw problem }
        self = newest
    }

    private init(_ volume: some BlockSource, at place: Int, remarks: [String]) throws(FormatError) {
        let block = try volume.record(at: place, count: Self.size, bigEndian: false)
        guard try block.slice(at: 0x40, count: 8).elementsEqual("_BHRfS_M".utf8) else {
            throw FormatError(.malformed, "a superblock of btrfs expected, other bytes found", at: place)
        }
        guard let checksum = BtrfsChecksum(rawValue: try block.uint16(at: 0xC4)) else {
            throw FormatError(
                .unsupported, "a checksum of kind 0 to 3 expected, \(try block.uint16(at: 0xC4)) found", at: place)
        }
        self.checksum = checksum
        try checksum.verify(block)
        guard try block.uint64(at: 0x30) == UInt64(place) else {
            throw FormatError(.malformed, "a superblock of this place expected, another's found", at: place)
        }
        let incompatible = try block.uint64(at: 0xBC)
        guard incompatible & ~Self.knownFeatures == 0 else {
            throw FormatError(
                .unsupported,
                "features of btrfs that this version reads expected, 0x\(String(incompatible & ~Self.knownFeatures, radix: 16)) "
                    + "found as well (incompat flags)", at: place)
        }
        guard try block.uint64(at: 0x38) & 0x6_0000_0000 == 0 else {
            throw FormatError(.unsupported, "a whole btrfs expected, a dump of its metadata found", at: place)
        }
        sectorSize = Int(try block.uint32(at: 0x90))
        nodeSize = Int(try block.uint32(at: 0x94))
        guard 512...65536 ~= sectorSize, sectorSize.nonzeroBitCount == 1, sectorSize...65536 ~= nodeSize,
            nodeSize >= 4096,
            nodeSize.nonzeroBitCount == 1
        else {
            throw FormatError(
                .malformed,
                "sectors and nodes of powers of two up to 65536 bytes expected, \(sectorSize) and "
                    + "\(nodeSize) found", at: place)
        }
        let hasMetadataIdentifier = incompatible & 1 << 10 != 0
        nodeIdentifier = Array(try block.slice(at: hasMetadataIdentifier ? 0x23B : 0x20, count: 16))
        generation = try block.uint64(at: 0x48)
        rootTree = TreeRoot(
            address: try block.uint64(at: 0x50), level: try block.uint8(at: 0xC6), generation: generation)
        chunkTree = TreeRoot(
            address: try block.uint64(at: 0x58), level: try block.uint8(at: 0xC7),
            generation: try block.uint64(at: 0xA4))
        let log = try block.uint64(at: 0x60)
        logTree = log == 0 ? nil : TreeRoot(address: log, level: try block.uint8(at: 0xC8), generation: nil)
        rootDirectory = try block.uint64(at: 0x80)
        deviceCount = try block.uint64(at: 0x88)
        deviceID = try block.uint64(at: 0xC9)
        let chunksSize = Int(try block.uint32(at: 0xA0))
        guard chunksSize <= 2048 else {
            throw FormatError(.malformed, "at most 2048 bytes of chunks expected, \(chunksSize) found", at: place)
        }
        systemChunks = try block.record(at: 0x32B, count: chunksSize)
        var remarks = remarks
        if checksum == .blake2b {
            remarks.append("its checksums are blake2b, which this version does not verify")
        }
        if deviceCount > 1 {
            remarks.append(
                "it has \(deviceCount) devices, of which this is one: what lies on the others alone is not read, and Linux does "
                    + "not mount it where one is missing")
        }
        self.remarks = remarks
    }
}
