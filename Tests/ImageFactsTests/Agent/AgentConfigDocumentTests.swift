import ImageReading
import Startup
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct AgentConfigDocumentTests {
    static func document(_ entry: LiteralEntry) throws -> Observation<AgentConfigDocument> {
        let root = try LiteralSource(["/etc/ecs/ecs.config.json": entry]).root(AgentConfigDocument.wants)
        return AgentConfigDocument.observe(
            in: root, agent: .absent(searched: []), environment: .absent(searched: []))
    }

    struct Case: Sendable {
        let text: String
        var drivers: [String]?
        var cluster: String?
        var refusal: String?
        var line: Int?
    }

    @Test(arguments: [
        Case(text: ""),
        Case(text: " \n\u{A0}"),
        Case(text: "null"),
        Case(text: "{}"),
        Case(text: "{\"AvailableLoggingDrivers\": [\"awslogs\"]}", drivers: ["awslogs"]),
        Case(text: "{\"availableloggingdrivers\": [\"awslogs\"]}", drivers: ["awslogs"]),
        Case(text: "{\"AvailableLoggingDrivers\": []}"),
        Case(text: "{\"AvailableLoggingDrivers\": null}"),
        Case(
            text: "{\"AvailableLoggingDrivers\": [\"awslogs\"], \"AVAILABLELOGGINGDRIVERS\": [\"none\"]}",
            drivers: ["none"]),
        Case(text: "{\"Cluster\": \" prod \"}", cluster: "prod"),
        Case(text: "{\"ClusterArn\": \"old\", \"Cluster\": \"\"}", cluster: "old"),
        Case(text: "{\"ClusterArn\": \"old\", \"Cluster\": \"new\"}", cluster: "new"),
        Case(text: "{\"Unknown\": 1}"),
        Case(text: "[]", refusal: "an object expected, an array found", line: 1),
        Case(text: "\n\"x\"", refusal: "an object expected, a string found", line: 2),
        Case(
            text: "{\n\"Cluster\": \"a\",\n}", refusal: "a member's name in double quotes expected, \"}\" found",
            line: 3),
        Case(text: "{} x", refusal: "the end of the text expected, \"x\" found", line: 1),
        Case(text: "\u{FEFF}{}", refusal: "a JSON value expected, byte 0xEF found", line: 1),
        Case(text: "{\u{0}}", refusal: "a member's name in double quotes expected, byte 0x00 found", line: 1),
        Case(text: "ECS_CLUSTER=prod", refusal: "a JSON value expected, \"E\" found", line: 1),
        Case(
            text: "{\n\"reservedMemory\":\n\"256\"}",
            refusal: "ReservedMemory: a whole number expected, a string found",
            line: 3),
        Case(
            text: "{\"AvailableLoggingDrivers\": [\"awslogs\", 5]}", drivers: ["awslogs", ""],
            refusal: "AvailableLoggingDrivers: a string expected, a number found", line: 1),
        Case(
            text: "{\"Checkpoint\": \"true\"}", refusal: "Checkpoint: true or false expected, a string found", line: 1),
        Case(
            text: "{\"ReservedPorts\": [22, 70000]}",
            refusal: "ReservedPorts: a number from 0 to 65535 expected, 70000 found", line: 1),
        Case(
            text: String(repeating: "[", count: 500_000),
            refusal: "at most 10000 levels of nesting expected, more found",
            line: 1),
        Case(text: "{\"EngineAuthData\": {\"x\": {\"auth\": \"secret\"}}, \"Checkpoint\": true}"),
    ])
    func isReadAsTheAgentReadsIt(_ row: Case) throws {
        let document = try #require(try Self.document(.text(row.text)).value)
        #expect(document.drivers == row.drivers)
        #expect(document.cluster == row.cluster)
        #expect(document.refusal?.reason == row.refusal)
        #expect(document.refusal?.evidence.line == row.line)
        #expect(!"\(document)".contains("secret"))
    }

    @Test func whatOnlyThisReaderRefusesIsUnreadable() throws {
        let many = "[" + String(repeating: "1,", count: 100_000) + "1]"
        #expect(try Self.document(.text(many)).problem?.code == .malformed)
        #expect(try Self.document(.sized(1 << 30)).problem?.code == .tooLarge)
        #expect(try Self.document(.link("/nowhere")).isAbsent)
    }

    @Test func externalModeIsSeen() throws {
        #expect(try Self.document("{\"External\": true}").value?.externalEvidence?.line == 1)
        #expect(try Self.document("{\"External\": false}").value?.externalEvidence == nil)
    }
}
