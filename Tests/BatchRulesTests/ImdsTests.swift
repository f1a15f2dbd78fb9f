import ImageFacts
import TestSupport
import Testing

@testable import BatchRules

@Suite struct ImdsTests {
    static let sessions = Policy(
        today: Policy.test.today, amiMetadata: AMIMetadata(virtualizationType: "hvm", imdsSupport: "v2.0"))

    static func cloudInit(_ version: String, _ files: [String: LiteralEntry] = [:], agent: String = "1.106.1")
        -> AgentImage
    {
        AgentImage(
            entries: [
                "/usr/lib/systemd/system/ecs.service": "[Service]\nExecStart=/usr/libexec/amazon-ecs-init start\n",
                "/etc/systemd/system/multi-user.target.wants/ecs.service": .link("/usr/lib/systemd/system/ecs.service"),
                "/var/lib/dpkg/status": .text(
                    """
                    Package: cloud-init
                    Status: install ok installed
                    Version: \(version)

                    Package: ecs-init
                    Status: install ok installed
                    Version: \(agent)

                    """),
            ].merging(files) { $1 })
    }

    static func configuration(_ text: String) -> [String: LiteralEntry] {
        ["/etc/cloud/cloud.cfg": .text(text)]
    }

    @Test(arguments: [
        RuleCase("new", cloudInit("24.1.3-1"), .pass, "nothing here is known not to know them"),
        RuleCase("old", cloudInit("18.3-6"), .fail, "older than 19.4"),
        RuleCase("brought into Amazon Linux 2", cloudInit("19.3-46.amzn2"), .pass, ""),
        RuleCase("brought into RHEL 7", cloudInit("18.5-6.el7_9"), .pass, ""),
        RuleCase("an old agent", cloudInit("24.1.3-1", agent: "1.36.0-1"), .fail, "older than 1.36.1"),
        RuleCase("the first agent", cloudInit("24.1.3-1", agent: "1.36.1-1"), .pass, ""),
        RuleCase("behind a bridge", .unit(run: "-d"), .pass, ""),
    ])
    func anImageThatDemandsSessionsNeedsWhoKnowsThem(row: RuleCase) throws {
        try row.check(.imds, Self.sessions)
    }

    @Test(arguments: [
        RuleCase("old, with nothing demanded", cloudInit("18.3-6", agent: "1.36.0-1"), .pass, "nothing on the image"),
        RuleCase(
            "disabled", cloudInit("24.1.3-1", configuration("disable_ec2_metadata: true\n")), .fail,
            "/etc/cloud/cloud.cfg:1: disable_ec2_metadata"),
        RuleCase(
            "disabled by a module",
            cloudInit(
                "24.1.3-1",
                configuration("disable_ec2_metadata: true\ncloud_config_modules: [disable-ec2-metadata, runcmd]\n")),
            .fail,
            "disable_ec2_metadata"),
        RuleCase(
            "the module does not run",
            cloudInit("24.1.3-1", configuration("disable_ec2_metadata: true\ncloud_config_modules: [runcmd]\n")), .pass,
            ""),
        RuleCase("not disabled", cloudInit("24.1.3-1", configuration("disable_ec2_metadata: false\n")), .pass, ""),
        RuleCase("behind a bridge", .unit(run: "-d -v /var/run:/var/run"), .fail, "hop limit of 1"),
        RuleCase("on the host's network", .unit(run: "--net=host"), .pass, ""),
        RuleCase("options not known", .unit(run: "--volumes-from x"), .pass, ""),
        RuleCase("no agent", .none, .pass, ""),
    ])
    func theMetadataServiceIsLeftToThem(row: RuleCase) throws {
        try row.check(.imds)
    }
}
