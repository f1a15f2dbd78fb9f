/// Several values of one key, where they have grown beyond a page of the hash table: a tree of their own.
///
///     internal page   items: 4 page below (btree), or 0 page below (recno)
///     leaf page       items: 0 length (u16), 2 type (u8; 0x80: deleted), then 3 the bytes (type 1), or 4 first
///                     overflow page, 8 length (type 3)
///
/// (Berkeley DB 5.3 src/dbinc/db_page.h, BINTERNAL, RINTERNAL, BKEYDATA, BOVERFLOW)

import ByteParsing

extension BerkeleyDBHash {
    /// Calls `body` with each value of the tree whose root is page `root`, in the order of the tree.
    static func duplicates(
        below root: Int, at place: Int, key: [UInt8], of pages: inout BerkeleyDBPages,
        _ body: (Span<UInt8>, Span<UInt8>, Int) throws(FormatError) -> Void
    ) throws(FormatError) {
        // What is still to be read, the next at the end; no page is reached twice, so it is no longer than the file.
        var waiting = [(page: root, place: place)]
        while let next = waiting.popLast() {
            let header = try pages.reach(next.page, from: next.place)
            let items = try items(of: header, in: pages)
            switch header.type {
            case .internalBtree, .internalRecno:
                let reference = header.type == .internalBtree ? 4 : 0
                for item in items.reversed() {
                    waiting.append((pages.number32(at: item + reference), item))
                }
            case .leafDuplicate, .leafRecno:
                for item in items { try value(at: item, on: header.page, key: key, of: &pages, body) }
            default:
                throw FormatError(
                    .malformed,
                    "page \(header.page): a page of duplicates (3, 4, 6, 12) expected, type "
                        + "\(header.type.rawValue) found", at: header.page * pages.pageSize + 25)
            }
        }
    }

    /// Where the items of a tree page begin; each has room for the part that is read of it without a further look.
    private static func items(
        of header: BerkeleyDBPages.Header, in pages: BerkeleyDBPages
    ) throws(FormatError) -> [Int] {
        let start = header.page * pages.pageSize
        let first = BerkeleyDBPages.headerSize + 2 * header.entries
        guard first <= pages.pageSize else {
            throw FormatError(.malformed, "items within the page expected, \(header.entries) found", at: start + 20)
        }
        // A value may be as short as a byte, and is aligned to four.
        let room = header.type == .leafDuplicate || header.type == .leafRecno ? 4 : 8
        var items: [Int] = []
        for index in 0..<header.entries {
            let place = start + BerkeleyDBPages.headerSize + 2 * index
            let offset = pages.number16(at: place)
            guard offset >= first, offset <= pages.pageSize - room else {
                throw FormatError(.malformed, "an item within the page expected, \(offset) found", at: place)
            }
            items.append(start + offset)
        }
        return items
    }

    private static func value(
        at item: Int, on page: Int, key: [UInt8], of pages: inout BerkeleyDBPages,
        _ body: (Span<UInt8>, Span<UInt8>, Int) throws(FormatError) -> Void
    ) throws(FormatError) {
        let file = pages.file
        let end = (page + 1) * pages.pageSize
        switch file[item + 2] {
        case 1:
            let length = pages.number16(at: item)
            guard length <= end - item - 3 else {
                throw FormatError(.truncated, "\(length) bytes of a value within the page expected", at: item)
            }
            try body(key.span, file.span.extracting(item + 3..<item + 3 + length), item + 3)
        case 3:
            guard end - item >= 12 else { throw FormatError(.truncated, "12 bytes expected", at: item) }
            var bytes: [UInt8] = []
            try pages.appendOverflow(
                from: pages.number32(at: item + 4), length: pages.number32(at: item + 8), at: item, to: &bytes)
            try body(key.span, bytes.span, item)
        case 0x81, 0x83: return
        case let type: throw FormatError(.malformed, "a value of type 1 or 3 expected, \(type) found", at: item + 2)
        }
    }
}
