import Testing

@testable import Startup

@Suite struct WordsTests {
    @Test(arguments: [
        ("a  b\tc", ["a", "b", "c"]),
        ("'a b' \"c d\"e", ["a b", "c de"]),
        ("a\\ b \\x41\\101 \\n\\s\\q", ["a\\ b", "AA", "\n \\q"]),
        ("\"it's\" 'say \"x\"' \"\"", ["it's", "say \"x\"", ""]),
        ("", []),
    ])
    func systemdTakesQuotesAndEscapesOff(text: String, expected: [String]) {
        #expect(systemdWords(text) == expected)
    }

    @Test(arguments: ["'a", "\"a b", "a\"b"])
    func anOpenQuoteMakesNoWords(text: String) {
        #expect(systemdWords(text) == nil)
    }
}
