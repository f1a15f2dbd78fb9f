import BatchRules
import ImageFacts
import Testing

@testable import Inspection

@Suite struct PolicyFileTests {
    static func read(_ text: String) throws(PolicyError) -> PolicyFile {
        try PolicyFile(Array(text.utf8), catalog: .batch)
    }

    @Test func everyKeyIsRead() throws {
        let policy = try Self.read(
            """
            rules:
              docker-tested: off
              agent-latest: {level: required, oldest: 1.80.0}
              kernel-version: {oldest: "5.10"}
              linux-distribution: {allowed: [amzn 2023, debian]}
              cluster-unset: {allowed: [prod]}
            groups: [specification, boot]
            fail-on: recommended
            waivers:
              - rule: ecs-agent
                image: "*/x-*.tar"
                found: [one, two]
                reason: known
                expires: 2027-01-31
                accepted-by: jane
              - {rule: cloud-init, reason: known, expires: 2027-02-28}
            """)
        #expect(policy.levels == ["docker-tested": .off, "agent-latest": .required])
        #expect(policy.parameters.count == 4)
        #expect(policy.parameters["agent-latest"] as? ReleaseVersion == ReleaseVersion(1, 80))
        #expect(policy.parameters["kernel-version"] as? ReleaseVersion == ReleaseVersion(5, 10))
        #expect(policy.parameters["linux-distribution"] as? [String] == ["amzn 2023", "debian"])
        #expect(policy.parameters["cluster-unset"] as? [String] == ["prod"])
        #expect(policy.groups == [.specification, .boot])
        #expect(policy.failOn == .recommended)
        #expect(policy.waivers.map(\.rule) == ["ecs-agent", "cloud-init"])
        #expect(policy.waivers.first?.found == ["one", "two"])
        #expect(policy.waivers.map(\.line) == [10, 16])
    }

    @Test(arguments: ["", "# nothing\n", "rules: {}\n", "waivers:\n"])
    func anEmptyPolicyChangesNothing(text: String) throws {
        let policy = try Self.read(text)
        #expect(policy.levels.isEmpty && policy.waivers.isEmpty && policy.failOn == nil && policy.groups == nil)
    }

    struct Row: Sendable {
        let text: String
        let place: String
        let says: String
    }

    @Test(arguments: [
        Row(text: "rule: {}\n", place: "line 1, column 1", says: "did you mean 'rules'?"),
        Row(text: "rules:\n  ecs-agnet: off\n", place: "line 2, column 3", says: "did you mean 'ecs-agent'?"),
        Row(
            text: "groups: [spec]\n", place: "line 1, column 10",
            says: "specification, host, boot, gpu, hygiene expected"),
        Row(text: "groups: []\n", place: "line 1, column 9", says: "at least one group expected"),
        Row(text: "rules:\n  ecs-agent: of\n", place: "line 2, column 14", says: "required, recommended, off expected"),
        Row(text: "rules:\n  ecs-agent: {oldest: 1}\n", place: "line 2, column 15", says: "no key is called 'oldest'"),
        Row(text: "rules:\n  ecs-agent: off\n  ecs-agent: off\n", place: "line 3, column 3", says: "twice"),
        Row(text: "rules:\n  agent-latest: {oldest: new}\n", place: "line 2, column 26", says: "a version"),
        Row(text: "fail-on: always\n", place: "line 1, column 10", says: "'always' found"),
        Row(text: "waivers: x\n", place: "line 1, column 10", says: "a list expected"),
        Row(text: "waivers:\n- {rule: x, reason: r, expires: 2027-01-01}\n", place: "line 2, column 10", says: "'x'"),
        Row(text: "waivers:\n- {rule: ecs-agent, expires: 2027-01-01}\n", place: "line 2", says: "'reason' expected"),
        Row(text: "waivers:\n- {rule: ecs-agent, reason: r}\n", place: "line 2, column 3", says: "'expires' expected"),
        Row(
            text: "waivers:\n- {rule: ecs-agent, reason: r, expires: 2027-02-30}\n", place: "line 2, column 41",
            says: "YYYY-MM-DD expected, '2027-02-30' found"),
        Row(text: "waivers:\n- {rule: ecs-agent, reason: '', expires: 2027-02-01}\n", place: "line 2", says: "a text"),
        Row(text: "rules:\n  ecs-agent: requird\n", place: "line 2, column 14", says: "did you mean 'required'?"),
        Row(text: "rules:\n  ecs-agent: [off]\n", place: "line 2, column 14", says: "for a level, a list found"),
        Row(text: "rules:\n  ecs-agent:\n", place: "line 2, column 13", says: "for a level, nothing found"),
        Row(text: "rules:\n  agent-latest: {oldest: 1.x}\n", place: "line 2, column 26", says: "'1.x' found"),
        Row(text: "rules:\n  agent-latest: {oldest: 1.}\n", place: "line 2, column 26", says: "'1.' found"),
        Row(text: "rules:\n  cluster-unset: {allowed: []}\n", place: "line 2, column 28", says: "at least one"),
        Row(text: "rules:\n  ecs-agent: {x: 1}\n", place: "line 2, column 15", says: "'x'; level expected"),
        Row(text: "fail-on: neew\n", place: "line 1, column 10", says: "did you mean 'new'?"),
        Row(
            text: "waivers:\n- {rule: ecs-agent, reason: r, expires: 2027-02-01, found: []}\n",
            place: "line 2, column 60", says: "at least one"),
        Row(text: "rules: [\n", place: "line 2, column 1", says: "YAML expected"),
        Row(text: "rules: {}\nwaivers: *x\n", place: "line 2, column 10", says: "the alias *x names no anchor"),
        Row(text: "rules: {}\n---\nrules: {}\n", place: "line 2, column 1", says: "a second found"),
        Row(text: "- x\n", place: "line 1, column 1", says: "keys and values expected"),
    ])
    func whatIsNotKnownIsAnErrorWithItsPlace(row: Row) {
        let error = #expect(throws: PolicyError.self) { try Self.read(row.text) }
        #expect(error?.description.contains(row.place) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(row.says) == true, "\(error?.description ?? "")")
    }
}
