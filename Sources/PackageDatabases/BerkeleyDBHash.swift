/// A Berkeley DB hash table, in which rpm keeps its headers by number.
///
///     metadata   72 highest bucket, 76 and 80 masks, 84 fill factor, 88 number of keys, 92 hash of a known key,
///                96 spares: what to add to a bucket to get its page, for each power of two (32 numbers)
///     page       keys and values in turn, each with its type in the first byte; a bucket goes on at the next page
///     item       1 the bytes themselves; 2 several values, each between two copies of its length (u16);
///                3 on overflow pages: 4 first page, 8 length; 4 several values in a tree: 4 root page
///
/// Only what is reached from a bucket is a record: pages of deleted ones keep their bytes. And all that is in use must
/// be reached, or records are missing; and each key must belong to its bucket by its hash. (Berkeley DB 5.3
/// src/dbinc/db_page.h, src/hash)

import ByteParsing

/// The records of a Berkeley DB hash file.
enum BerkeleyDBHash {
    private static let magic: UInt32 = 0x061561
    private static let versions = 8...10
    /// The key whose hash the metadata keeps, so that another function shows.
    private static let knownKey = Array("%$sniglet^&\0".utf8)

    /// Calls `body` with the key, the value and the place of each record, in the order of the buckets; for each of
    /// several values of one key.
    static func forEachRecord(
        in file: [UInt8], _ body: (Span<UInt8>, Span<UInt8>, Int) throws(FormatError) -> Void
    ) throws(FormatError) {
        var pages = try BerkeleyDBPages(file, magic: magic)
        let version = pages.number32(at: 16)
        guard versions.contains(version) else {
            throw FormatError(.unsupported, "version 8 to 10 of a hash file expected, \(version) found", at: 16)
        }
        guard file[24] == 0 else { throw FormatError(.unsupported, "an encrypted file is not read", at: 24) }
        guard file[25] == BerkeleyDBPages.PageType.hashMetadata.rawValue else {
            throw FormatError(.malformed, "page 0: type 8 (hash metadata) expected, \(file[25]) found", at: 25)
        }
        guard file[26] == 0 else { throw FormatError(.unsupported, "a file with page checksums is not read", at: 26) }
        let highestBucket = pages.number32(at: 72)
        guard highestBucket < pages.count else {
            throw FormatError(
                .malformed, "a highest bucket below \(pages.count) expected, \(highestBucket) found", at: 72)
        }
        let known = hash(knownKey.span)
        guard pages.number32(at: 92) == known else {
            throw FormatError(
                .unsupported, "the hash \(known) of a known key expected, \(pages.number32(at: 92)) found", at: 92)
        }
        var found = 0
        for bucket in 0...highestBucket {
            let spare = 96 + 4 * binaryLogarithm(roundedUp: bucket + 1)
            var page = bucket + pages.number32(at: spare)
            var place = spare
            while page != 0 {
                let header = try pages.reach(page, from: place)
                found += try records(on: header, of: &pages) { key, value, place throws(FormatError) in
                    guard Self.bucket(of: key, highest: highestBucket) == bucket else {
                        throw FormatError(
                            .checksumMismatch, "a key of bucket \(bucket) by its hash expected", at: place)
                    }
                    try body(key, value, place)
                }
                place = page * pages.pageSize + 16
                page = header.next
            }
        }
        try pages.checkAllReached()
        let expected = pages.number32(at: 88)
        // With duplicates it counts something else; a table that holds more than it says is not short of anything.
        guard pages.number32(at: 48) & 1 == 1 || found >= expected else {
            throw FormatError(.checksumMismatch, "\(expected) keys expected, \(found) found", at: 88)
        }
    }

    /// The records of one page; how many there are.
    private static func records(
        on header: BerkeleyDBPages.Header, of pages: inout BerkeleyDBPages,
        _ body: (Span<UInt8>, Span<UInt8>, Int) throws(FormatError) -> Void
    ) throws(FormatError) -> Int {
        let start = header.page * pages.pageSize
        if header.type == .free, header.entries == 0 { return 0 }
        guard header.isHash else {
            throw FormatError(
                .malformed, "page \(header.page): type 13 (hash) expected, \(header.type.rawValue) found",
                at: start + 25)
        }
        let items = try pages.hashItems(of: header)
        guard items.count.isMultiple(of: 2) else {
            throw FormatError(
                .malformed, "page \(header.page): keys and values in pairs expected, \(items.count) found",
                at: start + 20)
        }
        for pair in stride(from: 0, to: items.count, by: 2) {
            try record(key: items[pair], value: items[pair + 1], of: &pages, body)
        }
        return items.count / 2
    }

    private static func record(
        key: Range<Int>, value: Range<Int>, of pages: inout BerkeleyDBPages,
        _ body: (Span<UInt8>, Span<UInt8>, Int) throws(FormatError) -> Void
    ) throws(FormatError) {
        let file = pages.file
        var keyBytes: [UInt8] = []
        switch file[key.lowerBound] {
        case 1: keyBytes += file[key.dropFirst()]
        case 3: try appendOffPage(key, of: &pages, to: &keyBytes)
        case let type: throw FormatError(.malformed, "a key of type 1 or 3 expected, \(type) found", at: key.lowerBound)
        }
        switch file[value.lowerBound] {
        case 1:
            try body(keyBytes.span, file.span.extracting(value.dropFirst()), value.lowerBound + 1)
        case 2:
            var rest = value.dropFirst()
            while !rest.isEmpty {
                let length = rest.count >= 4 ? pages.number16(at: rest.lowerBound) : 0
                guard length + 4 <= rest.count, pages.number16(at: rest.lowerBound + 2 + length) == length else {
                    throw FormatError(.malformed, "a value between its lengths expected", at: rest.lowerBound)
                }
                let start = rest.lowerBound + 2
                try body(keyBytes.span, file.span.extracting(start..<start + length), start)
                rest = rest.dropFirst(4 + length)
            }
        case 3:
            var bytes: [UInt8] = []
            try appendOffPage(value, of: &pages, to: &bytes)
            try body(keyBytes.span, bytes.span, value.lowerBound)
        case 4:
            guard value.count >= 8 else { throw FormatError(.truncated, "8 bytes expected", at: value.lowerBound) }
            let root = pages.number32(at: value.lowerBound + 4)
            try duplicates(below: root, at: value.lowerBound, key: keyBytes, of: &pages, body)
        case let type:
            throw FormatError(.malformed, "a value of type 1 to 4 expected, \(type) found", at: value.lowerBound)
        }
    }

    private static func appendOffPage(
        _ item: Range<Int>, of pages: inout BerkeleyDBPages, to bytes: inout [UInt8]
    ) throws(FormatError) {
        guard item.count >= 12 else { throw FormatError(.truncated, "12 bytes expected", at: item.lowerBound) }
        try pages.appendOverflow(
            from: pages.number32(at: item.lowerBound + 4), length: pages.number32(at: item.lowerBound + 8),
            at: item.lowerBound, to: &bytes)
    }

    /// The bucket that a key belongs to: as many low bits of its hash as number all buckets, or one fewer where there is
    /// no such bucket yet.
    private static func bucket(of key: Span<UInt8>, highest: Int) -> Int {
        let mask = 1 << binaryLogarithm(roundedUp: highest + 1) - 1
        let bucket = hash(key) & mask
        return bucket > highest ? bucket & mask >> 1 : bucket
    }

    /// The function that Berkeley DB takes where none is given, Fowler, Noll and Vo's, begun at 0. (src/hash/hash_func.c)
    private static func hash(_ key: Span<UInt8>) -> Int {
        var hash: UInt32 = 0
        for index in key.indices { hash = hash &* 16_777_619 ^ UInt32(key[index]) }
        return Int(hash)
    }

    /// The smallest n for which 2 to the power of n is at least `number`.
    private static func binaryLogarithm(roundedUp number: Int) -> Int {
        number <= 1 ? 0 : Int.bitWidth - (number - 1).leadingZeroBitCount
    }
}
