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
        let commands = shellCommands(text).map { "\($0.line) \($0.texts.joined(separator: "|"))" }
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
            (["/bin/su", "-l", "ops", "-c", "a b"], .text("a b")), (["su", "-", "ops", "-lc", "a"], .text("a")),
            (["sudo", "-u", "ops", "-E", "sh", "-c", "a"], .text("a")),
            (["runuser", "-u", "ops", "sh", "/x"], .file("/x")),
            (["runuser", "ops", "--command=a b"], .text("a b")), (["flock", "-n", "/l", "-c", "a"], .text("a")),
            (["timeout", "-k", "5", "60", "bash", "/x.sh"], .file("/x.sh")), (["su", "ops"], nil),
            (["flock", "/l", "nice", "-n", "5", "sh", "-c", "a"], .text("a")),
            (["/usr/bin/shred", "-c", "a"], nil), (["docker", "run", "sh", "-c", "a"], nil), ([], nil),
        ] as [([String], ShellInvocation?)])
    func aShellRunsATextOrAFile(words: [String], expected: ShellInvocation?) {
        #expect(ShellInvocation(words) == expected)
    }

    @Test(arguments: [
        ("a$A", ["ax", "y"]), ("$A", ["x", "y"]), ("\"$A\"", ["x y"]), ("'$A'", ["$A"]), ("${A}b", ["x", "yb"]),
        ("\\$A", ["$A"]), ("\"\\$A\"", ["$A"]), ("${A:-b}", ["x", "y"]), ("${E:-b}", ["b"]), ("${E-b}", []),
        ("${A:+c}", ["c"]), ("\"$E\"", [""]), ("$E", []), ("''", [""]), ("a$", ["a$"]), ("--x=\"$A\"z", ["--x=x yz"]),
    ])
    func variablesOfAShellAreExpandedWhereTheyAreKnown(word: String, expected: [String]) throws {
        let words = try Self.words(word)
        #expect(words.map(\.text) == expected)
        #expect(words.map(\.isKnown) == expected.map { _ in true })
    }

    @Test(arguments: [
        "$NONE", "prod-$NONE", "${NONE%.*}", "$(cat /etc/x)", "`hostname`", "$1", "$$", "${A%y}", "$((1 + 2))",
        "\"$(cat \"/a b\")\"", "<(true)", "${A[@]}",
    ])
    func whatOnlyAShellWorksOutStaysAsItIsWritten(word: String) throws {
        let words = try Self.words(word)
        #expect(words.map(\.isKnown) == [false])
        #expect(words.first?.text == (word.hasPrefix("\"") ? String(word.dropFirst().dropLast()) : word))
    }

    private static func words(_ text: String) throws -> [CommandWord] {
        let settings = [("A", "x y"), ("E", "")].map {
            EnvironmentSetting(key: $0, value: $1, evidence: Evidence("/a"))
        }
        let command = try #require(shellCommands("run \(text)").first)
        return command.words.dropFirst().flatMap { $0.words(in: Environment(settings, isOpen: true)) }
    }

    @Test func hereDocumentsAreText() {
        let text = """
            cat > /etc/motd <<EOT
            docker run x
            EOT
            sh <<-'END' >/dev/null 2>&1
            \tdocker run y
            \tEND
            docker run z
            """
        let commands = shellCommands(text)
        #expect(commands.map(\.texts) == [["cat"], ["sh"], ["docker", "run", "z"]])
        #expect(commands.map(\.line) == [1, 4, 7])
        #expect(commands.map { $0.hereDocument?.text } == ["docker run x\n", "docker run y\n", nil])
        #expect(commands.map { $0.outputs.map(\.text) } == [["/etc/motd"], ["/dev/null"], []])
        #expect(commands[1].hereDocument?.line == 5)
    }

    @Test(arguments: [
        ("A=1", [false]), ("if x; then A=1; fi; B=2", [true, true, false]), ("x && A=1; B=2", [false, true, false]),
        ("case $1 in start) A=1 ;; esac\nB=2", [true, false]), ("for A in 1 2; do x; done; B=2", [true, true, false]),
        ("start() { A=1; }", [false]), ("( A=1 )", [false]), ("while read l; do A=1; done < /x", [true, true, false]),
    ])
    func whatABootDecidesIsConditional(text: String, expected: [Bool]) {
        #expect(shellCommands(text).map(\.isConditional) == expected, "\(shellCommands(text).map(\.texts))")
    }

    /// Whatever a file holds, reading it ends.
    @Test(arguments: [
        "\"", "'", "$(", "${", "`", "<<", "<<EOF", "<<EOF\nx", "\\", "a\\", ">", "2>", "((((", "$((", "${A:-${B:-",
        "))", "&&&",
        String(repeating: "$(", count: 10_000), String(repeating: "${A:-", count: 10_000), "case", "if", "&>", "$'",
        "<(",
    ])
    func damagedTextIsReadToItsEnd(text: String) {
        for end in 0...min(text.utf8.count, 64) {
            _ = shellCommands(String(decoding: Array(text.utf8).prefix(end), as: UTF8.self))
        }
        _ = shellCommands(text)
    }
}
