import ImageReading
import Testing

@testable import BatchRules

@Suite struct WaiverTests {
    static let today = CalendarDay(year: 2026, month: 11, day: 24)

    static func finding(_ verdict: Verdict) -> Finding {
        Finding(rule: "awslogs-driver", level: .required, verdict: verdict, remedy: "mend it")
    }

    static let failure = finding(.fail("no awslogs", [Evidence("/etc/ecs/ecs.config", line: 3, "DRIVERS=[]")]))

    struct Row: Sendable {
        let name: String
        var rule = "awslogs-driver"
        var image: String?
        var found: [String]?
        var expires = WaiverTests.today
        let outcome: WaiverOutcome.Kind
    }

    @Test(arguments: [
        Row(name: "last day", outcome: .inForce),
        Row(name: "day after", expires: CalendarDay(year: 2026, month: 11, day: 23), outcome: .expired),
        Row(name: "another rule", rule: "ecs-agent", outcome: .elsewhere),
        Row(name: "image pattern", image: "*/batch-*.tar.gz", outcome: .inForce),
        Row(name: "whole image pattern", image: "batch-*", outcome: .elsewhere),
        Row(name: "same evidence", found: ["DRIVERS=[]"], outcome: .inForce),
        Row(name: "other evidence", found: ["DRIVERS=null"], outcome: .foundChanged),
        Row(
            name: "other evidence, late",
            found: ["DRIVERS=null"],
            expires: CalendarDay(year: 2020, month: 1, day: 1),
            outcome: .foundChanged
        ),
    ])
    func comesToItsEnd(row: Row) {
        let waiver = Waiver(
            rule: row.rule,
            image: row.image,
            found: row.found,
            reason: "known",
            expires: row.expires
        )
        let outcome = waiver.outcome(among: [Self.failure], of: "images/batch-7.tar.gz", today: Self.today)
        #expect(outcome.kind == row.outcome, "\(row.name)")
    }

    @Test func evidenceBeyondWhatWasAcceptedIsNotExcused() {
        let two = Self.finding(.fail("two", [Evidence("/a", "one"), Evidence("/a", "two")]))
        let waiver = Waiver(rule: "awslogs-driver", found: ["one"], reason: "known", expires: Self.today)
        let outcome = waiver.outcome(among: [two], of: "x", today: Self.today)
        #expect(outcome.kind == .foundChanged)
        #expect(outcome.unlisted == "two")
    }

    @Test func aPassIsNothingToAccept() {
        let waiver = Waiver(rule: "awslogs-driver", reason: "known", expires: Self.today)
        #expect(waiver.outcome(among: [Self.finding(.pass("fine"))], of: "x", today: Self.today).kind == .unused)
        #expect(
            waiver.outcome(among: [Self.finding(.undetermined("torn"))], of: "x", today: Self.today).kind == .inForce
        )
    }
}
