/// What follows from a failure is said of those that are required by themselves, and of no other.

import BatchRules
import TestSupport
import Testing

@testable import Reporting

@Suite struct ConsequenceTests {
    private static func text(
        _ id: String, _ level: Level, _ verdict: Verdict, levels: [String: LevelChange] = [:]
    ) throws -> String {
        textReport(try report([rule(id, level, verdict)], levels: levels), style: .plain)
    }

    @Test func `a required failure says what follows`() throws {
        let text = try Self.text("agent-at-boot", .required, .fail("it does not start"))
        #expect(text.contains("\n    so: no instance registers, and jobs stay in RUNNABLE\n"))
        // A rule of both levels whose verdict counts as required by itself.
        let counting = Verdict.fail("a file has its name").counting(as: .required)
        let other = try Self.text("docker-storage", .recommended, counting)
        #expect(other.contains("\n    so: Docker does not start, and jobs stay in RUNNABLE\n"))
    }

    @Test func `what is open, advice, or required by the policy alone says nothing`() throws {
        for text in [
            try Self.text("agent-at-boot", .required, .undetermined("it may start")),
            try Self.text("agent-at-boot", .required, .pass("it starts")),
            try Self.text("docker-storage", .recommended, .fail("it is slow")),
            try Self.text(
                "docker-storage", .recommended, .fail("it is slow"), levels: ["docker-storage": .required]),
        ] {
            #expect(!text.contains("so: "), "\(text)")
        }
    }
}
