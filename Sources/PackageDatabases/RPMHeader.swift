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

/// The index of a header. Its values are read from the bytes it was made from, which it does not keep.
struct RPMHeader {
    /// What rpm itself allows.
    static let entryLimit = 0xffff
    /// In bytes; what rpm itself allows.
    static let storeLimit = 0x0fff_ffff

    /// The tags that are read (rpm 4.18 include/rpm/rpmtag.h).
    enum Tag: UInt32 {
        case sha1Header = 269
        case sha256Header = 273
        case name = 1000
        case version = 1001
        case release = 1002
        case epoch = 1003
        case installTime = 1008
        case vendor = 1011
        case architecture = 1022
        case sourceRPM = 1044
        case provideName = 1047
        case requireName = 1049
        case directoryIndexes = 1116
        case baseNames = 1117
        case directoryNames = 1118
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
        var type = ValueType.null
        var start = 0
        var count = 0
    }

    /// One place for each tag that is read, in the order of `place(of:)`.
    private var entries = InlineArray<15, Entry>(repeating: Entry())
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
        let expected: String
        let found: String
        if let sha256 = try text(.sha256Header, in: blob) {
            (expected, found) = (sha256, region.sha256(in: blob))
        } else if let sha1 = try text(.sha1Header, in: blob) {
            (expected, found) = (sha1, region.sha1(in: blob))
        } else {
            return
        }
        guard found == expected else {
            throw FormatError(
                .checksumMismatch,
                "header: a digest of \(expected.prefix(16))... expected, \(found.prefix(16))... found", at: offset)
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
        entries[Self.place(of: tag)] = Entry(type: type, start: store + start, count: count)
    }

    private static func place(of tag: Tag) -> Int {
        switch tag {
        case .name: 0
        case .version: 1
        case .release: 2
        case .epoch: 3
        case .installTime: 4
        case .vendor: 5
        case .architecture: 6
        case .sourceRPM: 7
        case .provideName: 8
        case .requireName: 9
        case .directoryIndexes: 10
        case .baseNames: 11
        case .directoryNames: 12
        case .sha1Header: 13
        case .sha256Header: 14
        }
    }

    private func malformed(_ reason: String) -> FormatError { FormatError(.malformed, reason, at: offset) }
}

extension RPMHeader {
    /// The text of a tag, of an array or a text in several languages the first; nil where the header does not have it.
    func text(_ tag: Tag, in blob: Span<UInt8>) throws(FormatError) -> String? {
        var text: String?
        try forEachText(tag, in: blob) { bytes in
            text = bytes.text
            return false
        }
        return text
    }

    /// All texts of a tag; none where the header does not have it.
    func texts(_ tag: Tag, in blob: Span<UInt8>) throws(FormatError) -> [String] {
        var texts: [String] = []
        try forEachText(tag, in: blob) { bytes in
            texts.append(bytes.text)
            return true
        }
        return texts
    }

    /// Calls `body` with each text of a tag until it answers false.
    func forEachText(_ tag: Tag, in blob: Span<UInt8>, _ body: (Span<UInt8>) -> Bool) throws(FormatError) {
        let entry = entries[Self.place(of: tag)]
        guard entry.count > 0 else { return }
        guard entry.type.isText else { throw malformed("header: text expected for tag \(tag.rawValue)") }
        var start = entry.start
        for _ in 0..<entry.count {
            var end = start
            while end < blob.count, blob[end] != 0 { end += 1 }
            guard end < blob.count else {
                throw FormatError(.truncated, "header: tag \(tag.rawValue): a NUL expected at its end", at: offset)
            }
            guard body(blob.extracting(start..<end)) else { return }
            start = end + 1
        }
    }

    /// The numbers of a tag of 32 bits; none where the header does not have it.
    func numbers(_ tag: Tag, in blob: Span<UInt8>) throws(FormatError) -> [Int] {
        let entry = entries[Self.place(of: tag)]
        guard entry.count > 0 else { return [] }
        guard entry.type == .int32 else {
            throw malformed("header: numbers of 32 bits expected for tag \(tag.rawValue)")
        }
        return (0..<entry.count).map { Int(blob.bigEndian(at: entry.start + 4 * $0)) }
    }

    /// The package that the header describes; nil for a public key, which rpm keeps among its packages.
    func package(in blob: Span<UInt8>) throws(FormatError) -> Package? {
        func required(_ tag: Tag) throws(FormatError) -> String {
            guard let text = try text(tag, in: blob), !text.isEmpty else {
                throw malformed("header: a package's \(tag) expected, none found")
            }
            return text
        }
        let name = try required(.name)
        let version = try required(.version)
        let release = try required(.release)
        guard name != "gpg-pubkey" else { return nil }
        return Package(
            manager: .rpm, name: name, epoch: try numbers(.epoch, in: blob).first, version: version, release: release,
            architecture: try text(.architecture, in: blob), source: try text(.sourceRPM, in: blob),
            vendor: try text(.vendor, in: blob))
    }
}
