/// The frames of SQLite's write-ahead log that SQLite itself would recover.
///
///     log header   0 magic, 4 version 3007000, 8 page size, 12 checkpoint, 16 two salts, 24 two checksums; 32 bytes
///     frame        0 page number, 4 pages of the database after a commit, else 0, 8 the salts, 16 two checksums of all
///                  up to here, 24 the page
///
/// Numbers are u32 big-endian. The last bit of the magic says in which byte order the checksums take the bytes. Frames
/// count up to the last commit before the first one whose salts or checksums are wrong: a transaction that is torn at the
/// end of the log was never finished.
/// (sqlite.org/fileformat2.html, section 4)

import ByteParsing

/// A write-ahead log.
struct SQLiteWriteAheadLog {
    private static let magic: UInt32 = 0x377f_0682
    private static let headerSize = 32
    private static let frameHeaderSize = 24

    let pageSize: Int
    /// How many frames up to and with the last commit, and how many pages the database has after it; nil where nothing
    /// was committed.
    private(set) var committed: (frames: Int, pages: Int)?
    /// How many frames fit into the log.
    let count: Int
    /// Where the last transaction is broken; nil where none is. SQLite leaves it out: a writer that was stopped may
    /// have written the frame that commits it before what belongs to it, the frame's own page among that.
    private(set) var torn: FormatError?
    private var pages: [Int] = []

    init(_ log: [UInt8]) throws(FormatError) {
        let bytes = log.span
        // What a writer leaves that was stopped before, or right after, it created or emptied the file.
        guard log.count > Self.headerSize, log.contains(where: { $0 != 0 }) else {
            pageSize = 512
            count = 0
            return
        }
        let magic = bytes.bigEndian(at: 0)
        let pageSize = Int(bytes.bigEndian(at: 8))
        var sum = Checksum(bigEndian: magic & 1 == 1)
        sum.add(bytes, from: 0, to: 24)
        guard magic & ~1 == Self.magic, pageSize >= 512, pageSize <= 65536, pageSize & (pageSize - 1) == 0,
            sum.matches(bytes, at: 24)
        else {
            throw FormatError(.checksumMismatch, "write-ahead log: a header with its checksum expected", at: 0)
        }
        let version = bytes.bigEndian(at: 4)
        guard version == 3_007_000 else {
            throw FormatError(.unsupported, "write-ahead log: version 3007000 expected, \(version) found", at: 4)
        }
        self.pageSize = pageSize
        let frameSize = Self.frameHeaderSize + pageSize
        count = (log.count - Self.headerSize) / frameSize
        for frame in 0..<count {
            let start = Self.headerSize + frame * frameSize
            let page = Int(bytes.bigEndian(at: start))
            var next = sum
            next.add(bytes, from: start, to: start + 8)
            next.add(bytes, from: start + Self.frameHeaderSize, to: start + frameSize)
            guard page > 0, Self.saltsMatch(bytes, at: start + 8), next.matches(bytes, at: start + 16) else {
                torn = try Self.tornTransaction(bytes, from: frame, of: count, frameSize: frameSize)
                return
            }
            sum = next
            pages.append(page)
            let size = Int(bytes.bigEndian(at: start + 4))
            if size > 0 { committed = (frame + 1, size) }
        }
    }

    /// The page number, 1-based, and where in the log its content begins.
    func frame(_ index: Int) -> (page: Int, offset: Int) {
        (pages[index], Self.headerSize + index * (Self.frameHeaderSize + pageSize) + Self.frameHeaderSize)
    }

    private static func saltsMatch(_ bytes: Span<UInt8>, at position: Int) -> Bool {
        bytes.bigEndian(at: position) == bytes.bigEndian(at: 16)
            && bytes.bigEndian(at: position + 4) == bytes.bigEndian(at: 20)
    }

    /// A writer that was stopped leaves frames without a commit at the end, or with the one of its last transaction,
    /// and behind them those of an earlier log, with other salts. Two commits of this log from the broken frame on are
    /// a transaction that was whole once and that damage has taken away; so are its frames behind those of another log.
    private static func tornTransaction(
        _ bytes: Span<UInt8>, from broken: Int, of count: Int, frameSize: Int
    ) throws(FormatError) -> FormatError? {
        var torn: FormatError?
        var isBehindAnother = false
        for frame in broken..<count {
            let start = headerSize + frame * frameSize
            guard saltsMatch(bytes, at: start + 8) else {
                // Zeros are filled in when the transaction commits.
                if bytes.bigEndian(at: start + 8) != 0 { isBehindAnother = true }
                continue
            }
            guard isBehindAnother || bytes.bigEndian(at: start + 4) != 0 else { continue }
            let expected =
                isBehindAnother
                ? "with the log's salts expected, as frame \(frame + 1) has them"
                : "with its checksum expected, as frame \(frame + 1) commits it"
            let error = FormatError(
                .checksumMismatch, "write-ahead log: frame \(broken + 1) \(expected)",
                at: headerSize + broken * frameSize)
            if isBehindAnother || torn != nil { throw error }
            torn = error
        }
        return torn
    }
}

/// SQLite's running checksum of a write-ahead log.
private struct Checksum {
    let bigEndian: Bool
    private var first: UInt32 = 0
    private var second: UInt32 = 0

    init(bigEndian: Bool) { self.bigEndian = bigEndian }

    /// Adds bytes, a multiple of eight of them.
    mutating func add(_ bytes: Span<UInt8>, from start: Int, to end: Int) {
        for position in stride(from: start, to: end, by: 8) {
            let left = bytes.bigEndian(at: position)
            let right = bytes.bigEndian(at: position + 4)
            first &+= (bigEndian ? left : left.byteSwapped) &+ second
            second &+= (bigEndian ? right : right.byteSwapped) &+ first
        }
    }

    func matches(_ bytes: Span<UInt8>, at position: Int) -> Bool {
        bytes.bigEndian(at: position) == first && bytes.bigEndian(at: position + 4) == second
    }
}
