/// Puts what the log of XFS holds in its place, in memory (Linux fs/xfs/xfs_buf_item_recover.c,
/// fs/xfs/xfs_inode_item_recover.c, fs/xfs/xfs_icreate_item.c).

import ByteParsing

struct XFSLogReplay {
    /// Bytes of the disk that are written as one, in blocks of 512.
    private struct Buffer: Hashable {
        let block: Int
        let count: Int
    }

    private let geometry: XFSGeometry
    private let volume: PatchedSource
    /// How often each buffer is still given up by what follows: its blocks may be those of a file by now.
    private var cancelled: [Buffer: Int] = [:]
    /// The same by where they begin alone.
    private var cancelledStarts: [Int: Int] = [:]
    /// Inodes by the number of the exchange of blocks that was begun for them.
    private var begun: [Exchange: [UInt64]] = [:]
    private var exchanged: Set<UInt64> = []

    private struct Exchange: Hashable {
        let type: UInt16
        let number: UInt64
    }

    /// Inodes of whose files only some blocks are where they should be.
    var unfinished: Set<UInt64> { begun.values.reduce(into: exchanged) { $0.formUnion($1) } }

    /// Replays transactions over a volume.
    init(_ transactions: [XFSLogTransaction], _ geometry: XFSGeometry, over volume: PatchedSource) throws(FormatError) {
        self.geometry = geometry
        self.volume = volume
        for transaction in transactions {
            for item in transaction.items where try isCancellation(item) {
                let buffer = try buffer(item)
                cancelled[buffer, default: 0] += 1
                cancelledStarts[buffer.block, default: 0] += 1
            }
        }
        for transaction in transactions { try replay(transaction) }
    }

    private func isCancellation(_ item: XFSLogItem) throws(FormatError) -> Bool {
        guard try item.format.uint16(at: 0) == 0x123C else { return false }
        return try item.format.uint16(at: 4) & 2 != 0
    }

    private func buffer(_ item: XFSLogItem) throws(FormatError) -> Buffer {
        Buffer(
            block: Int(truncatingIfNeeded: try item.format.uint64(at: 8)), count: Int(try item.format.uint16(at: 6)))
    }

    /// Buffers come first, since the others change what is in them; what is given up comes last, since until then it
    /// counts as such (xlog_recover_reorder_trans).
    private mutating func replay(_ transaction: XFSLogTransaction) throws(FormatError) {
        var others: [XFSLogItem] = []
        var ends: [Buffer] = []
        for item in transaction.items {
            switch try item.format.uint16(at: 0) {
            case 0x123C where try isCancellation(item): ends.append(try buffer(item))
            case 0x123C: try replayBuffer(item, transaction.sequence)
            case 0x123F: try createInodes(item)
            default: others.append(item)
            }
        }
        for item in others {
            let type = try item.format.uint16(at: 0)
            switch type {
            case 0x123B: try replayInode(item, transaction.sequence)
            // Blocks of a file that are to be mapped (BUI), with whose they are.
            case 0x1244:
                let count = Int(try item.format.uint32(at: 4))
                guard count <= 16 else { throw XFSLog.failure("16 mappings of blocks expected, \(count) found") }
                begun[Exchange(type: type, number: try item.format.uint64(at: 8))] = try (0..<count).map {
                    (index) throws(FormatError) in try item.format.uint64(at: 16 + 32 * index)
                }
            // Two files whose blocks are to be exchanged (XMI).
            case 0x1248:
                begun[Exchange(type: type, number: try item.format.uint64(at: 8))] = [
                    try item.format.uint64(at: 16), try item.format.uint64(at: 24),
                ]
            // Either was done (BUD, XMD).
            case 0x1245, 0x1249: begun[Exchange(type: type - 1, number: try item.format.uint64(at: 8))] = nil
            // What no reader of files needs: quotas (DQUOT, QUOTAOFF), free blocks (EFI), their owners (RUI), how often
            // they are shared (CUI), attributes (ATTRI), and that these were done.
            case 0x123D, 0x123E, 0x1236, 0x1237, 0x1240...0x1243, 0x1246, 0x1247, 0x124A...0x124F: break
            default:
                throw FormatError(
                    .unsupported,
                    "a journal with items that are known expected, one of type 0x\(String(type, radix: 16)) found")
            }
        }
        for buffer in ends {
            cancelled[buffer] = cancelled[buffer].flatMap { $0 > 1 ? $0 - 1 : nil }
            cancelledStarts[buffer.block] = cancelledStarts[buffer.block].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }

    /// Where a block of 512 bytes lies. Throws where none can.
    private func place(_ block: Int, _ offset: Int = 0) throws(FormatError) -> Int {
        let (bytes, overflow) = block.multipliedReportingOverflow(by: 512)
        let (place, overflows) = bytes.addingReportingOverflow(offset)
        guard !overflow, !overflows, place >= 0 else {
            throw XFSLog.failure("a block of the disk expected, block \(block) found")
        }
        return place
    }

    private func replayBuffer(_ item: XFSLogItem, _ sequence: UInt64) throws(FormatError) {
        let format = item.format
        let buffer = try buffer(item)
        let flags = try format.uint16(at: 4)
        // Of inodes it holds nothing but which is the next one without a name, and quotas are not read.
        guard cancelled[buffer] == nil, flags & 0x1D == 0 else { return }
        let start = try place(buffer.block)
        if geometry.isVersion5, let newest = try newestSequence(at: start, count: buffer.count), newest >= sequence {
            return
        }
        let map = Int(try format.uint32(at: 16))
        func isChanged(_ chunk: Int) throws(FormatError) -> Bool {
            guard chunk / 32 < map else { return false }
            return try format.uint32(at: 20 + chunk / 32 * 4) >> UInt32(chunk % 32) & 1 != 0
        }
        // A map of chunks of 128 bytes: each run of them is a part, or several.
        var (chunk, part) = (0, 1)
        while chunk / 32 < map {
            guard try isChanged(chunk) else {
                chunk += 1
                continue
            }
            var count = 1
            while try isChanged(chunk + count) { count += 1 }
            let bytes = try item.region(part)
            count = min(count, bytes.count / 128)
            guard count > 0, (chunk + count) * 128 <= buffer.count * 512 else {
                throw XFSLog.failure(
                    "\(buffer.count * 512) bytes of a buffer expected, \(bytes.count) from \(chunk * 128) on found")
            }
            try volume.write(bytes.prefix(count * 128), at: place(buffer.block, chunk * 128))
            chunk += count
            part += 1
        }
    }

    /// Where each block that files are read by holds the sequence number of its last change, and behind it whose it
    /// is (xlog_recover_get_buf_lsn). Free blocks and their like have them too, and are not read.
    private static let sequences: [(mark: [UInt8], at: Int, offset: Int, uuid: Int)] = [
        (Array("XDB3".utf8), 0, 16, 24), (Array("XDD3".utf8), 0, 16, 24), (Array("XDF3".utf8), 0, 16, 24),
        (Array("BMA3".utf8), 0, 32, 40), (Array("XSLM".utf8), 0, 48, 16), ([0x3D, 0xF1], 8, 24, 32),
        ([0x3D, 0xFF], 8, 24, 32), ([0x3E, 0xBE], 8, 24, 32),
    ]

    /// The sequence number of what lies at a place; nil where it has none.
    private func newestSequence(at start: Int, count: Int) throws(FormatError) -> UInt64? {
        guard count > 0 else { return nil }
        let block = try volume.record(at: start, count: 512, bigEndian: true)
        if start == 0 {
            let sequence = try block.uint64(at: 0xF0)
            return sequence == 0 || sequence == .max ? nil : sequence
        }
        for (mark, at, offset, uuid) in Self.sequences
        where try block.slice(at: at, count: mark.count).elementsEqual(mark) {
            // What another file system left there is none.
            guard try block.slice(at: uuid, count: 16).elementsEqual(geometry.metadataUUID) else { return nil }
            let sequence = try block.uint64(at: offset)
            return sequence == 0 || sequence == .max ? nil : sequence
        }
        return nil
    }

    /// Writes free inodes where a chunk of them was made, which the log says in one word.
    private func createInodes(_ item: XFSLogItem) throws(FormatError) {
        let format = FieldReader(try item.region(0), bigEndian: true)
        let (group, block) = (try format.uint32(at: 4), try format.uint32(at: 8))
        let count = Int(try format.uint32(at: 12))
        let (size, length) = (Int(try format.uint32(at: 16)), Int(try format.uint32(at: 20)))
        guard size == geometry.inodeSize, count <= max(64, geometry.blockSize / size), count > 0,
            count * size == length * geometry.blockSize
        else { throw XFSLog.failure("a chunk of inodes expected, \(count) of \(size) bytes in \(length) blocks found") }
        let number = geometry.block(Int(block), inGroup: Int(group))
        let start = try geometry.place(ofBlock: number, count: length)
        let blocks = stride(from: start / 512, to: (start + count * size) / 512, by: 1)
        guard !blocks.contains(where: { cancelledStarts[$0] != nil }) else { return }
        for index in 0..<count {
            var inode = [UInt8](repeating: 0, count: size)
            inode.replaceSubrange(0..<2, with: "IN".utf8)
            inode[4] = geometry.isVersion5 ? 3 : 2
            inode.replaceSubrange(92..<96, with: try format.slice(at: 24, count: 4))
            inode.replaceSubrange(96..<100, with: [0xFF, 0xFF, 0xFF, 0xFF])
            if geometry.isVersion5 {
                inode.replaceSubrange(152..<160, with: bigEndian(geometry.inode(index, inBlock: number)))
                inode.replaceSubrange(160..<176, with: geometry.metadataUUID)
            }
            try volume.write(inode[...], at: start + index * size)
        }
    }

    private mutating func replayInode(_ item: XFSLogItem, _ sequence: UInt64) throws(FormatError) {
        let format = item.format
        // Machines of 32 bits leave out four bytes that align the others.
        let shift = format.count == 52 ? 4 : 0
        let fields = try format.uint32(at: 4)
        let buffer = Buffer(
            block: Int(truncatingIfNeeded: try format.uint64(at: 40 - shift)),
            count: Int(try format.uint32(at: 48 - shift)))
        guard cancelled[buffer] == nil else { return }
        let start = try place(buffer.block, Int(try format.uint32(at: 52 - shift)))
        let before = try volume.record(at: start, count: geometry.inodeSize, bigEndian: true)
        let core = XFSLogInode(FieldReader(try item.region(1), bigEndian: false))
        guard try before.uint16(at: 0) == 0x494E, try core.isInode() else {
            throw XFSLog.failure("an inode expected at byte \(start), other bytes found")
        }
        // The owner of a file's blocks changes with an exchange of all of them (XFS_ILOG_DOWNER).
        if fields & 0x200 != 0 { exchanged.insert(try format.uint64(at: 16 - shift)) }
        guard try !core.isOlder(than: before, geometry, sequence) else { return }
        let fork: ArraySlice<UInt8>? = fields & 0x0E != 0 ? try item.region(2) : nil
        let inode = try core.inode(
            over: before, geometry, sequence, fork: fork, isTree: fields & 8 != 0)
        try volume.write(inode[...], at: start)
    }
}

/// A number with its most significant byte first.
func bigEndian(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
}
