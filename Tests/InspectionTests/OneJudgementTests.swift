/// An image is judged alike whether it was just read or its facts are kept of a former run.

import BatchRules
import FoundationEssentials
import ImageFacts
import ImageReading
import Reporting
import TestSupport
import Testing

@testable import Inspection

struct OneJudgementTests {
    private static let day = CalendarDay("2026-11-24")

    /// Waivers of every kind: of each broken rule one that accepts what its report shows, of every third one that
    /// accepts something else, of every third one that has ended; and of rules that are kept, or of other images.
    private static func policy(for findings: [Finding]) throws -> Policy {
        let today = try #require(day)
        let later = try #require(CalendarDay("2026-12-31"))
        let before = try #require(CalendarDay("2026-11-01"))
        var waivers: [Waiver] = []
        for (index, finding) in findings.enumerated() {
            let shown = finding.printed.evidence.map(\.text).filter { !$0.isEmpty }
            let found = shown.isEmpty ? nil : shown
            switch index % 3 {
            case 0: waivers.append(Waiver(rule: finding.rule, found: ["something else"], reason: "r", expires: later))
            case 1: waivers.append(Waiver(rule: finding.rule, reason: "r", expires: before))
            default: waivers.append(Waiver(rule: finding.rule, image: "no-*", reason: "r", expires: later))
            }
            waivers.append(Waiver(rule: finding.rule, image: "lit*", found: found, reason: "r", expires: later))
        }
        return Policy(today: today, waivers: waivers)
    }

    /// The kinds of end that the waivers came to.
    @discardableResult
    private static func check(
        _ entries: [String: LiteralEntry], _ name: String
    ) throws -> Set<WaiverOutcome.Kind> {
        let observed = try observe(LiteralSource(entries))
        let kept = try ReadOutcome(json: JSONEncoder().encode(ReadOutcome.observed(observed.image, observed.facts)))
        guard case .observed(let image, let facts) = kept else {
            Issue.record("\(name): not kept as observed")
            return []
        }
        let unjudged = Policy(today: try #require(day))
        let policy = try policy(for: observed.report(by: .batch, under: unjudged).findings)
        let now = observed.report(by: .batch, under: policy)
        let again = ObservedImage(image: image, facts: facts, packages: nil).report(by: .batch, under: policy)
        for format in ReportFormat.allCases {
            #expect(try format.render(now) == format.render(again), "\(name): \(format)")
        }
        return Set(now.waivers.map(\.kind))
    }

    @Test func wholeImagesUnderEveryKindOfWaiver() throws {
        var kinds = try Self.check(WholeImage.amazonLinux(), "amazonLinux")
        kinds.formUnion(try Self.check(WholeImage.debian(), "debian"))
        kinds.formUnion(try Self.check(["/etc/passwd": ""], "nothing"))
        #expect(kinds == [.inForce, .expired, .foundChanged, .unused, .elsewhere])
    }

    @Test(arguments: WholeImageTests.cases)
    func imagesWithOneChange(row: WholeImageTests.Case) throws {
        var entries = try WholeImageTests.entries(row.base)
        for (path, entry) in row.change { entries[path] = entry }
        try Self.check(entries, row.name)
    }

    @Test func aWaiverOfWhatReportsEscapeIsAcceptedOfKeptFactsToo() throws {
        var entries = try WholeImage.debian()
        entries["/etc/ecs/ecs.config"] = "ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\t\"syslog\"]\n"
        let observed = try observe(LiteralSource(entries))
        let waiver = Waiver(
            rule: "awslogs-driver", found: [#"ECS_AVAILABLE_LOGGING_DRIVERS=["json-file",\t"syslog"]"#], reason: "r",
            expires: try #require(CalendarDay("2026-12-31")))
        let policy = Policy(today: try #require(Self.day), waivers: [waiver])
        #expect(observed.report(by: .batch, under: policy).waivers.map(\.kind) == [.inForce])
        try Self.check(entries, "a tab")
    }
}
