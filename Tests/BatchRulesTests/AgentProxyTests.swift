import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct AgentProxyTests {
    static let all = "169.254.169.254,169.254.170.2,/var/run/docker.sock"

    static func config(_ lines: String, version: String = "1.106.1-1.amzn2023") -> AgentImage {
        started(AgentImage.ecsInit(version)).with("/etc/ecs/ecs.config", .text(lines))
    }

    /// With a unit of ecs-init's, enabled.
    static func started(_ image: AgentImage, _ lines: String = "") -> AgentImage {
        image.with(
            "/etc/systemd/system/ecs.service",
            .text(
                "[Service]\n\(lines)\nExecStart=/usr/libexec/amazon-ecs-init start\n[Install]\nWantedBy=multi-user.target\n"
            )
        ).with("/etc/systemd/system/multi-user.target.wants/ecs.service", .link("../ecs.service"))
            .with("/usr/lib/systemd/system/multi-user.target", "[Unit]\n")
            .with("/usr/lib/systemd/system/default.target", .link("multi-user.target"))
            .with("/usr/libexec/amazon-ecs-init", WholeImage.program)
            .with("/usr/lib/systemd/systemd", .executable())
    }

    static let proxy = "HTTP_PROXY=http://proxy:3128\n"

    /// Issue 605 of the agent, and its like.
    static let cases: [RuleCase] = [
        RuleCase("no proxy", config(""), .pass, "no proxy"),
        RuleCase("as AWS documents it", config(proxy + "NO_PROXY=\(all)\n"), .pass, "HTTP_PROXY=http://proxy:3128"),
        RuleCase("no NO_PROXY", config(proxy), .fail, "/etc/ecs/ecs.config:1: the agent asks ", line: 1),
        RuleCase("lower case", config("http_proxy=proxy:3128\n"), .fail, "http_proxy=proxy:3128"),
        RuleCase("an empty one first", config("HTTP_PROXY=\nhttp_proxy=proxy:3128\n"), .fail, "http_proxy=proxy:3128"),
        RuleCase("no value", config("HTTP_PROXY=\n"), .pass, "no proxy"),
        RuleCase("for https alone", config("HTTPS_PROXY=http://proxy:3128\nhttps_proxy=p\n"), .pass, "no proxy"),
        RuleCase(
            "other exceptions", config(proxy + "NO_PROXY=localhost,.internal\n"), .fail, "NO_PROXY=localhost,.internal"),
        RuleCase("the lower case is not asked", config(proxy + "NO_PROXY=a\nno_proxy=\(all)\n"), .fail, "NO_PROXY=a"),
        RuleCase("the lower case", config(proxy + "NO_PROXY=\nno_proxy=\(all)\n"), .pass, "asks the metadata service"),
        RuleCase("everything", config(proxy + "NO_PROXY=*\n"), .pass, ""),
        RuleCase("a network", config(proxy + "NO_PROXY=169.254.0.0/16\n"), .pass, ""),
        RuleCase(
            "quotes are kept", config(proxy + "NO_PROXY=\"\(all)\"\n"), .fail,
            "169.254.169.254 is not among its exceptions"),
        RuleCase("blanks between", config(proxy + "NO_PROXY=169.254.169.254 169.254.170.2\n"), .fail, ""),
        RuleCase(
            "the address alone", config(proxy + "NO_PROXY=169.254.169.254\n"), .fail, "but 169.254.170.2 by the proxy"),
        RuleCase("the end of the address", config(proxy + "NO_PROXY=.254,.2\n"), .fail, ""),
        RuleCase("the same to an older Go", config(proxy + "NO_PROXY=.254,.2\n", version: "1.91.2-1"), .pass, ""),
        RuleCase("none to Go", config("HTTP_PROXY=http://user:p%w@proxy:3128\n"), .pass, "none that Go takes"),
        RuleCase(
            "on the instance", config("HTTP_PROXY=http://127.0.0.1:3128\n"), .fail, "HTTP_PROXY=http://127.0.0.1:3128"),
        RuleCase(
            "the image's own file", started(.ecsInit()).with("/var/lib/ecs/ecs.config", .text(proxy)), .fail,
            "/var/lib/ecs/ecs.config:1"),
        RuleCase(
            "exceptions in the other file", config("NO_PROXY=\(all)\n").with("/var/lib/ecs/ecs.config", .text(proxy)),
            .pass, ""),
        RuleCase(
            "a comment", config("#HTTP_PROXY=http://proxy:3128\n# http_proxy=proxy\n"), .pass, "no proxy"),
        RuleCase(
            "a drop-in", started(.ecsInit(), "Environment=HTTP_PROXY=http://proxy:3128 NO_PROXY=\(all)"), .fail,
            "reaches ecs-init alone"),
        RuleCase(
            "a drop-in and the file",
            started(.ecsInit(), "Environment=HTTP_PROXY=http://proxy:3128").with(
                "/etc/ecs/ecs.config", .text(proxy + "NO_PROXY=\(all)\n")), .pass, ""),
        RuleCase(
            "the file alone, which the unit reads too",
            started(.ecsInit(), "EnvironmentFile=-/etc/ecs/ecs.config").with(
                "/etc/ecs/ecs.config", .text(proxy + "NO_PROXY=\(all)\n")), .pass, ""),
        RuleCase(
            "Docker's proxy",
            started(.ecsInit()).with(
                "/etc/systemd/system/docker.service.d/proxy.conf",
                .text("[Service]\nEnvironment=HTTP_PROXY=http://proxy:3128\n")), .pass, "no proxy"),
        RuleCase("by hand", .unit(run: "-e HTTP_PROXY=http://proxy:3128"), .fail, "HTTP_PROXY=http://proxy:3128"),
        RuleCase(
            "by hand, as documented", .unit(run: "-e HTTP_PROXY=http://proxy:3128 -e NO_PROXY=\(all)"), .pass, ""),
        RuleCase(
            "by hand, unit alone", .unit("Environment=HTTP_PROXY=http://proxy:3128", run: "-d"), .pass, "no proxy"),
        RuleCase(
            "by hand, passed on", .unit("Environment=HTTP_PROXY=http://proxy:3128", run: "-d -e HTTP_PROXY"), .fail,
            "HTTP_PROXY=http://proxy:3128"),
        RuleCase(
            "by hand, exceptions open",
            .unit("EnvironmentFile=/run/proxy", run: "-e HTTP_PROXY=http://proxy:3128 -e NO_PROXY"), .undetermined,
            "cannot be told"),
        RuleCase(
            "by hand, proxy open", .unit("EnvironmentFile=-/run/proxy", run: "-e HTTP_PROXY"), .undetermined,
            "cannot be told"),
        RuleCase(
            "by hand, proxy open and exceptions known",
            .unit("EnvironmentFile=-/run/proxy", run: "-e HTTP_PROXY -e NO_PROXY=\(all)"), .pass, ""),
        RuleCase("no agent", .none, .notApplicable, "see ecs-agent"),
        RuleCase(
            "nothing starts it",
            AgentImage.none.with(
                "/var/lib/docker/image/overlay2/repositories.json",
                .text(
                    #"{"Repositories":{"amazon/amazon-ecs-agent":{"amazon/amazon-ecs-agent:v1.62.1":"sha256:0"}}}"#)),
            .notApplicable, "see agent-at-boot"),
        RuleCase(
            "unreadable", started(.ecsInit()).with("/etc/ecs/ecs.config", .unreadable(.inputOutput)), .undetermined, ""),
    ]

    @Test(arguments: cases)
    func aProxyHasToLeaveTheMetadataServiceAlone(row: RuleCase) throws {
        try row.check(.agentProxy)
    }

    @Test(arguments: [
        ("no NO_PROXY", Level.required), ("the address alone", .recommended), ("on the instance", .recommended),
        ("a drop-in", .recommended), ("by hand", .required),
    ])
    func onlyWhatCutsTheAgentOffIsRequired(name: String, level: Level) throws {
        let row = try #require(Self.cases.first { $0.name == name })
        #expect(try row.image.finding(.agentProxy).level == level)
    }

    @Test(arguments: [
        "HTTP_PROXY=http://user:czNjcjN0@proxy:3128", "HTTP_PROXY=user:czNjcjN0@proxy:3128",
        "http_proxy=\"http://user:czNjcjN0@proxy\"", "HTTP_PROXY=http://user:czNjcjN0/czNjcjN0@czNjcjN0@proxy",
    ])
    func passwordsAreShownMasked(line: String) throws {
        let images = [
            Self.config(line + "\n"), AgentImage.unit(run: "-e \(line.replacing("\"", with: ""))"),
            AgentImage.unit("Environment=\(line.replacing("\"", with: ""))", run: "-e HTTP_PROXY -e http_proxy"),
            Self.started(.ecsInit(), "Environment=\(line.replacing("\"", with: ""))"),
        ]
        for image in images {
            let finding = try image.finding(.agentProxy)
            #expect(finding.verdict == .fail)
            #expect(!"\(finding)".contains("czNjcjN0"), "\(finding)")
            #expect(!"\(try image.facts())".contains("czNjcjN0"))
        }
    }

    @Test func theRemedyMendsIt() throws {
        let image = Self.config(Self.proxy)
        var mended = image
        mended.entries = try carriedOut(try image.finding(.agentProxy).steps, on: image.entries)
        #expect(try mended.finding(.agentProxy).verdict == .pass)
    }

    @Test func wholeImagesPass() throws {
        for entries in [try WholeImage.amazonLinux(), try WholeImage.debian()] {
            #expect(try AgentImage(entries: entries).finding(.agentProxy).verdict == .pass)
        }
    }
}
