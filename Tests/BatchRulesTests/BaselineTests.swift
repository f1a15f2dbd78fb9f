import ImageReading
import Testing

@testable import BatchRules

@Suite struct BaselineTests {
    static func finding(_ rule: String, _ verdict: Verdict) -> Finding {
        Finding(rule: rule, level: .required, verdict: verdict, remedy: "mend it")
    }

    static func failure(_ text: String, line: Int) -> Verdict {
        .fail("broken", [Evidence("/etc/ecs/ecs.config", line: line, text)])
    }

    @Test func findingsAreNewFixedOrUnchanged() {
        let former = [
            Self.finding("moved", Self.failure("same", line: 1)), Self.finding("other", Self.failure("one", line: 1)),
            Self.finding("mended", Self.failure("x", line: 1)), Self.finding("broke", .pass("fine")),
            Self.finding("fine", .pass("fine")), Self.finding("gone", Self.failure("x", line: 1)),
            Self.finding("torn", Self.failure("x", line: 1)),
        ]
        let now = [
            Self.finding("moved", Self.failure("same", line: 9)), Self.finding("other", Self.failure("two", line: 1)),
            Self.finding("mended", .pass("fine")), Self.finding("broke", Self.failure("x", line: 1)),
            Self.finding("fine", .pass("fine")), Self.finding("added", Self.failure("x", line: 1)),
            Self.finding("gone", .notApplicable("its subject is gone")), Self.finding("torn", .undetermined("torn")),
        ]
        let comparison = Comparison(of: now, since: former, changedFacts: [])
        #expect(
            comparison.changes == [
                "moved": .unchanged, "other": .new, "mended": .fixed, "broke": .new, "added": .new, "torn": .new,
            ]
        )
    }
}
