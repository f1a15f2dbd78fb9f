/// What is wrong with a command line is said, with status 64 and what to write instead.

import Testing

@Suite struct UsageTests {
    @Test(
        "a command line that cannot be understood ends with 64 and says why",
        arguments: [
            ("check", "Missing expected argument"),
            ("check image --nonsense", "Unknown option '--nonsense'"),
            ("check one two", "Unexpected argument 'two'"),
            ("chek image", "did you mean check?"),
            ("image.tar", "'amilint check image.tar' judges an image"),
            ("--nonsense", "Unknown option"),
            ("check / --only kernel-versin", "did you mean kernel-version?"),
            ("check / --skip awslogs", "did you mean awslogs-driver?"),
            ("check / --only something-else", "'amilint rules' lists them"),
            ("check / --only ecs-agent --skip ecs-agent", "none is left"),
            ("check / --today 2026-02-30", "YYYY-MM-DD expected, '2026-02-30' found"),
            ("check / --today tomorrow", "YYYY-MM-DD"),
            ("check / --fail-on sometimes", "'required', 'recommended'"),
            ("check / -o xml", "a format expected (text, json"),
            ("check / -o jsn", "did you mean json?"),
            ("check / -o json=", "a file name expected"),
            ("check / -o text -o json", "one report on standard output expected, 2 found"),
            ("check / -o text -o json=-", "one report on standard output expected, 2 found"),
            ("check / -o json=a -o text=a", "one report a file expected"),
            ("check / --ami-metadata /nonexistent.json", "/nonexistent.json: No such file or directory"),
            ("check / --ami-metadata /dev/null", "/dev/null: the JSON output of 'aws ec2 describe-images' expected"),
            ("inspect", "Missing expected argument"),
            ("inspect / -o sarif", "a format expected (text, json, cyclonedx), 'sarif' found"),
            ("rules no-such-rule", "no rule is called 'no-such-rule'"),
            ("rules cloud-int", "did you mean cloud-init?"),
            ("rules one two", "Unexpected argument 'two'"),
            ("rules s6", "no rule is called 's6'; the rules of clause S6: awslogs-driver"),
            ("rules -o xml", "a format expected (text, json, markdown), 'xml' found"),
            ("check / --only S9", "the rules of clause S9: agent-at-boot, agent-supervised"),
            ("check / --only ecs-agent,cloud-init", "'ecs-agent,cloud-init' found; give each by an option of its own"),
            ("check / --group host,boot", "one group expected, 'host,boot' found; give each by a --group of its own"),
            ("check / --group hosts", "(specification, host, boot, gpu, hygiene), 'hosts' found; did you mean host?"),
            ("check / -q", "did you mean --quiet?"),
            ("check one two", "'amilint audit' judges several images, 'amilint diff A B' compares two"),
            ("diff one", "Missing expected argument '<b>'"),
            ("diff - -", "one image on standard input expected, two found"),
            ("diff / / --fail-on new", "Unknown option '--fail-on'"),
            ("check", "see 'amilint check --help'"),
            ("policy check", "see 'amilint policy check --help'"),
            ("--nonsense", "see 'amilint --help'"),
        ])
    func refused(arguments: String, message: String) throws {
        let outcome = try Workplace().amilint(arguments)
        print("usage: amilint \(arguments): status \(outcome.status), \(outcome.error)", terminator: "")
        #expect(outcome.status == 64)
        #expect(outcome.error.hasPrefix("amilint: "))
        #expect(outcome.error.contains(message), "\(outcome.error)")
        #expect(outcome.output.isEmpty)
    }

    @Test("a terminal as standard input is not waited for", .enabled(if: isInstalled("script")))
    func terminal() throws {
        let outcome = try Workplace().run(#"script -qec "$AMILINT check -" /dev/null"#)
        #expect(outcome.status == 64)
        #expect(outcome.output.contains("an archive on standard input expected, a terminal found"))
    }

    @Test(
        "help fits a screen and shows an example",
        arguments: ["--help", "check --help", "inspect --help", "rules --help", "help check", "diff --help"])
    func help(arguments: String) throws {
        let outcome = try Workplace().amilint(arguments)
        #expect(outcome.status == 0)
        #expect(outcome.error.isEmpty)
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.dropLast().count <= (arguments == "--help" ? 27 : 45), "\(lines.count) lines")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(outcome.output.contains(/EXAMPLES?\n  amilint/))
    }

    @Test("options that belong together stand together", arguments: ["check", "inspect"])
    func groups(command: String) throws {
        let help = try Workplace().amilint("\(command) --help").output
        let sections = help.split(separator: "\n\n").filter { $0.contains(/^[A-Z]+:\n/) }
        func section(of option: String) -> Substring? {
            sections.first { $0.contains("\n  \(option)") || $0.contains(", \(option)") }?.prefix { $0 != ":" }
        }
        for option in ["--output", "--no-color", "--quiet"] { #expect(section(of: option) == "REPORTS", "\(option)") }
        for option in ["--only", "--policy", "--release-data", "--today"] where command == "check" {
            #expect(section(of: option) == "JUDGING", "\(option)")
        }
    }

    @Test("the version is said by option and command", arguments: ["--version", "version", "check --version"])
    func version(arguments: String) throws {
        let outcome = try Workplace().amilint(arguments)
        #expect(outcome.status == 0)
        #expect(
            outcome.output.wholeMatch(of: /amilint \d+\.\d+\.\d+(, data of \d{4}-\d\d-\d\d)?\n/) != nil,
            "\(outcome.output)")
    }
}
