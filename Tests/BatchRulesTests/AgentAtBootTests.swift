import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct AgentAtBootTests {
    typealias Case = StartupImage.Case

    @Test(arguments: [
        Case(
            verdict: .pass, says: "ecs.service starts at boot, and Docker with it",
            path: "/etc/systemd/system/multi-user.target.wants/ecs.service"),
        Case(
            changes: [StartupImage.link: nil], verdict: .fail, says: "nothing that boots wants it",
            path: "/usr/lib/systemd/system/ecs.service", at: 10),
        Case(
            changes: ["/etc/systemd/system/ecs.service": StartupImage.null], verdict: .fail, says: "it is masked",
            path: "/etc/systemd/system/ecs.service"),
        Case(
            changes: ["/etc/systemd/system/ecs.service": ""], verdict: .fail, says: "it is masked",
            path: "/etc/systemd/system/ecs.service"),
        Case(
            changes: ["/etc/systemd/system/docker.service": StartupImage.null], verdict: .fail,
            says: "docker.service is masked", path: "/etc/systemd/system/docker.service"),
        Case(
            changes: ["/etc/systemd/system/docker.socket": StartupImage.null], verdict: .fail,
            says: "docker.socket, which is masked", path: "/etc/systemd/system/docker.socket"),
        Case(
            changes: ["/usr/lib/systemd/system/docker.service": nil], verdict: .fail,
            says: "no unit docker.service, no upstart job and no init script"),
        // A link below a target that does not boot.
        Case(
            changes: [
                StartupImage.link: nil,
                "/etc/systemd/system/graphical.target.wants/ecs.service": .link("../ecs.service"),
            ],
            verdict: .fail, says: "nothing that boots wants it",
            path: "/etc/systemd/system/graphical.target.wants/ecs.service"),
        // A vendor link, a drop-in that wants it, an alias.
        Case(
            changes: [
                StartupImage.link: nil,
                "/usr/lib/systemd/system/multi-user.target.wants/ecs.service": .link("../ecs.service"),
            ], verdict: .pass, says: "starts at boot"),
        Case(
            changes: [
                StartupImage.link: nil, "/etc/systemd/system/basic.target.d/ecs.conf": "[Unit]\nWants=ecs.service\n",
            ], verdict: .pass, says: "starts at boot", path: "/etc/systemd/system/basic.target.d/ecs.conf", at: 2),
        Case(
            changes: [
                StartupImage.link: nil, "/etc/systemd/system/agent.service": .link("/lib/systemd/system/ecs.service"),
                "/etc/systemd/system/multi-user.target.wants/agent.service": .link("../agent.service"),
            ], verdict: .pass, says: "starts at boot", path: "/etc/systemd/system/agent.service"),
        // Presets act on first boot only; an empty machine-id is none.
        Case(
            changes: [StartupImage.link: nil, "/etc/machine-id": nil], verdict: .pass, says: "by a preset on first boot"
        ),
        Case(
            changes: [
                StartupImage.link: nil, "/etc/machine-id": "uninitialized\n",
                "/usr/lib/systemd/system-preset/80-ecs.preset": "enable ecs.service\n",
                "/usr/lib/systemd/system-preset/99-default.preset": "disable *\n",
            ], verdict: .pass, says: "by a preset on first boot", path: "/usr/lib/systemd/system-preset/80-ecs.preset",
            at: 1),
        Case(
            changes: [
                StartupImage.link: nil, "/etc/machine-id": nil,
                "/usr/lib/systemd/system-preset/99-default.preset": "disable *\n",
            ], verdict: .fail, says: "nothing that boots wants it"),
        Case(
            changes: [StartupImage.link: nil, "/etc/machine-id": "0123456789abcdef0123456789abcdef\n"], verdict: .fail,
            says: "nothing that boots wants it"),
        Case(
            changes: [StartupImage.link: nil, "/etc/machine-id": .unreadable(.permissionDenied)],
            verdict: .undetermined, says: "/etc/machine-id"),
        // By hand: Docker needs to be wanted by somebody.
        Case(
            changes: StartupImage.byHand("ExecStart=/usr/bin/docker run amazon/amazon-ecs-agent:latest"),
            verdict: .pass, says: "ecs.service starts"),
        Case(
            changes: StartupImage.byHand("ExecStart=/usr/bin/docker run amazon/amazon-ecs-agent:latest")
                .merging(["/etc/systemd/system/multi-user.target.wants/docker.service": nil]) { $1 }, verdict: .fail,
            says: "docker.service or its socket"),
        Case(
            changes: StartupImage.byHand("ExecStart=/usr/bin/docker run amazon/amazon-ecs-agent:latest")
                .merging([
                    "/etc/systemd/system/multi-user.target.wants/docker.service": nil,
                    "/etc/systemd/system/sockets.target.wants/docker.socket": .link("../docker.socket"),
                ]) { $1 }, verdict: .pass, says: "ecs.service starts"),
        Case(
            changes: StartupImage.byHand(
                "ExecStart=/usr/bin/docker run amazon/amazon-ecs-agent:latest", unit: "BindsTo=docker.service"
            )
            .merging(["/etc/systemd/system/multi-user.target.wants/docker.service": nil]) { $1 }, verdict: .pass,
            says: "ecs.service starts"),
        Case(
            changes: StartupImage.byHand(
                "ExecStart=/usr/bin/docker run amazon/amazon-ecs-agent:latest\nEnvironmentFile=/etc/ecs/agent.env"),
            verdict: .undetermined, says: "EnvironmentFile=/etc/ecs/agent.env"),
        Case(
            changes: StartupImage.byHand("ExecStart=/usr/local/bin/ecs-start").merging([
                "/usr/local/bin/ecs-start": .executable("#!/bin/sh\n. /opt/amazon-ecs-agent.sh\n")
            ]) { $1 }, verdict: .undetermined, says: "does not plainly show"),
        Case(
            changes: ["/etc/systemd/system/ecs.service": .bytes([0, 255])], verdict: .undetermined,
            says: "/etc/systemd/system/ecs.service"),
        Case(
            changes: ["/etc/systemd/system": .unreadableDirectory(.permissionDenied)].merging(
                StartupImage.amazonLinux.filter { $0.key.hasPrefix("/etc/systemd/system/") }.mapValues { _ in nil }
            ) { a, _ in a }, verdict: .undetermined, says: "/etc/systemd/system"),
        Case(changes: StartupImage.withoutAgent, verdict: .notApplicable, says: "see ecs-agent"),
        Case(
            changes: [StartupImage.unit: nil, StartupImage.link: nil], verdict: .fail,
            says: "nothing on the image runs the agent"),
        // cloud-init waits for the command, the command for the unit, the unit for cloud-init.
        Case(
            changes: [StartupImage.link: nil, "/etc/cloud/cloud.cfg.d/50.cfg": "runcmd:\n- systemctl start ecs\n"],
            verdict: .fail, says: "waits for cloud-init", path: "/etc/cloud/cloud.cfg.d/50.cfg", at: 2),
        Case(
            changes: [
                StartupImage.link: nil,
                "/etc/cloud/cloud.cfg.d/50.cfg": "runcmd:\n- systemctl enable --now docker ecs\n",
            ], verdict: .fail, says: "waits for cloud-init", path: "/etc/cloud/cloud.cfg.d/50.cfg", at: 2),
        // Started by a script: every unit that it names, and what those want.
        Case(
            changes: [StartupImage.link: nil, "/etc/rc.local": .executable("#!/bin/sh\nsystemctl start docker ecs\n")],
            verdict: .pass, says: "starts at boot", path: "/etc/rc.local", at: 2),
        Case(
            changes: [StartupImage.link: nil, "/etc/rc.local": .executable("#!/bin/sh\nsystemctl start ecs\n")],
            verdict: .pass, says: "and Docker with it", path: "/etc/rc.local", at: 2),
        Case(
            changes: [
                StartupImage.link: nil, "/etc/rc.local": .executable("#!/bin/sh\nsystemctl start job.target\n"),
                "/etc/systemd/system/job.target": "[Unit]\nWants=ecs.service\n",
            ], verdict: .pass, says: "starts at boot", path: "/etc/rc.local", at: 2),
        Case(
            changes: StartupImage.byHand("").merging([
                StartupImage.unit: nil, "/etc/systemd/system/multi-user.target.wants/docker.service": nil,
                "/etc/rc.local": .executable(
                    "#!/bin/sh\nservice docker start\ndocker run -d amazon/amazon-ecs-agent:latest\n"),
            ]) { $1 }, verdict: .pass, says: "rc.local starts at boot, and Docker with it", path: "/etc/rc.local", at: 2
        ),
        Case(
            changes: StartupImage.byHand("").merging([
                StartupImage.unit: nil, "/etc/systemd/system/multi-user.target.wants/docker.service": nil,
                "/etc/systemd/system/docker.service": StartupImage.null,
                "/etc/rc.local": .executable(
                    "#!/bin/sh\nservice docker start\ndocker run -d amazon/amazon-ecs-agent:latest\n"),
            ]) { $1 }, verdict: .fail, says: "docker.service is masked"),
    ])
    func theAgentAndDockerStart(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    private static func booting(_ arguments: String) -> [String: LiteralEntry?] {
        let menu = "menuentry 'Linux' {\n linux /boot/vmlinuz-6.1.0 root=/dev/sda1 \(arguments)\n}\n"
        return ["/boot/grub/grub.cfg": .text(menu), "/boot/vmlinuz-6.1.0": "x"]
    }

    @Test(arguments: [
        Case(changes: booting("quiet"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: booting("systemd.mask=docker"), verdict: .fail, says: "docker.service is masked",
            path: "/boot/grub/grub.cfg", at: 2),
        Case(
            changes: booting("systemd.mask=ecs.service"), verdict: .fail,
            says: "ecs.service does not start at boot: it is masked"),
        Case(changes: booting("systemd.unit=rescue.target"), verdict: .fail, says: "nothing that boots wants it"),
        Case(changes: booting("single"), verdict: .fail, says: "nothing that boots wants it"),
        Case(
            changes: booting("systemd.wants=ecs").merging([StartupImage.link: nil]) { $1 }, verdict: .pass,
            says: "starts at boot", path: "/boot/grub/grub.cfg", at: 2),
    ])
    func theKernelCommandLineDecidesToo(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }
}
