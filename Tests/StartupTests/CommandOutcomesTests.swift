import ImageReading
import TestSupport
import Testing

@testable import Startup

/// How shell text ends, where files of the image decide it.
@Suite struct CommandOutcomesTests {
    private static var outcomes: CommandOutcomes {
        let root = RootFilesystem(["/there": "x", "/empty": "", "/directory": .directory])
        return CommandOutcomes(
            root: root,
            exists: { path in
                if path.isWithin("/run") { return .unknown }
                return root.resolve(path).value.map { .there($0) } ?? .missing
            })
    }

    private static func line(_ text: String) throws -> ExecLine {
        let directive = Directive(
            section: "Service", key: "ExecStartPre", value: "/bin/sh -c '\(text)'", path: "/a", realPath: "/a", line: 1)
        return try #require(ExecLine.lines(of: directive, in: nil).first)
    }

    @Test(arguments: [
        "exit 1", "false", "true; false", "[ -e /gone ]", "test -f /directory", "[ -s /empty ]", "[ ! -d /directory ]",
        "[ -e /there ] && exit 2", "[ -e /gone ] || exit 2", "if [ -e /gone ]; then exit 0; else exit 4; fi",
        "set -e; [ -e /gone ]; exit 0", "! true", "mkdir -p /x; exit 1", "[ -e /there ] && false",
        "if [ -e /gone ]; then exit 0; elif [ -d /there ]; then exit 0; fi; exit 1", "echo x >/dev/null 2>&1; exit 1",
        "a | b; false", "[[ -e /gone ]]", "[ -e /gone ] && exit 1",
    ])
    func fails(text: String) throws {
        #expect(Self.outcomes.fails(try Self.line(text)))
    }

    @Test(arguments: [
        "exit 0", "true", ":", "[ -e /there ]", "[ -e /run/x ]", "[ -e $X ] || exit 1",
        "if [ $(id -u) != 0 ]; then exit 1; fi", "systemctl is-active docker || exit 1", "exit $X", "A=1",
        "for i in 1 2; do exit 0; done; exit 1", "case x in x) exit 0;; esac; false", "f() { exit 1; }",
        "(exit 1); true", "[ -e /gone ] || true", "cat <<E\nexit 1\nE\ntrue", "unknown && exit 1", "exit 1 &",
        "# exit 1\ntrue", "while false; do exit 1; done", "set -e; unknown; exit 1", "\"exit\" 0",
        "[ -e /there -a -e /gone ]",
    ])
    func doesNotFailForCertain(text: String) throws {
        #expect(!Self.outcomes.fails(try Self.line(text)))
    }

    @Test(arguments: [
        ("[ -e /gone ] || exit 0; agent", true), ("[ -e /there ] || exit 0; agent", false), ("exit 0\nagent", true),
        ("if [ ! -f /gone ]; then echo no; exit 0; fi; agent", true), ("agent; exit 0", false),
        ("if x; then agent; fi; exit 0", false), ("x || exit 0; agent", false), ("x; exit 0; agent", true),
        ("exec other; agent", true), ("exec >/log 2>&1; agent", false), ("[ -e /gone ] && exit 0; agent", false),
        ("while true; do agent; done; exit 0", false), ("set -e; false; agent", true), ("cat x | agent; exit 0", false),
    ])
    func endsBeforeTheAgent(text: String, expected: Bool) throws {
        let found = Self.outcomes.ends(try Self.line(text).writtenWords) { $0.contains("agent") }
        #expect(found == expected)
    }

    @Test(arguments: [
        "if if if if", "fi done esac } )", "((((((", "{ { {", "a && && ||", "\"open", "'open", "$(", "`", "<<", "<<E",
        "case case", "f() {", "\\", "! ! !", ";;;&&&|||",
    ])
    func unfinishedTextIsReadToItsEnd(text: String) {
        _ = shellProgram(text)
    }

    @Test func deepAndLongTextIsReadToItsEnd() {
        for piece in ["if ", "! ", "( ", "{ ", "a && ", "while ", "case ", "if a; then ", "$(", "a | "] {
            _ = shellProgram(String(repeating: piece, count: 20_000))
        }
    }
}
