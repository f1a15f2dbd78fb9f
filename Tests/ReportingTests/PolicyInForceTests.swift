/// Nothing weakens a report unseen: every format names the policy and what did not count.

import BatchRules
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import Reporting

@Suite struct PolicyInForceTests {
    private static func policy(
        _ levels: [String: LevelChange], leftOut: [String] = [], groups: Set<Group> = Set(Group.allCases)
    ) throws -> Policy {
        let file = PolicySources.File(path: "ci/.amilint.yml", sha256: String(repeating: "ab", count: 32))
        return Policy(
            today: try #require(CalendarDay("2026-11-24")), groups: groups, levels: levels,
            sources: PolicySources(file: file, isDateGiven: true, leftOut: leftOut))
    }

    private static func report(_ policy: Policy) -> Report {
        ObservedImage(
            image: ImageDescription(name: "image.tar", kind: "tar", compression: nil),
            facts: Facts(in: RootFilesystem([:])), packages: nil
        ).report(by: .batch.restricted(to: [], without: policy.sources.leftOut), under: policy)
    }

    @Test("the headline counts required rules alone that were switched off, lowered, left out or of no judged group")
    func headline() throws {
        let weak = try Self.policy(
            ["awslogs-driver": .off, "ecs-agent": .off, "agent-latest": .off, "docker-config": .recommended],
            leftOut: ["kernel-version", "docker-tested"])
        #expect(
            Self.report(weak).headline("PASS")
                == "PASS, 2 required rules switched off by ci/.amilint.yml, 1 made advice by ci/.amilint.yml, "
                + "1 left out by --only or --skip")
        #expect(
            Self.report(try Self.policy(["agent-latest": .required, "docker-tested": .off])).headline("PASS") == "PASS")
        let groups = try Self.policy([:], groups: [.host, .boot, .gpu, .hygiene])
        let required = RuleCatalog.batch.rules.count { $0.group == .specification && $0.level == .required }
        #expect(
            Self.report(groups).headline("PASS") == "PASS, \(required) required rules in groups that were not judged")
    }

    @Test("every format names the policy and each rule that it switched off", arguments: ReportFormat.allCases)
    func everyFormat(format: ReportFormat) throws {
        let report = Self.report(
            try Self.policy(["ecs-agent": .off, "agent-latest": .required], leftOut: ["cloud-init"]))
        let text = try format.render(report).split { $0.isWhitespace }.joined(separator: " ")
        #expect(text.contains("ci/.amilint.yml") || text.contains("ci\\/.amilint.yml"))
        #expect(text.contains("abababababab"))
        for rule in ["ecs-agent", "agent-latest", "cloud-init"] { #expect(text.contains(rule), "\(rule)") }
    }

    @Test("every format of an audit says what did not count", arguments: AuditFormat.allCases)
    func audits(format: AuditFormat) throws {
        let image = AuditedImage(Self.report(try Self.policy(["ecs-agent": .off])))
        let lines = try audit([image])
        let text = try format.text(lines)
        #expect(text.contains(".amilint.yml"))
        let said = ["1 required rule switched off by", "switched off by the policy: ecs-agent", "\"counts\":\"off\""]
        #expect(said.contains { text.contains($0) })
    }
}
