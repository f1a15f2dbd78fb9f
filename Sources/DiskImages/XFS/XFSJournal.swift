/// The journal of XFS: whether everything in it stands in its place (Linux fs/xfs/xfs_log_recover.c).

import ByteParsing

struct XFSJournal {
    private let source: any BlockSource
    /// In bytes.
    private let start: Int
    /// In blocks of 512 bytes.
    private let count: Int

    /// The first number of a record.
    private static let recordMagic: UInt32 = 0xFEED_BABE
    /// More blocks than a record has with its headers (XLOG_MAX_RECORD_BSIZE).
    private static let recordLimit = 1 << 10

    /// Whether nothing has to be replayed: the last record is what unmounting writes, as xlog_check_unmount_rec has it.
    static func isClean(_ geometry: XFSGeometry, _ source: any BlockSource) throws(FormatError) -> Bool {
        guard let (block, count) = geometry.journal else {
            throw FormatError(
                .unsupported,
                "a journal inside the file system expected, one on another device found, so that it is not "
                    + "known whether it has to be replayed")
        }
        let journal = XFSJournal(
            source: source, start: try geometry.place(ofBlock: block, count: count),
            count: count * (geometry.blockSize / 512))
        return try journal.isClean()
    }

    private func block(_ number: Int) throws(FormatError) -> FieldReader {
        try source.record(at: start + number % count * 512, count: 512, bigEndian: true)
    }

    /// The cycle in which a block was written last: it stands in its first bytes, in a header behind the magic number.
    private func cycle(_ number: Int) throws(FormatError) -> UInt32 {
        let block = try block(number)
        let first = try block.uint32(at: 0)
        return first == Self.recordMagic ? try block.uint32(at: 4) : first
    }

    private func isClean() throws(FormatError) -> Bool {
        guard count > 1 else { throw FormatError(.malformed, "a journal of several blocks expected") }
        let first = try cycle(0)
        // Nothing was ever written.
        if first == 0, try cycle(count - 1) == 0 { return true }
        let head = try head(first)
        for back in 1...min(Self.recordLimit, count) {
            let number = (head - back + count) % count
            let header = try block(number)
            guard try header.uint32(at: 0) == Self.recordMagic else { continue }
            let isVersion2 = try header.uint32(at: 8) & 2 != 0
            let size = Int(try header.uint32(at: 0x140))
            let headers = isVersion2 ? max(1, size / 32768 + (size % 32768 > 0 ? 1 : 0)) : 1
            let length = Int(try header.uint32(at: 0x0C))
            guard length <= Self.recordLimit * 512, headers <= 8 else { return false }
            guard (number + headers + (length + 511) / 512) % count == head % count, try header.uint32(at: 0x28) == 1
            else {
                return false
            }
            return try block(number + headers).uint8(at: 9) & 0x20 != 0
        }
        return false
    }

    /// The block behind the last one that was written: there the cycle before begins.
    private func head(_ first: UInt32) throws(FormatError) -> Int {
        var (low, high) = (0, count)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if try cycle(middle) == first { low = middle } else { high = middle }
        }
        return high
    }
}
