/// Zstandard frames as the real zstd writes them.

import ByteParsing
import Foundation
import Inflating
import TestSupport
import Testing

@Suite struct ZstdPiecesTests {
    /// `content` as `zstd` packs it with these options.
    static func packed(_ content: [UInt8], _ options: [String]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(content).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = #"zstd -q -c "$@" | base64 -w 0"#
        let output = try Tool.output("sh", ["-c", script, "sh"] + options + [file.path])
        return [UInt8](try #require(Data(base64Encoded: output)))
    }

    static let text = Array(String(repeating: "some text, and again some text\n", count: 2000).utf8)

    @Test func framesOfEveryKind() throws {
        let pieces = ZstdPieces(limit: 1 << 20)
        let contents: [[UInt8]] = [[], [97], [UInt8](repeating: 0, count: 1 << 20), Self.text]
        for content in contents {
            for options in [["-1"], ["-3"], ["--ultra", "-22"], ["-1", "--no-check"], ["-3", "--no-content-size"]] {
                let packed = try Self.packed(content, options)
                // What pads a piece to whole sectors is not a part of it.
                let padded = packed + [UInt8](repeating: 0, count: 4096)
                #expect(try pieces.inflate(packed[...]) == content, "\(content.count) bytes, \(options)")
                #expect(try pieces.inflate(padded[...]) == content, "\(content.count) bytes, \(options), padded")
            }
        }
    }

    @Test func aPieceThatIsCutAnywhereIsAnError() throws {
        let pieces = ZstdPieces(limit: 1 << 20)
        let packed = try Self.packed(Self.text, ["-3"])
        for count in packed.indices {
            #expect(throws: FormatError.self, "\(count) bytes") { try pieces.inflate(packed.prefix(count)) }
        }
        #expect(try pieces.inflate(packed[...]) == Self.text)
    }

    @Test func whatIsDamagedOrTooLongIsAnError() throws {
        var packed = try Self.packed(Self.text, ["-3"])
        let tooLong = #expect(throws: FormatError.self) {
            try ZstdPieces(limit: Self.text.count - 1).inflate(packed[...])
        }
        #expect(tooLong?.code == .limitExceeded)
        #expect(try ZstdPieces(limit: Self.text.count).inflate(packed[...]).count == Self.text.count)
        packed[packed.count - 1] ^= 1
        let damaged = #expect(throws: FormatError.self) {
            try ZstdPieces(limit: Self.text.count).inflate(packed[...])
        }
        #expect(damaged?.code == .malformed)
        #expect(throws: FormatError.self) { try ZstdPieces(limit: 9).inflate([]) }
    }

    @Test func aFrameThatAsksForMuchMemoryIsAnError() throws {
        let packed = try Self.packed([UInt8](repeating: 7, count: 20 << 20), ["-1", "--long=25", "--no-content-size"])
        #expect(throws: FormatError.self) { try ZstdPieces(limit: 20 << 20).inflate(packed[...]) }
    }
}
