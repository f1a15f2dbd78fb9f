import ImageReading
import Testing

@testable import BatchRules
@testable import ImageFacts

@Suite struct DockerTestedTests {
    static func image(_ agent: String, _ docker: String, _ version: String = "2023") -> AgentImage {
        AgentImage.ecsInit(agent).docker(docker).on("amzn", version, "Amazon Linux \(version)")
    }

    @Test(arguments: [
        RuleCase(
            "shipped", image("1.106.1-1.amzn2023", "25.0.16-1.amzn2023.0.4"), .pass,
            "was shipped and tested together (al2023, as of 2026-08-20)"),
        RuleCase("one of two", image("1.100.0-1", "25.0.13-1"), .pass, "al2023"),
        RuleCase("the other of two", image("1.100.0-1", "25.0.8-1"), .pass, "al2023"),
        RuleCase(
            "another Docker", image("1.100.0-1", "24.0.5-1"), .fail,
            "was not tested together: agent 1.100 was shipped with Docker 25.0.8 or 25.0.13"),
        RuleCase("by family", image("1.82.1-1", "25.0.3-1"), .pass, "al2023"),
        RuleCase("by the other family", image("1.82.1-1", "25.0.3-1", "2"), .fail, "was shipped with Docker 20.10.25"),
        RuleCase("not in the table", image("1.107.0-1", "25.0.16-1"), .undetermined, "not in the table of al2023"),
        RuleCase(
            "another distribution",
            AgentImage.ecsInit().docker("25.0.16").on("debian", "12", "Debian GNU/Linux 12"), .undetermined,
            "the image is Debian GNU/Linux 12, and the table of tested versions is for Amazon Linux 2 and 2023 only"),
        RuleCase("Amazon Linux 1", image("1.51.0-1.amzn1", "20.10.25", "2018.03"), .undetermined, "only"),
        RuleCase(
            "version not known",
            AgentImage.none.with("/usr/sbin/amazon-ecs-init", "x").docker("25.0.16").on("amzn", "2", "Amazon Linux 2"),
            .undetermined, "the version of ecs-init"),
        RuleCase("no agent", AgentImage.none.docker("25.0.16"), .notApplicable, "see ecs-agent"),
        RuleCase(
            "no Docker", AgentImage.ecsInit().on("amzn", "2", "Amazon Linux 2"), .notApplicable, "see docker-version"),
        RuleCase("damaged database", .damaged, .undetermined, "/var/lib/rpm/Packages"),
    ])
    func pairsOfTheTable(_ row: RuleCase) throws {
        try row.check(.dockerTested)
    }
}
