import ByteParsing
import Testing

@testable import PackageDatabases

/// Headers written down here, for what real databases of today do not show.
struct RPMHeaderTests {
    @Test func `a header without a region, as rpm 3 wrote it, is read`() throws {
        let blob = HeaderBlob(entries: [.text(1000, "bash"), .text(1001, "1.14.7"), .text(1002, "23.5")]).bytes
        #expect(try package(blob) == Package(manager: .rpm, name: "bash", version: "1.14.7", release: "23.5"))
    }

    @Test func `a region without a trailer, as later rpms made of such a header, is read`() throws {
        let blob = HeaderBlob(
            entries: [.region(61, offset: 0), .text(1000, "bash"), .text(1001, "2.05"), .text(1002, "8")]
        ).bytes
        #expect(try package(blob).version == "2.05")
    }

    @Test func `what was added at installation replaces what the region says`() throws {
        var header = HeaderBlob(entries: [.text(1000, "bash"), .text(1001, "5"), .text(1002, "1"), .text(1011, "A")])
        header.seal(63)
        header.entries.append(.text(1011, "B"))
        #expect(try package(header.bytes).vendor == "B")
    }

    /// The digests of the header below as sha1sum and sha256sum give them, of the bytes that rpm takes.
    private static let sha1 = "10705e6c338276422362475bdb16d01c4660152e"
    private static let sha256 = "c7381506c116a9b226f849f432a197e4604b8e677bb28115a902947d8f78b1f7"

    @Test(
        arguments: [
            ([(269, sha1)], true), ([(273, sha256)], true), ([(269, sha1), (273, sha256)], true),
            // The stronger one decides.
            ([(269, "0"), (273, sha256)], true), ([(269, sha1), (273, "0")], false),
            ([(269, "0")], false), ([(269, "")], false), ([(273, String(sha256.dropLast()))], false),
            ([(273, sha1)], false),
        ] as [([(UInt32, String)], Bool)])
    func `a header whose digest is another than the one stored with it is an error`(
        digests: [(UInt32, String)], isRight: Bool
    ) throws {
        var header = HeaderBlob(entries: [.text(1000, "bash"), .text(1001, "5"), .text(1002, "1")])
        header.seal(63)
        header.entries += digests.map { .text($0.0, $0.1) }
        if isRight {
            #expect(try package(header.bytes).name == "bash")
            // What came with the installation is not covered.
            header.entries.append(.text(1011, "vendor"))
            #expect(try package(header.bytes).vendor == "vendor")
        } else {
            let error = try #require(throws: FormatError.self) { try package(header.bytes) }
            #expect(error.code == .checksumMismatch)
        }
    }

    @Test(arguments: [62, 63]) func `a region with its trailer is read`(tag: UInt32) throws {
        var header = HeaderBlob(entries: [.text(1000, "bash"), .text(1001, "5"), .text(1002, "1")])
        header.seal(tag, trailer: tag == 62 ? 61 : tag)
        #expect(try package(header.bytes).name == "bash")
    }

    @Test func `of a text in several languages the first counts`() throws {
        let blob = HeaderBlob(entries: [
            .text(1000, "bash"), .text(1001, "5"), .text(1002, "1"),
            .init(tag: 1011, type: 9, count: 3, data: Array("vendor\0Anbieter\0fournisseur\0".utf8)),
        ]).bytes
        #expect(try package(blob).vendor == "vendor")
    }

    @Test func `text that is not UTF-8 is kept as far as it is`() throws {
        let blob = HeaderBlob(entries: [
            .text(1000, "bash"), .text(1001, "5"), .text(1002, "1"),
            .init(tag: 1011, type: 6, count: 1, data: [0x41, 0xff, 0x42, 0]),
        ]).bytes
        #expect(try package(blob).vendor == "A\u{fffd}B")
    }

    @Test(arguments: [1000, 1001, 1002] as [UInt32])
    func `a package without name, version or release is an error`(tag: UInt32) {
        let entries: [HeaderBlob.Entry] = [.text(1000, "bash"), .text(1001, "5"), .text(1002, "1")]
        #expect(throws: FormatError.self) { try package(HeaderBlob(entries: entries.filter { $0.tag != tag }).bytes) }
    }

    @Test func `cut at any length it is an error`() throws {
        var header = HeaderBlob(entries: [.text(1000, "bash"), .text(1001, "5"), .text(1002, "1")])
        header.seal(63)
        let blob = header.bytes
        for count in 0..<blob.count {
            #expect(throws: FormatError.self, "\(count) bytes") { try package(Array(blob[..<count])) }
        }
        #expect(try package(blob).name == "bash")
    }

    @Test func `any word of it replaced by any extreme is an error or an answer, never a trap`() throws {
        var header = HeaderBlob(entries: [
            .text(1000, "bash"), .text(1001, "5"), .text(1002, "1"),
            .init(tag: 1003, type: 4, count: 1, data: [0, 0, 0, 7]),
            .init(tag: 1011, type: 9, count: 2, data: Array("vendor\0Anbieter\0".utf8)),
            .init(tag: 1117, type: 8, count: 1, data: Array("bash\0".utf8)),
        ])
        header.seal(63)
        let blob = header.bytes
        let values: [UInt32] = [
            0, 1, 2, 15, 16, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff0, 0x0fff_ffff, 1000,
        ]
        var errors = 0
        for place in stride(from: 0, to: blob.count - 3, by: 4) {
            for value in values {
                var damaged = blob
                for byte in 0..<4 { damaged[place + byte] = UInt8(truncatingIfNeeded: value >> (24 - 8 * byte)) }
                do throws(FormatError) {
                    let header = try RPMHeader(damaged.span, at: 100)
                    _ = try header.package(in: damaged.span)
                } catch {
                    errors += 1
                    #expect(error.offset == 100)
                }
            }
        }
        #expect(errors > 200)
    }

    @Test(
        arguments: [
            ("entries", 0, [0, 1, 0, 0], FormatError.Code.limitExceeded),
            ("no entries", 0, [0, 0, 0, 0], .limitExceeded),
            ("store", 4, [0x10, 0, 0, 0], .limitExceeded), ("type", 12, [0, 0, 0, 10], .malformed),
            ("offset", 16, [0, 0, 1, 0], .malformed), ("count", 20, [0, 0, 1, 0], .malformed),
            ("tag", 8, [0, 0, 0, 99], .malformed),
        ] as [(String, Int, [UInt8], FormatError.Code)])
    func `counts and sizes beyond what rpm allows are refused`(
        what: String, place: Int, bytes: [UInt8], code: FormatError.Code
    ) throws {
        var blob = HeaderBlob(entries: [.text(1000, "bash"), .text(1001, "5"), .text(1002, "1")]).bytes
        blob.replaceSubrange(place..<place + 4, with: bytes)
        let error = try #require(throws: FormatError.self) { try package(blob) }
        #expect(error.code == code, "\(what): \(error)")
    }

    private func package(_ blob: [UInt8]) throws(FormatError) -> Package {
        try RPMHeader(blob.span, at: nil).package(in: blob.span)
    }
}

/// A header as rpm lays it out.
private struct HeaderBlob {
    struct Entry {
        var tag: UInt32
        var type: UInt32
        var count: UInt32
        var data: [UInt8]
        /// Where it is said to be, if not where it is.
        var offset: Int?

        static func text(_ tag: UInt32, _ text: String) -> Entry {
            Entry(tag: tag, type: 6, count: 1, data: Array(text.utf8) + [0])
        }

        static func region(_ tag: UInt32, offset: Int) -> Entry {
            Entry(tag: tag, type: 7, count: 16, data: [], offset: offset)
        }
    }

    var entries: [Entry]

    /// Puts a region around what is there, its trailer at the end of the store.
    mutating func seal(_ tag: UInt32, trailer: UInt32? = nil) {
        let size = -16 * Int32(entries.count + 1)
        let data = [trailer ?? tag, 7, UInt32(bitPattern: size), 16].flatMap(bigEndian)
        entries.insert(Entry(tag: tag, type: 7, count: 16, data: data), at: 0)
    }

    var bytes: [UInt8] {
        var index: [UInt8] = []
        var store: [UInt8] = []
        var region: Entry?
        var isSealed = false
        var regionPlace = 0
        for entry in entries {
            if entry.tag < 100, entry.offset == nil {
                // The trailer comes after the entries it covers.
                region = entry
                index += [UInt8](repeating: 0, count: 16)
                continue
            }
            if let trailer = region, !isSealed, index.count / 16 == covered(by: trailer) {
                regionPlace = store.count
                store += trailer.data
                isSealed = true
            }
            if entry.type == 4 { while store.count % 4 != 0 { store.append(0) } }
            index += [entry.tag, entry.type, UInt32(entry.offset ?? store.count), entry.count].flatMap(bigEndian)
            store += entry.data
        }
        if let region {
            if !isSealed {
                regionPlace = store.count
                store += region.data
            }
            index.replaceSubrange(
                0..<16, with: [region.tag, region.type, UInt32(regionPlace), region.count].flatMap(bigEndian))
        }
        return bigEndian(UInt32(index.count / 16)) + bigEndian(UInt32(store.count)) + index + store
    }

    private func covered(by region: Entry) -> Int {
        let size = region.data[8..<12].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Int(-Int32(bitPattern: size)) / 16
    }

    private func bigEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
}
