/// Color and progress are for terminals alone, and a user's word against them counts.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil && isInstalled("script"))) struct TerminalTests {
    /// Runs a command on a terminal of its own; what the terminal shows is the output.
    private func onTerminal(_ command: String, environment: [String: String] = [:]) throws -> Outcome {
        try Workplace().runOnDemo(
            "export COMMAND='\(command)'; exec script -qefc 'eval \"$COMMAND\"' /dev/null",
            environment: ["TERM": "xterm-256color"].merging(environment) { $1 })
    }

    private static let escape = "\u{1b}["

    @Test("a report on a terminal has colors, and exactly the words it has in a pipe")
    func color() throws {
        let colored = try onTerminal("$AMILINT check $DEMO/bad --verbose")
        #expect(colored.output.contains(Self.escape + "1;31mFAIL") || colored.output.contains(Self.escape + "1;35m"))
        let plain = try Workplace().runOnDemo("$AMILINT check $DEMO/bad")
        #expect(!plain.output.contains(Self.escape))
        #expect(
            colored.output.replacing(/\u{1b}\[[0-9;]*m/, with: "").replacing("\r\n", with: "\n") == plain.output)
        #expect(colored.status == plain.status)
    }

    @Test(
        "no color where it is not wanted",
        arguments: [
            ("$AMILINT check $DEMO/bad --no-color", [:]), ("$AMILINT check $DEMO/bad", ["NO_COLOR": "1"]),
            ("$AMILINT check $DEMO/bad", ["TERM": "dumb"]), ("$AMILINT rules ecs-agent", ["NO_COLOR": "1"]),
            ("$AMILINT check $DEMO/bad | cat", [:]),
        ] as [(String, [String: String])])
    func plain(command: String, environment: [String: String]) throws {
        let outcome = try onTerminal(command, environment: environment)
        #expect(!outcome.output.contains(Self.escape))
        #expect(!outcome.output.isEmpty)
    }

    @Test("an empty NO_COLOR is none")
    func emptyNoColor() throws {
        #expect(try onTerminal("$AMILINT rules ecs-agent", environment: ["NO_COLOR": ""]).output.contains(Self.escape))
    }

    /// Hands on the archive with a pause in the middle, so that the reading takes longer than a second.
    private static let slowly = "(head -c 4000 $DEMO/good.tar.gz; sleep 1.3; tail -c +4001 $DEMO/good.tar.gz)"

    @Test("what takes longer than a second shows its progress on a terminal, and leaves no trace of it")
    func progress() throws {
        let outcome = try onTerminal("\(Self.slowly) | $AMILINT check - -o json=/dev/null")
        #expect(
            outcome.output.firstMatch(of: /\r\u{1b}\[Kstandard input  [0-9.]+ MB  [0-9.]+ MB\/s/) != nil,
            "\(outcome.output)")
        #expect(outcome.output.hasSuffix("\r\u{1b}[K"))
    }

    @Test(
        "no progress into a pipe, nor with --quiet, nor for what is quick",
        arguments: [
            "(\(slowly) | $AMILINT check - -o json=/dev/null) 2>&1 | cat",
            "\(slowly) | $AMILINT check - --quiet -o json=/dev/null",
            "$AMILINT check $DEMO/good.tar.gz -o json=/dev/null",
        ])
    func noProgress(command: String) throws {
        #expect(try onTerminal(command).output.isEmpty)
    }
}
