/// A SQLite database file with its write-ahead log laid over it, read in place.

import ByteParsing

/// A database of which all pages are known to be there.
struct SQLiteFile: Sendable {
    private let database: [UInt8]
    private let log: [UInt8]
    private let pageSize: Int
    /// Where in the log each page is that the log has, by its number, 1-based.
    private var pagesInLog: [Int: Int] = [:]
    /// The size of the database in bytes, the log's last commit included.
    let count: Int
    /// Where the log's last transaction is torn, so that it is left out; nil where none is.
    let torn: FormatError?

    private static let headerSize = 100
    private static let largestPageSize = 65536

    /// Lays `log` over `database`. Throws where the file is not SQLite's, where pages of it are missing, and where the
    /// log has lost a committed transaction to damage.
    init(_ database: [UInt8], writeAheadLog log: [UInt8]?) throws(FormatError) {
        self.database = database
        self.log = log ?? []
        let frames = try SQLiteWriteAheadLog(self.log)
        pageSize = frames.pageSize
        torn = frames.torn
        if let committed = frames.committed {
            let pages = database.count / pageSize
            guard committed.pages <= pages + frames.count else {
                throw FormatError(
                    .malformed,
                    "write-ahead log: a database of at most \(pages + frames.count) pages expected, "
                        + "\(committed.pages) found")
            }
            for frame in 0..<committed.frames {
                let (page, offset) = frames.frame(frame)
                pagesInLog[page] = offset
            }
            for page in min(pages, committed.pages)..<committed.pages where pagesInLog[page + 1] == nil {
                throw FormatError(
                    .truncated, "page \(page + 1) of \(committed.pages) expected, neither file nor log has it",
                    at: page * pageSize)
            }
            count = committed.pages * pageSize
        } else {
            count = database.count
        }
        try checkHeader()
    }

    /// Checks that the header is SQLite's and that the file has all the pages it counts.
    private func checkHeader() throws(FormatError) {
        var header = [UInt8](repeating: 0, count: Self.headerSize)
        let read = unsafe header.withUnsafeMutableBytes { unsafe self.read(at: 0, into: $0) }
        guard read == Self.headerSize else {
            throw FormatError(.truncated, "a header of \(Self.headerSize) bytes expected, \(read) found", at: 0)
        }
        guard header.starts(with: "SQLite format 3\0".utf8) else {
            throw FormatError(.malformed, "an SQLite 3 file expected, another beginning found", at: 0)
        }
        let stored = Int(header[16]) << 8 | Int(header[17])
        let pageSize = stored == 1 ? Self.largestPageSize : stored
        guard pageSize >= 512, pageSize & (pageSize - 1) == 0, pagesInLog.isEmpty || pageSize == self.pageSize else {
            throw FormatError(
                .malformed, "a page size of 512 to 65536 bytes, a power of two, expected, \(stored) found", at: 16)
        }
        guard database.count <= 19 || database[19] == 1 || database[19] == 2 else {
            throw FormatError(.unsupported, "read format 1 or 2 expected, \(database[19]) found", at: 19)
        }
        let pages = Int(header.span.bigEndian(at: 28))
        // The count is only to be believed where the two change counters agree.
        let isCurrent = header.span.bigEndian(at: 24) == header.span.bigEndian(at: 92) && pages > 0
        guard count.isMultiple(of: pageSize), !isCurrent || pages * pageSize <= count else {
            throw FormatError(
                .truncated,
                "\(max(pages, 1)) pages of \(pageSize) bytes expected, the file ends after \(count / pageSize)",
                at: count)
        }
    }

    /// Copies what stands at `offset` into `buffer` as far as there is anything; the number of bytes.
    ///
    /// Both format numbers (bytes 18 and 19) read as 1: the log is laid over already, and SQLite is not to look for it.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard offset >= 0, offset < count else { return 0 }
        let wanted = min(buffer.count, count - offset)
        var done = 0
        while done < wanted {
            let position = offset + done
            let inPage = position % pageSize
            if let start = pagesInLog.isEmpty ? nil : pagesInLog[position / pageSize + 1] {
                let size = min(pageSize - inPage, wanted - done)
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + size])
                unsafe part.copyBytes(from: log[start + inPage..<start + inPage + size])
                done += size
            } else {
                let size = pagesInLog.isEmpty ? wanted : min(pageSize - inPage, wanted - done)
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + size])
                unsafe part.copyBytes(from: database[position..<position + size])
                done += size
            }
        }
        guard offset < 20 else { return wanted }
        for place in 18...19 where place >= offset && place < offset + wanted {
            unsafe buffer[place - offset] = 1
        }
        return wanted
    }
}
