import Foundation
import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

/// The start-up facts of a whole Debian 12 with Docker and cloud-init, as `make fixtures` builds it.
@Suite struct DebianStartTests {
    @Test(
        .enabled(
            if: TestData.fixture("debian-bookworm") != nil,
            "no debian-bookworm in AMILINT_FIXTURES: real units are not read"))
    func dockerAndCloudInitStart() throws {
        let source = try openImage(at: #require(TestData.fixture("debian-bookworm")).path)
        let facts = try source.read(Facts.wants) { Facts(in: $0) }.value
        let docker = try #require(facts.dockerStart.value)
        guard case .started(let links, byPresetOnFirstBoot: false) = docker.service, case .started? = docker.socket
        else {
            Issue.record("\(docker)")
            return
        }
        #expect(links.first?.path == "/etc/systemd/system/multi-user.target.wants/docker.service")
        let cloudInit = try #require(facts.cloudInit.value)
        guard case .enabled(let stages) = cloudInit.activation else {
            Issue.record("\(cloudInit)")
            return
        }
        #expect(stages.contains { $0.path.name == "cloud-init-generator" })
        #expect(facts.agentJobs.isAbsent)
        #expect(facts.cloudInitState.value?.finalModules?.values.contains("scripts-user") == true)
    }
}
