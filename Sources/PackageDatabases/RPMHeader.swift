/// One record of an rpm database: the header of a package, from which its name and version are read.
///
///     0           u32 big-endian   number of index entries (il)
///     4           u32 big-endian   size of the data store in bytes (dl)
///     8           16 bytes * il    index: tag, type, offset into the store, count; u32 big-endian each
///     8 + 16 il   dl bytes         store
///
/// The first entry may name a region: what the package was signed with. It points at a trailer in the store that says
/// how many entries belong to it; entries after those were added at installation and replace those of the same tag
/// inside. The digests of the region are among these. Headers of rpm 3 have no region, or one without a trailer
/// (offset 0).
/// (rpm 4.18 lib/header.c; rpm.org/docs/4.18.x/manual/format.html)

import ByteParsing

/// Where the values of a header stand that are read. They are taken from the bytes it was made from, which it does not
/// keep.
struct RPMHeader {
    /// What rpm itself allows.
    static let entryLimit = 0xffff
    /// In bytes; what rpm itself allows.
    static let storeLimit = 0x0fff_ffff

    /// The tags that are read (rpm 4.18 include/rpm/rpmtag.h).
    private enum Tag: UInt32 {
        case sha1Header = 269
        case sha256Header = 273
        case name = 1000
        case version = 1001
        case release = 1002
        case epoch = 1003
        case vendor = 1011
        case architecture = 1022
        case sourceRPM = 1044
    }

    /// The types of values.
    private enum ValueType: UInt32 {
        case null, character, int8, int16, int32, int64, string, binary, stringArray, i18nString

        /// The size of one value in bytes; 1 for text, of which every value has at least its NUL.
        var size: Int {
            switch self {
            case .null: 0
            case .character, .int8, .binary, .string, .stringArray, .i18nString: 1
            case .int16: 2
            case .int32: 4
            case .int64: 8
            }
        }

        var isText: Bool { self == .string || self == .stringArray || self == .i18nString }
    }

    private struct Entry {
        let tag: Tag
        let type: ValueType
        let start: Int
        let count: Int
    }

    private var sha1: Entry?
    private var sha256: Entry?
    private var name: Entry?
    private var version: Entry?
    private var release: Entry?
    private var epoch: Entry?
    private var vendor: Entry?
    private var architecture: Entry?
    private var source: Entry?
    /// Where the header begins in its file, for errors.
    private let offset: Int?

    /// Reads the index of the header that fills `blob`; `offset` is where it begins in the file, nil where it has no
    /// single place there.
    ///
    /// Throws where counts and sizes do not fit the blob, where a region is not what its trailer says, and where its
    /// digest is another than the one that was stored with it: rpm itself passes such a header over.
    init(_ blob: Span<UInt8>, at offset: Int?) throws(FormatError) {
        self.offset = offset
        guard blob.count >= 8 else {
            throw FormatError(.truncated, "header: at least 8 bytes expected, \(blob.count) found", at: offset)
        }
        let count = Int(blob.bigEndian(at: 0))
        let size = Int(blob.bigEndian(at: 4))
        guard count > 0, count <= Self.entryLimit else {
            throw FormatError(
                .limitExceeded, "header: 1 to \(Self.entryLimit) index entries expected, \(count) found", at: offset)
        }
        guard size <= Self.storeLimit else {
            throw FormatError(
                .limitExceeded, "header: a store of at most \(Self.storeLimit) bytes expected, \(size) found",
                at: offset)
        }
        let store = 8 + 16 * count
        guard blob.count == store + size else {
            throw FormatError(
                .malformed,
                "header: \(store + size) bytes expected for \(count) entries and \(size) bytes, \(blob.count) found",
                at: offset)
        }
        let hasRegion = blob.bigEndian(at: 8) < Self.firstOrdinaryTag
        let region = hasRegion ? try region(of: blob, entries: count, store: store) : nil
        for index in (hasRegion ? 1 : 0)..<count {
            try take(blob, entry: index, store: store)
        }
        if let region { try checkDigest(of: region, in: blob) }
    }

    /// Below it are regions and the table of languages.
    private static let firstOrdinaryTag: UInt32 = 100

    /// The region that the first entry names; nil where it has no trailer. Throws where the two do not agree.
    /// (rpm 4.18 lib/header.c, hdrblobVerifyRegion)
    private func region(of blob: Span<UInt8>, entries: Int, store: Int) throws(FormatError) -> RPMHeaderRegion? {
        let tag = blob.bigEndian(at: 8)
        // HEADERIMAGE, HEADERSIGNATURES, HEADERIMMUTABLE, in that order.
        guard (61...63).contains(tag), blob.bigEndian(at: 12) == ValueType.binary.rawValue,
            blob.bigEndian(at: 20) == 16
        else { throw malformed("header: a region of 16 bytes expected, tag \(tag) found") }
        let start = Int(blob.bigEndian(at: 16))
        // A header of rpm 3 that a later rpm has installed: the region is the whole index.
        if start == 0 { return nil }
        guard start <= blob.count - store - 16 else {
            throw malformed("header: the trailer of the region expected within the store, offset \(start) found")
        }
        let trailer = store + start
        let trailerTag = blob.bigEndian(at: trailer)
        // Packages of old signed with HEADERIMAGE in the trailer of a signature region.
        guard trailerTag == tag || (tag == 62 && trailerTag == 61),
            blob.bigEndian(at: trailer + 4) == ValueType.binary.rawValue, blob.bigEndian(at: trailer + 12) == 16
        else { throw malformed("header: the trailer of region \(tag) expected, tag \(trailerTag) found") }
        let size = -Int(Int32(bitPattern: blob.bigEndian(at: trailer + 8)))
        guard size > 0, size.isMultiple(of: 16), size / 16 <= entries else {
            throw malformed("header: a region of at most \(entries) entries expected, \(size) bytes of them found")
        }
        return RPMHeaderRegion(entries: size / 16, store: store, size: start + 16)
    }

    /// Checks the stronger of the digests that are stored; those of rpm before 4.14 are SHA-1 alone, a header from
    /// before 4.0 has none.
    private func checkDigest(of region: RPMHeaderRegion, in blob: Span<UInt8>) throws(FormatError) {
        let stored: Range<Int>
        let digest: [UInt8]
        if let place = try place(ofText: sha256, in: blob) {
            (stored, digest) = (place, region.sha256(in: blob))
        } else if let place = try place(ofText: sha1, in: blob) {
            (stored, digest) = (place, region.sha1(in: blob))
        } else {
            return
        }
        let found = hexadecimal(digest)
        let expected = blob.extracting(stored)
        guard expected.count == found.count, expected.indices.allSatisfy({ expected[$0] == found[$0] }) else {
            throw FormatError(
                .checksumMismatch,
                "header: a digest of \(expected.text.prefix(16))... expected, "
                    + "\(String(decoding: found.prefix(16), as: UTF8.self))... found", at: offset)
        }
    }

    /// Takes one entry into its place, where its tag is one that is read; the last of a tag counts.
    private mutating func take(_ blob: Span<UInt8>, entry index: Int, store: Int) throws(FormatError) {
        let place = 8 + 16 * index
        let tag = blob.bigEndian(at: place)
        let start = Int(blob.bigEndian(at: place + 8))
        let count = Int(blob.bigEndian(at: place + 12))
        let size = blob.count - store
        guard tag >= Self.firstOrdinaryTag, let type = ValueType(rawValue: blob.bigEndian(at: place + 4)) else {
            throw malformed("header: entry \(index): a tag from \(Self.firstOrdinaryTag) and a known type expected")
        }
        guard start <= size, count <= (size - start) / max(type.size, 1), type.size < 2 || start % type.size == 0
        else {
            throw malformed(
                "header: tag \(tag): \(count) values of \(type.size) bytes expected within \(size), offset \(start) found"
            )
        }
        guard let tag = Tag(rawValue: tag) else { return }
        let entry = Entry(tag: tag, type: type, start: store + start, count: count)
        switch tag {
        case .sha1Header: sha1 = entry
        case .sha256Header: sha256 = entry
        case .name: name = entry
        case .version: version = entry
        case .release: release = entry
        case .epoch: epoch = entry
        case .vendor: vendor = entry
        case .architecture: architecture = entry
        case .sourceRPM: source = entry
        }
    }

    private func malformed(_ reason: String) -> FormatError { FormatError(.malformed, reason, at: offset) }
}

extension RPMHeader {
    /// The package that the header describes; public keys, which rpm keeps among its packages, are called `gpg-pubkey`.
    func package(in blob: Span<UInt8>) throws(FormatError) -> Package {
        func required(_ entry: Entry?, _ what: String) throws(FormatError) -> String {
            guard let text = try text(entry, in: blob), !text.isEmpty else {
                throw malformed("header: a package's \(what) expected, none found")
            }
            return text
        }
        return Package(
            manager: .rpm, name: try required(name, "name"), epoch: try number(epoch, in: blob),
            version: try required(version, "version"), release: try required(release, "release"),
            architecture: try text(architecture, in: blob), source: try text(source, in: blob),
            vendor: try text(vendor, in: blob))
    }

    /// A text, of an array or a text in several languages the first; nil where the header does not have it.
    private func text(_ entry: Entry?, in blob: Span<UInt8>) throws(FormatError) -> String? {
        guard let place = try place(ofText: entry, in: blob) else { return nil }
        return blob.extracting(place).text
    }

    /// Where the first text of an entry stands, without its NUL.
    private func place(ofText entry: Entry?, in blob: Span<UInt8>) throws(FormatError) -> Range<Int>? {
        guard let entry, entry.count > 0 else { return nil }
        guard entry.type.isText else { throw malformed("header: text expected for tag \(entry.tag.rawValue)") }
        var end = entry.start
        while end < blob.count, blob[end] != 0 { end += 1 }
        guard end < blob.count else {
            throw FormatError(.truncated, "header: tag \(entry.tag.rawValue): a NUL expected at its end", at: offset)
        }
        return entry.start..<end
    }

    /// The first number of an entry of 32 bits; nil where the header does not have it.
    private func number(_ entry: Entry?, in blob: Span<UInt8>) throws(FormatError) -> Int? {
        guard let entry, entry.count > 0 else { return nil }
        guard entry.type == .int32 else {
            throw malformed("header: numbers of 32 bits expected for tag \(entry.tag.rawValue)")
        }
        return Int(blob.bigEndian(at: entry.start))
    }
}
