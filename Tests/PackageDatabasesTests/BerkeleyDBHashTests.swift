import ByteParsing
import PackageDatabases
import TestSupport
import Testing

/// A real hash file with single numbers changed, each of which would lose records or go round for ever.
struct BerkeleyDBHashTests {
    /// Big-endian, pages of 1,024 bytes.
    private func sample() throws -> [UInt8] { try TestData.bytes(TestData.url("rpm/sample/Packages")) }

    private func error(_ change: (inout [UInt8]) throws -> Void) throws -> FormatError {
        var bytes = try sample()
        try change(&bytes)
        return try #require(throws: FormatError.self) { try RPMDatabaseFormat.berkeleyDB.packages(bytes) }
    }

    /// The first page of a type.
    private func page(_ type: UInt8, _ bytes: [UInt8], where condition: (Int) -> Bool = { _ in true }) throws -> Int {
        try #require((1..<bytes.count / 1024).first { bytes[$0 * 1024 + 25] == type && condition($0 * 1024) })
    }

    private func number(_ bytes: [UInt8], _ place: Int) -> Int {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private func set(_ value: Int, at place: Int, _ bytes: inout [UInt8]) {
        for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> (24 - 8 * byte)) }
    }

    @Test func `an overflow chain that leads back to itself is an error, not a loop`() throws {
        let error = try error { bytes in
            let page = try page(7, bytes) { number(bytes, $0 + 16) != 0 }
            set(page, at: page * 1024 + 16, &bytes)
        }
        #expect(error.reason.contains("reached again"))
    }

    @Test func `a bucket that leads back to itself is an error, not a loop`() throws {
        let error = try error { bytes in
            let page = try page(13, bytes)
            set(page, at: page * 1024 + 16, &bytes)
        }
        #expect(error.reason.contains("reached again"))
    }

    @Test func `a chain that ends early leaves pages that nothing leads to, which is an error`() throws {
        let error = try error { bytes in
            // The value's length is made to fit what is left of the chain.
            let page = try page(7, bytes) { number(bytes, $0 + 12) == 0 && number(bytes, $0 + 16) != 0 }
            set(0, at: page * 1024 + 16, &bytes)
        }
        #expect(error.code == .truncated || error.reason.contains("no record leads to it"))
    }

    @Test func `fewer items on a page than it has is an error`() throws {
        let error = try error { bytes in
            let page = try page(13, bytes) { bytes[$0 + 21] > 2 }
            bytes[page * 1024 + 21] -= 2
        }
        #expect(error.reason.contains("free space"))
    }

    @Test func `fewer buckets than there are is an error`() throws {
        let error = try error { bytes in set(number(bytes, 72) - 1, at: 72, &bytes) }
        #expect(error.reason.contains("no record leads to it") || error.code == .checksumMismatch)
    }

    @Test func `a bucket's page of zeros is an error`() throws {
        let error = try error { bytes in
            let page = try page(13, bytes) { bytes[$0 + 21] > 0 }
            bytes.replaceSubrange(page * 1024..<page * 1024 + 1024, with: repeatElement(0, count: 1024))
        }
        #expect(error.reason.contains("no record leads to it") || error.code == .checksumMismatch)
    }

    @Test func `a header number damaged into 0, which holds no header, is an error, not a package fewer`() throws {
        let bytes = try sample()
        // Keys are the first of each two items on a page, four bytes behind their type.
        let keys = try (1..<bytes.count / 1024).map { $0 * 1024 }.filter { bytes[$0 + 25] == 13 }.flatMap { page in
            try stride(from: 0, to: Int(bytes[page + 21]), by: 2).map { item in
                let key = page + number(bytes, page + 24 + 2 * item) & 0xffff
                try #require(bytes[key] == 1)
                return key + 1
            }
        }
        // Those of seven headers, and number 0 itself.
        try #require(keys.count == 8)
        for key in keys where number(bytes, key) != 0 {
            let error = try error { bytes in set(0, at: key, &bytes) }
            #expect(error.offset != nil)
        }
    }

    @Test(arguments: [
        (12, 0x0005_3162, FormatError.Code.malformed), (16, 7, .unsupported), (16, 11, .unsupported),
        (20, 1000, .malformed), (20, 256, .malformed), (20, 131_072, .malformed), (24, 0x0108_0000, .unsupported),
        (24, 0x0008_0100, .unsupported), (24, 0x0009_0000, .malformed), (32, 0x7fff_ffff, .truncated),
        (72, 0x7fff_ffff, .malformed), (88, 0x7fff_ffff, .checksumMismatch),
        (92, 0x7fff_ffff, .unsupported), (96, 0x7fff_ffff, .malformed),
    ])
    func `metadata that is not what the format allows is an error`(
        place: Int, value: Int, code: FormatError.Code
    ) throws {
        let error = try error { bytes in set(value, at: place, &bytes) }
        #expect(error.code == code, "\(error)")
    }

    @Test func `a page of another type says which was expected and where`() throws {
        var expected = 0
        let error = try error { bytes in
            let page = try page(13, bytes)
            bytes[page * 1024 + 25] = 7
            expected = page
        }
        #expect(
            error
                == FormatError(
                    .malformed, "page \(expected): type 13 (hash) expected, 7 found", at: expected * 1024 + 25))
    }
}
