/// One record of the log of XFS: what was written to it at a time (Linux fs/xfs/libxfs/xfs_log_format.h).

import ByteParsing

struct XFSLogRecord {
    /// What a header begins with.
    static let magic: UInt32 = 0xFEED_BABE

    /// How records are laid out, as the first of them says it of all.
    struct Shape: Hashable {
        /// How many blocks of headers each has.
        let headers: Int
        /// How many bytes it has at most.
        let limit: Int
        let isVersion2: Bool

        /// The largest record of all (XLOG_MAX_RECORD_BSIZE).
        private static let largest = 256 << 10

        init(_ header: FieldReader, isVersion2: Bool) throws(FormatError) {
            self.isVersion2 = isVersion2
            headers = try XFSLogRecord.headers(of: header, isVersion2: isVersion2)
            var limit = isVersion2 ? Int(try header.uint32(at: 0x140)) : 32 << 10
            // mkfs.xfs says 32 KiB of its only record, which is as long as the stripe of a RAID.
            let length = Int(try header.uint32(at: 0x0C))
            if isVersion2, length > limit, try header.uint32(at: 0x28) == 1 { limit = length }
            self.limit = min(limit, Self.largest)
        }

        /// How many bytes of data stand behind a header. Throws where it is none.
        func length(_ header: FieldReader) throws(FormatError) -> Int {
            let version = try header.uint32(at: 8)
            let length = Int(try header.uint32(at: 0x0C))
            guard try header.uint32(at: 0) == XFSLogRecord.magic, version != 0, version & ~3 == 0,
                1...max(1, limit) ~= length, headers <= 8
            else { throw XFSLog.failure("a record of at most \(limit) bytes expected, other bytes found") }
            return length
        }
    }

    let number: Int
    let shape: Shape
    /// The sequence number: round and block.
    let sequence: UInt64
    let blockCount: Int
    /// Whether it has a checksum, which is right then.
    let hasChecksum: Bool
    let operationCount: Int
    /// What was written, with the first bytes of each block where they belong.
    let data: ArraySlice<UInt8>

    /// Puts a record together. Throws where its checksum is wrong.
    init(
        number: Int, _ shape: Shape, length: Int, headers: ArraySlice<UInt8>, data raw: ArraySlice<UInt8>, uuid: [UInt8]
    ) throws(FormatError) {
        self.number = number
        self.shape = shape
        let header = FieldReader(headers, bigEndian: true)
        blockCount = shape.headers + (length + 511) / 512
        sequence = try header.uint64(at: 0x10)
        operationCount = Int(try header.uint32(at: 0x28))
        let body = raw.prefix(length)
        let expected = FieldReader(try header.slice(at: 0x20, count: 4), bigEndian: false)
        hasChecksum = try expected.uint32(at: 0) != 0
        if hasChecksum {
            // Machines of 32 bits leave out the four bytes that fill up the header.
            let sums = try [328, 324].map { (size) throws(FormatError) in
                try Self.checksum(header, size: size, shape, body)
            }
            guard sums.contains(try expected.uint32(at: 0)) else {
                throw XFSLog.failure("the record at block \(number) has a wrong checksum")
            }
        }
        var bytes = Array(raw)
        for index in 0..<bytes.count / 512 {
            let (extended, place) = index.quotientAndRemainder(dividingBy: 64)
            let at = extended == 0 ? 0x2C + 4 * place : 512 * extended + 4 + 4 * place
            bytes.replaceSubrange(512 * index..<512 * index + 4, with: try header.slice(at: at, count: 4))
        }
        data = bytes.prefix(length)
        formatAndOwner = (try header.uint32(at: 0x12C), Array(try header.slice(at: 0x130, count: 16)) == uuid)
    }

    private let formatAndOwner: (format: UInt32, isOwn: Bool)

    /// Throws where another machine or another file system wrote it (xlog_header_check_recover).
    func checkWriter() throws(FormatError) {
        guard formatAndOwner.format == 1 else {
            throw FormatError(
                .unsupported,
                "a journal of a little-endian machine expected, one of format \(formatAndOwner.format) found; mount a copy "
                    + "there and unmount it")
        }
        guard formatAndOwner.isOwn else {
            throw XFSLog.failure("the record at block \(number) is of a file system with another UUID")
        }
    }

    private static func checksum(
        _ header: FieldReader, size: Int, _ shape: Shape, _ body: ArraySlice<UInt8>
    ) throws(FormatError) -> UInt32 {
        let crc = CRC32.castagnoli
        var sum = crc.update(~0, try header.slice(at: 0, count: 0x20))
        sum = crc.update(sum, [0, 0, 0, 0])
        sum = crc.update(sum, try header.slice(at: 0x24, count: size - 0x24))
        if shape.isVersion2 {
            for extended in stride(from: 1, to: (body.count + 32767) / 32768, by: 1) {
                sum = crc.update(sum, try header.slice(at: 512 * extended, count: 260))
            }
        }
        return ~crc.update(sum, body)
    }

    /// How many blocks of headers a record has, by its own one (xlog_logrec_hblks).
    static func headers(of header: FieldReader, isVersion2: Bool) throws(FormatError) -> Int {
        guard isVersion2, try header.uint32(at: 8) & 2 != 0 else { return 1 }
        let size = Int(try header.uint32(at: 0x140))
        return 32769..<1 << 31 ~= size ? (size + 32767) / 32768 : 1
    }

    /// How many blocks it has in all.
    static func blocks(of header: FieldReader, isVersion2: Bool) throws(FormatError) -> Int {
        try headers(of: header, isVersion2: isVersion2) + (Int(header.uint32(at: 0x0C)) + 511) / 512
    }
}
