import ByteParsing
import Testing

@Suite struct TextLinesTests {
    @Test(arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]), ("a\r\nb\r\n", ["a", "b"]), ("\n", [""]),
        ("a\rb\n", ["a\rb"]),
    ])
    func linesAreSplitAtLineFeeds(text: String, expected: [String]) throws {
        let lines = try textLines(Array(text.utf8))
        #expect(lines.map(\.text) == expected)
        #expect(lines.map(\.number) == Array(1...max(1, expected.count)).prefix(expected.count).map(\.self))
    }

    @Test func bytesThatAreNotUTF8AreReplaced() throws {
        #expect(try textLines([0x61, 0xff, 0x0a]).map(\.text) == ["a\u{fffd}"])
    }

    @Test func aNULIsNoText() {
        #expect(throws: FormatError(.malformed, "text expected, a NUL byte found", at: 2)) {
            try textLines([97, 10, 0])
        }
    }
}
