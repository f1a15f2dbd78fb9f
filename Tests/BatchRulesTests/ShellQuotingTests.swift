/// What is quoted is one argument to a real shell, and the same one.

import Foundation
import TestSupport
import Testing

@testable import BatchRules

@Suite struct ShellQuotingTests {
    private static let arguments =
        [
            "systemctl", "--set-default=/boot/vmlinuz-6.1", "ecs.service", "", " ", "a b", "A=b", "'", "''", "it's",
            "'\u{301}", "\"", "$HOME", "`id`", "$(id)", "\\", "\\n", "a\nb", "\n", "\t", "*", "?", "[a]", "~", "~root",
            "#x", "!x", "a!b", "{a,b}", "(a)", "a;b", "a&b", "a|b", "<a", ">a", "-", "--", "-n", "%s", "%", "^a", "=ls",
            "Grüße, 日本語", "\u{202e}x", "\u{1b}[2J", "\u{7f}", String(repeating: "'x", count: 500),
        ] + (0x20...0x7e).map { String(UnicodeScalar($0)) + "x" } + (0x01...0xff).map { String(UnicodeScalar($0)) }

    /// As `printf '%s\n'` prints them, taken apart where no argument can end, since NUL is in none.
    @Test(arguments: ["sh", "bash", "dash", "zsh"].filter(Tool.exists))
    func aShellReadsBackWhatWasQuoted(shell: String) throws {
        let line = "printf '%s\\n' " + Self.arguments.map(shellQuoted).joined(separator: " ")
        #expect(try Tool.output(shell, ["-c", line]) == Self.arguments.map { $0 + "\n" }.joined())
        let count = "set -- " + Self.arguments.map(shellQuoted).joined(separator: " ") + "; echo $#"
        #expect(try Tool.output(shell, ["-c", count]) == "\(Self.arguments.count)\n")
    }

    @Test func anAssignmentIsTheNameOfAProgramWhereItComesFirst() throws {
        let text = try Tool.output("sh", ["-c", shellQuoted("A=b") + " 2>/dev/null || echo none"])
        #expect(text == "none\n")
    }

    @Test(arguments: [
        ("systemctl", "systemctl"), ("/usr/bin/docker", "/usr/bin/docker"), ("--root=/mnt", "--root=/mnt"),
        ("", "''"), ("A=b", "'A=b'"), ("it's", #"'it'\''s'"#), ("a b", "'a b'"),
    ])
    func onlyWhatMeansSomethingIsQuoted(argument: String, quoted: String) {
        #expect(shellQuoted(argument) == quoted)
    }
}
