import Foundation
import ImageFacts
import Testing

@testable import BatchRules

@Suite struct ReleaseTableTests {
    private struct Releases: Decodable {
        struct Release: Decodable {
            let family: String
            let ecs_agent: String?
            let docker: String?
        }
        let as_of: String
        let latest_agent: String
        let releases: [Release]
    }

    @Test func builtInTableIsThatOfTheReleaseData() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../testdata/data/ecs-ami-releases.json")
        let data = try JSONDecoder().decode(Releases.self, from: Data(contentsOf: file))
        let table = ReleaseTable.builtIn
        #expect(table.date.description == data.as_of)
        #expect(table.latestAgent == ReleaseVersion(data.latest_agent))
        let expected = try data.releases.compactMap { release -> ReleaseTable.Pair? in
            guard let agent = release.ecs_agent, let docker = release.docker else { return nil }
            return ReleaseTable.Pair(
                family: release.family, agent: try #require(ReleaseVersion(agent)),
                docker: try #require(ReleaseVersion(docker)))
        }
        #expect(expected.count > 200)
        #expect(Set(table.pairs) == Set(expected))
        #expect(table.pairs.count == Set(expected).count)
        #expect(table.pairs.map(\.agent).max() == table.latestAgent)
    }

    @Test func severalDockerVersionsOfOneAgentComeOldestFirst() {
        let versions = ReleaseTable.builtIn.dockerVersions(family: "al2", agent: ReleaseVersion(1, 100))
        #expect(versions == [ReleaseVersion(25, 0, 8), ReleaseVersion(25, 0, 13)])
        #expect(ReleaseTable.builtIn.dockerVersions(family: "al1", agent: ReleaseVersion(1, 100)).isEmpty)
    }
}
