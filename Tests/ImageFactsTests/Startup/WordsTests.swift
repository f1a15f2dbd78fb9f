import Testing

@testable import ImageFacts

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

    @Test func shellTextIsCutIntoCommandsWithTheirLines() {
        let text = """
            #!/bin/sh
            # a comment; not a command
            set -e; docker rm x || true
            docker run \\
              -e A='b c' \\
              "im$age"  # tail
            (cd / && true)
            echo 'two
            lines' & x
            """
        let commands = shellCommands(text).map { "\($0.line) \($0.words.joined(separator: "|"))" }
        #expect(
            commands == [
                "3 set|-e", "3 docker|rm|x", "3 true", "4 docker|run|-e|A=b c|im$age", "7 cd|/", "7 true",
                "8 echo|two\nlines", "9 x",
            ])
    }
}
