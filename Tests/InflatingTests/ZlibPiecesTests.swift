/// Zlib streams by both libraries, held against Python's own.

import ByteParsing
import Foundation
import Inflating
import TestSupport
import Testing

@Suite struct ZlibPiecesTests {
    /// Deflate decoders, by name.
    static let inflaters: [(name: String, make: @Sendable () -> any Inflater)] = [
        ("ISA-L", { ISALInflater(.zlib) }), ("zlib", { ZlibInflater(.zlib) }),
    ]

    /// What Python expressions over `zlib` and `random` come to.
    static func bytes(_ expressions: [String]) throws -> [[UInt8]] {
        let list = expressions.joined(separator: ",")
        let script = "import base64, random, zlib\nfor x in [\(list)]: print(base64.b64encode(x).decode())"
        let lines = try Tool.output("python3", ["-c", script]).split(separator: "\n", omittingEmptySubsequences: false)
        return try lines.dropLast().map { [UInt8](try #require(Data(base64Encoded: String($0)))) }
    }

    static func bytes(_ expression: String) throws -> [UInt8] { try #require(bytes([expression]).first) }

    @Test(arguments: 0..<inflaters.count) func piecesOfEveryLevel(_ index: Int) throws {
        let pieces = ZlibPieces(limit: 65536, inflater: Self.inflaters[index].make())
        for content in [
            "b''", "b'a'", "bytes(65536)", "b'some text, and again some text\\n' * 2000",
            "random.Random(3).randbytes(65536)",
        ] {
            let levels = [0, 1, 6, 9]
            let made = try Self.bytes([content] + levels.map { "zlib.compress(\(content), \($0))" })
            let expected = try #require(made.first)
            for (level, packed) in zip(levels, made.dropFirst()) {
                // What pads a piece to whole sectors is not a part of it.
                let padded = packed + [UInt8](repeating: 0, count: 512)
                #expect(try pieces.inflate(packed[...]) == expected, "\(content) at level \(level)")
                #expect(try pieces.inflate(padded[...]) == expected, "\(content) at level \(level), padded")
            }
        }
    }

    @Test(arguments: 0..<inflaters.count) func aPieceThatIsCutAnywhereIsAnError(_ index: Int) throws {
        let pieces = ZlibPieces(limit: 65536, inflater: Self.inflaters[index].make())
        let packed = try Self.bytes("zlib.compress(b'some text, and again some text\\n' * 9)")
        for count in packed.indices {
            #expect(throws: FormatError.self, "\(count) bytes") { try pieces.inflate(packed.prefix(count)) }
        }
        #expect(try pieces.inflate(packed[...]).count == 279)
    }

    @Test(arguments: 0..<inflaters.count) func whatIsDamagedIsAnError(_ index: Int) throws {
        let pieces = ZlibPieces(limit: 65536, inflater: Self.inflaters[index].make())
        var packed = try Self.bytes("zlib.compress(b'some text, and again some text\\n' * 9)")
        for (place, value) in [(0, 0x79), (0, 0x1F), (1, 0x9D), (1, 0xBB), (packed.count - 1, 0xFF)] as [(Int, UInt8)] {
            let right = packed[place]
            packed[place] = value
            #expect(throws: FormatError.self, "\(value) at \(place)") { try pieces.inflate(packed[...]) }
            packed[place] = right
        }
        #expect(try pieces.inflate(packed[...]).count == 279)
    }

    @Test(arguments: 0..<inflaters.count) func noMoreThanTheLimitIsInflated(_ index: Int) throws {
        let pieces = ZlibPieces(limit: 65536, inflater: Self.inflaters[index].make())
        #expect(try pieces.inflate(Self.bytes("zlib.compress(bytes(65536))")[...]).count == 65536)
        for size in ["65537", "65 << 20"] {
            let bomb = try Self.bytes("zlib.compress(bytes(\(size)), 9)")
            let error = #expect(throws: FormatError.self) { try pieces.inflate(bomb[...]) }
            #expect(error?.code == .limitExceeded, "\(size): \(error?.reason ?? "-")")
        }
        #expect(try pieces.inflate(Self.bytes("zlib.compress(b'after it')")[...]) == Array("after it".utf8))
    }
}
