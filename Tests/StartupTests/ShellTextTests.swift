import ImageReading
import Testing

@testable import Startup

@Suite struct ShellTextTests {
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

    @Test(
        arguments: [
            (["sh", "-c", "a b"], .text("a b")), (["/bin/bash", "-lc", "a"], .text("a")),
            (["bash", "-o", "pipefail", "-c", "a"], .text("a")),
            (["bash", "-eo", "pipefail", "/x.sh", "b"], .file("/x.sh")),
            (["bash", "--login", "-c", "a"], .text("a")), (["bash", "--rcfile", "/r", "/x.sh"], .file("/x.sh")),
            (["bash", "-c", "-e", "a"], .text("a")), (["sh", "--", "-x"], .file("-x")),
            (["exec", "env", "A=b", "ksh", "/x.sh"], .file("/x.sh")), (["sh"], .input), (["sh", "-x"], .input),
            (["/usr/bin/shred", "-c", "a"], nil), (["docker", "run", "sh", "-c", "a"], nil), ([], nil),
        ] as [([String], ShellInvocation?)])
    func aShellRunsATextOrAFile(words: [String], expected: ShellInvocation?) {
        #expect(ShellInvocation(words) == expected)
    }

    @Test(arguments: [
        ("a$A", ["ax y"]), ("$A", ["x", "y"]), ("${A}b", ["x yb"]), ("$NONE", ["$NONE"]), ("$A/$NONE", ["x y/$NONE"]),
        ("$$A", ["$$A"]), ("${A:-b}", ["${A:-b}"]),
    ])
    func variablesOfAShellAreExpandedWhereTheyAreKnown(word: String, expected: [String]) {
        let setting = EnvironmentSetting(key: "A", value: "x y", evidence: Evidence("/a"))
        #expect(
            VariableExpansion.shell.words(of: word, in: Environment([setting], isOpen: true)).map(\.text) == expected)
    }
}
