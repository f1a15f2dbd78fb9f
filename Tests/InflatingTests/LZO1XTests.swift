/// LZO1X as Linux describes it, instruction by instruction; streams of the real compressor are those of btrfs.

import ByteParsing
import Inflating
import Testing

struct LZO1XTests {
    private static let end: [UInt8] = [0x11, 0, 0]
    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A stream without its end, and what it holds.
    static let rows: [(name: String, stream: [UInt8], content: [UInt8])] = [
        ("nothing", [], []),
        ("first literals", [17 + 4] + text("abcd"), text("abcd")),
        ("few literals, then two bytes from near", [17 + 3] + text("abc") + [0b0000_1000, 0], text("abcab")),
        (
            "a long run of literals", [0, 0, 3] + [UInt8](repeating: 7, count: 3 + 15 + 255 + 3),
            [UInt8](repeating: 7, count: 276)
        ),
        ("three bytes from near", [17 + 4] + text("abcd") + [0b0100_1100, 0], text("abcdabc")),
        ("five bytes, which reach into themselves", [17 + 4] + text("abcd") + [0b1000_0000, 0], text("abcdddddd")),
        (
            "a block of a length in its instruction", [17 + 4] + text("abcd") + [0b0010_0010, 3 << 2, 0],
            text("abcdabcd")
        ),
        (
            "a block of a length behind it, and a literal",
            [17 + 4] + text("abcd") + [0b0010_0000, 2, 3 << 2 | 1, 0, 0x78],
            text("abcd") + (0..<35).map { text("abcd")[$0 % 4] } + text("x")
        ),
        (
            "three bytes from 2 KiB before, behind a run",
            [0] + [UInt8](repeating: 0, count: 7) + [246] + [UInt8](repeating: 9, count: 2049) + [0, 0],
            [UInt8](repeating: 9, count: 2049 + 3)
        ),
        (
            "a block from 16 KiB before",
            [0] + [UInt8](repeating: 0, count: 64) + [62] + [UInt8](repeating: 5, count: 3 + 15 + 64 * 255 + 62)
                + [0b0001_0010, 1 << 2, 0],
            [UInt8](repeating: 5, count: 16400 + 4)
        ),
    ]

    @Test(arguments: rows.indices) func everyInstructionIsDecoded(_ index: Int) throws {
        let (name, stream, content) = Self.rows[index]
        let whole = stream + Self.end
        #expect(try LZO1X.decode(whole[...], limit: 1 << 16) == content, "\(name)")
        for count in whole.indices {
            #expect(throws: FormatError.self, "\(name), \(count) bytes") {
                try LZO1X.decode(whole.prefix(count), limit: 1 << 16)
            }
        }
        if !content.isEmpty {
            let error = #expect(throws: FormatError.self, "\(name)") {
                try LZO1X.decode(whole[...], limit: content.count - 1)
            }
            #expect(error?.code == .limitExceeded, "\(name)")
        }
        #expect(throws: FormatError.self, "\(name)") { try LZO1X.decode((whole + [0])[...], limit: 1 << 16) }
    }

    @Test func aCopyFromBeforeTheBeginningIsAnError() {
        for stream: [UInt8] in [[17 + 4, 1, 2, 3, 4, 0x40, 1], [17 + 4, 1, 2, 3, 4, 0x21, 0x10, 0], [0x10, 0, 4, 0]] {
            let error = #expect(throws: FormatError.self) { try LZO1X.decode((stream + Self.end)[...], limit: 4096) }
            #expect(error?.code == .malformed)
        }
    }

    @Test func aLengthWithoutEndIsAnError() {
        let stream = [17 + 4, 1, 2, 3, 4, 0x20] + [UInt8](repeating: 0, count: 1 << 20)
        let error = #expect(throws: FormatError.self) { try LZO1X.decode(stream[...], limit: 4096) }
        #expect(error?.code == .limitExceeded)
    }
}
