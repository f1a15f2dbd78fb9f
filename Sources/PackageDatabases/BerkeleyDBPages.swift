/// A Berkeley DB file as numbered pages, each of which is read at most once.
///
///     page 0   metadata: 12 magic, 16 version, 20 page size, 24 encryption, 25 type, 26 flags, 32 last page
///     page n   0 log sequence number, 8 page number, 12 previous, 16 next, 20 entries (u16), 22 free offset (u16),
///              24 level (u8), 25 type (u8), 26 offset of each item in the page (u16)
///
/// Numbers are in the byte order of the machine that wrote the file, which shows in the magic number. Items fill a
/// page from its end. (Berkeley DB 5.3 src/dbinc/db_page.h)

import ByteParsing

/// The pages of a Berkeley DB file.
struct BerkeleyDBPages {
    /// What a page is used for (DB_PAGE_TYPES).
    enum PageType: UInt8 {
        case free = 0
        case duplicate = 1
        case hashUnsorted = 2
        case internalBtree = 3
        case internalRecno = 4
        case leafBtree = 5
        case leafRecno = 6
        case overflow = 7
        case hashMetadata = 8
        case btreeMetadata = 9
        case queueMetadata = 10
        case queueData = 11
        case leafDuplicate = 12
        case hash = 13
    }

    /// The header of a page.
    struct Header {
        let page: Int
        let next: Int
        let entries: Int
        let freeOffset: Int
        let type: PageType

        /// Whether anything may be kept there.
        var isHash: Bool { type == .hash || type == .hashUnsorted }
    }

    static let headerSize = 26

    let file: [UInt8]
    let bigEndian: Bool
    let pageSize: Int
    /// How many pages the file has.
    let count: Int
    /// Which pages were reached from where the format says that they belong.
    private var reached: [Bool]

    /// Reads the general part of the metadata. Throws where it is no Berkeley DB file, of a page size that there is
    /// not, or shorter than its metadata says.
    init(_ file: [UInt8], magic expected: UInt32) throws(FormatError) {
        guard file.count >= 512 else {
            throw FormatError(.truncated, "metadata of 512 bytes expected, \(file.count) found", at: 0)
        }
        let magic = file.span.littleEndian(at: 12)
        guard magic == expected || magic.byteSwapped == expected else {
            throw FormatError(.malformed, "a Berkeley DB hash file expected, another magic number found", at: 12)
        }
        bigEndian = magic != expected
        self.file = file
        func number(_ position: Int) -> Int {
            let value = file.span.littleEndian(at: position)
            return Int(magic == expected ? value : value.byteSwapped)
        }
        let size = number(20)
        guard size >= 512, size <= 65536, size & (size - 1) == 0 else {
            throw FormatError(
                .malformed, "a page size of 512 to 65536 bytes, a power of two, expected, \(size) found", at: 20)
        }
        pageSize = size
        let lastPage = number(32)
        guard file.count.isMultiple(of: size), file.count / size > lastPage else {
            throw FormatError(
                .truncated, "\(lastPage + 1) pages of \(size) bytes expected, the file ends after \(file.count / size)",
                at: file.count)
        }
        count = file.count / size
        reached = [Bool](repeating: false, count: count)
        reached[0] = true
    }

    /// The number of 16 bits at `offset`, which is within the file.
    func number16(at offset: Int) -> Int {
        let low = Int(file[offset])
        let high = Int(file[offset + 1])
        return bigEndian ? low << 8 | high : high << 8 | low
    }

    /// The number of 32 bits at `offset`, which is within the file.
    func number32(at offset: Int) -> Int {
        let value = file.span.littleEndian(at: offset)
        return Int(bigEndian ? value.byteSwapped : value)
    }

    /// The header of a page, whether reached or not; nil where its type is none.
    func header(of page: Int) -> Header? {
        let start = page * pageSize
        guard let type = PageType(rawValue: file[start + 25]) else { return nil }
        return Header(
            page: page, next: number32(at: start + 16), entries: number16(at: start + 20),
            freeOffset: number16(at: start + 22), type: type)
    }

    /// Reaches a page for the first and only time. Throws where `page` is none of the file, was reached before (a
    /// loop, or two owners), or does not call itself by its number.
    mutating func reach(_ page: Int, from place: Int) throws(FormatError) -> Header {
        guard page > 0, page < count else {
            throw FormatError(.malformed, "a page up to \(count - 1) expected, \(page) found", at: place)
        }
        let start = page * pageSize
        guard !reached[page] else {
            throw FormatError(.malformed, "page \(page) expected once, reached again", at: start)
        }
        reached[page] = true
        guard let header = header(of: page) else {
            throw FormatError(
                .malformed, "page \(page): a known page type expected, \(file[start + 25]) found", at: start + 25)
        }
        // A page of a bucket that never held anything may be all zeros.
        guard number32(at: start + 8) == page || (header.type == .free && header.entries == 0) else {
            throw FormatError(
                .malformed, "page \(page): its number expected, \(number32(at: start + 8)) found", at: start + 8)
        }
        return header
    }

    /// The offsets in the file at which the items of a page begin, each where the one before it ends; the first ends
    /// with the page. Throws where they overlap or leave the page.
    ///
    /// Items of hash pages are stored in the order of their numbers, back from the end, without gaps.
    func hashItems(of header: Header) throws(FormatError) -> [Range<Int>] {
        let start = header.page * pageSize
        let first = Self.headerSize + 2 * header.entries
        var items: [Range<Int>] = []
        var end = pageSize
        guard first <= pageSize else {
            throw FormatError(
                .malformed, "page \(header.page): items within the page expected, \(header.entries) found",
                at: start + 20)
        }
        for index in 0..<header.entries {
            let place = start + Self.headerSize + 2 * index
            let offset = number16(at: place)
            guard offset >= first, offset < end else {
                throw FormatError(
                    .malformed, "page \(header.page): item \(index) from \(first) to \(end) expected, \(offset) found",
                    at: place)
            }
            items.append(start + offset..<start + end)
            end = offset
        }
        // The free space ends where the last item begins: a wrong number of entries shows here.
        guard header.freeOffset == end & 0xffff else {
            throw FormatError(
                .malformed, "page \(header.page): free space up to \(end) expected, \(header.freeOffset) found",
                at: start + 22)
        }
        return items
    }

    /// Appends the `length` bytes that lie on the chain of overflow pages from `first`. Throws where the chain has
    /// more or fewer.
    mutating func appendOverflow(
        from first: Int, length: Int, at place: Int, to bytes: inout [UInt8]
    ) throws(FormatError) {
        guard length <= file.count else {
            throw FormatError(.limitExceeded, "a value of at most the file's size expected, \(length) found", at: place)
        }
        bytes.reserveCapacity(bytes.count + length)
        let end = bytes.count + length
        var page = first
        while page != 0 {
            let header = try reach(page, from: place)
            let start = page * pageSize
            guard header.type == .overflow else {
                throw FormatError(
                    .malformed,
                    "page \(page): an overflow page (7) expected, type \(header.type.rawValue) found", at: start + 25)
            }
            let size = header.freeOffset
            guard size <= pageSize - Self.headerSize, size <= end - bytes.count else {
                throw FormatError(
                    .malformed,
                    "page \(page): at most \(min(pageSize - Self.headerSize, end - bytes.count)) bytes of"
                        + " the value expected, \(size) found", at: start + 22)
            }
            bytes.append(contentsOf: file[start + Self.headerSize..<start + Self.headerSize + size])
            page = header.next
        }
        guard bytes.count == end else {
            throw FormatError(
                .truncated, "\(length) bytes of the value expected, \(length - (end - bytes.count)) found", at: place)
        }
    }

    /// Throws where a page holds something and nothing led to it: what it holds is missing from what was read.
    func checkAllReached() throws(FormatError) {
        for page in 1..<max(count, 1) where !reached[page] {
            guard let header = header(of: page) else {
                throw FormatError(
                    .malformed, "page \(page): a known page type expected, \(file[page * pageSize + 25]) found",
                    at: page * pageSize + 25)
            }
            if header.type == .free || (header.isHash && header.entries == 0) { continue }
            throw FormatError(
                .malformed,
                "page \(page): a free page expected, as no record leads to it, type "
                    + "\(header.type.rawValue) found", at: page * pageSize + 25)
        }
    }
}
