import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct AgentAfterUserDataTests {
    typealias Case = StartupImage.Case
    private static let run = "ExecStart=/usr/bin/docker run amazon/amazon-ecs-agent:latest"
    /// Debian's cloud-final.service waits for multi-user.target.
    private static let debian: [String: LiteralEntry?] = [
        "/usr/lib/systemd/system/cloud-final.service":
            "[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/usr/bin/cloud-init\n",
        "/usr/lib/systemd/system/cloud-init.target": "[Unit]\nAfter=multi-user.target\n",
    ]

    @Test(arguments: [
        Case(
            verdict: .pass, says: "ecs.service starts after user data", path: "/usr/lib/systemd/system/ecs.service",
            at: 4),
        Case(
            changes: StartupImage.byHand(run, unit: "After=docker.service"), verdict: .fail,
            says: "nothing orders it after", path: "/usr/lib/systemd/system/ecs.service", at: 2),
        Case(
            changes: StartupImage.byHand(run, unit: "After=docker.service").merging([
                "/etc/systemd/system/ecs.service.d/order.conf": "[Unit]\nAfter=cloud-final.service\n"
            ]) { $1 },
            verdict: .pass, says: "after user data", path: "/etc/systemd/system/ecs.service.d/order.conf", at: 2),
        Case(
            changes: StartupImage.byHand(run, unit: "").merging([
                "/etc/systemd/system/cloud-final.service.d/order.conf": "[Unit]\nBefore=ecs.service\n"
            ]) { $1 },
            verdict: .pass, says: "after user data", path: "/etc/systemd/system/cloud-final.service.d/order.conf", at: 2
        ),
        Case(
            changes: debian, verdict: .fail, says: "ordering cycle",
            path: "/usr/lib/systemd/system/cloud-final.service", at: 2),
        Case(
            changes: debian.merging([
                StartupImage.link: nil,
                "/etc/systemd/system/cloud-init.target.wants/ecs.service": .link("../ecs.service"),
            ]) { $1 }, verdict: .pass, says: "after user data"),
        Case(
            image: [
                "/sbin/init": "ELF", "/sbin/initctl": "ELF",
                "/etc/init/ecs.conf": "start on stopped rc RUNLEVEL=[345]\nexec /usr/libexec/amazon-ecs-init start\n",
                "/usr/libexec/amazon-ecs-init": "ELF",
            ],
            verdict: .pass, says: "the upstart job ecs starts after", path: "/etc/init/ecs.conf", at: 1),
        Case(
            image: [
                "/sbin/init": "ELF", "/sbin/initctl": "ELF",
                "/etc/init/ecs.conf": "start on started docker\nexec /usr/libexec/amazon-ecs-init start\n",
                "/usr/libexec/amazon-ecs-init": "ELF",
            ],
            verdict: .fail, says: "nothing orders it after"),
        Case(
            changes: StartupImage.byHand(run, unit: "").merging(["/usr/lib/systemd/system/sockets.target": .bytes([0])])
            { $1 }, verdict: .undetermined, says: "sockets.target"),
        Case(changes: StartupImage.withoutAgent, verdict: .notApplicable, says: "see ecs-agent"),
        Case(
            changes: [StartupImage.unit: nil, StartupImage.link: nil], verdict: .notApplicable,
            says: "see agent-at-boot"),
    ])
    func theAgentWaitsForUserData(row: Case) throws {
        try StartupImage.check(.agentAfterUserData, row)
    }

    @Test func aCycleIsMendedByCommandsThatAProgramCanRun() throws {
        var entries = StartupImage.amazonLinux
        for (path, entry) in Self.debian { entries[path] = entry }
        let root = try LiteralSource(entries).read(Facts.wants) { _ = Facts(in: $0) }.root
        let finding = Rule.agentAfterUserData.evaluate(Facts(in: root), .test)
        #expect(
            finding.remedy == """
                let ecs.service be WantedBy=cloud-init.target instead of multi-user.target: `systemctl disable \
                ecs.service`, change [Install], `systemctl enable ecs.service`
                """)
        let commands: [RemedyStep.Action] = [
            .command(["systemctl", "disable", "ecs.service"]), .command(["systemctl", "enable", "ecs.service"]),
        ]
        #expect(finding.steps.compactMap(\.action) == commands)
    }
}
