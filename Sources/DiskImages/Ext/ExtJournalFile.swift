/// The journal of ext3 and ext4 as a file: what its superblock says, and where its blocks lie
/// (Linux include/linux/jbd2.h, fs/jbd2/journal.c).

import ByteParsing

/// The blocks of a journal by their numbers in it, big-endian all of them.
struct ExtJournalFile {
    /// What each block of the journal begins with.
    static let magic: UInt32 = 0xC03B_3998

    let blockSize: Int
    /// The first block that transactions are written to, and the one behind the last.
    let first: Int
    let end: Int
    /// Where the oldest transaction begins that may not be in its place; 0 where all are.
    let start: Int
    let sequence: UInt32
    /// Where fast commits may lie.
    let fastCommits: Range<Int>
    let features: Features
    private let source: any BlockSource
    private let runs: [FileRun]

    /// The features that change what a journal looks like.
    struct Features {
        let has64Bit: Bool
        /// Checksums of version 2 or 3, of every block; nil where there are none.
        let checksums: Int?
        /// Checksums of version 1, of a whole transaction.
        let hasTransactionChecksums: Bool
        /// What the checksums of the blocks begin with.
        let seed: UInt32

        /// Revokes, numbers of 64 bits, commits before their blocks are written, checksums of version 2 and 3, fast
        /// commits.
        static let known: UInt32 = 0x3F
    }

    /// The journal in the inode that the superblock of the file system names. Throws where it has none that could be
    /// read, and what the kernel would not mount.
    init(_ geometry: ExtGeometry, _ volume: any BlockSource) throws(FormatError) {
        guard geometry.journalInode != 0 else {
            throw FormatError(
                .unsupported,
                "a journal inside the file system expected, one on another device found that has to be replayed: what "
                    + "was last written stands only there; run `e2fsck -E journal_only` on a copy with its journal device, "
                    + "or stop the instance before its image is made")
        }
        source = volume
        blockSize = geometry.blockSize
        let inode = try ExtInode(geometry.journalInode, geometry, volume)
        guard inode.status.kind == .regular else {
            throw FormatError(.malformed, "a journal in inode \(geometry.journalInode) expected, another file found")
        }
        func check(_ isRight: Bool, _ what: String) throws(FormatError) {
            if !isRight { throw FormatError(.malformed, "the superblock of the journal: \(what)") }
        }
        try check(inode.size / blockSize > 0, "a block at least expected")
        let head = try ExtBlocks.runs(of: inode, upTo: blockSize, geometry, volume).read(blockSize, from: volume)
        let block = FieldReader(head[...], bigEndian: true)
        let type = try block.uint32(at: 4)
        try check(try block.uint32(at: 0) == Self.magic && 3...4 ~= type, "its magic number expected")
        try check(
            try Int(block.uint32(at: 0x0C)) == blockSize, "blocks as large as those of the file system expected")
        let count = Int(try block.uint32(at: 0x10))
        try check(count <= inode.size / blockSize, "\(count) blocks expected in a file of \(inode.size) bytes")
        first = Int(try block.uint32(at: 0x14))
        start = Int(try block.uint32(at: 0x1C))
        try check(first > 0 && first < count && start < count, "a first block below \(count) expected")
        sequence = try block.uint32(at: 0x18)
        // Version 1 has no features.
        let (compatible, incompatible) = type == 4 ? (try block.uint32(at: 0x24), try block.uint32(at: 0x28)) : (0, 0)
        guard incompatible & ~Features.known == 0 else {
            let bits = String(incompatible & ~Features.known, radix: 16)
            throw FormatError(.unsupported, "a journal with features found that are not known (0x\(bits))")
        }
        let checksums = incompatible & 0x10 != 0 ? 3 : incompatible & 8 != 0 ? 2 : nil
        try check(incompatible & 0x18 != 0x18, "checksums of version 2 or 3 expected, both found")
        try check(compatible & 1 == 0 || checksums == nil, "checksums of one version expected, two found")
        if checksums != nil {
            try check(try block.uint8(at: 0x50) == 4, "CRC-32C expected")
            let crc = CRC32.castagnoli
            let before = crc.update(~0, try block.slice(at: 0, count: 0xFC))
            let sum = crc.update(crc.update(before, [0, 0, 0, 0]), try block.slice(at: 0x100, count: 1024 - 0x100))
            guard sum == (try block.uint32(at: 0xFC)) else {
                throw FormatError(
                    .checksumMismatch,
                    "the superblock of the journal: checksum \(try block.uint32(at: 0xFC)) expected, \(sum) found")
            }
        }
        features = Features(
            has64Bit: incompatible & 2 != 0, checksums: checksums, hasTransactionChecksums: compatible & 1 != 0,
            seed: CRC32.castagnoli.update(~0, try block.slice(at: 0x30, count: 16)))
        // Fast commits have the last blocks, 256 unless it is said, where enough are left for transactions
        // (JBD2_MIN_JOURNAL_BLOCKS).
        let said = incompatible & 0x20 != 0 ? Int(try block.uint32(at: 0x54)) : nil
        let fast = said.map { $0 == 0 ? 256 : $0 } ?? 0
        end = count - fast >= 1024 ? count - fast : count
        try check(first < end && start < end, "a first block below \(end) expected")
        fastCommits = fast > 0 ? min(end + 1, count)..<count : count..<count
        runs = start == 0 ? [] : try ExtBlocks.runs(of: inode, upTo: count * blockSize, geometry, volume).runs
    }

    /// The block after `number`: behind the last comes the first.
    func next(_ number: Int, _ count: Int = 1) -> Int {
        let next = number + count
        return next >= end ? next - (end - first) : next
    }

    func read(_ number: Int) throws(FormatError) -> FieldReader {
        let offset = number * blockSize
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].offset + runs[middle].count <= offset { low = middle + 1 } else { high = middle }
        }
        guard low < runs.count, runs[low].offset <= offset, let place = runs[low].place else {
            throw FormatError(.malformed, "block \(number) of the journal expected, a hole found in it")
        }
        return try source.record(at: place + offset - runs[low].offset, count: blockSize, bigEndian: true)
    }
}
