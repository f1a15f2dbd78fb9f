import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// Conditions, requirements and accounts that keep a unit from starting, and those that look so and do not.
@Suite struct StartHindranceTests {
    typealias Case = StartupImage.Case
    private static let system = "/etc/systemd/system"
    private static let dropIn = "\(system)/ecs.service.d/more.conf"

    private static func unit(_ text: String, systemd version: String? = "252.39-1") -> [String: LiteralEntry?] {
        [dropIn: .text("[Unit]\n\(text)\n"), "/var/lib/dpkg/status": systemd(version)]
    }
    private static func docker(_ text: String, systemd version: String? = "252.39-1") -> [String: LiteralEntry?] {
        ["\(system)/docker.service.d/more.conf": .text("\(text)\n"), "/var/lib/dpkg/status": systemd(version)]
    }
    /// A database of packages that knows systemd alone.
    private static func systemd(_ version: String?) -> LiteralEntry {
        .text(version.map { "Package: systemd\nStatus: install ok installed\nVersion: \($0)\n" } ?? "")
    }
    private static func booting(_ arguments: String) -> [String: LiteralEntry?] {
        let menu = "menuentry 'Linux' {\n linux /boot/vmlinuz-6.1.0 root=/dev/sda1 \(arguments)\n}\n"
        return ["/boot/grub/grub.cfg": .text(menu), "/boot/vmlinuz-6.1.0": "x"]
    }

    @Test(arguments: [
        Case(
            changes: unit("ConditionPathExists=!/etc/foo").merging(["/etc/foo": "x"]) { $1 }, verdict: .fail,
            says: "ConditionPathExists=!/etc/foo of ecs.service does not hold: /etc/foo is in the image",
            path: "/etc/systemd/system/ecs.service.d/more.conf", at: 2),
        Case(changes: unit("ConditionPathExists=!/etc/foo"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("ConditionPathExists=/etc/foo"), verdict: .undetermined,
            says: "depends on its ConditionPathExists=/etc/foo: /etc/foo is not in the image"),
        Case(
            changes: unit("ConditionPathExists=/etc/foo\nConditionPathExists="), verdict: .pass,
            says: "starts at boot"),
        Case(
            changes: unit("ConditionPathExists=|/etc/foo\nConditionPathExists=|/etc/machine-id"), verdict: .pass,
            says: "starts at boot"),
        Case(
            changes: unit("ConditionPathExists=|/etc/foo\nConditionArchitecture=|riscv64"), verdict: .undetermined,
            says: "/etc/foo is not in the image"),
        // Batch's user data writes the file, and the unit waits for it.
        Case(changes: unit("ConditionPathExists=/etc/ecs/ecs.config"), verdict: .pass, says: "starts at boot"),
        Case(changes: unit("ConditionFileNotEmpty=/etc/ecs/ecs.config"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("ConditionPathExists=/etc/ecs/enabled"), verdict: .undetermined,
            says: "/etc/ecs/enabled is not in the image"),
        Case(changes: unit("ConditionPathExists=!/run/ostree-booted"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("ConditionPathExists=/dev/nvidia0"), verdict: .undetermined,
            says: "/dev is filled at each boot"),
        Case(changes: unit("ConditionPathIsDirectory=/sys/fs/cgroup"), verdict: .pass, says: "starts at boot"),
        Case(changes: unit("ConditionPathExistsGlob=/etc/machine-*"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("ConditionPathExistsGlob=/etc/none-*"), verdict: .undetermined, says: "is not in the image"),
        Case(changes: unit("ConditionDirectoryNotEmpty=/etc/systemd"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("ConditionFileIsExecutable=/etc/machine-id"), verdict: .undetermined,
            says: "/etc/machine-id is not executable"),
        Case(
            changes: unit("AssertPathExists=!/etc/machine-id"), verdict: .fail,
            says: "AssertPathExists=!/etc/machine-id of ecs.service does not hold"),
        Case(changes: unit("ConditionUser=ecs"), verdict: .fail, says: "systemd itself runs as root"),
        Case(changes: unit("ConditionUser=root\nConditionGroup=0"), verdict: .pass, says: "starts at boot"),
        Case(changes: unit("ConditionFirstBoot=yes"), verdict: .fail, says: "the next boot is no first boot"),
        Case(changes: unit("ConditionFirstBoot=no"), verdict: .pass, says: "starts at boot"),
        Case(changes: unit("ConditionACPower=true"), verdict: .pass, says: "starts at boot"),
        Case(changes: unit("ConditionHost=builder"), verdict: .undetermined, says: "ConditionHost=builder"),
        Case(
            changes: unit("ConditionKernelCommandLine=ecs").merging(booting("quiet")) { $1 }, verdict: .fail,
            says: "it is not on the kernel's command line", path: "/boot/grub/grub.cfg", at: 2),
        Case(
            changes: unit("ConditionKernelCommandLine=ecs").merging(booting("ecs=1")) { $1 }, verdict: .pass,
            says: "starts at boot"),
        Case(
            changes: unit("ConditionKernelCommandLine=!ecs").merging(booting("quiet")) { $1 }, verdict: .pass,
            says: "starts at boot"),
    ])
    func conditionsAreDecidedWhereTheImageCan(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    @Test(
        arguments: [
            ("ConditionVirtualization=vm", "252", .pass, "it holds on Nitro instances and not on bare metal"),
            ("ConditionVirtualization=!container", "252", .pass, "starts at boot"),
            ("ConditionVirtualization=container", "252", .fail, "it holds on no kind of EC2 instance"),
            ("ConditionVirtualization=amazon", "252", .pass, "it holds on Nitro instances"),
            ("ConditionVirtualization=amazon", "248", .fail, "it holds on no kind of EC2 instance"),
            ("ConditionVirtualization=kvm", "248", .pass, "it holds on Nitro instances"),
            ("ConditionVirtualization=kvm", "252", .fail, "it holds on no kind of EC2 instance"),
            (
                "ConditionVirtualization=!amazon", "252", .undetermined,
                "it holds on Xen (t2, c4, m4, r4) and bare metal"
            ),
            ("ConditionVirtualization=amazon", nil, .undetermined, "the version is not known"),
            ("ConditionVirtualization=no", "252", .undetermined, "it holds on bare metal (.metal)"),
        ] as [(String, String?, Verdict.Kind, String)])
    func theKindsOfInstancesGoByTheVersionOfSystemd(
        line: String, version: String?, verdict: Verdict.Kind, says: String
    ) throws {
        try StartupImage.check(
            .agentAtBoot, Case(changes: Self.unit(line, systemd: version), verdict: verdict, says: says))
    }

    /// ecs.service, which a unit of the boot pulls in, and no link of its own.
    private static func wantedByParent(_ text: String) -> [String: LiteralEntry?] {
        enabled.merging([
            "\(system)/multi-user.target.wants/ecs.service": nil as LiteralEntry?,
            "\(system)/multi-user.target.wants/parent.service": .link("../parent.service"),
            "\(system)/parent.service": "[Unit]\n\(text)\n[Service]\nType=oneshot\nExecStart=/etc/machine-id\n",
            "/var/lib/dpkg/status": systemd("252.39-1"),
        ]) { $1 }
    }

    private static let enabled: [String: LiteralEntry?] = [
        "\(system)/multi-user.target.wants/docker.service": .link("../docker.service"),
        "\(system)/sockets.target.wants/docker.socket": .link("../docker.socket"),
    ]

    @Test(arguments: [
        Case(
            changes: unit("BindsTo=gone.service\nAfter=gone.service"), verdict: .fail,
            says: "ecs.service has BindsTo=gone.service, and there is no gone.service on the image"),
        Case(
            changes: unit("BindsTo=gone.service\nAfter=gone.service").merging(["\(system)/gone.service": "[Service]\n"])
            { $1 }, verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("Requires=gone.service\nAfter=gone.service").merging(enabled) { $1 }, verdict: .pass,
            says: "; ecs.service has Requires=gone.service, and there is no gone.service on the image"),
        // Docker that this unit alone wants is left out with its other dependencies.
        Case(
            changes: unit("Requires=gone.service"), verdict: .fail,
            says: "and systemd then leaves out docker.service, which ecs.service alone wants"),
        Case(
            changes: unit("Requires=gone.service", systemd: "254.1"), verdict: .fail,
            says: "ecs.service has Requires=gone.service, and there is no gone.service"),
        Case(changes: unit("Requisite=gone.service", systemd: "257"), verdict: .fail, says: "Requisite=gone.service"),
        Case(changes: unit("Wants=gone.service", systemd: "257"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("Requires=gone.service", systemd: nil).merging(enabled) { $1 }, verdict: .undetermined,
            says: "the version of this one is not known"),
        Case(
            changes: unit("Requires=gone.service", systemd: "257").merging([
                "\(system)/gone.service": StartupImage.null
            ]) { $1 }, verdict: .fail, says: "gone.service is masked", path: "/etc/systemd/system/gone.service"),
        // Booted on 252: what a unit wants is lost where something that it requires is not there.
        Case(
            changes: wantedByParent("Requires=gone.service\nWants=ecs.service"), verdict: .fail,
            says:
                "there is no gone.service on the image, and systemd then leaves out ecs.service, which parent.service "
                + "alone wants"),
        Case(changes: wantedByParent("Wants=gone.service ecs.service"), verdict: .pass, says: "starts at boot"),
        Case(changes: wantedByParent("Requires=gone.service ecs.service"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: wantedByParent("Requires=gone.service\nWants=ecs.service").merging([
                "\(system)/multi-user.target.wants/other.service": .link("../other.service"),
                "\(system)/other.service": "[Unit]\nWants=ecs.service\n[Service]\nExecStart=/x\n",
            ]) { $1 }, verdict: .pass, says: "starts at boot"),
        // What multi-user.target requires takes the whole boot with it.
        Case(
            changes: unit("Requires=gone.service").merging([
                "\(system)/multi-user.target.requires/ecs.service": .link("../ecs.service")
            ]) { $1 }, verdict: .fail, says: "what the boot begins with requires ecs.service"),
        Case(
            changes: unit("Requires=fails.service\nAfter=fails.service").merging([
                "\(system)/fails.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n"
            ]) { $1 }, verdict: .fail, says: "fails.service runs /bin/false"),
        Case(
            changes: unit("Requires=fails.service").merging([
                "\(system)/fails.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n"
            ]) { $1 }, verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("Requires=skipped.service\nAfter=skipped.service").merging([
                "\(system)/skipped.service":
                    "[Unit]\nConditionPathExists=/etc/never\n[Service]\nType=oneshot\nExecStart=/etc/machine-id\n"
            ]) { $1 }, verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("Requires=asserts.service\nAfter=asserts.service").merging([
                "\(system)/asserts.service": "[Unit]\nAssertPathExists=!/etc/machine-id\n[Service]\nExecStart=/x\n"
            ]) { $1 }, verdict: .fail, says: "AssertPathExists=!/etc/machine-id of asserts.service does not hold"),
        Case(
            changes: unit("BindsTo=dev-nvme1n1.device\nAfter=dev-nvme1n1.device"), verdict: .undetermined,
            says: "only if the instance has that device"),
        Case(
            changes: unit("RequiresMountsFor=/data/ecs").merging([
                "/etc/fstab": "/dev/xvdf /data ext4 defaults,nofail 0 2\n"
            ]) { $1 }, verdict: .undetermined, says: "/dev/xvdf is mounted at /data only if the instance has it",
            path: "/etc/fstab", at: 1),
        Case(changes: unit("RequiresMountsFor=/data/ecs"), verdict: .pass, says: "starts at boot"),
        Case(
            changes: unit("RequiresMountsFor=/data").merging(["/etc/fstab": "LABEL=/ / ext4 defaults 0 1\n"]) { $1 },
            verdict: .pass, says: "starts at boot"),
        Case(changes: unit("Requires=data.mount", systemd: "257"), verdict: .fail, says: "there is no data.mount"),
        Case(changes: unit("Requires=system-ecs.slice", systemd: "257"), verdict: .pass, says: "starts at boot"),
    ])
    func requirementsGoByWhatIsThereAndByTheVersion(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    private static let containerd: [String: LiteralEntry?] = [
        "/usr/lib/systemd/system/containerd.service": "[Service]\nExecStart=/usr/bin/containerd\n",
        "\(system)/docker.service.d/containerd.conf": .text(
            "[Unit]\nWants=containerd.service\n[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// "
                + "--containerd=/run/containerd/containerd.sock\n"),
    ]

    @Test(arguments: [
        Case(changes: containerd, verdict: .pass, says: "starts at boot"),
        Case(
            changes: containerd.merging(["\(system)/containerd.service": StartupImage.null]) { $1 }, verdict: .fail,
            says: "since containerd.service is masked: dockerd gives up after 60 s",
            path: "/etc/systemd/system/containerd.service"),
        Case(
            changes: containerd.merging([
                "\(system)/containerd.service": StartupImage.null,
                "\(system)/k3s.service": "[Service]\nExecStart=/usr/local/bin/k3s --containerd\n",
                "\(system)/multi-user.target.wants/k3s.service": .link("../k3s.service"),
            ]) { $1 }, verdict: .undetermined, says: "k3s.service may"),
        Case(
            changes: containerd.merging([
                "\(system)/docker.service.d/containerd.conf":
                    "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --containerd /run/containerd/containerd.sock\n"
            ]) { $1 }, verdict: .fail, says: "since nothing starts containerd.service"),
        Case(
            changes: containerd.merging(["/etc/containerd/config.toml": "[grpc]\n  address = \"/run/c.sock\"\n"]) {
                $1
            },
            verdict: .fail, says: "containerd.service serves /run/c.sock instead", path: "/etc/containerd/config.toml",
            at: 2),
        Case(
            changes: containerd.merging([
                "\(system)/containerd.service": StartupImage.null,
                "\(system)/docker.service.d/containerd.conf": nil,
            ]) { $1 }, verdict: .pass, says: "starts at boot"),
        Case(
            changes: containerd.merging(["/usr/lib/systemd/system/containerd.service": nil]) { $1 }, verdict: .fail,
            says: "since there is no containerd.service: dockerd gives up after 60 s"),
        Case(
            changes: containerd.merging([
                "/usr/lib/systemd/system/containerd.service": nil,
                "\(system)/runtime.service": "[Service]\nExecStart=/opt/bin/containerd\n",
                "\(system)/multi-user.target.wants/runtime.service": .link("../runtime.service"),
            ]) { $1 }, verdict: .undetermined, says: "runtime.service may"),
        Case(
            changes: containerd.merging([
                "/usr/lib/systemd/system/containerd.service": nil,
                "\(system)/docker.service.d/containerd.conf": nil,
            ]) { $1 }, verdict: .pass, says: "starts at boot"),
        Case(
            changes: docker("[Unit]\nConditionPathExists=/data/docker"), verdict: .undetermined,
            says: "whether docker.service starts depends on its ConditionPathExists=/data/docker"),
        Case(
            changes: docker("[Unit]\nConditionPathExists=!/etc/machine-id"), verdict: .fail,
            says: "and Docker, without which the agent never runs, does not: ConditionPathExists=!/etc/machine-id"),
        Case(
            changes: docker("[Unit]\nRequires=mnt-ephemeral.mount\nAfter=mnt-ephemeral.mount").merging(enabled) { $1 },
            verdict: .pass,
            says: "; docker.service has Requires=mnt-ephemeral.mount"),
        Case(
            changes: docker("[Unit]\nRequires=mnt-ephemeral.mount\nAfter=mnt-ephemeral.mount", systemd: "255.4"),
            verdict: .fail, says: "there is no mnt-ephemeral.mount on the image"),
    ])
    func dockerNeedsWhatItIsTold(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    private static func group(_ more: [String: LiteralEntry?] = [:]) -> [String: LiteralEntry?] {
        [
            "\(system)/docker.socket.d/group.conf": "[Socket]\nSocketUser=root\nSocketGroup=docker\n",
            "/etc/group": "root:x:0:\n",
        ].merging(more) { $1 }
    }

    @Test(arguments: [
        Case(
            changes: group(), verdict: .fail,
            says: "docker.socket has SocketGroup=docker, and no group docker was found",
            path: "/etc/systemd/system/docker.socket.d/group.conf", at: 3),
        Case(changes: group(["/etc/group": "docker:x:999:\n"]), verdict: .pass, says: "starts at boot"),
        Case(
            changes: group(["/usr/lib/sysusers.d/docker.conf": "# docker\ng docker -\n"]), verdict: .pass,
            says: "starts at boot"),
        Case(
            changes: group(["/usr/lib/sysusers.d/docker.conf": "m core docker\n"]), verdict: .pass,
            says: "starts at boot"),
        Case(changes: group(["/etc/userdb/docker.group": "{}"]), verdict: .pass, says: "starts at boot"),
        Case(
            changes: group([
                "/etc/nsswitch.conf": "group: files altfiles\n", "/usr/lib/group": "docker:x:233:\n",
            ]), verdict: .pass, says: "starts at boot"),
        Case(
            changes: group(["/etc/nsswitch.conf": "group: files [SUCCESS=merge] systemd\n"]), verdict: .fail,
            says: "no group docker"),
        Case(
            changes: group(["/etc/nsswitch.conf": "group: files sss\n"]), verdict: .undetermined,
            says: "/etc/nsswitch.conf has `sss`"),
        Case(
            changes: group(["\(system)/docker.socket.d/group.conf": "[Socket]\nSocketGroup=999\n"]), verdict: .pass,
            says: "starts at boot"),
    ])
    func theGroupOfTheSocketIsThere(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    private static func stage(_ name: String, _ line: String) -> [String: LiteralEntry?] {
        [
            "\(system)/\(name).d/skip.conf": .text("[Unit]\n\(line)\n"), "/var/lib/dpkg/status": systemd("252.1"),
        ]
    }
    private static let former: [String: LiteralEntry?] = [
        "/var/lib/cloud/instance": .link("/var/lib/cloud/instances/i-0a"),
        "/var/lib/cloud/instances/i-0a/obj.pkl": "x",
    ]

    @Test(
        arguments: [
            (
                .cloudInit,
                Case(
                    changes: stage("cloud-final.service", "ConditionPathExists=!/etc/machine-id"), verdict: .fail,
                    says: "ConditionPathExists=!/etc/machine-id of cloud-final.service does not hold")
            ),
            (
                .cloudInit,
                Case(
                    changes: stage("cloud-init.service", "ConditionVirtualization=!amazon"), verdict: .undetermined,
                    says: "whether cloud-init.service starts depends on")
            ),
            (
                .cloudInit,
                Case(
                    changes: stage("cloud-init-local.service", "ConditionVirtualization=!amazon"), verdict: .pass,
                    says: "runs at boot")
            ),
            (
                .cloudInit,
                Case(
                    changes: stage(
                        "cloud-final.service",
                        "ConditionPathExists=!/etc/cloud/cloud-init.disabled\n"
                            + "ConditionKernelCommandLine=!cloud-init=disabled\n"
                            + "ConditionEnvironment=!KERNEL_CMDLINE=cloud-init=disabled"), verdict: .pass,
                    says: "runs at boot")
            ),
            (
                .cloudInitState,
                Case(
                    changes: stage("cloud-init-local.service", "ConditionVirtualization=!amazon")
                        .merging(former) { $1 }, verdict: .fail, says: "which would notice, does not start",
                    path: "/etc/systemd/system/cloud-init-local.service.d/skip.conf", at: 2)
            ),
            (
                .cloudInitState,
                Case(
                    changes: stage("cloud-init-local.service", "ConditionVirtualization=!container")
                        .merging(former) { $1 }, verdict: .pass, says: "does no harm")
            ),
            (
                .cloudInitState,
                Case(
                    changes: stage("cloud-init-local.service", "ConditionVirtualization=!amazon"), verdict: .pass,
                    says: "reads EC2's user data")
            ),
        ] as [(Rule, Case)])
    func stagesOfCloudInitHaveConditionsToo(rule: Rule, row: Case) throws {
        try StartupImage.check(rule, row)
    }
}
