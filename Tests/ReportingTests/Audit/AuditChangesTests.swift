/// What a former audit said, held against what is said now.

import BatchRules
import Testing

@testable import Reporting

@Suite struct AuditChangesTests {
    private func groups(
        _ images: [AuditedImage], since others: [AuditedImage]
    ) throws -> [(title: String, entries: [AuditChanges.Entry])] {
        let audit = try audit(images, since: formerAudit(others))
        var changes = AuditChanges()
        try audit.forEach { changes.add($0, of: audit) }
        return try #require(changes.groups(audit.totals))
    }

    @Test("worse, better, new and gone are told apart; what is as it was is not said")
    func kinds() throws {
        let bad = [("ecs-agent", Verdict.fail("none"))]
        let good = [("ecs-agent", Verdict.pass("one"))]
        let now = [
            try judged("better", good), try judged("new", bad), try judged("same", bad), try judged("worse", bad),
        ]
        let then = [
            try judged("better", bad), try judged("gone", good), try judged("same", bad), try judged("worse", good),
        ]
        let groups = try groups(now, since: then)
        #expect(groups.map(\.title) == ["worse", "better", "new", "gone"])
        #expect(groups.map { $0.entries.map(\.image) } == [["worse"], ["better"], ["new"], ["gone"]])
        #expect(groups.map { $0.entries.map(\.words) } == [["ecs-agent"], ["ecs-agent"], [""], [""]])
    }

    @Test("an image that can be read no more is worse, one that can be read now is better, neither is new or gone")
    func unreadableThen() throws {
        let image = try judged("a", [("ecs-agent", .fail("none"))])
        let better = try groups([image], since: [unreadable("a", "why")])
        #expect(better.map(\.title) == ["better"] && better.first?.entries.first?.words == "can be read")
        let worse = try groups([unreadable("a", "why")], since: [image])
        #expect(worse.map(\.title) == ["worse"] && worse.first?.entries.first?.words == "could not be read")
        #expect(try groups([unreadable("a", "why")], since: [unreadable("a", "why")]).isEmpty)
    }
}
