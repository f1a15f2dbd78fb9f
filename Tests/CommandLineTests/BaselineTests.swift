/// An image held against a former report, and judged by newer data of releases.

import Testing

@Suite(.enabled(if: demoRoots != nil)) struct BaselineTests {
    private static let former = "for root in good bad; do $AMILINT check $DEMO/$root -o json=$root.json; done\n"

    @Test(
        "a regression fails --fail-on new and is named, and so is a fix; what is unchanged does not fail",
        arguments: [
            (
                "bad --baseline good.json", Int32(1),
                "new: awslogs-driver, agent-state-clean, docker-config, cluster-unset"
            ),
            ("good --baseline bad.json", 0, "fixed: awslogs-driver, agent-state-clean, docker-config, cluster-unset"),
            ("bad --baseline bad.json", 0, ""),
        ])
    func regression(arguments: String, status: Int32, says: String) throws {
        let outcome = try Workplace().runOnDemo(Self.former + "exec $AMILINT check $DEMO/\(arguments) --fail-on new")
        #expect(outcome.status == status)
        for word in ["new: ", "fixed: "] { #expect(outcome.output.contains(word) == says.hasPrefix(word)) }
        #expect(outcome.output.contains(says) || says.isEmpty, "\(outcome.output)")
    }

    @Test("changed facts are listed, in text and in JSON")
    func changedFacts() throws {
        let outcome = try Workplace().runOnDemo(
            """
            cp -a $DEMO/good newer
            sed -i 's/^PRETTY_NAME=.*/PRETTY_NAME="Debian newer"/' newer/etc/os-release
            $AMILINT check $DEMO/good -o json=good.json
            $AMILINT check newer --baseline good.json -o text -o json=newer.json --fail-on new
            python3 -c "
            import json; print(json.load(open('newer.json'))['comparison']['changedFacts'])"
            """)
        #expect(outcome.output.contains("distribution: Debian newer now, Debian GNU/Linux 12 (bookworm) before"))
        #expect(
            outcome.output.contains("'before': 'Debian GNU/Linux 12 (bookworm)'"), "\(outcome.output)\(outcome.error)")
    }

    @Test(
        "a baseline is needed for --fail-on new, and must be a report",
        arguments: [
            ("--fail-on new", "--baseline expected with --fail-on new"),
            ("--baseline $DEMO/good/etc/os-release", "a report of 'amilint check -o json' expected"),
            ("--baseline missing.json", "missing.json: No such file or directory"),
        ])
    func refused(arguments: String, message: String) throws {
        let outcome = try Workplace().runOnDemo("exec $AMILINT check $DEMO/good \(arguments)")
        #expect(outcome.status == 64)
        #expect(outcome.error.contains(message), "\(outcome.error)")
    }

    @Test("release data from a file replaces both tables, and its date is in the report")
    func releaseData() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            cat >data.json <<END
            {"as_of": "2026-11-20", "latest_agent": "9.9.9", "releases": [], "distributions": [
              {"id": "debian", "version": "12", "end_of_support": "2026-01-01"}]}
            END
            exec $AMILINT check $DEMO/good --release-data data.json --today 2026-11-24
            """)
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.output.replacing("\n", with: " ").contains("by what was released up to 2026-11-20"))
        #expect(outcome.output.contains("advice distribution-supported"))
        #expect(outcome.output.contains("advice agent-latest"))
        let refused = try work.runOnDemo("echo '{}' >no.json; exec $AMILINT check $DEMO/good --release-data no.json")
        #expect(refused.status == 64)
        #expect(refused.error.hasPrefix("amilint: no.json: release data expected"))
    }

    @Test(
        "data older than 180 days is said once",
        arguments: [
            ("2027-02-16", false), ("2027-02-17", true), ("2026-01-01", false),
        ])
    func oldData(today: String, isSaid: Bool) throws {
        let outcome = try Workplace().runOnDemo("exec $AMILINT check $DEMO/good --today \(today)")
        let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.ranges(of: "is 181 days old").count == (isSaid ? 1 : 0), "\(outcome.output)")
    }
}
