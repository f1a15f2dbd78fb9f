/// Raw deflate data by both libraries, held against Python's own.

import ByteParsing
import Inflating
import Testing

@Suite struct DeflatePiecesTests {
    static let inflaters: [@Sendable () -> any Inflater] = [{ ISALInflater(.raw) }, { ZlibInflater(.raw) }]

    /// What `expression` comes to, packed as QEMU packs its clusters: with a window of 4 KiB.
    static func packed(_ expression: String) throws -> [UInt8] {
        try ZlibPiecesTests.bytes(
            "(lambda x, c=zlib.compressobj(9, 8, -12): c.compress(x) + c.flush())(\(expression))")
    }

    @Test(arguments: 0..<inflaters.count) func thePieceThatTheDataBeginWith(_ index: Int) throws {
        for (content, size) in [
            ("bytes(65536)", 65536), ("b'some text, and again some text\\n' * 2048", 63488),
            ("random.Random(3).randbytes(65536)", 65536), ("b'x' * (2 << 20)", 2 << 20), ("b'y' * 512", 512),
        ] {
            let pieces = DeflatePieces(size: size, inflater: Self.inflaters[index]())
            let (packed, expected) = (try Self.packed(content), try ZlibPiecesTests.bytes(content))
            for _ in 0..<2 {
                #expect(try pieces.inflate(packed[...]) == expected, "\(content)")
                #expect(try pieces.inflate((packed + [UInt8](repeating: 0xFF, count: 512))[...]) == expected, "padded")
            }
            // A smaller piece is the beginning, whatever the data hold.
            let half = DeflatePieces(size: size / 2, inflater: Self.inflaters[index]())
            #expect(try half.inflate(packed[...]) == Array(expected.prefix(size / 2)), "\(content)")
            let more = DeflatePieces(size: size + 1, inflater: Self.inflaters[index]())
            let error = #expect(throws: FormatError.self) { try more.inflate(packed[...]) }
            #expect(error?.code == .truncated)
        }
    }

    @Test(arguments: 0..<inflaters.count) func whatIsCutOrDamagedIsAnError(_ index: Int) throws {
        let pieces = DeflatePieces(size: 279, inflater: Self.inflaters[index]())
        let packed = try Self.packed("b'some text, and again some text\\n' * 9")
        for count in 0..<packed.count / 2 {
            #expect(throws: FormatError.self, "\(count) bytes") { try pieces.inflate(packed.prefix(count)) }
        }
        // A block of a type that there is not.
        let error = #expect(throws: FormatError.self) { try pieces.inflate([0x07] + packed) }
        #expect(error?.code == .malformed)
        #expect(try pieces.inflate(packed[...]).count == 279)
    }
}
