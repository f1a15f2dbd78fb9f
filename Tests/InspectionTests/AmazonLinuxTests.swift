import BatchRules
import Foundation
import ImageReading
import Inspection
import Reporting
import TestSupport
import Testing

/// Complete roots of Amazon Linux 1, 2 and 2023 with databases by the real rpm, as `make fixtures` made them.
@Suite(
    .enabled(
        if: TestData.fixture("amazon") != nil,
        "no amazon below AMILINT_FIXTURES: complete Amazon Linux roots are NOT checked; `make fixtures` makes them"))
struct AmazonLinuxTests {
    static let day = CalendarDay("2026-11-24")

    static func report(_ path: String) throws -> Report {
        let policy = Policy(today: try #require(day))
        return try observe(openImage(at: path)).report(by: .batch, under: policy)
    }

    /// Not applicable with ecs-init, without devices, and with a kernel configuration cut to what Docker asks for.
    private static let notApplicable = WholeImageTests.ofAgentsByHand.union(WholeImageTests.ofDevices).union([
        "nitro-boot"
    ])

    static func path(_ name: String) throws -> String {
        try #require(TestData.fixture("amazon/\(name)")).path
    }

    @Test(arguments: ["al2023", "al2023.tar.gz"])
    func everyRulePassesOnAmazonLinux2023(name: String) throws {
        let report = try Self.report(Self.path(name))
        for finding in report.findings {
            let expected = Self.notApplicable.contains(finding.rule) ? Verdict.Kind.notApplicable : .pass
            #expect(finding.verdict == expected, "\(finding.rule): \(finding.message)")
        }
        #expect(report.findings.count == RuleCatalog.batch.rules.count)
        #expect(ExitStatus(report.findings, failOn: .recommended) == .pass)
    }

    @Test(arguments: ["al2", "al2.tar.gz"])
    func onlyItsEndOfSupportStandsAgainstAmazonLinux2(name: String) throws {
        let report = try Self.report(Self.path(name))
        let others = report.findings.filter { $0.verdict != .pass && $0.verdict != .notApplicable }
        #expect(others.map(\.rule) == ["distribution-supported"])
        #expect(others.last?.message.contains("2026-06-30") == true)
        #expect(ExitStatus(report.findings, failOn: .required) == .pass)
    }

    @Test(arguments: ["al1", "al1.tar.gz"])
    func amazonLinux1IsFoundParavirtual(name: String) throws {
        let report = try Self.report(Self.path(name))
        let failures = report.findings.filter { $0.verdict == .fail }
        #expect(failures.map(\.rule) == ["hvm-virtualization", "agent-latest", "distribution-supported"])
        #expect(
            failures.first?.evidence.contains { $0.path == "/boot/grub/menu.lst" && $0.text == "root (hd0)" } == true)
        #expect(report.findings.filter { $0.verdict == .undetermined }.map(\.rule) == ["docker-tested"])
        #expect(ExitStatus(report.findings, failOn: .required) == .fail)
    }

    @Test func anAgentThatStandsOnlyInTheWriteAheadLogIsFound() throws {
        let path = try Self.path("al2023-wal")
        let report = try Self.report(path)
        #expect(report.findings.allSatisfy { $0.verdict == .pass || Self.notApplicable.contains($0.rule) })
        let agent = try #require(report.findings.first { $0.rule == "ecs-agent" })
        #expect(agent.message.contains("ecs-init 1.106.1-1.amzn2023"))

        try withCopy(of: path) { copy in
            try FileManager.default.removeItem(atPath: copy + "/var/lib/rpm/rpmdb.sqlite-wal")
            let without = try Self.report(copy)
            #expect(without.findings.first { $0.rule == "ecs-agent" }?.message.contains("1.106.1-1") == false)
        }
    }

    struct Cut: Sendable {
        let root: String
        let database: String
        let version: String
    }

    @Test(arguments: [
        Cut(root: "al2023", database: "rpmdb.sqlite", version: "6.1.188"),
        Cut(root: "al2", database: "Packages", version: "4.14.355"),
        Cut(root: "al1", database: "Packages", version: "4.14.336"),
    ])
    func aDatabaseCutToAThirdLeavesPackageRulesUndetermined(row: Cut) throws {
        try withCopy(of: try Self.path(row.root)) { copy in
            let database = URL(filePath: copy + "/var/lib/rpm/" + row.database)
            let bytes = try Data(contentsOf: database)
            try bytes.prefix(bytes.count / 3).write(to: database)
            let report = try Self.report(copy)
            let verdicts = Dictionary(uniqueKeysWithValues: report.findings.map { ($0.rule, $0) })
            for rule in [
                "docker-version", "docker-tested", "docker-agent-api", "ecs-optimized-base", "multi-node-parallel",
            ] {
                let finding = try #require(verdicts[rule])
                #expect(finding.verdict == .undetermined, "\(row.root) \(rule): \(finding.message)")
                #expect(finding.message.contains("\(row.database): offset "), "\(rule): \(finding.message)")
                #expect(finding.message.contains("the file ends after"), "\(rule): \(finding.message)")
                let remedy = "mend /var/lib/rpm/\(row.database), or export the image again"
                #expect(finding.remedy?.hasPrefix(remedy) == true, "\(rule): \(finding.remedy ?? "")")
            }
            #expect(verdicts["kernel-version"]?.verdict == .pass)
            #expect(verdicts["kernel-version"]?.message.contains(row.version) == true)
            #expect(verdicts["linux-distribution"]?.verdict == .pass)
            #expect(verdicts["ecs-agent"]?.verdict == .pass)
            #expect(!report.findings.contains { $0.verdict == .fail && $0.message.contains("not installed") })
            // Paravirtual signs stand in other files, and a failure counts before what cannot be told.
            #expect(verdicts["hvm-virtualization"]?.verdict == (row.root == "al1" ? .fail : .pass))
            let others = report.findings.filter { $0.rule != "hvm-virtualization" }
            #expect(ExitStatus(others, failOn: .required) == .undetermined)
        }
    }

    /// Runs `body` with the path of a copy of a directory, which is removed afterwards.
    private func withCopy(of path: String, _ body: (String) throws -> Void) throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try body(copy)
    }
}
