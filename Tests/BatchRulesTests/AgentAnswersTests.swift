import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// What the real agent said of 3,003 configurations, held against what its rule says of them.
struct AgentAnswersTests {
    /// A line of testdata/agent-config/answers.jsonl.gz.
    private struct Answer: Decodable {
        let id: String
        let accepted: Bool
        /// What the agent said.
        let error: String
        /// `/var/lib/ecs/ecs.config`.
        let instance: Data?
        /// `/etc/ecs/ecs.config`.
        let user: Data?
        /// `/etc/ecs/ecs.config.json`.
        let document: Data?
        /// `/etc/ecs/other.json`.
        let other: Data?

        var image: AgentImage {
            var image = AgentImage.ecsInit().with("/etc/ecs", .directory)
            let files = [
                ("/var/lib/ecs/ecs.config", instance), ("/etc/ecs/ecs.config", user),
                ("/etc/ecs/ecs.config.json", document), ("/etc/ecs/other.json", other),
            ]
            for case (let path, let bytes?) in files { image = image.with(path, .bytes([UInt8](bytes))) }
            return image
        }
    }

    private static func answers() throws -> [Answer] {
        let file = TestData.url("agent-config/answers.jsonl.gz")
        let text = try Tool.output("gzip", ["-dc", file.path])
        return try text.split(separator: "\n").map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
    }

    /// The lines on which the rule says something else than the agent, which was run without Docker and outside of EC2.
    private static let others: [(verdict: Verdict.Kind, says: String, ids: String)] = [
        // The agent goes on, since nothing but Docker was to refuse such a variable, and Docker was left out.
        (
            .fail, "no name before its =",
            """
            e1-283 e1-534 e1-704 e1-712 e1-948 e1-962 e1-1449 e1-1488 e1-1509 e1-2121 e1-2235 e1-2295 e1-2379 \
            e1-2498 e1-2558 e1-2679 e1-2884 e1-2948 e2-443 e2-556 e2-670 e2-1407 e2-1453 e2-1692 e2-2118 \
            e2-2201 e2-2718
            """
        ),
        // The same of a variable with a NUL byte; what makes the container may refuse it.
        (
            .undetermined, "a NUL byte found",
            """
            e1-38 e1-73 e1-181 e1-629 e1-707 e1-786 e1-825 e1-876 e1-898 e1-974 e1-1027 e1-1036 e1-1147 \
            e1-1171 e1-1314 e1-1515 e1-1916 e1-2074 e1-2126 e1-2300 e1-2313 e1-2440 e1-2788 e1-2958 e2-365 \
            e2-376 e2-380 e2-400 e2-697 e2-711 e2-1021 e2-1087 e2-1185 e2-1476 e2-1523 e2-1632 e2-1681 e2-1700 \
            e2-1703 e2-1812 e2-2561 e2-2751
            """
        ),
        // The agent goes on, as one outside of EC2: Batch never sees it.
        (.fail, "outside of EC2", "e1-1105 e1-1568 e1-2622 e1-2761 e2-214 e2-540 e2-1105 e2-1932"),
        // A path that is not absolute begins in the container's root directory; the agent was run in another one.
        (.fail, "CgroupCPUPeriod: a whole number expected", "e2-516"),
    ]

    /// Its answers in parts, so that they can be judged side by side.
    private static let parts = 4

    @Test(arguments: 0..<parts)
    func `a configuration fails where the agent refuses it, and passes where it goes on`(part: Int) throws {
        let others = Dictionary(
            uniqueKeysWithValues: Self.others.flatMap { other in
                other.ids.split(separator: " ").map { (String($0), other) }
            })
        let answers = try Self.answers()
        #expect(answers.count == 3_003)
        for answer in answers.enumerated().filter({ $0.offset % Self.parts == part }).map(\.element) {
            let source = LiteralSource(answer.image.entries)
            let facts = try source.read(Facts.wants) { Facts(in: $0) }.value
            let finding = Rule.agentConfig.evaluate(facts, .test)
            let other = others[answer.id]
            let expected = other?.verdict ?? (answer.accepted ? .pass : .fail)
            #expect(
                finding.verdict == expected && (other.map { finding.message.contains($0.says) } ?? true),
                "\(answer.id): \(finding.message.prefix(300)); the agent: \(answer.error.prefix(200))")
        }
    }
}
