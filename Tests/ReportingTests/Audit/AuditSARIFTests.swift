/// What code scanning makes alerts of in many images, and how it tells them apart.

import BatchRules
import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Reporting

@Suite struct AuditSARIFTests {
    private func run(_ audit: Audit) throws -> [String: Any] {
        let text = try AuditFormat.sarif.text(audit)
        let log = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let runs = try #require(log["runs"] as? [[String: Any]])
        #expect(runs.count == 1)
        return try #require(runs.first)
    }

    private func results(_ audit: Audit) throws -> [[String: Any]] {
        try #require(run(audit)["results"] as? [[String: Any]])
    }

    private func uri(_ result: [String: Any]) throws -> String? {
        let location = try #require((result["locations"] as? [[String: Any]])?.first)
        let physical = try #require(location["physicalLocation"] as? [String: Any])
        return (physical["artifactLocation"] as? [String: Any])?["uri"] as? String
    }

    @Test(
        "it keeps the published schema",
        .enabled(if: Judge.hasPython, Judge.pythonMissing),
        .enabled(if: SchemaTests.sarifSchema != nil, SchemaTests.schemaMissing))
    func schema() throws {
        for audit in [try sampleAudit(), try audit(sampleImages()), try audit([])] {
            let said: ReadAudit = try ReadAudit.reading(
                AuditFormat.sarif.text(audit), as: .sarif, schema: SchemaTests.sarifSchema)
            #expect(said.errors.isEmpty, "\(said.errors)")
        }
    }

    @Test("a place is the image's name and the path in it; what no file shows stands at the image")
    func places() throws {
        let places = [Evidence("/etc/a b", line: 3, "x")]
        let audit = try audit([
            judged("my images/x#1.tar", [("ecs-agent", .fail("a", places)), ("cloud-init", .fail("b"))]),
            unreadable("größe.tar", "why"), judged(".", [("ecs-agent", .fail("c", places))]),
        ])
        #expect(
            try results(audit).map(uri) == [
                "my%20images/x%231.tar/etc/a%20b", "my%20images/x%231.tar", "gr%C3%B6%C3%9Fe.tar", "image/etc/a%20b",
            ])
    }

    @Test("a message begins with the image's name, and fingerprints of two images differ")
    func images() throws {
        let found: [(String, Verdict)] = [("ecs-agent", .fail("none found"))]
        let results = try results(audit([judged("a.tar", found), judged("b.tar", found), unreadable("c.tar", "why")]))
        let messages = results.compactMap { ($0["message"] as? [String: Any])?["text"] as? String }
        #expect(messages[0].hasPrefix("a.tar: none found\n") && messages[1].hasPrefix("b.tar: none found\n"))
        #expect(messages[2] == "c.tar: could not be read: why")
        let fingerprints = results.compactMap { $0["partialFingerprints"] as? [String: String] }
        #expect(Set(fingerprints.compactMap { $0["primaryLocationLineHash"] }).count == 3)
        #expect(
            results.map { ($0["properties"] as? [String: Any])?["image"] as? String } == ["a.tar", "b.tar", "c.tar"])
    }

    @Test("an image that could not be read is an error of a rule of its own")
    func unreadableImage() throws {
        let run = try run(audit([unreadable("c.tar", "why")]))
        let result = try #require((run["results"] as? [[String: Any]])?.first)
        #expect(result["ruleId"] as? String == "unreadable-image" && result["level"] as? String == "error")
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rules = try #require(driver["rules"] as? [[String: Any]]).compactMap { $0["id"] as? String }
        #expect(rules == RuleCatalog.batch.rules.map(\.id) + ["unreadable-image"])
        #expect(result["ruleIndex"] as? Int == rules.count - 1)
    }

    @Test("results have a state where a former audit is given, those of new images too")
    func states() throws {
        #expect(try results(audit(sampleImages().suffix(2))).allSatisfy { $0["baselineState"] == nil })
        let states = try results(sampleAudit()).map { "\($0["ruleId"] ?? "") \($0["baselineState"] ?? "")" }
        #expect(states.contains("unreadable-image unchanged"))
        #expect(states.contains("agent-latest unchanged") && states.contains("awslogs-driver new"))
        #expect(states.allSatisfy { $0.hasSuffix("new") || $0.hasSuffix("unchanged") })
        let images = [try judged("a", [("ecs-agent", .fail("x"))]), try unreadable("b", "x")]
        let fresh = try results(audit(images, since: formerAudit([])))
        #expect(fresh.map { $0["baselineState"] as? String } == ["new", "new"])
    }

    @Test("remarks and waivers are notifications, each once, with the images they speak of")
    func notifications() throws {
        let images =
            try (1...10).map { try judged("\($0)", [("ecs-agent", .pass("x"))], remarks: ["odd"]) }
            + [judged("z", [("ecs-agent", .pass("x"))])]
        let invocation = try #require((run(audit(images))["invocations"] as? [[String: Any]])?.first)
        let remarks = try #require(invocation["toolExecutionNotifications"] as? [[String: Any]])
        #expect(
            remarks.map { ($0["message"] as? [String: Any])?["text"] as? String }
                == ["1, 2, 3, 4, 5, 6, 7, 8 and 2 more: odd"])
        let waivers = try #require(
            (run(sampleAudit())["invocations"] as? [[String: Any]])?.first?["toolConfigurationNotifications"]
                as? [[String: Any]])
        #expect(waivers.map { $0["level"] as? String } == ["warning", "warning", "note"])
    }
}
