import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct AgentSupervisedTests {
    typealias Case = StartupImage.Case
    private static let run = "ExecStart=/usr/bin/docker run --name=ecs-agent amazon/amazon-ecs-agent:latest"
    private static let upstart: [String: LiteralEntry] = [
        "/sbin/init": .executable("ELF"), "/sbin/initctl": .executable("ELF"),
    ]

    private static func job(_ more: String) -> [String: LiteralEntry] {
        upstart.merging([
            "/etc/init/agent.conf": .text("start on runlevel [345]\n\(more)\nexec docker run amazon/amazon-ecs-agent\n")
        ]) { $1 }
    }

    @Test(arguments: [
        Case(
            verdict: .pass, says: "ecs-init, which restarts the agent", path: "/usr/lib/systemd/system/ecs.service",
            at: 8),
        Case(
            changes: StartupImage.byHand(run), verdict: .fail, says: "runs it once and never again",
            path: "/usr/lib/systemd/system/ecs.service", at: 4),
        Case(
            changes: StartupImage.byHand("Restart=always\n" + run), verdict: .pass, says: "Restart=always",
            path: "/usr/lib/systemd/system/ecs.service", at: 4),
        Case(
            changes: StartupImage.byHand("Restart=on-success\n" + run), verdict: .fail,
            says: "nothing restarts the agent after a crash"
        ),
        Case(changes: StartupImage.byHand("Restart=on-abnormal\n" + run), verdict: .pass, says: "in part"),
        Case(
            changes: StartupImage.byHand("Restart=always\n" + run).merging([
                "/etc/systemd/system/ecs.service.d/x.conf": "[Service]\nRestart=no\n"
            ]) { $1 }, verdict: .fail, says: "never again"),
        Case(
            changes: StartupImage.byHand(run).merging([
                "/etc/systemd/system/ecs.service.d/x.conf": "[Service]\nRestart=on-failure\n"
            ]) { $1 },
            verdict: .pass, says: "Restart=on-failure", path: "/etc/systemd/system/ecs.service.d/x.conf", at: 2),
        Case(
            changes: StartupImage.byHand(
                "ExecStart=/usr/bin/docker run -d --restart=unless-stopped amazon/amazon-ecs-agent"), verdict: .pass,
            says: "by which Docker restarts it"),
        Case(
            changes: StartupImage.byHand("Restart=always\nExecStart=/usr/bin/docker run -d amazon/amazon-ecs-agent"),
            verdict: .fail, says: "ends at once"),
        Case(image: job("respawn"), verdict: .pass, says: "respawn", path: "/etc/init/agent.conf", at: 2),
        Case(image: job("respawn limit 10 5"), verdict: .fail, says: "the upstart job agent runs it once"),
        Case(
            changes: StartupImage.byHand("ExecStart=/usr/local/bin/ecs-start").merging([
                "/usr/local/bin/ecs-start": .executable("#!/bin/sh\n. /opt/amazon-ecs-agent.sh\n")
            ]) { $1 }, verdict: .undetermined, says: "a script"),
        Case(changes: StartupImage.withoutAgent, verdict: .notApplicable, says: "see ecs-agent"),
        Case(
            changes: [StartupImage.unit: nil, StartupImage.link: nil], verdict: .notApplicable,
            says: "see agent-at-boot"),
        Case(
            changes: StartupImage.withoutAgent.merging(["/etc/systemd/system/y.service": .bytes([0])]) { $1 },
            verdict: .undetermined, says: "/etc/systemd/system/y.service"),
    ])
    func somethingRestartsTheAgent(row: Case) throws {
        try StartupImage.check(.agentSupervised, row)
    }
}
