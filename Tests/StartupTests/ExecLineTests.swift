import ImageReading
import TestSupport
import Testing

@testable import Startup

/// Command lines by systemd.service(5), "Command lines", and by systemd itself.
@Suite struct ExecLineTests {
    private static func lines(_ value: String, of unit: String = "a@one.service") -> [ExecLine] {
        let directive = Directive(
            section: "Service", key: "ExecStart", value: value, path: "/a", realPath: "/a", line: 1)
        return ExecLine.lines(of: directive, in: UnitName(unit))
    }

    private static func setting(_ key: String, _ value: String) -> EnvironmentSetting {
        EnvironmentSetting(key: key, value: value, evidence: Evidence("/env", key))
    }

    @Test(arguments: [
        ("/bin/echo a", "/bin/echo", ["a"]), ("-/bin/echo a", "/bin/echo", ["a"]),
        ("@/bin/echo name a", "/bin/echo", ["a"]), ("@-+/bin/echo name", "/bin/echo", []),
        ("!!/bin/echo", "/bin/echo", []), ("!:/bin/echo a", "/bin/echo", ["a"]),
        ("echo \"a b\"c 'd e'", "echo", ["a bc", "d e"]), ("/bin/echo %i %% %p", "/bin/echo", ["one", "%", "a"]),
        ("/bin/echo %H %%", "/bin/echo", ["%H", "%"]),
    ])
    func prefixesSayHowAndNotWhat(value: String, program: String, arguments: [String]) throws {
        let line = try #require(Self.lines(value).first)
        #expect(line.program == program)
        #expect(line.arguments == arguments)
    }

    @Test func aSemicolonByItselfEndsACommand() {
        let lines = Self.lines("/bin/a x ; -/bin/b \\; ';' y; ;")
        #expect(lines.map(\.program) == ["/bin/a", "/bin/b"])
        #expect(lines.map(\.arguments) == [["x"], [";", ";", "y;"]])
    }

    @Test(arguments: ["", "-", "@", "/bin/echo 'open", "/bin/echo ; \"open"])
    func whatSystemdRefusesIsNoCommand(value: String) {
        #expect(Self.lines(value).isEmpty)
    }

    /// The manual's examples among them; its environment is ONE=one, TWO='two two' too and THREE=.
    @Test(arguments: [
        ("echo ${ONE} ${TWO} ${THREE}", ["one", "'two two' too", ""]),
        ("echo $ONE $TWO $THREE", ["one", "two two", "too"]),
        ("echo x$ONE x${ONE}y", ["x$ONE", "xoney"]), ("echo $$ONE a$$b $${ONE}", ["$ONE", "a$b", "${ONE}"]),
        (":/bin/echo $ONE ${TWO} $$", ["$ONE", "${TWO}", "$$"]),
        ("echo '$ONE' \"${ONE}\"", ["one", "one"]), ("echo $NONE $NONE/x $ a", ["a"]),
        ("echo a=${NONE} ${ONE ${NONE:-x}", ["a=", "${ONE", "${NONE:-x}"]),
        ("sh -c 'echo $ONE ${ONE} $$1'", ["-c", "echo $ONE one $1"]),
    ])
    func variablesAreExpandedAsSystemdDoes(value: String, expected: [String]) throws {
        let environment = [
            Self.setting("ONE", "former"), Self.setting("ONE", "one"), Self.setting("TWO", "'two two' too"),
            Self.setting("THREE", ""),
        ]
        let words = try #require(Self.lines(value).first).words(in: Environment(environment, isOpen: false))
        #expect(words.dropFirst().map(\.text) == expected)
    }

    /// systemd hands on nothing for what is not set. Here that is said only of what cannot be set by other means.
    @Test func whatMayBeSetElsewhereStaysAsItIsWritten() throws {
        let line = try #require(Self.lines("/bin/echo $NONE ${NONE} a=${NONE}").first)
        let open = line.words(in: Environment([], isOpen: true)).map(\.text)
        #expect(open == ["/bin/echo", "${NONE}", "a=${NONE}"])
        let closed = line.words(in: Environment([], isOpen: false)).map(\.text)
        #expect(closed == ["/bin/echo", "${NONE}", "a="])
    }

    @Test func aWordOfAVariableComesFromWhereThatIsSet() throws {
        let environment = [Self.setting("A", "x y"), Self.setting("B", "z")]
        let line = try #require(Self.lines("/bin/echo a $A b=${B}").first)
        let words = line.words(in: Environment(environment, isOpen: false))
        #expect(words.map { $0.origin?.text } == [nil, nil, "A", "A", "B"])
    }

    @Test(.enabled(if: SystemdJudge.isInstalled, "systemd is not installed: command lines are not held against it"))
    func readsWhatSystemdReads() throws {
        let judge = try SystemdJudge()
        defer { judge.remove() }
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func pick(_ values: [String]) -> String {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return values[Int(state >> 33) % values.count]
        }
        let prefixes = ["", "", "", "-", ":", "+", "-:", ":-", "!", "!!"]
        let pieces = [
            "a", "b c", "$A", "${A}", "$$", "\"x y\"", "'x \"y\"'", "\"it's\"", "\\x41", "\\101", "\\s", "\\\\",
            "%i", "%p", "%n", "%N", "%%", "x;", " ; /bin/true ", " \\; ", " ';' ", "--o='p q'", "\"\"", "é", " ", "  ",
        ]
        let values = (0..<200).map { _ in
            pick(prefixes) + "/bin/echo " + (0..<8).map { _ in pick(pieces) + pick(["", " "]) }.joined() + " end"
        }
        let directory = "/usr/lib/systemd/system"
        var entries = BootingUnits.targets
        for name in ["sysinit", "shutdown", "timers", "paths"] { entries["\(directory)/\(name).target"] = "[Unit]\n" }
        entries["\(directory)/multi-user.target"] = "[Unit]\nWants=a@one.service\n"
        entries["\(directory)/a@.service"] = .text(
            "[Service]\nType=oneshot\n" + values.map { "ExecStart=\($0)\n" }.joined())

        let theirs = try judge.commandLines(of: entries).map { shellCommands($0).first?.texts ?? [] }
        let ours = values.flatMap { Self.lines($0).map { [$0.program] + $0.arguments } }
        #expect(theirs.count == ours.count)
        for (their, our) in zip(theirs, ours) { #expect(their == our) }
        print("compared with systemd --test: \(ours.count) commands of \(values.count) settings")
    }
}
