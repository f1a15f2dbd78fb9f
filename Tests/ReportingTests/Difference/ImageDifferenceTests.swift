/// Two images held against each other: what is told apart, what is the same, and what cannot be told.

import BatchRules
import Foundation
import ImageFacts
import ImageReading
import PackageDatabases
import TestSupport
import Testing

@testable import Reporting

@Suite struct ImageDifferenceTests {
    private static let agent =
        "Package: amazon-ecs-init\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.80.0-1\n"
    private static let shell = "Package: dash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 0.5.12-2\n"
    private static let base: [String: LiteralEntry] = [
        "/etc/os-release": "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n",
        "/etc/ecs/ecs.config": "ECS_CLUSTER=\n",
        "/var/lib/dpkg/status": .text("\(agent)\n\(shell)\n"),
    ]

    private func side(
        _ changes: [String: LiteralEntry?] = [:], name: String = "image", rules: RuleCatalog = .batch,
        today: String = "2026-11-24"
    ) throws -> ComparedImage {
        var entries = Self.base
        for (path, entry) in changes { entries[path] = entry }
        let policy = Policy(today: try #require(CalendarDay(today)))
        let root = RootFilesystem(entries)
        let packages = InstalledPackages.observe(in: root)
        let observed = ObservedImage(
            image: ImageDescription(name: name, kind: "directory"), facts: Facts(in: root, packages: packages),
            packages: packages)
        return ComparedImage(observed, by: rules, under: policy)
    }

    /// The image as it is read back from what `check -o json` wrote of it.
    private func saved(_ side: ComparedImage, as name: String = "a.json") throws -> ComparedImage {
        let report = try SavedReport(Array(ReportFormat.json.render(side.report).utf8))
        return report.compared(as: name, by: .batch, under: Policy(today: side.report.today))
    }

    @Test("an image is the same as itself, and as what was saved of it")
    func same() throws {
        let difference = try ImageDifference(from: side(), to: side())
        #expect(difference.answer == .same && difference.verdicts.isEmpty && difference.facts.changed.isEmpty)
        #expect(difference.remarks == [])
        let former = try ImageDifference(from: saved(side()), to: side())
        #expect(former.answer == .same, "\(former.facts.changed)")
        #expect(former.remarks.map { $0.hasPrefix("packages are not compared: a.json does not have them") } == [true])
    }

    @Test("packages added, removed and in other versions are told apart")
    func packages() throws {
        let newer = Self.agent.replacing("1.80.0-1", with: "1.106.1-1")
        let added = "Package: jq\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.6-2\n"
        let difference = try ImageDifference(
            from: side(), to: side(["/var/lib/dpkg/status": .text("\(newer)\n\(added)\n")]))
        guard case .compared(let packages) = difference.packages else {
            Issue.record("packages of both sides are known")
            return
        }
        #expect(packages.added.map(\.name) == ["jq"] && packages.removed.map(\.name) == ["dash"])
        #expect(packages.changed.map(\.before) == [["1.80.0-1"]] && packages.changed.map(\.after) == [["1.106.1-1"]])
        #expect(difference.answer == .different)
        let text = try DifferenceFormat.text.render(difference)
        #expect(text.contains("packages changed\n    amazon-ecs-init amd64: 1.106.1-1 now, 1.80.0-1 before"))
    }

    @Test("a kernel that is there twice is one package with two versions")
    func versions() {
        func kernel(_ version: String) -> Package {
            Package(manager: .rpm, name: "kernel", fullVersion: version, architecture: "x86_64")
        }
        let packages = PackageDifferences(
            before: [kernel("6.1.9-1"), kernel("6.1.10-1")], after: [kernel("6.1.10-1"), kernel("6.1.12-1")])
        #expect(packages.added.isEmpty && packages.removed.isEmpty)
        #expect(packages.changed.map(\.before) == [["6.1.9-1", "6.1.10-1"]])
        #expect(packages.changed.map(\.after) == [["6.1.10-1", "6.1.12-1"]])
    }

    @Test("a fact that was added, removed or changed is named as in JSON, and a line that moved is no change")
    func facts() throws {
        func changes(_ before: LiteralEntry?, _ after: LiteralEntry?) throws -> [String] {
            let difference = try ImageDifference(
                from: side(["/etc/ecs/ecs.config": before]), to: side(["/etc/ecs/ecs.config": after]))
            return difference.facts.changed.map(\.sentence).filter { $0.hasPrefix("agentConfig.") }
        }
        let (one, two): (LiteralEntry, LiteralEntry) = ("ECS_CLUSTER=one\n", "ECS_CLUSTER=two\n")
        #expect(try changes(one, "\n\nECS_CLUSTER=one\n") == [])
        let changed = try changes(one, two)
        #expect(!changed.isEmpty && changed.allSatisfy { $0.contains("two") && $0.contains("one") }, "\(changed)")
        let added = try changes(nil, one)
        #expect(!added.isEmpty && added.allSatisfy { $0.hasSuffix(" now, none before") }, "\(added)")
        let removed = try changes(one, nil)
        #expect(!removed.isEmpty && removed.allSatisfy { $0.contains(": none now, ") }, "\(removed)")
    }

    @Test("of what cannot be read no difference is told, and a difference elsewhere counts all the same")
    func unreadable() throws {
        let torn: [String: LiteralEntry?] = ["/var/lib/dpkg/status": .link("status")]
        let open = try ImageDifference(from: side(torn), to: side(torn))
        #expect(open.answer == .undetermined && open.facts.changed.isEmpty)
        #expect(open.facts.unknown.contains { $0.name == "agent" && $0.before != nil && $0.after != nil })
        #expect(open.remarks.contains { $0.hasPrefix("packages are not compared: those of image are not known: /var") })
        let one = try ImageDifference(from: side(), to: side(torn))
        #expect(one.facts.unknown.allSatisfy { $0.before == nil && $0.after != nil } && !one.facts.unknown.isEmpty)
        let both = try ImageDifference(
            from: side(torn), to: side(torn.merging(["/etc/os-release": "ID=amzn\nVERSION_ID=2\n"]) { $1 }))
        #expect(both.answer == .different)
    }

    @Test("a verdict that is undetermined on one side tells no difference by itself")
    func undetermined() throws {
        func answer(_ before: Verdict, _ after: Verdict) throws -> ImageDifference.Answer {
            func catalog(_ verdict: Verdict) -> RuleCatalog {
                RuleCatalog(rules: [rule("ecs-agent", .required, verdict)])
            }
            return try ImageDifference(from: side(rules: catalog(before)), to: side(rules: catalog(after))).answer
        }
        let (broken, other): (Verdict, Verdict) = (.fail("a", [Evidence("/a")]), .fail("b", [Evidence("/b")]))
        #expect(try answer(.pass("a"), .pass("b")) == .same)
        #expect(try answer(.pass("a"), broken) == .different)
        #expect(try answer(broken, other) == .different)
        #expect(try answer(broken, broken) == .same)
        #expect(try answer(.undetermined("x"), .pass("a")) == .undetermined)
        #expect(try answer(.notApplicable("x"), .pass("a")) == .different)
    }

    @Test("it is the comparison that --baseline makes")
    func oneComparison() throws {
        let before = try side()
        let after = try side(["/etc/ecs/ecs.config": "ECS_AVAILABLE_LOGGING_DRIVERS=[\"syslog\"]\n"])
        let baseline = FormerReport(before.report).compared(with: after.report).comparison
        let difference = try ImageDifference(from: before, to: after)
        #expect(difference.comparison == baseline)
        #expect(difference.comparison.changes["awslogs-driver"] == .new)
        #expect(difference.verdicts.map(\.rule).contains("awslogs-driver"))
    }

    @Test(
        "sides that were judged under another policy, date or data say so first", arguments: DifferenceFormat.allCases)
    func judgedApart(format: DifferenceFormat) throws {
        let before = try side(name: "one", rules: .batch.restricted(to: [], without: ["imds"]), today: "2026-11-23")
        let text = try format.render(ImageDifference(from: before, to: side(name: "two")))
        let words = text.split { $0.isWhitespace }.joined(separator: " ")
        let first = try #require(words.range(of: "judged at different dates: 2026-11-23 before, 2026-11-24 now"))
        #expect(words.contains("two alone was judged by: imds"))
        if let verdict = words.range(of: "not judged before"), format == .text {
            #expect(first.lowerBound < verdict.lowerBound)
        }
    }

    @Test("what images say is data in every format", arguments: DifferenceFormat.allCases)
    func hostile(format: DifferenceFormat) throws {
        let trick = "x\u{1b}[2J\u{202e}::error::`<b>"
        let package = "Package: a\u{202e}b\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\u{1b}2\n"
        let after = try side(
            [
                "/etc/os-release": .text("ID=debian\nPRETTY_NAME=\"\(trick)\"\n"),
                "/etc/ecs/ecs.config": .text("ECS_CLUSTER=\(trick)\n"),
                "/var/lib/dpkg/status": .text("\(Self.agent)\n\(package)\n"),
            ], name: "\(trick).tar")
        let text = try format.render(ImageDifference(from: side(), to: after))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isActive })
        #expect(!text.contains("::error::"))
        if format == .markdown { #expect(!text.contains("<b>") || text.contains("`` ")) }
    }

    @Test("JSON is what its schema says", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func schema() throws {
        let schema = testdata.appending(path: "schema/diff.schema.json").path
        let validator = testdata.appending(path: "scripts/validate.py").path
        let other: [String: LiteralEntry?] = [
            "/etc/os-release": "ID=amzn\nVERSION_ID=2\n", "/var/lib/dpkg/status": .text("\(Self.shell)\n"),
        ]
        let torn: [String: LiteralEntry?] = ["/var/lib/dpkg/status": .link("status")]
        let differences = [
            try ImageDifference(from: side(), to: side()), try ImageDifference(from: side(), to: side(other)),
            try ImageDifference(from: saved(side()), to: side(torn)),
        ]
        for difference in differences {
            let result = try withFile(DifferenceFormat.json.render(difference)) {
                try run(["python3", validator, schema, $0])
            }
            #expect(result.status == 0, "\(String(decoding: result.output, as: UTF8.self).prefix(3000))")
        }
        let broken = try DifferenceFormat.json.render(differences[0]).replacing("\"same\"", with: "\"alike\"")
        #expect(try withFile(broken) { try run(["python3", validator, schema, $0]) }.status == 1)
    }
}
