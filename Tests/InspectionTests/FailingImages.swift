/// Eleven images that fail, each as people make them by mistake: good ones with one thing changed.

import TestSupport
import Testing

/// One image and what it is called.
struct FailingImage: Sendable, CustomTestStringConvertible {
    let name: String
    let base: WholeImageTests.Base?
    let change: [String: LiteralEntry?]
    /// The rule that fails for it.
    let rule: String
    var testDescription: String { name }

    init(
        _ name: String, _ base: WholeImageTests.Base?, _ change: [String: LiteralEntry?], _ rule: String
    ) {
        self.name = name
        self.base = base
        self.change = change
        self.rule = rule
    }

    /// Everything that the image holds.
    func entries() throws -> [String: LiteralEntry] {
        var entries = try base.map { try WholeImageTests.entries($0) } ?? [:]
        for (path, entry) in change { entries[path] = entry }
        return entries
    }

    private static let drivers = "ECS_AVAILABLE_LOGGING_DRIVERS"
    private static let agentLink = "/etc/systemd/system/multi-user.target.wants/ecs.service"
    private static let kernel = "6.1.0-56-cloud-amd64"

    private static func status(_ replacements: [(String, String)]) -> LiteralEntry {
        .text(
            replacements.reduce(WholeImage.status(docker: "5:25.0.5-1~debian.12~bookworm", kernel: kernel)) {
                $0.replacing($1.0, with: $1.1)
            })
    }

    private static var withoutMemory: LiteralEntry {
        guard case .file(let bytes, _) = WholeImage.kernelConfiguration else { return "" }
        return .text(
            String(decoding: bytes, as: UTF8.self)
                .replacing("CONFIG_MEMCG=y\n", with: "# CONFIG_MEMCG is not set\n"))
    }

    static let all: [FailingImage] = [
        FailingImage(
            "quoted drivers in ecs.config", .amazonLinux,
            ["/etc/ecs/ecs.config": .text("ECS_CLUSTER=default\n\(drivers)='[\"splunk\",\"awslogs\"]'\n")],
            "awslogs-driver"),
        FailingImage(
            "agent masked", .amazonLinux, ["/etc/systemd/system/ecs.service": .link("/dev/null")], "agent-at-boot"),
        FailingImage(
            "Docker too new for the agent", .debian,
            [
                "/var/lib/dpkg/status": status([
                    ("5:25.0.5-1~debian.12~bookworm", "5:29.0.1-1~debian.12~bookworm"),
                    ("Version: 1.106.1-1\n", "Version: 1.82.0-1\n"),
                ])
            ], "docker-agent-api"),
        FailingImage(
            "a preset made after first boot", .amazonLinux,
            [
                agentLink: nil, "/etc/machine-id": "ec2e3be6e3b14a3ea3c2f4ed2a9b1f55\n",
                "/etc/systemd/system-preset/10-agent.preset": "# of ours\nenable ecs.service\n",
            ], "agent-at-boot"),
        FailingImage(
            "a drop-in that does not reach the agent", .amazonLinux,
            [
                "/etc/ecs/ecs.config": .text("\(drivers)=[\"json-file\",\"splunk\"]\n"),
                "/etc/systemd/system/ecs.service.d/drivers.conf": .text(
                    "[Service]\nEnvironment='\(drivers)=[\"json-file\",\"awslogs\"]'\n"),
            ], "awslogs-driver"),
        FailingImage(
            "kernel without memcg", .debian, ["/boot/config-\(kernel)": withoutMemory], "docker-runtime"),
        FailingImage(
            "old ecs-init", .debian, ["/var/lib/dpkg/status": status([("Version: 1.106.1-1\n", "Version: 1.8.2-1\n")])],
            "awslogs-driver"),
        FailingImage(
            "docker.io removed on Ubuntu", .debian,
            [
                "/usr/lib/os-release": """
                PRETTY_NAME="Ubuntu 24.04.3 LTS"
                NAME="Ubuntu"
                VERSION_ID="24.04"
                ID=ubuntu
                ID_LIKE=debian

                """,
                "/var/lib/dpkg/status": status([("Package: docker-ce\n", "Package: docker-clean\n")]),
                "/usr/bin/dockerd": nil, "/usr/lib/systemd/system/docker.service": nil,
                "/usr/lib/systemd/system/docker.socket": nil,
                "/etc/systemd/system/multi-user.target.wants/docker.service": nil,
            ], "docker-version"),
        FailingImage("a unit installed and never enabled", .amazonLinux, [agentLink: nil], "agent-at-boot"),
        FailingImage("rpm database cut", .amazonLinux, cutDatabase, "docker-version"),
        FailingImage(
            "Windows", nil,
            [
                "/Windows/System32/ntoskrnl.exe": "MZ", "/Windows/System32/config/SYSTEM": "regf", "/bootmgr": "x",
                "/Program Files/Docker/dockerd.exe": "MZ",
            ], "linux-distribution"),
    ]

    private static let cutDatabase: [String: LiteralEntry?] = {
        let path = "/var/lib/rpm/rpmdb.sqlite"
        guard case .file(let bytes, _)? = try? WholeImage.amazonLinux()[path] else { return [:] }
        return [path: .bytes(Array(bytes.prefix(bytes.count * 2 / 5)))]
    }()
}

extension FailingImage {
    /// More ways to break the same rules, whose remedies differ.
    static let variants: [FailingImage] =
        WholeImageTests.cases.map { FailingImage("\($0.name) (whole image)", $0.base, $0.change, $0.rule) }
}
