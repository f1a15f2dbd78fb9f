import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// Cycles and conflicts of start jobs that hold the agent, Docker or cloud-init, and working images that look like them.
@Suite struct OrderingCycleTests {
    typealias Case = StartupImage.Case
    private static let system = "/etc/systemd/system"
    private static let vendor = "/usr/lib/systemd/system"
    private static let run = "Restart=always\nExecStart=/usr/bin/docker run amazon/amazon-ecs-agent:latest"

    /// Debian's cloud-final.service waits for multi-user.target.
    static let debian: [String: LiteralEntry?] = [
        "\(vendor)/cloud-final.service":
            "[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/usr/bin/cloud-init\n",
        "\(vendor)/cloud-init.target": "[Unit]\nAfter=multi-user.target\n",
    ]
    /// The unit of the generic package: After=docker.service alone.
    private static func package(_ more: String = "") -> [String: LiteralEntry?] {
        [
            "\(vendor)/ecs.service": .text(
                "[Unit]\nAfter=docker.service\n\(more)[Service]\nRestart=on-failure\n"
                    + "ExecStart=/usr/libexec/amazon-ecs-init start\n[Install]\nWantedBy=multi-user.target\n"),
            "\(system)/multi-user.target.wants/docker.service": .link("../docker.service"),
            "\(system)/sockets.target.wants/docker.socket": .link("../docker.socket"),
        ]
    }
    private static let docker2010: [String: LiteralEntry?] = [
        "\(vendor)/docker.service":
            "[Unit]\nAfter=multi-user.target\nRequires=docker.socket\n[Service]\nExecStart=/usr/bin/dockerd -H fd://\n"
    ]
    private static let waitingDocker: [String: LiteralEntry?] = [
        "\(system)/docker.service.d/10-wait.conf": "[Unit]\nAfter=cloud-final.service\n"
    ]
    private static let movedToCloudInit: [String: LiteralEntry?] = [
        StartupImage.link: nil, "\(system)/cloud-init.target.wants/ecs.service": .link("../ecs.service"),
    ]

    @Test(arguments: [
        // docker-ce 20.10.0, whose docker.service waits for the target that wants it and the agent behind it.
        Case(
            changes: package().merging(docker2010) { $1 }, verdict: .undetermined,
            says: "docker.service waits for multi-user.target", path: "/usr/lib/systemd/system/docker.service", at: 2),
        // After= and WantedBy= one target is no cycle by itself.
        Case(
            changes: package("After=network.target\n").merging(docker2010) { $1 }
                .merging([
                    StartupImage.link: nil, "\(system)/docker.service.wants/ecs.service": .link("../ecs.service"),
                ]) { $1 }, verdict: .pass, says: "starts at boot"),
        Case(
            changes: debian.merging(package()) { $1 }.merging(waitingDocker) { $1 }, verdict: .undetermined,
            says: "docker.service waits for cloud-final.service",
            path: "/etc/systemd/system/docker.service.d/10-wait.conf", at: 2),
        // Our own remedy for the agent does not help where Docker is in the cycle.
        Case(
            changes: debian.merging(package("After=cloud-final.service\n")) { $1 }.merging(waitingDocker) { $1 }
                .merging(movedToCloudInit) { $1 }, verdict: .undetermined,
            says: "where it is cloud-final.service the host takes no jobs",
            path: "/etc/systemd/system/docker.service.d/10-wait.conf", at: 2),
        Case(
            changes: debian.merging(package("After=cloud-final.service\n")) { $1 }.merging(movedToCloudInit) { $1 },
            verdict: .pass, says: "starts at boot"),
        // Where cloud-final waits for nothing of the target, Docker may wait for it.
        Case(changes: package().merging(waitingDocker) { $1 }, verdict: .pass, says: "starts at boot"),
        // Amazon Linux's unit on Debian: the agent's job or cloud-final's.
        Case(
            changes: debian, verdict: .fail,
            says: "leaving out cloud-final.service or ecs.service, and without that the host takes no jobs",
            path: "/usr/lib/systemd/system/ecs.service", at: 4),
        Case(
            changes: package("Before=docker.service\n"), verdict: .undetermined,
            says: "where it is ecs.service the host takes no jobs"),
        // The link into a target that Docker waits for is at fault, not Docker's line.
        Case(
            changes: package().merging([
                StartupImage.link: nil, "\(vendor)/network-online.target": "[Unit]\n",
                "\(system)/network-online.target.wants/ecs.service": .link("../ecs.service"),
                "\(vendor)/docker.service": .text(
                    "[Unit]\nAfter=network-online.target\nWants=network-online.target\nRequires=docker.socket\n"
                        + "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n"),
            ]) { $1 }, verdict: .undetermined, says: "network-online.target waits for ecs.service",
            path: "/etc/systemd/system/network-online.target.wants/ecs.service"),
        Case(
            changes: package().merging([
                "\(system)/mine.service":
                    "[Unit]\nBefore=docker.service\nAfter=multi-user.target\n[Service]\nExecStart=/bin/true\n",
                "\(system)/multi-user.target.wants/mine.service": .link("../mine.service"),
            ]) { $1 }, verdict: .undetermined, says: "an ordering cycle", path: "/etc/systemd/system/mine.service"),
        Case(
            changes: package().merging([
                StartupImage.link: nil, "\(system)/basic.target.wants/ecs.service": .link("../ecs.service"),
            ]) { $1 }, verdict: .pass, says: "starts at boot"),
        // What waits for cloud-init's first stages and for what they go before: DefaultDependencies=no is missing.
        Case(
            changes: [
                "\(vendor)/sysinit.target": "[Unit]\n",
                "\(vendor)/cloud-init.service": """
                [Unit]
                DefaultDependencies=no
                Before=sysinit.target
                [Service]
                ExecStart=/usr/bin/cloud-init

                """, "\(vendor)/basic.target": "[Unit]\nRequires=sysinit.target\nAfter=sysinit.target\n",
                "\(vendor)/multi-user.target": "[Unit]\nRequires=basic.target\nAfter=basic.target\n",
                "\(system)/disk.service": "[Unit]\nBefore=cloud-init.service\n[Service]\nExecStart=/bin/true\n",
                "\(system)/multi-user.target.wants/disk.service": .link("../disk.service"),
            ], verdict: .undetermined, says: "where it is cloud-init.service the host takes no jobs",
            path: "/etc/systemd/system/disk.service", at: 2),
        // Docker alone is left out: its socket starts it.
        Case(
            changes: package().merging([
                "\(vendor)/ecs.service": .text(
                    "[Service]\nRestart=always\nExecStart=/usr/libexec/amazon-ecs-init start\n"),
                "\(system)/mine.service":
                    "[Unit]\nBefore=docker.service\nAfter=docker.service\n[Service]\nExecStart=/x\n",
                "\(system)/multi-user.target.wants/mine.service": .link("../mine.service"),
            ]) { $1 }, verdict: .pass, says: "systemd may leave out docker.service at first"),
        // Amazon Linux's unit wants Docker, and is started again.
        Case(
            changes: [
                "\(system)/mine.service":
                    "[Unit]\nBefore=docker.service\nAfter=docker.service\n[Service]\nExecStart=/x\n",
                "\(system)/multi-user.target.wants/mine.service": .link("../mine.service"),
            ], verdict: .pass, says: "systemd may leave out docker.service at first"),
        Case(
            changes: [
                "\(system)/legacy.service": "[Unit]\nConflicts=ecs.service\n[Service]\nExecStart=/bin/true\n",
                "\(system)/multi-user.target.wants/legacy.service": .link("../legacy.service"),
            ], verdict: .fail, says: "legacy.service, which starts too, has Conflicts=ecs.service",
            path: "/etc/systemd/system/legacy.service", at: 2),
        Case(
            changes: ["\(system)/legacy.service": "[Unit]\nConflicts=ecs.service\n[Service]\nExecStart=/bin/true\n"],
            verdict: .pass, says: "starts at boot"),
    ])
    func whatSystemdLeavesOutDecides(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    @Test(arguments: [
        Case(
            changes: debian.merging(package("After=cloud-final.service\n")) { $1 }.merging(waitingDocker) { $1 }
                .merging(movedToCloudInit) { $1 }, verdict: .undetermined, says: "where it is cloud-final.service"),
        Case(
            changes: debian.merging(package("After=cloud-final.service\n")) { $1 }.merging(movedToCloudInit) { $1 },
            verdict: .pass, says: "starts after user data"),
        // A conflict takes the agent, which is agent-at-boot's matter, and leaves user data.
        Case(
            changes: [
                "\(system)/legacy.service": "[Unit]\nConflicts=ecs.service\n[Service]\nExecStart=/bin/true\n",
                "\(system)/multi-user.target.wants/legacy.service": .link("../legacy.service"),
            ], verdict: .pass, says: "starts after user data"),
    ])
    func userDataMayBeLeftOutToo(row: Case) throws {
        try StartupImage.check(.agentAfterUserData, row)
    }

    @Test func theRemedyTakesTheLineAtFaultAway() throws {
        var entries = StartupImage.amazonLinux
        let changes = Self.debian.merging(Self.package("After=cloud-final.service\n")) { $1 }
            .merging(Self.waitingDocker) { $1 }.merging(Self.movedToCloudInit) { $1 }
        for (path, entry) in changes { entries[path] = entry }
        let finding = try Self.finding(on: entries)
        #expect(finding.verdict == .undetermined)
        #expect(finding.remedy?.contains("take cloud-final.service out of After=") == true, "\(finding.remedy ?? "")")
        #expect(try Self.finding(on: carriedOut(finding.steps, on: entries)).verdict == .pass)
    }

    private static func finding(on entries: [String: LiteralEntry]) throws -> Finding {
        let root = try LiteralSource(entries).read(Facts.wants) { _ = Facts(in: $0) }.root
        return Rule.agentAtBoot.evaluate(Facts(in: root), .test)
    }
}
