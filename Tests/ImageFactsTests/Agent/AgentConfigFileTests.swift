import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct AgentConfigFileTests {
    static func file(_ entry: LiteralEntry) throws -> Observation<AgentConfigFile> {
        let root = try LiteralSource(["/etc/ecs/ecs.config": entry]).root(AgentConfigFile.wants)
        return AgentConfigFile.observeUserFile(in: root)
    }

    struct Case: Sendable {
        let text: String
        /// `LINE: KEY: ODDITY`, in order.
        let odd: [String]
        var cluster: String?
    }

    static func label(_ odd: AgentConfigFile.OddLine) -> String {
        "\(odd.evidence.line ?? 0): \(odd.key ?? "-"): \(odd.oddity)"
    }

    @Test(arguments: [
        Case(text: "", odd: []),
        Case(text: "\n \t\r\n\n", odd: []),
        Case(text: "ECS_CLUSTER=a", odd: [], cluster: "a"),
        Case(text: "  ECS_CLUSTER=a \r\n", odd: [], cluster: "a"),
        Case(text: "\u{A0}ECS_CLUSTER=a\u{3000}\n", odd: [], cluster: "a"),
        Case(text: "ECS_CLUSTER=a=b", odd: [], cluster: "a=b"),
        Case(text: "ECS_CLUSTER=", odd: [], cluster: ""),
        Case(text: "# ECS_CLUSTER=a\n#\n", odd: []),
        Case(text: "\u{FEFF}# ECS_CLUSTER=a\n", odd: []),
        Case(text: "ECS_CLUSTER", odd: ["1: -: withoutAssignment"]),
        Case(text: "=a", odd: ["1: -: withoutName"]),
        Case(text: "=======", odd: ["1: -: withoutName"]),
        Case(text: "export ECS_CLUSTER=a", odd: ["1: ECS_CLUSTER: export"]),
        Case(text: "export\tECS_CLUSTER=a", odd: ["1: ECS_CLUSTER: export"]),
        Case(text: "ECS_CLUSTER =a", odd: ["1: ECS_CLUSTER: blankBeforeAssignment"]),
        Case(text: "\u{FEFF}ECS_CLUSTER=a\nECS_CLUSTER=b", odd: ["1: ECS_CLUSTER: byteOrderMark"], cluster: "b"),
        Case(text: "ECS_CLUSTER=\"a\"", odd: ["1: ECS_CLUSTER: quoted"], cluster: "\"a\""),
        Case(text: "ECS_CLUSTER='a'", odd: ["1: ECS_CLUSTER: quoted"], cluster: "'a'"),
        Case(text: "ECS_CLUSTER=\"a", odd: [], cluster: "\"a"),
        Case(text: "ECS_CLUSTER=a # mine", odd: ["1: ECS_CLUSTER: trailingComment"], cluster: "a # mine"),
        Case(text: "ECS_CLUSTER=a#b", odd: [], cluster: "a#b"),
        Case(text: "ECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\"] # x", odd: []),
        Case(text: "ECS_CLUSTER=a\nECS_CLUSTER=b", odd: ["1: ECS_CLUSTER: overridden(line: 2)"], cluster: "b"),
        Case(
            text: "ECS_AVAILABLE_LOGGING_DRIVER=x",
            odd: [
                "1: ECS_AVAILABLE_LOGGING_DRIVER: unknownKey(suggestion: Optional(\"ECS_AVAILABLE_LOGGING_DRIVERS\"))"
            ]),
        Case(text: "ECS_WHATEVER=x", odd: ["1: ECS_WHATEVER: unknownKey(suggestion: nil)"]),
        Case(text: "AWS_ANYTHING=x\nHTTP_PROXY=y\nno_proxy=z", odd: []),
        Case(
            text: "export ECS_CLUSTER='a'", odd: ["1: ECS_CLUSTER: export", "1: ECS_CLUSTER: quoted"]),
    ])
    func linesAreTakenAsEcsInitTakesThem(_ row: Case) throws {
        let answer = try Self.file(.text(row.text))
        let file = try #require(answer.value)
        #expect(file.oddLines.map(Self.label) == row.odd)
        #expect(file.oddLineCount == row.odd.count)
        #expect(file.setting(AgentKey.cluster)?.value == row.cluster)
    }

    @Test func settingsStandWithTheirLine() throws {
        let text = "\n# x\nECS_CLUSTER=a\nECS_RESERVED_MEMORY=32\n\nECS_EXTERNAL=true\n"
        let file = try #require(try Self.file(.text(text)).value)
        #expect(file.settings.map(\.key) == ["ECS_CLUSTER", "ECS_EXTERNAL"])
        #expect(file.settings.map(\.evidence.line) == [3, 6])
        #expect(file.settings.map(\.evidence.text) == ["ECS_CLUSTER=a", "ECS_EXTERNAL=true"])
    }

    struct Refusal: Sendable {
        let line: String
        let reason: String?
    }

    @Test(arguments: [
        Refusal(line: "ECS_INSTANCE_ATTRIBUTES={\"stack\": \"prod\"}", reason: nil),
        Refusal(line: "ECS_INSTANCE_ATTRIBUTES=", reason: nil),
        Refusal(line: "ECS_INSTANCE_ATTRIBUTES=null", reason: nil),
        Refusal(line: "ECS_INSTANCE_ATTRIBUTES={\"gpu\": 1}", reason: "a string expected, a number found"),
        Refusal(line: "ECS_INSTANCE_ATTRIBUTES='{}'", reason: "a JSON value expected, \"'\" found"),
        Refusal(
            line: "ECS_INSTANCE_ATTRIBUTES={\"a\":\"b\"} # x", reason: "the end of the text expected, \"#\" found"),
        Refusal(line: "ECS_CONTAINER_INSTANCE_TAGS=[]", reason: "an object of strings expected, an array found"),
        Refusal(line: "ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES=[\"10.0.15.0/24\"]", reason: nil),
        Refusal(
            line: "ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES=[\"10.0.15.0\"]",
            reason: "a network prefix such as 10.0.15.0/24 expected, other text found"),
    ])
    func valuesThatTheAgentRefusesAreJudgedAndNotKept(_ row: Refusal) throws {
        let setting = try #require(try Self.file(.text(row.line)).value?.settings.first)
        #expect(setting.refusal == row.reason)
        #expect(setting.value == nil)
    }

    @Test func hostileFilesAreUnreadableNeverATrap() throws {
        #expect(try Self.file(.sized(1 << 30)).problem?.code == .tooLarge)
        let binary = try #require(try Self.file(.bytes([0x7F, 0x45, 0, 1])).value)
        #expect(binary.nulProblem?.offset == 2)
        #expect(binary.oddLines.map(\.oddity) == [.nul])
        #expect(try Self.file(.link("ecs.config")).problem?.code == .linkLoop)
        let garbage = (0..<100_000).map { $0 % 40 == 0 ? 10 : UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) | 1 }
        let file = try #require(try Self.file(.bytes(garbage)).value)
        #expect(file.oddLines.count == AgentConfigFile.oddLineLimit)
        #expect(file.oddLineCount > AgentConfigFile.oddLineLimit)
        let lines = try #require(try Self.file(.text(String(repeating: "ECS_X=1\n", count: 100_000))).value)
        #expect(lines.oddLineCount == 100_000)
    }

    @Test func noLineShowsWhatMayBeACredential() throws {
        let text = """
            ECS_ENGINE_AUTH_DATA={"https://index.docker.io/v1/":{
            "auth":"czNjcjN0","email":"x"}}
            czNjcjN0czNjcjN0=
            "auth":"czNjcjN0=="
            AWS_SECRET_ACCESS_KEY=czNjcjN0
            export AWS_SECRET_ACCESS_KEY="czNjcjN0"
            MY_PASSWORD =czNjcjN0 # czNjcjN0
            HTTP_PROXY=http://user:czNjcjN0@proxy:3128
            """
        let file = try #require(try Self.file(.text(text)).value)
        #expect(file.oddLineCount > 5)
        #expect(!"\(file)".contains("czNjcjN0"))
        #expect(file.settings.map(\.value) == ["http://…@proxy:3128"])
    }
}
