/// What the superblock of XFS says, and how its addresses become places (Linux fs/xfs/libxfs/xfs_format.h).

import ByteParsing

struct XFSGeometry {
    let blockSize: Int
    let inodeSize: Int
    /// Bytes of a block of a directory, which may be several of the file system.
    let directoryBlockSize: Int
    let isVersion5: Bool
    let hasFileTypes: Bool
    let root: UInt64
    /// Where the journal begins, as a block of the file system; nil where it lies on another device.
    let log: (block: UInt64, count: Int, isVersion2: Bool)?
    /// Features that matter where the journal has to be replayed alone.
    let logFeatures: UInt32
    let uuid: [UInt8]
    /// By which blocks of metadata say whose they are, where the UUID was changed since.
    let metadataUUID: [UInt8]
    private let blockShift: Int
    private let groupBlocks: UInt64
    private let groupCount: UInt64
    private let groupShift: Int
    private let inodesPerBlockShift: Int

    /// The features that change what is read, and are read here: file types, sparse inodes, another UUID for metadata,
    /// big timestamps, repairs needed, large extent counts, exchange of ranges, parent pointers.
    private static let known: UInt32 = 0xFF

    init(_ volume: some BlockSource) throws(FormatError) {
        let block = try volume.record(at: 0, count: 512, bigEndian: true)
        func check(_ isRight: Bool, _ what: String) throws(FormatError) {
            if !isRight { throw FormatError(.malformed, "the superblock of XFS: \(what)", at: 0) }
        }
        func shift(at offset: Int, _ allowed: ClosedRange<Int>, _ what: String) throws(FormatError) -> Int {
            let shift = Int(try block.uint8(at: offset))
            try check(
                allowed ~= shift,
                "\(what) of 2 to the power of \(allowed.lowerBound) to \(allowed.upperBound) "
                    + "expected, \(shift) found")
            return shift
        }
        try check(try block.slice(at: 0, count: 4).elementsEqual("XFSB".utf8), "its magic number expected")
        let version = try block.uint16(at: 0x64)
        try check(4...5 ~= version & 0xF, "version 4 or 5 expected, \(version & 0xF) found")
        isVersion5 = version & 0xF == 5
        blockShift = try shift(at: 0x78, 9...16, "blocks")
        blockSize = 1 << blockShift
        try check(try Int(block.uint32(at: 4)) == blockSize, "two sizes of blocks")
        _ = try shift(at: 0x79, 9...15, "sectors")
        let inodeShift = try shift(at: 0x7A, 8...11, "inodes")
        inodeSize = 1 << inodeShift
        inodesPerBlockShift = try shift(at: 0x7B, 0...8, "inodes in a block")
        try check(
            inodeShift <= blockShift && inodesPerBlockShift == blockShift - inodeShift
                && (!isVersion5 || inodeSize >= 512), "inodes that do not fit into blocks")
        groupShift = try shift(at: 0x7C, 1...31, "groups")
        groupBlocks = UInt64(try block.uint32(at: 0x54))
        groupCount = UInt64(try block.uint32(at: 0x58))
        try check(
            groupBlocks > 0 && groupBlocks <= 1 << UInt64(groupShift) && groupBlocks > 1 << UInt64(groupShift - 1)
                && groupCount > 0, "groups of \(groupBlocks) blocks")
        let directoryShift = Int(try block.uint8(at: 0xC0))
        try check(blockShift + directoryShift <= 16, "directory blocks of at most 64 KiB expected")
        directoryBlockSize = blockSize << directoryShift
        root = try block.uint64(at: 0x38)
        if isVersion5 {
            let features = try block.uint32(at: 0xD8)
            guard features & ~Self.known == 0 else {
                let bits = String(features & ~Self.known, radix: 16)
                throw FormatError(.unsupported, "an XFS with features found that are not known (0x\(bits))")
            }
            guard features & 0x10 == 0 else {
                throw FormatError(.unsupported, "an XFS found that says of itself that it needs xfs_repair")
            }
            hasFileTypes = features & 1 != 0
        } else {
            try check(version & 0x2000 != 0, "directories of version 2 expected")
            hasFileTypes = version & 0x8000 != 0 ? try block.uint32(at: 0xC8) & 0x200 != 0 : false
        }
        let (start, count) = (try block.uint64(at: 0x30), Int(try block.uint32(at: 0x60)))
        log = start == 0 ? nil : (start, count, version & 0x400 != 0)
        logFeatures = isVersion5 ? try block.uint32(at: 0xDC) : 0
        uuid = Array(try block.slice(at: 0x20, count: 16))
        let isRenamed = isVersion5 ? try block.uint32(at: 0xD8) & 4 != 0 : false
        metadataUUID = isRenamed ? Array(try block.slice(at: 0xF8, count: 16)) : uuid
    }

    /// The place of `count` blocks in bytes. Throws where the file system has no such blocks.
    func place(ofBlock number: UInt64, count: Int = 1) throws(FormatError) -> Int {
        let group = number >> UInt64(groupShift)
        let block = number & (1 << UInt64(groupShift) - 1)
        guard group < groupCount, block < groupBlocks, count >= 0, UInt64(count) <= groupBlocks - block else {
            throw FormatError(
                .malformed, "\(count) blocks inside one of \(groupCount) groups expected, block \(number) found")
        }
        // Both factors have 32 bits at most.
        let (bytes, overflow) = Int(group * groupBlocks + block).multipliedReportingOverflow(by: blockSize)
        guard !overflow else { throw FormatError(.malformed, "a block below 2^63 bytes expected, \(number) found") }
        return bytes
    }

    /// A block of the file system by its number in a group.
    func block(_ number: Int, inGroup group: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: group) << UInt64(groupShift) | UInt64(truncatingIfNeeded: number)
    }

    /// The inode that is the first, second and so on from the beginning of a block.
    func inode(_ index: Int, inBlock block: UInt64) -> UInt64 {
        block << UInt64(inodesPerBlockShift) &+ UInt64(truncatingIfNeeded: index)
    }

    /// Where an inode lies, in bytes.
    func place(ofInode number: UInt64) throws(FormatError) -> Int {
        let slot = number & (1 << UInt64(inodesPerBlockShift) - 1)
        return try place(ofBlock: number >> UInt64(inodesPerBlockShift)) + Int(slot) * inodeSize
    }
}
