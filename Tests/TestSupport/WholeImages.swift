/// Whole images as literals: one like Amazon Linux 2023 with ecs-init, one like Debian 12 with the agent's deb. Each is
/// good; tests change one thing in it.

import ImageReading

/// Files of whole images.
public enum WholeImage {
    /// Like the ECS-optimized AMI of Amazon Linux 2023: BootLoaderSpec entries, a real rpm database, ecs-init.
    public static func amazonLinux() throws -> [String: LiteralEntry] {
        let kernel = "6.1.188-233.385.amzn2023.x86_64"
        let machine = "ec2e3be6e3b14a3ea3c2f4ed2a9b1f55"
        let database = try TestData.bytes(TestData.url("images/amazon-linux-2023.rpmdb.sqlite"))
        return merge(
            root, targets, cloudInit("/usr/lib"), docker("/usr/lib", amazon: true),
            [
                "/etc/os-release": .link("../usr/lib/os-release"),
                "/usr/lib/os-release": """
                NAME="Amazon Linux"
                VERSION="2023"
                ID="amzn"
                ID_LIKE="fedora"
                VERSION_ID="2023"
                PLATFORM_ID="platform:al2023"
                PRETTY_NAME="Amazon Linux 2023.12.20260930"
                CPE_NAME="cpe:2.3:o:amazon:amazon_linux:2023"
                VENDOR_NAME="AWS"
                SUPPORT_END="2029-06-30"

                """,
                "/etc/system-release": "Amazon Linux release 2023.12.20260930 (Amazon Linux)\n",
                "/etc/machine-id": "",
                "/var/lib/rpm/rpmdb.sqlite": .bytes(database),
                "/usr/lib/rpm/macros": "%_dbpath\t\t%{_var}/lib/rpm\n%_db_backend\t      sqlite\n",
                "/etc/fstab": "UUID=9c4e4b1a-0000-4000-8000-000000000001 / xfs defaults,noatime 1 1\n",
                "/boot/vmlinuz-\(kernel)": .bytes(kernelImage(kernel)),
                "/boot/config-\(kernel)": kernelConfiguration,
                "/boot/initramfs-\(kernel).img": "initramfs",
                "/usr/lib/modules/\(kernel)/vmlinuz": .bytes(kernelImage(kernel)),
                "/boot/grub2/grub.cfg": """
                set pager=1
                if [ -f ${config_directory}/grubenv ]; then
                  load_env -f ${config_directory}/grubenv
                elif [ -s $prefix/grubenv ]; then
                  load_env
                fi
                if [ "${next_entry}" ] ; then
                   set default="${next_entry}"
                   set next_entry=
                   save_env next_entry
                   set boot_once=true
                else
                   set default="${saved_entry}"
                fi
                insmod blscfg
                blscfg

                """,
                "/boot/grub2/grubenv": .text("# GRUB Environment Block\n" + String(repeating: "#", count: 999)),
                "/boot/loader/entries/\(machine)-\(kernel).conf": .text(
                    """
                    title Amazon Linux (\(kernel)) 2023
                    version \(kernel)
                    linux /boot/vmlinuz-\(kernel)
                    initrd /boot/initramfs-\(kernel).img
                    options root=UUID=9c4e4b1a-0000-4000-8000-000000000001 ro console=tty0 console=ttyS0,115200n8 quiet
                    grub_users $grub_users
                    grub_arg --unrestricted
                    grub_class amzn

                    """),
                "/boot/grub2/i386-pc/core.img": .bytes([UInt8](repeating: 0xEB, count: 512)),
                "/boot/efi/EFI/BOOT/BOOTX64.EFI": "MZ",
                "/usr/sbin/iptables": .link("/etc/alternatives/iptables"),
                "/etc/alternatives/iptables": .link("/usr/sbin/iptables-nft"),
                "/usr/sbin/iptables-nft": .link("xtables-nft-multi"),
                "/usr/sbin/xtables-nft-multi": program,
                "/usr/libexec/amazon-ecs-init": program,
                "/etc/ecs/ecs.config": "",
                "/etc/ecs/ecs.config.json": "",
                "/var/cache/ecs/ecs-agent-v1.106.1.tar": "the agent's image",
                "/var/cache/ecs/ecs-agent.tar": .link("ecs-agent-v1.106.1.tar"),
                "/var/cache/ecs/state": "2",
                "/var/lib/ecs/data": .directory,
                "/usr/lib/systemd/system/ecs.service": """
                [Unit]
                Description=Amazon Elastic Container Service - container agent
                Documentation=https://aws.amazon.com/documentation/ecs/
                Wants=docker.service
                PartOf=docker.service
                After=docker.service
                After=cloud-final.service

                [Service]
                Type=simple
                Restart=on-failure
                RestartPreventExitStatus=5
                RestartSec=10s
                EnvironmentFile=-/etc/ecs/ecs.config
                ExecStartPre=/bin/bash -c 'if [ $(/usr/bin/systemctl is-active docker) != "active" ]; then exit 1; fi'
                ExecStartPre=/usr/libexec/amazon-ecs-init pre-start
                ExecStart=/usr/libexec/amazon-ecs-init start
                ExecStop=/usr/libexec/amazon-ecs-init stop
                ExecStopPost=/usr/libexec/amazon-ecs-init post-stop

                [Install]
                WantedBy=multi-user.target

                """,
                "/etc/systemd/system/multi-user.target.wants/ecs.service": .link(
                    "/usr/lib/systemd/system/ecs.service"),
                "/etc/systemd/system/default.target": .link("/usr/lib/systemd/system/multi-user.target"),
                "/usr/lib/systemd/system-preset/99-default-disable.preset": "disable *\n",
            ])
    }

    /// Like Debian 12 from a cloud image: a grub.cfg of the real grub-mkconfig, dpkg's status file, the agent's deb with
    /// the drop-in that lets it wait for user data.
    public static func debian() throws -> [String: LiteralEntry] {
        let kernel = "6.1.0-56-cloud-amd64"
        // The machine that grub-mkconfig ran on called its disk as Xen does.
        let grub = String(decoding: try TestData.bytes(TestData.url("grub/first/grub.cfg")), as: UTF8.self)
            .split(separator: "root=/dev/xvda", omittingEmptySubsequences: false)
            .joined(separator: "root=PARTUUID=0c0ffee0-01")
        return merge(
            root, targets, cloudInit("/lib"), docker("/lib", amazon: false),
            [
                "/etc/os-release": .link("../usr/lib/os-release"),
                "/usr/lib/os-release": """
                PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
                NAME="Debian GNU/Linux"
                VERSION_ID="12"
                VERSION="12 (bookworm)"
                VERSION_CODENAME=bookworm
                ID=debian
                HOME_URL="https://www.debian.org/"

                """,
                "/etc/debian_version": "12.12\n",
                "/etc/machine-id": "",
                "/var/lib/dpkg/status": .text(status(docker: "5:25.0.5-1~debian.12~bookworm", kernel: kernel)),
                "/etc/fstab": "PARTUUID=0c0ffee0-01 / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1\n",
                "/boot/vmlinuz-\(kernel)": .bytes(kernelImage(kernel)),
                "/boot/config-\(kernel)": kernelConfiguration,
                "/boot/initrd.img-\(kernel)": "initramfs",
                "/boot/grub/grub.cfg": .text(grub),
                "/boot/grub/i386-pc/core.img": .bytes([UInt8](repeating: 0xEB, count: 512)),
                "/usr/sbin/iptables": .link("/etc/alternatives/iptables"),
                "/etc/alternatives/iptables": .link("/usr/sbin/iptables-nft"),
                "/usr/sbin/iptables-nft": .link("xtables-nft-multi"),
                "/usr/sbin/xtables-nft-multi": program,
                "/usr/libexec/amazon-ecs-init": program,
                "/etc/ecs/ecs.config": "ECS_ENABLE_TASK_IAM_ROLE=true\n",
                "/etc/ecs/ecs.config.json": "",
                "/var/cache/ecs/ecs-agent-v1.106.1-1.tar": "the agent's image",
                "/var/cache/ecs/ecs-agent.tar": .link("/var/cache/ecs/ecs-agent-v1.106.1-1.tar"),
                "/var/cache/ecs/state": "2",
                "/var/lib/ecs/data": .directory,
                "/usr/lib/systemd/system/ecs.service": """
                [Unit]
                Description=Amazon Elastic Container Service - container agent
                Wants=docker.service
                PartOf=docker.service
                After=docker.service

                [Service]
                Type=simple
                Restart=on-failure
                RestartPreventExitStatus=5
                RestartSec=10s
                EnvironmentFile=-/var/lib/ecs/ecs.config
                EnvironmentFile=-/etc/ecs/ecs.config
                ExecStartPre=/bin/bash -c 'if [ $(/usr/bin/systemctl is-active docker) != "active" ]; then exit 1; fi'
                ExecStartPre=/usr/libexec/amazon-ecs-init pre-start
                ExecStart=/usr/libexec/amazon-ecs-init start
                ExecStop=/usr/libexec/amazon-ecs-init stop

                [Install]
                WantedBy=multi-user.target

                """,
                "/etc/systemd/system/ecs.service.d/user-data.conf": "[Unit]\nAfter=cloud-final.service\n",
                "/etc/systemd/system/cloud-init.target.wants/ecs.service": .link("/lib/systemd/system/ecs.service"),
                "/usr/lib/systemd/system/default.target": .link("graphical.target"),
                "/usr/lib/systemd/system/graphical.target": """
                [Unit]
                Description=Graphical Interface
                Requires=multi-user.target
                After=multi-user.target
                AllowIsolate=yes

                """,
            ])
    }

    /// dpkg's status file as dpkg writes it, with a package whose configuration files alone are left.
    public static func status(docker: String, kernel: String) -> String {
        func record(_ name: String, _ version: String, _ state: String = "install ok installed", _ more: String = "")
            -> String
        {
            """
            Package: \(name)
            Status: \(state)
            Priority: optional
            Section: admin
            Installed-Size: 1024
            Maintainer: Nobody <nobody@example.com>
            Architecture: amd64
            Version: \(version)
            \(more)Description: a package
             and the rest of what it says,
             .
             in several lines

            """
        }
        return [
            record("amazon-ecs-init", "1.106.1-1"),
            record("cloud-init", "22.4.2-1+deb12u2"),
            record("containerd.io", "1.7.24-1"),
            record("docker-ce", docker, "install ok installed", "Depends: containerd.io (>= 1.7.24), iptables\n"),
            record("docker.io", "20.10.24+dfsg1-1+deb12u1", "deinstall ok config-files", "Conffiles:\n /etc/x 0123\n"),
            record("git", "1:2.39.5-0+deb12u3"),
            record("grub-pc", "2.06-13+deb12u1"),
            record("iptables", "1.8.9-2"),
            record("linux-image-\(kernel)", "6.1.176-1"),
            record("procps", "2:4.0.2-3"),
            record("systemd", "252.39-1~deb12u1"),
            record("xz-utils", "5.4.1-1+deb12u2"),
        ].joined(separator: "\n")
    }

    private static func merge(_ parts: [String: LiteralEntry]...) -> [String: LiteralEntry] {
        parts.reduce(into: [:]) { whole, part in whole.merge(part) { $1 } }
    }
}
