/// Files of whole images: each is what an input says, and the image around it is judged.

import Foundation
import ImageReading
import TestSupport

/// Which image a file stands in.
enum Base {
    case amazonLinux, debian

    /// The image without some of its files.
    func entries(without paths: [String] = []) throws -> [String: LiteralEntry] {
        let entries =
            switch self {
            case .amazonLinux: try WholeImage.amazonLinux()
            case .debian: try WholeImage.debian()
            }
        return entries.filter { entry in !paths.contains { entry.key.hasPrefix($0) } }
    }
}

extension FuzzTarget {
    /// The file at `path` of a whole image, with what `files` of testdata and `texts` hold, and what stands there.
    private static func file(
        _ name: String, _ path: String, in base: Base, without others: [String] = [],
        with more: [String: LiteralEntry] = [:],
        like files: [String] = [], and texts: [String] = [], executable: Bool = false
    ) -> FuzzTarget {
        let entries = Result { try base.entries(without: others).merging(more) { $1 } }
        return FuzzTarget(
            name,
            seeds: {
                var seeds = try files.map { try TestData.bytes(TestData.url($0)) } + texts.map { Array($0.utf8) }
                if case .file(let bytes, _) = try entries.get()[path] { seeds.append(bytes) }
                return seeds
            }
        ) { input in
            var entries = try entries.get()
            entries[path] = .file(input, permissions: executable ? 0o755 : 0o644)
            try judge { LiteralSource(entries) }
        }
    }

    private static let kernel = "6.1.0-56-cloud-amd64"

    static let configurations = [
        file("image-os-release", "/usr/lib/os-release", in: .debian),
        file(
            "image-ecs-config", "/etc/ecs/ecs.config", in: .amazonLinux,
            and: [
                "ECS_CLUSTER=default\nECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"awslogs\"]\n",
                "# a\nECS_ENGINE_AUTH_DATA={\"a\":{\"auth\":\"b\"}}\nECS_RESERVED_MEMORY=32\n",
            ]),
        file(
            "image-ecs-config-json", "/etc/ecs/ecs.config.json", in: .amazonLinux,
            and: [
                #"{"Cluster":"default","AvailableLoggingDrivers":["json-file","awslogs"],"ReservedMemory":32}"#,
                #"{"TaskIAMRoleEnabled":true,"InstanceAttributes":{"a":"b"},"TaskCPUMemLimit":"ExplicitlyEnabled"}"#,
            ]),
        file(
            "image-daemon-json", "/etc/docker/daemon.json", in: .debian,
            and: [
                #"{"log-driver":"awslogs","hosts":["fd://"],"default-ulimits":{"nofile":{"Name":"nofile","Hard":1,"Soft":1}}}"#,
                #"{"data-root":"/var/lib/docker","storage-driver":"overlay2","bip":"10.0.0.1/24","proxies":{"http-proxy":"http://a"}}"#,
            ]),
        file(
            "image-cloud-cfg", "/etc/cloud/cloud.cfg", in: .debian,
            and: [
                "datasource_list: [Ec2]\nusers:\n - default\ncloud_init_modules: &a [seed_random]\nbootcmd:\n - [sh, -c, x]\n"
            ]),
        file(
            "image-fstab", "/etc/fstab", in: .debian,
            and: [
                "UUID=1 / ext4 defaults 0 1\n//server/share /mnt cifs username=a,password=b 0 0\n/dev/vg/lv /a\\040b xfs x 0 0\n"
            ]),
        file("image-passwd", "/etc/passwd", in: .debian, and: ["root:x:0:0:root:/root:/bin/bash\n+::::::\n"]),
        file("image-sysctl", "/etc/sysctl.d/9.conf", in: .debian, and: ["net.ipv4.ip_forward = 0\n-kernel/x=1\n"]),
        file(
            "image-modprobe", "/etc/modprobe.d/a.conf", in: .debian,
            and: ["blacklist overlay\ninstall veth /bin/false\n"]),
        file(
            "image-kernel-modules", "/usr/lib/modules/\(kernel)/modules.dep", in: .debian,
            and: [
                "kernel/drivers/nvme/host/nvme.ko.xz: kernel/drivers/nvme/host/nvme-core.ko.xz\n"
            ]),
        file("image-selinux", "/etc/selinux/config", in: .debian, and: ["SELINUX=enforcing\nSELINUXTYPE=targeted\n"]),
    ]

    static let bootFiles = [
        file(
            "image-grub-cfg", "/boot/grub/grub.cfg", in: .debian,
            like: [
                "grub/custom-script/grub.cfg", "grub/flat-by-title/grub.cfg", "grub/submenu-by-number/grub.cfg",
            ]),
        file(
            "image-grub-environment", "/boot/grub2/grubenv", in: .amazonLinux,
            like: [
                "grub/nothing-saved/grubenv", "grub/saved-by-id/grubenv", "grub/damaged-environment/grubenv",
            ]),
        file(
            "image-boot-loader-entry",
            "/boot/loader/entries/ec2e3be6e3b14a3ea3c2f4ed2a9b1f55-6.1.188-233.385.amzn2023.x86_64.conf",
            in: .amazonLinux),
        file(
            "image-grub-legacy", "/boot/grub/menu.lst", in: .debian, without: ["/boot/grub/"],
            and: [
                "default=0\ntimeout 1\ntitle a (1)\nroot (hd0,0)\nkernel /boot/vmlinuz-\(kernel) root=LABEL=/ ro\n"
                    + "initrd /boot/initrd.img-\(kernel)\n"
            ]),
        file("image-kernel", "/boot/vmlinuz-\(kernel)", in: .debian),
        file("image-kernel-configuration", "/boot/config-\(kernel)", in: .debian),
        file("image-initramfs", "/boot/initrd.img-\(kernel)", in: .debian),
        file(
            "image-go-program", "/usr/bin/dockerd", in: .debian,
            like: [
                "go-build-information/dockerd-20.10.24", "go-build-information/dockerd-26.1.5-trimpath",
            ], executable: true),
    ]

    static let units = [
        file("image-unit", "/usr/lib/systemd/system/ecs.service", in: .debian),
        file(
            "image-drop-in", "/etc/systemd/system/docker.service.d/a.conf", in: .amazonLinux,
            and: [
                "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --log-driver=awslogs \\\n  $OPTIONS\nEnvironment=\"A=b c\" D=%n\n",
                "[Unit]\nConditionPathExists=!/etc/x\nAfter=cloud-final.service\n[Service]\nEnvironmentFile=-/etc/ecs/ecs.config\n",
            ]),
        file(
            "image-timer", "/etc/systemd/system/ecs.timer", in: .debian,
            and: [
                "[Timer]\nOnBootSec=5min\nUnit=ecs.service\n[Install]\nWantedBy=timers.target\n"
            ]),
        file(
            "image-preset", "/etc/systemd/system-preset/1.preset", in: .amazonLinux,
            and: ["enable ecs.service\ndisable *\n"]),
        file(
            "image-shell", "/etc/rc.local", in: .debian,
            and: [
                "#!/bin/sh -e\n. /etc/ecs/ecs.config\ndocker run -d --name ecs-agent --env-file=/etc/ecs/ecs.config -e A=\"$B\" \\\n"
                    + "  amazon/amazon-ecs-agent:latest\nif [ -x /a ]; then cat <<E >/b\nx\nE\nfi\n"
            ], executable: true),
        file(
            "image-upstart", "/etc/init/ecs.conf", in: .amazonLinux, without: ["/usr/lib/systemd", "/etc/systemd"],
            with: ["/sbin/init": .executable("ELF"), "/etc/init/rc.conf": "start on runlevel [0123456]\n"],
            and: [
                "start on stopped rc RUNLEVEL=[345]\nrespawn\npre-start script\n . /etc/ecs/ecs.config\nend script\n"
                    + "exec /usr/libexec/amazon-ecs-init start\n"
            ]),
    ]
}
