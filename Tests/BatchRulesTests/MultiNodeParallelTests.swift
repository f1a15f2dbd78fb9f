import ImageReading
import Testing

@testable import BatchRules
@testable import ImageFacts

@Suite struct MultiNodeParallelTests {
    static let amazon = AgentImage.ecsInit().on("amzn", "2023", "Amazon Linux 2023")

    @Test(arguments: [
        RuleCase("Amazon Linux", amazon, .pass, "Amazon Linux 2023 with ecs-init 1.106.1-1.amzn2023"),
        RuleCase(
            "Ubuntu", AgentImage.ecsInit("1.62.1-1", package: "amazon-ecs-init").on("ubuntu", "22.04", "Ubuntu 22.04"),
            .fail, "the image is Ubuntu 22.04 with amazon-ecs-init 1.62.1-1, not Amazon Linux with the package ecs-init"
        ),
        RuleCase("Ubuntu with ecs-init", AgentImage.ecsInit().on("ubuntu", "22.04", "Ubuntu 22.04"), .fail, "Ubuntu"),
        RuleCase(
            "no agent", AgentImage.none.on("amzn", "2", "Amazon Linux 2"), .fail, "Amazon Linux 2 with no ECS agent"),
        RuleCase(
            "program without a package",
            AgentImage.none.with("/usr/libexec/amazon-ecs-init", "x").on("amzn", "2", "Amazon Linux 2"), .fail,
            "without the package"),
        RuleCase("by hand", AgentImage.byHand([]).on("amzn", "2", "Amazon Linux 2"), .fail, "without the package"),
        RuleCase(
            "damaged database", AgentImage.damaged.on("amzn", "2", "Amazon Linux 2"), .undetermined,
            "/var/lib/rpm/Packages"),
        RuleCase(
            "damaged database beside the program",
            AgentImage.damaged.with("/usr/libexec/amazon-ecs-init", "x").on("amzn", "2", "Amazon Linux 2"),
            .undetermined, "/var/lib/rpm/Packages"),
        RuleCase(
            "damaged database elsewhere", AgentImage.damaged.on("debian", "12", "Debian 12"), .fail, "Debian 12"),
        RuleCase(
            "unreadable os-release",
            AgentImage.ecsInit().with(
                "distribution",
                fact: Observation<Distribution>.unreadable([], Problem(.malformed, at: "/etc/os-release", "text"))),
            .undetermined, "/etc/os-release"),
        RuleCase(
            "unreadable os-release, no agent",
            AgentImage.none.with(
                "distribution",
                fact: Observation<Distribution>.unreadable([], Problem(.malformed, at: "/etc/os-release", "text"))),
            .fail, "no ECS agent"),
    ])
    func onlyAmazonLinuxWithTheirOwnPackage(_ row: RuleCase) throws {
        try row.check(.multiNodeParallel)
        try row.check(.ecsOptimizedBase)
    }

    @Test func requiredWhenMultiNodeJobsAreWanted() throws {
        let wanted = Policy(today: Policy.test.today, needsMultiNode: true)
        #expect(try Self.amazon.finding(.multiNodeParallel, wanted).level == .required)
        #expect(try Self.amazon.finding(.multiNodeParallel).level == .recommended)
    }
}
