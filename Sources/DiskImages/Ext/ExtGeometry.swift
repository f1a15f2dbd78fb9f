/// What the superblock of an ext file system says, and where each inode lies.

import ByteParsing

struct ExtGeometry {
    let blockSize: Int
    let blockCount: UInt64
    let inodeSize: Int
    let hasFileTypes: Bool
    /// Whether what was last written may stand in the journal alone.
    let needsRecovery: Bool
    /// 0 where the journal lies on another device.
    let journalInode: UInt64
    private let inodeCount: UInt64
    private let firstDataBlock: UInt64
    private let blocksPerGroup: UInt64
    private let inodesPerGroup: UInt64
    private let descriptorSize: Int
    private let is64Bit: Bool
    private let firstMetaGroup: UInt64?
    private let sparseSuperblocks: SparseSuperblocks

    /// Which groups have a copy of the superblock.
    private enum SparseSuperblocks {
        case all, powers
        case these([UInt64])
    }

    /// The features that change how files are read, and are read here: FILETYPE, RECOVER, META_BG, EXTENTS, 64BIT, MMP,
    /// FLEX_BG, EA_INODE, CSUM_SEED, LARGEDIR, INLINE_DATA, ENCRYPT, CASEFOLD.
    private static let known: UInt32 =
        0x2 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000
        | 0x10000 | 0x20000

    init(_ volume: some BlockSource) throws(FormatError) {
        let block = try volume.record(at: 1024, count: 1024, bigEndian: false)
        func check(_ isRight: Bool, _ what: String) throws(FormatError) {
            if !isRight { throw FormatError(.malformed, "the superblock of an ext file system: \(what)", at: 1024) }
        }
        try check(try block.uint16(at: 0x38) == 0xEF53, "its magic number expected")
        let isDynamic = try block.uint32(at: 0x4C) > 0
        let compatible = isDynamic ? try block.uint32(at: 0x5C) : 0
        let incompatible = isDynamic ? try block.uint32(at: 0x60) : 0
        let readOnly = isDynamic ? try block.uint32(at: 0x64) : 0
        if incompatible & 1 != 0 { throw FormatError(.unsupported, "an ext file system with compression found") }
        if incompatible & 8 != 0 {
            throw FormatError(.unsupported, "a file system expected, the journal of one on another disk found")
        }
        guard incompatible & ~Self.known == 0 else {
            let bits = String(incompatible & ~Self.known, radix: 16)
            throw FormatError(.unsupported, "an ext file system with features found that are not known (0x\(bits))")
        }
        let shift = try block.uint32(at: 0x18)
        try check(shift <= 6, "blocks of at most 64 KiB expected")
        blockSize = 1024 << Int(shift)
        is64Bit = incompatible & 0x80 != 0
        blockCount = UInt64(try block.uint32(at: 4)) | (is64Bit ? UInt64(try block.uint32(at: 0x150)) << 32 : 0)
        inodeCount = UInt64(try block.uint32(at: 0))
        firstDataBlock = UInt64(try block.uint32(at: 0x14))
        blocksPerGroup = UInt64(try block.uint32(at: 0x20))
        inodesPerGroup = UInt64(try block.uint32(at: 0x28))
        try check(blocksPerGroup > 0 && inodesPerGroup > 0, "blocks and inodes in a group expected, none found")
        try check(firstDataBlock <= 1 && firstDataBlock < blockCount, "a first block of 0 or 1 expected")
        let inodeSize = isDynamic ? Int(try block.uint16(at: 0x58)) : 128
        try check(
            inodeSize >= 128 && inodeSize <= blockSize && inodeSize & (inodeSize - 1) == 0,
            "inodes of 128 bytes or more expected, \(inodeSize) found")
        self.inodeSize = inodeSize
        let size = Int(try block.uint16(at: 0xFE))
        try check(
            !is64Bit || size >= 64 && size <= blockSize && size & (size - 1) == 0,
            "descriptors of 64 bytes or more expected, \(size) found")
        descriptorSize = is64Bit ? size : 32
        firstMetaGroup = incompatible & 0x10 != 0 ? UInt64(try block.uint32(at: 0x104)) : nil
        if compatible & 0x200 != 0 {
            sparseSuperblocks = .these([0, UInt64(try block.uint32(at: 0x24C)), UInt64(try block.uint32(at: 0x250))])
        } else {
            sparseSuperblocks = readOnly & 1 != 0 ? .powers : .all
        }
        hasFileTypes = incompatible & 2 != 0
        // Where it has no journal, nothing can be in one.
        needsRecovery = incompatible & 4 != 0 && compatible & 4 != 0
        journalInode = UInt64(try block.uint32(at: 0xE0))
    }

    /// The place of a block in bytes. Throws where the file system has no such block.
    func place(ofBlock number: UInt64, count: Int = 1) throws(FormatError) -> Int {
        guard number > 0, number < blockCount, UInt64(count) <= blockCount - number,
            let place = Int(exactly: number), !place.multipliedReportingOverflow(by: blockSize).overflow
        else {
            throw FormatError(.malformed, "a block below \(blockCount) expected, \(count) from \(number) on found")
        }
        return place * blockSize
    }

    /// Where the inode `number` lies, in bytes.
    func place(ofInode number: UInt64, _ source: some BlockSource) throws(FormatError) -> Int {
        guard number > 0, number <= inodeCount else {
            throw FormatError(.malformed, "an inode from 1 to \(inodeCount) expected, \(number) found")
        }
        let (group, index) = (number - 1).quotientAndRemainder(dividingBy: inodesPerGroup)
        let perBlock = UInt64(blockSize / descriptorSize)
        let (descriptorBlock, inBlock) = group.quotientAndRemainder(dividingBy: perBlock)
        let start = try place(ofBlock: try place(ofDescriptors: descriptorBlock, perBlock))
        let descriptor = try source.record(
            at: start + Int(inBlock) * descriptorSize, count: descriptorSize, bigEndian: false)
        let table = UInt64(try descriptor.uint32(at: 8)) | (is64Bit ? UInt64(try descriptor.uint32(at: 0x28)) << 32 : 0)
        let (block, offset) = (index * UInt64(inodeSize)).quotientAndRemainder(dividingBy: UInt64(blockSize))
        return try place(ofBlock: table &+ block) + Int(offset)
    }

    /// The block that holds the descriptors `number`, counted in blocks of them. (Linux fs/ext4/super.c, descriptor_loc)
    private func place(ofDescriptors number: UInt64, _ perBlock: UInt64) throws(FormatError) -> UInt64 {
        guard let firstMetaGroup, number >= firstMetaGroup else { return UInt64(1024 / blockSize) + number + 1 }
        let group = number * perBlock
        let (blocks, overflow) = group.multipliedReportingOverflow(by: blocksPerGroup)
        guard !overflow, blocks < blockCount else {
            throw FormatError(.malformed, "a group beyond the last block found")
        }
        let before: UInt64 = hasSuperblock(group) ? 1 : 0
        // With blocks of 1 KiB that are counted from 0, the superblock is in the second.
        let odd: UInt64 = blockSize == 1024 && number == 0 && firstDataBlock == 0 ? 1 : 0
        return blocks + firstDataBlock + before + odd
    }

    private func hasSuperblock(_ group: UInt64) -> Bool {
        switch sparseSuperblocks {
        case .all: return true
        case .these(let groups): return groups.contains(group)
        case .powers:
            if group <= 1 { return true }
            return ([3, 5, 7] as [UInt64]).contains { base in
                var power = base
                while power < group { power *= base }
                return power == group
            }
        }
    }
}
