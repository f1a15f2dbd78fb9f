import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct EcsAgentTests {
    @Test(arguments: [
        RuleCase(
            "package, archive cached",
            .ecsInit().with("/var/cache/ecs/state", "2").with("/var/cache/ecs/ecs-agent.tar", "tar"), .pass,
            "ecs-init 1.106.1-1.amzn2023 is installed, with an agent in its cache"),
        RuleCase(
            "package, nothing cached", .ecsInit("1.62.1-1", package: "amazon-ecs-init"), .pass,
            "without an agent in its cache (/var/cache/ecs/state is not there): it is downloaded at the first boot"),
        RuleCase(
            "program beside a damaged database",
            AgentImage.damaged.with("/usr/libexec/amazon-ecs-init", .executable())
                .with("/var/cache/ecs/ecs-agent.tar", .link("ecs-agent-v1.50.0.tar")), .pass, "ecs-init v1.50.0"),
        RuleCase("by hand", .byHand([]), .pass, "the ECS agent v1.62.1 is run by a job of the image's own"),
        RuleCase(
            "loaded image alone",
            AgentImage.none.with(
                "/var/lib/docker/image/overlay2/repositories.json",
                #"{"Repositories":{"amazon/amazon-ecs-agent":{"amazon/amazon-ecs-agent:latest":"sha256:a"}}}"#),
            .pass, "loaded into Docker, and nothing that runs it was found"),
        RuleCase("none", .none, .fail, "none found; looked at /var/lib/dpkg/status"),
        RuleCase(
            "removed, configuration left",
            AgentImage(entries: [
                "/var/lib/dpkg/status": "Package: ecs-init\nStatus: deinstall ok config-files\nVersion: 1-1\n"
            ]), .fail, "ecs-init 1-1 was removed, its configuration left"),
        RuleCase("damaged database", .damaged, .undetermined, "/var/lib/rpm/Packages"),
    ])
    func agentIsThereInAnyFormOrNot(_ row: RuleCase) throws {
        try row.check(.ecsAgent)
    }
}
