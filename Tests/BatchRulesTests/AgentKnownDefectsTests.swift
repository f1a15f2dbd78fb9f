import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct AgentKnownDefectsTests {
    /// An image of a distribution with ecs-init and Docker of these versions.
    static func image(
        _ agent: String, docker: String = "20.10.24", _ id: String = "ubuntu", _ release: String? = "22.04",
        _ files: [String: LiteralEntry] = [:]
    ) -> AgentImage {
        var image = AgentImage.ecsInit(agent).docker(docker).on(id, release, id)
        // Its control groups are worked out from the file.
        image.entries["/etc/os-release"] = .text("ID=\(id)\n" + (release.map { "VERSION_ID=\"\($0)\"\n" } ?? ""))
        image.entries.merge(files) { $1 }
        return AgentProxyTests.started(image)
    }

    static let parser: [String: LiteralEntry] = [
        "/sbin": .link("usr/sbin"), "/usr/sbin/apparmor_parser": WholeImage.program,
    ]
    static let includes = parser.merging([
        "/etc/apparmor.d/tunables/global": "", "/etc/apparmor.d/abstractions/base": "",
    ]) { $1 }

    /// The kernel command line ends with these words.
    static func words(_ words: String, _ more: [String: LiteralEntry] = [:]) -> [String: LiteralEntry] {
        more.merging([
            "/boot/vmlinuz-6.1.0": "kernel",
            "/boot/grub/grub.cfg": .text(
                "menuentry 'Linux' {\n linux /boot/vmlinuz-6.1.0 root=/dev/xvda1 ro \(words)\n}\n"),
        ]) { $1 }
    }

    static let bridge: [String: LiteralEntry] = ["/etc/docker/daemon.json": #"{"bridge": "none"}"#]

    @Test(arguments: [
        // Pull request 4785 of the agent.
        RuleCase("no bridge", image("1.98.0", "amzn", "2023", bridge), .fail, "finds no bridge"),
        RuleCase("no bridge, before", image("1.96.0", "amzn", "2023", bridge), .pass, ""),
        RuleCase("no bridge, mended", image("1.100.0", "amzn", "2023", bridge), .pass, ""),
        RuleCase(
            "a bridge of its own", image("1.98.0", "amzn", "2023", ["/etc/docker/daemon.json": #"{"bridge": "br0"}"#]),
            .pass, ""),
        RuleCase(
            "unreadable", image("1.98.0", "amzn", "2023", ["/etc/docker/daemon.json": .unreadable(.inputOutput)]),
            .undetermined, "told to make no bridge"),
        RuleCase(
            "unreadable and mended",
            image("1.100.0", "amzn", "2023", ["/etc/docker/daemon.json": .unreadable(.inputOutput)]),
            .pass, ""),
        // Pull request 4173.
        RuleCase(
            "SUSE without tunables", image("1.82.4", "sles", "15.5", parser), .fail, "AppArmor profile cannot be loaded"
        ),
        RuleCase("SUSE with them", image("1.82.4", "sles", "15.5", includes), .pass, ""),
        RuleCase("SUSE, mended", image("1.83.0", "sles", "15.5", parser), .pass, ""),
        RuleCase("SUSE without a parser", image("1.82.4", "sles", "15.5"), .pass, ""),
        RuleCase("AppArmor off", image("1.82.4", "sles", "15.5", words("apparmor=0", parser)), .pass, ""),
        RuleCase("no AppArmor kernel", image("1.82.4", "amzn", "2023", parser), .pass, ""),
        // Pull request 3993.
        RuleCase("1.78.0 on Ubuntu", image("1.78.0-1", "ubuntu", "20.04", includes), .fail, "netlink"),
        RuleCase("1.78.1 on Ubuntu 20.04", image("1.78.1-1", "ubuntu", "20.04", includes), .pass, ""),
        // Issue 3227.
        RuleCase("Ubuntu 22.04", image("1.77.0-1", "ubuntu", "22.04", includes), .fail, "D-Bus"),
        RuleCase("Ubuntu 22.04, 1.78.1", image("1.78.1-1", "ubuntu", "22.04", includes), .fail, "D-Bus"),
        RuleCase("Ubuntu 22.04, mended", image("1.80.0-1", "ubuntu", "22.04", includes), .pass, ""),
        RuleCase(
            "Ubuntu 22.04, the old hierarchy",
            image("1.77.0-1", "ubuntu", "22.04", words("systemd.unified_cgroup_hierarchy=0", includes)), .pass, ""),
        RuleCase(
            "Ubuntu 20.04, the new hierarchy",
            image("1.77.0-1", "ubuntu", "20.04", words("systemd.unified_cgroup_hierarchy=1", includes)), .fail, "D-Bus"),
        RuleCase(
            "Ubuntu 22.04, no limits",
            image("1.77.0-1", "ubuntu", "22.04", includes).with(
                "/etc/ecs/ecs.config", "ECS_ENABLE_TASK_CPU_MEM_LIMIT=false\n"), .pass, ""),
        RuleCase(
            "Ubuntu 22.04, no limits said otherwise",
            image("1.77.0-1", "ubuntu", "22.04", includes).with(
                "/etc/ecs/ecs.config", "ECS_ENABLE_TASK_CPU_MEM_LIMIT=true\n"), .fail, "D-Bus"),
        RuleCase(
            "before 1.61.0, told to limit",
            image("1.60.0-1", "amzn", "2023").with("/etc/ecs/ecs.config", "ECS_ENABLE_TASK_CPU_MEM_LIMIT=true\n"),
            .fail,
            "ends at its start"),
        RuleCase("before 1.61.0", image("1.60.0-1", "amzn", "2023"), .pass, ""),
        RuleCase(
            "another distribution",
            image("1.60.0-1", "void", nil).with("/etc/ecs/ecs.config", "ECS_ENABLE_TASK_CPU_MEM_LIMIT=true\n"),
            .undetermined, "not known of this distribution"),
        // Issue 323 of ecs-init.
        RuleCase("no IPv6", image("1.38.0-1", "amzn", "2", words("ipv6.disable=1")), .fail, "IPv6"),
        RuleCase("no IPv6, mended", image("1.39.0-2", "amzn", "2", words("ipv6.disable=1")), .pass, ""),
        RuleCase("no addresses of IPv6", image("1.38.0-1", "amzn", "2", words("ipv6.disable_ipv6=1")), .pass, ""),
        // Issue 294 of ecs-init.
        RuleCase("/sbin", image("1.36.1-1", docker: "19.03.13ce", "amzn", "2"), .fail, "/sbin"),
        RuleCase("/sbin, mended", image("1.36.2-1", docker: "19.03.13ce", "amzn", "2"), .pass, ""),
        RuleCase("/sbin, an older Docker", image("1.36.1-1", docker: "18.09.9ce", "amzn", "2"), .pass, ""),
        // Issue 8123 of containerd.
        RuleCase(
            "no parser", image("1.99.1-1", docker: "5:23.0.1-1~debian.11~bullseye", "debian", "11"), .fail,
            "starts no container"),
        RuleCase("a parser", image("1.99.1-1", docker: "5:23.0.1-1", "debian", "11", includes), .pass, ""),
        RuleCase("no parser, mended", image("1.99.1-1", docker: "5:23.0.2-1", "debian", "11"), .pass, ""),
        RuleCase("an old Docker", image("1.99.1-1", docker: "19.03.15", "debian", "11"), .fail, "dockerd ends"),
        RuleCase("an old Docker on an old system", image("1.99.1-1", docker: "19.03.15", "debian", "10"), .pass, ""),
        RuleCase("1.73.0", image("1.73.0-1", "amzn", "2"), .fail, "PENDING"),
        RuleCase("by hand", .unit(run: "-d").docker("25.0.5").on("ubuntu", "22.04", "Ubuntu"), .pass, ""),
        RuleCase("no agent", .none, .notApplicable, "see ecs-agent"),
        RuleCase("no version", .running("amazon/amazon-ecs-agent@sha256:0"), .notApplicable, "no version is known"),
        RuleCase("latest", .running("amazon/amazon-ecs-agent:latest"), .pass, ""),
    ])
    func aVersionFailsWhereItsDefectMatters(row: RuleCase) throws {
        try row.check(.agentKnownDefects)
    }

    @Test func theLevelIsThatOfTheDefect() throws {
        #expect(try Self.image("1.73.0-1", "amzn", "2").finding(.agentKnownDefects).level == .recommended)
        #expect(try Self.image("1.98.0", "amzn", "2023", Self.bridge).finding(.agentKnownDefects).level == .required)
    }

    @Test(arguments: KnownDefect.all.indices)
    func everyRowHasARangeAndASource(index: Int) {
        let defect = KnownDefect.all[index]
        #expect(defect.since < defect.until)
        #expect(defect.source.hasPrefix("https://"))
    }

    /// What AWS released together works.
    @Test func noReleaseOfTheOptimizedImageHasOne() throws {
        for pair in ReleaseTable.builtIn.pairs where pair.agent != ReleaseVersion(1, 73) {
            let image = Self.image(
                "\(pair.agent)", docker: "\(pair.docker)", "amzn", pair.family == "al2023" ? "2023" : "2")
            #expect(try image.finding(.agentKnownDefects).verdict == .pass, "\(pair)")
        }
    }

    @Test func wholeImagesPass() throws {
        for entries in [try WholeImage.amazonLinux(), try WholeImage.debian()] {
            #expect(try AgentImage(entries: entries).finding(.agentKnownDefects).verdict == .pass)
        }
    }
}
