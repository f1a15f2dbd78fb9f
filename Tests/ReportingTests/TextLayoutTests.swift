/// Lines fit their width whatever the text.

import Testing

@testable import Reporting

@Suite struct TextLayoutTests {
    @Test("text is broken at blanks, by columns and not by characters")
    func breaking() {
        #expect(wrapped("one two three", width: 7) == ["one two", "three"])
        #expect(wrapped("日本 語日 本語", width: 9) == ["日本 語日", "本語"])
        #expect(wrapped("", width: 9) == [""])
    }

    @Test("a path stays whole so that it can be copied, a wall of text does not")
    func longWords() {
        let path = "/usr/lib/" + String(repeating: "x", count: 100)
        #expect(wrapped("at \(path) found", width: 40) == ["at", path, "found"])
        let wall = String(repeating: "日", count: 500)
        let lines = wrapped(wall, width: 40)
        #expect(lines.joined() == wall)
        #expect(lines.allSatisfy { displayWidth($0) <= 40 })
    }

    @Test("what is cut says so and fits", arguments: [1, 2, 5, 40])
    func clipping(width: Int) {
        for text in ["a short text that is longer than the room", String(repeating: "語", count: 60)] {
            #expect(displayWidth(clipped(text, to: width)) <= width)
            #expect(clipped(text, to: width).hasSuffix("…"))
        }
        #expect(clipped("a", to: width) == "a")
    }
}
