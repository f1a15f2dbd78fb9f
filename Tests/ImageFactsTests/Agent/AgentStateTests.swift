import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct AgentStateTests {
    static func state(_ entries: [String: LiteralEntry]) throws -> Observation<AgentState> {
        let root = try LiteralSource(entries).root(AgentState.wants)
        return AgentState.observe(in: root)
    }

    @Test func anythingBelowTheDirectoryIsState() throws {
        #expect(try Self.state(["/var/lib/ecs/data": .directory]).isAbsent)
        #expect(try Self.state(["/var/lib": .directory]).isAbsent)
        let db = try Self.state(["/var/lib/ecs/data/agent.db": "x", "/var/lib/ecs/data/a/b": "y"])
        #expect(db.value?.stateFiles == ["/var/lib/ecs/data/agent.db"])
        #expect(db.value?.nameCount == 3)
        #expect(db.evidence.first?.path == "/var/lib/ecs/data/agent.db")
        let other = try Self.state(["/var/lib/ecs/data/x": "y"])
        #expect(other.value?.stateFiles == [])
    }

    @Test func linkedDirectoryIsFollowed() throws {
        let state = try Self.state([
            "/var/lib/ecs/data": .link("/mnt/ecs"), "/mnt/ecs/ecs_agent_data.json": "{}",
        ])
        #expect(state.value?.stateFiles == ["/var/lib/ecs/data/ecs_agent_data.json"])
        #expect(state.evidence.first?.realPath == "/mnt/ecs/ecs_agent_data.json")
    }

    @Test func directoryThatCannotBeSearchedIsUnreadable() throws {
        #expect(try Self.state(["/var/lib/ecs/data": .unreadableDirectory(.permissionDenied)]).problem != nil)
    }
}
