/// What the README shows is what the program prints, and every rule is explained.

import Foundation
import Testing

@Suite struct ReadmeTests {
    @Test("the README shows what 'amilint rules' prints")
    func readme() throws {
        let outcome = try Workplace().amilint("rules")
        #expect(outcome.status == 0)
        let readme = try String(contentsOf: testdata.appending(path: "../README.md"), encoding: .utf8)
        #expect(
            readme.contains("\n```\n" + outcome.output + "```\n"), "README.md: the output of 'amilint rules' expected")
    }

    @Test(
        "the README has a row for every option, and names every format in it",
        arguments: ["check", "audit", "diff", "rules"])
    func options(command: String) throws {
        let help = try Workplace().amilint("\(command) --help").output
        let rows = try String(contentsOf: testdata.appending(path: "../README.md"), encoding: .utf8)
            .split(separator: "\n").filter { $0.hasPrefix("| `") }
        let options = help.matches(of: /\n  (?:-., )?(--[a-z-]+)/).map(\.output.1)
        #expect(options.contains("--output"))
        for option in options where !["--help", "--version"].contains(option) {
            let isShown = rows.contains { $0.contains("`\(option)`") || $0.contains("`\(option) ") }
            #expect(isShown, "README.md: a row for \(option) expected")
        }
        let described = try #require(help.firstMatch(of: /--output <format\[=file\]>((?s).*?);/)).output.1
        let formats = described.split { !$0.isLetter }
        #expect(formats.contains("json"))
        for format in formats {
            let isShown = rows.contains { $0.contains("--output") && $0.contains("`\(format)`") }
            #expect(isShown, "README.md: \(format) expected in the row of --output")
            let isExplained = command != "check" || rows.contains { $0.hasPrefix("| `\(format)` |") }
            #expect(isExplained, "README.md: a row for \(format) expected")
        }
    }

    @Test("testdata/README.md says of every script what it is for")
    func scripts() throws {
        let readme = try String(contentsOf: testdata.appending(path: "README.md"), encoding: .utf8)
        let scripts = try FileManager.default.contentsOfDirectory(atPath: testdata.appending(path: "scripts").path)
        for script in scripts { #expect(readme.contains("scripts/\(script)"), "testdata/README.md: a row expected") }
    }

    @Test("every rule is explained in full, in 80 columns")
    func explained() throws {
        let work = try Workplace()
        let table = try work.amilint("rules").output
        let ids = table.split(separator: "\n").compactMap {
            $0.hasPrefix("  ") && !$0.hasPrefix("   ") ? $0.split(separator: " ").first : nil
        }
        #expect(ids.count >= 23)
        for id in ids {
            let outcome = try work.amilint("rules \(id)")
            #expect(outcome.status == 0)
            for heading in ["Asks", "Why", "Decided by", "To mend it", "Documented"] {
                #expect(outcome.output.firstMatch(of: try Regex("\n\(heading)\n    \\S")) != nil, "\(id): \(heading)")
            }
            // An address stays whole, so that it can be followed.
            #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("://") }, "\(id)")
        }
    }

    @Test(
        "the policy that the README shows does on the demo's image what is said of it",
        .enabled(if: demoRoots != nil))
    func readmePolicy() throws {
        let readme = try String(contentsOf: testdata.appending(path: "../README.md"), encoding: .utf8)
        let policy = try #require(readme.firstMatch(of: /\n```yaml\n(rules:\n(?s).*?)```/)).output.1
        let outcome = try Workplace().runOnDemo(
            "printf '%s' \"$POLICY\" >.amilint.yml; exec $AMILINT check $DEMO/good --today 2026-11-24",
            environment: ["POLICY": String(policy)])
        #expect(outcome.output.contains("\naccepted docker-tested: "), "\(outcome.output)\(outcome.error)")
        #expect(outcome.output.contains("\npass agent-latest"))
        #expect(outcome.status == 0)
    }

    @Test("the README shows what 'amilint check' prints of the demo's bad image", .enabled(if: demoRoots != nil))
    func readmeOutput() throws {
        let outcome = try Workplace().runOnDemo("cd $DEMO && exec $AMILINT check bad.tar.gz --today 2026-11-24")
        let readme = try String(contentsOf: testdata.appending(path: "../README.md"), encoding: .utf8)
        let block = /\n\$ amilint check bad.tar.gz --today 2026-11-24\n((?s).*?)\n\.\.\.\n```/
        let shown = try #require(readme.firstMatch(of: block)).output.1
        #expect(shown.split(separator: "\n").count > 10)
        #expect(outcome.output.hasPrefix(shown), "README.md: the beginning of this expected\n\(outcome.output)")
    }
}
