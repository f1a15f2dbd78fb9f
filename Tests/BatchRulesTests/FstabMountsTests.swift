import Booting
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// Which lines of fstab end the boot in emergency mode, which are a wait, and which nothing decides.
struct FstabMountsTests {
    private static let root = "UUID=9c4e4b1a-0000-4000-8000-000000000001 / xfs defaults,noatime 1 1\n"

    private static func fstab(_ lines: String, _ more: [String: LiteralEntry?] = [:]) -> [String: LiteralEntry?] {
        more.merging(["/etc/fstab": .text(root + lines)]) { $1 }
    }

    private static func options(_ name: String, _ value: String) -> [String: LiteralEntry?] {
        ["/boot/config-\(BootCase.kernel)": .text("CONFIG_\(name)=\(value)\nCONFIG_OVERLAY_FS=y\n")]
    }

    private static let mapped = AMIMetadata(devices: ["/dev/xvda", "/dev/sdf"])
    private static let cis: [String: LiteralEntry?] = [
        "/etc/modprobe.d/cis.conf": "install squashfs /bin/true\ninstall udf /bin/true\ninstall vfat /bin/true\n"
    ]
    private static let fedora = "UUID=9c4e4b1a-0000-4000-8000-000000000001"
    private static let efi = "UUID=7B77-95E7 /boot/efi vfat defaults,umask=0077 0 2\n"

    static let cases: [BootCase] = [
        BootCase("as Amazon Linux has it", .amazonLinux, [:], .pass, says: "no line"),
        BootCase("no fstab", .amazonLinux, ["/etc/fstab": nil], .pass, says: "no /etc/fstab"),
        BootCase("no text", .amazonLinux, ["/etc/fstab": .bytes([0, 1])], .undetermined, says: "/etc/fstab"),

        // What no image shows.
        BootCase(
            "a second disk", .amazonLinux, fstab("/dev/xvdf /data ext4 defaults 0 2\n"), .undetermined,
            says: "/etc/fstab:2", "/dev/xvdf", "/data"),
        BootCase(
            "a file system of another id", .amazonLinux, fstab("UUID=11111111-2222 /data xfs defaults 0 0\n"),
            .undetermined, says: "UUID=11111111-2222"),
        BootCase("with nofail", .amazonLinux, fstab("/dev/xvdf /data ext4 defaults,nofail 0 2\n"), .pass),
        BootCase("with noauto", .amazonLinux, fstab("/dev/xvdf /data ext4 noauto 0 2\n"), .pass),
        BootCase(
            "mounted on access", .amazonLinux, fstab("/dev/xvdf /data ext4 defaults,x-systemd.automount 0 2\n"), .pass),
        BootCase(
            "Docker's directory on a disk that may come", .amazonLinux,
            fstab("/dev/xvdb /var/lib/docker xfs defaults,nofail 0 2\n"), .pass),
        BootCase(
            "fstab switched off", .amazonLinux,
            fstab("/dev/xvdf /data ext4 defaults 0 2\n").merging(BootCase.entry("\(BootCase.root) ro fstab=no")) { $1 },
            .pass, says: "fstab=no"),

        // What AMI metadata decides.
        BootCase(
            "a disk that the AMI does not map", .amazonLinux, fstab("/dev/xvdg /data ext4 defaults 0 2\n"),
            metadata: mapped, .fail, counting: .required, says: "/dev/xvdg", "emergency mode"),
        BootCase(
            "a partition of one that it maps by its other name", .amazonLinux,
            fstab("/dev/xvdf1 /data ext4 defaults 0 2\n"), metadata: mapped, .pass),
        BootCase(
            "a file system that may be on it", .amazonLinux, fstab("LABEL=data /data ext4 defaults 0 2\n"),
            metadata: mapped, .pass),
        BootCase(
            "a file system where the AMI maps the root alone", .amazonLinux,
            fstab("LABEL=data /data ext4 defaults 0 2\n"), metadata: AMIMetadata(devices: ["/dev/xvda"]),
            .undetermined, says: "AMI metadata does not show it"),
        BootCase(
            "swap that the AMI does not map", .amazonLinux, fstab("/dev/xvdb none swap sw 0 0\n"), metadata: mapped,
            .fail, counting: .recommended, says: "/dev/xvdb", "90 seconds"),
        BootCase("swap", .amazonLinux, fstab("/dev/xvdb none swap sw 0 0\n"), .pass),
        BootCase("a swap file", .amazonLinux, fstab("/swapfile none swap sw 0 0\n"), .pass),

        // Partitions of the root's own disk.
        BootCase("an EFI system partition", .amazonLinux, fstab(efi + "LABEL=BOOT /boot ext4 defaults 0 2\n"), .pass),
        BootCase(
            "as SUSE has it: subvolumes", .amazonLinux,
            [
                "/etc/fstab": """
                UUID=9c4e4b1a-0000-4000-8000-000000000001 / btrfs defaults 0 0
                UUID=9c4e4b1a-0000-4000-8000-000000000001 /var btrfs subvol=/@/var 0 0
                UUID=9c4e4b1a-0000-4000-8000-000000000001 /home btrfs subvol=/@/home 0 0

                """
            ], .pass),
        BootCase(
            "as hardening guides have it: volumes of one group", .amazonLinux,
            [
                "/etc/fstab": """
                /dev/mapper/rootvg-root / xfs defaults 0 0
                /dev/mapper/rootvg-home /home xfs nodev 0 0
                /dev/rootvg/log /var/log xfs nodev 0 0

                """
            ], .pass),
        BootCase(
            "partitions of one disk by name, and of one MBR", .amazonLinux,
            [
                "/etc/fstab": """
                PARTUUID=0c0ffee0-01 / ext4 defaults 0 1
                PARTUUID=0c0ffee0-05 /srv ext4 defaults 0 2
                /dev/nvme0n1p3 /home ext4 defaults 0 2

                """
            ], .pass),
        BootCase(
            "the kernel's own file systems, a tmpfs, a bind mount", .amazonLinux,
            fstab(
                """
                proc /proc proc defaults 0 0
                devpts /dev/pts devpts gid=5,mode=620 0 0
                tmpfs /dev/shm tmpfs defaults,noexec,size=50% 0 0
                tmpfs /tmp tmpfs mode=1777,nosuid,nodev,x-systemd.growfs,size=2g 0 0
                /var/lib/ecs /srv/ecs none bind 0 0

                """), .pass),

        // The network.
        BootCase(
            "NFS without nofail", .amazonLinux, fstab("fs-1.efs.us-east-1.amazonaws.com:/ /efs nfs4 defaults 0 0\n"),
            .fail, counting: .recommended, says: "/efs", "waits"),
        BootCase("NFS with nofail", .amazonLinux, fstab("fs-1:/ /efs nfs4 _netdev,nofail 0 0\n"), .pass),
        BootCase(
            "efs without _netdev", .amazonLinux, fstab("fs-0123:/ /efs efs tls 0 0\n"), .fail, counting: .required,
            says: "_netdev", "emergency mode"),
        BootCase("efs with it", .amazonLinux, fstab("fs-0123:/ /efs efs tls,_netdev,nofail 0 0\n"), .pass),
        BootCase("efs that may fail", .amazonLinux, fstab("fs-0123:/ /efs efs tls,nofail 0 0\n"), .pass),

        // Options and types.
        BootCase(
            "a tmpfs with an option that it does not know", .amazonLinux, fstab("tmpfs /scratch tmpfs sizes=1g 0 0\n"),
            .fail, counting: .required, says: "sizes", "emergency mode"),
        BootCase(
            "nobarrier, which xfs has given up", .amazonLinux,
            ["/etc/fstab": .text(root.replacing("noatime", with: "noatime,nobarrier"))],
            .fail, says: "nobarrier", "read-only"),
        BootCase(
            "the same where the root is writable before", .amazonLinux,
            BootCase.entry("\(BootCase.root) rw").merging([
                "/etc/fstab": .text(root.replacing("noatime", with: "noatime,nobarrier"))
            ]) { $1 }, .pass),
        BootCase(
            "a bind mount of a directory that is not there", .amazonLinux, fstab("/srv/data /data none bind 0 0\n"),
            .fail, says: "/srv/data"),
        BootCase(
            "a bind mount of what may be made at boot", .amazonLinux, fstab("/run/data /data none bind 0 0\n"), .pass),
        BootCase(
            "vfat switched off (dev-sec/ansible-collection-hardening#267)", .amazonLinux, fstab(efi, cis), .fail,
            counting: .required, says: "/etc/modprobe.d/cis.conf:3", "/boot/efi", "emergency mode"),
        BootCase(
            "vfat blacklisted, by whose alias it is loaded", .amazonLinux,
            fstab(efi, ["/etc/modprobe.d/vfat.conf": "blacklist vfat\n"]), .fail, says: "/etc/modprobe.d/vfat.conf:1"),
        BootCase(
            "vfat a part of the kernel", .amazonLinux, fstab(efi, cis.merging(options("VFAT_FS", "y")) { $1 }), .pass),
        BootCase(
            "vfat a module, and whether it is built in cannot be read", .amazonLinux,
            fstab(
                efi,
                cis.merging(options("VFAT_FS", "m")) { $1 }.merging([
                    "/usr/lib/modules/\(BootCase.kernel)/modules.builtin": .unreadable(.permissionDenied)
                ]) { $1 }), .undetermined, says: "modules.builtin"),
        BootCase(
            "vfat a module", .amazonLinux, fstab(efi, cis.merging(options("VFAT_FS", "m")) { $1 }), .fail),
        BootCase(
            "the partition mounted on access", .amazonLinux,
            fstab("UUID=7B77-95E7 /boot/efi vfat noatime,x-systemd.automount 0 2\n", cis), .pass),
        BootCase(
            "no word of how the kernel was built", .amazonLinux,
            fstab(efi, cis.merging(["/boot/config-\(BootCase.kernel)": nil]) { $1 }), .undetermined, says: "vfat"),

        // What has to be written to.
        BootCase(
            "/ ro", .amazonLinux, ["/etc/fstab": .text(root.replacing("defaults", with: "ro"))], .fail,
            counting: .required, says: "read-only", "/var/lib/docker and /etc/ecs"),
        BootCase(
            "/ ro with both elsewhere", .amazonLinux,
            [
                "/etc/fstab": """
                UUID=9c4e4b1a-0000-4000-8000-000000000001 / btrfs ro 0 0
                UUID=9c4e4b1a-0000-4000-8000-000000000001 /var btrfs subvol=/@/var,x-initrd.mount 0 0
                overlay /etc overlay defaults,lowerdir=/etc,upperdir=/var/lib/overlay/1/etc,x-initrd.mount 0 0

                """
            ], .pass),
        BootCase(
            "nofail on the root", .amazonLinux, ["/etc/fstab": .text(root.replacing("defaults", with: "nofail"))], .pass
        ),
        BootCase(
            "the boot entry names another root", .amazonLinux,
            BootCase.entry("root=UUID=11111111-2222-4333-8444-555555555555 ro"), .undetermined,
            says: "root=UUID=11111111", "9c4e4b1a"),

        // What a disk shows.
        // Subvolumes of btrfs.
        BootCase(
            "a subvolume", .amazonLinux, fstab("\(fedora) /home btrfs subvol=/home 0 0\n"), disk: .fedora(), .pass,
            says: "/home"),
        BootCase(
            "a subvolume that is not there", .amazonLinux, fstab("\(fedora) /srv btrfs noatime,subvol=@/srv 0 0\n"),
            disk: .fedora(), .fail, counting: .required, says: "/etc/fstab:2", "/srv", "no subvolume @/srv",
            "emergency mode"),
        BootCase(
            "the same with nofail", .amazonLinux, fstab("\(fedora) /srv btrfs nofail,subvol=@/srv 0 0\n"),
            disk: .fedora(), .pass),
        BootCase(
            "a default subvolume that is not there", .amazonLinux, fstab("\(fedora) /srv btrfs defaults 0 0\n"),
            disk: .fedora(defaultNumber: 300), .fail, counting: .required, says: "which is its default"),
        BootCase(
            "subvolumes that cannot be listed", .amazonLinux, fstab("\(fedora) /home btrfs subvol=home 0 0\n"),
            disk: .fedora(subvolumes: .unreadable([], Problem(.malformed, at: .root, "a node expected"))),
            .undetermined,
            says: "a node expected"),

        BootCase("volumes of the disk", .amazonLinux, fstab(efi), disk: .amazonLinux(), .pass, says: "/boot/efi"),
        BootCase(
            "an id that no volume has", .amazonLinux, fstab("UUID=11111111-2222 /data xfs defaults 0 0\n"),
            disk: .amazonLinux(), .undetermined, says: "no volume of the disk is called so"),
        BootCase(
            "the same at a place that an export has", .amazonLinux,
            fstab("UUID=1234-5678 /boot/efi vfat umask=0077 0 2\n"),
            disk: .amazonLinux(), .undetermined, says: "UUID=1234-5678", "/boot/efi"),
        BootCase(
            "the same where the AMI maps the root alone", .amazonLinux,
            fstab("UUID=1234-5678 /boot/efi vfat umask=0077 0 2\n"), metadata: AMIMetadata(devices: ["/dev/xvda"]),
            disk: .amazonLinux(), .fail, counting: .required, says: "the disk has no UUID=1234-5678", "emergency mode"),
        BootCase(
            "the same with nofail", .amazonLinux, fstab("UUID=1234-5678 /boot/efi vfat umask=0077,nofail 0 2\n"),
            metadata: AMIMetadata(devices: ["/dev/xvda"]), disk: .amazonLinux(), .pass),
        BootCase(
            "an id where a second volume may bring it", .amazonLinux, fstab("LABEL=data /data ext4 defaults 0 2\n"),
            metadata: mapped, disk: .amazonLinux(), .pass),
        BootCase(
            "a partition that the disk has not", .amazonLinux, fstab("/dev/xvda3 /data ext4 defaults 0 2\n"),
            disk: .amazonLinux(), .fail, counting: .required, says: "the disk has no /dev/xvda3"),
        BootCase(
            "a partition that it has", .amazonLinux, fstab("/dev/nvme0n1p128 /mnt vfat defaults 0 2\n"),
            disk: .amazonLinux(), .pass),
        BootCase(
            "another root than the boot entry's is root-device's", .amazonLinux,
            BootCase.entry("root=UUID=11111111-2222-4333-8444-555555555555 ro"), disk: .amazonLinux(), .pass),
    ]

    @Test(arguments: cases) func `fstab decides`(row: BootCase) throws { try row.check(.fstabMounts) }

    @Test func `several lines at fault are all named`() throws {
        let finding = try BootCase(
            "two", .amazonLinux, Self.fstab("fs-1:/ /efs efs tls 0 0\ntmpfs /scratch tmpfs sizes=1g 0 0\n"), .fail
        ).finding(.fstabMounts)
        #expect(finding.message.contains("/etc/fstab:2") && finding.message.contains("/etc/fstab:3"))
    }

    @Test func `passwords of file systems are never shown`() throws {
        let line = "//user:hunter2@nas/share /mnt cifs username=x,password=hunter3 0 0\n"
        let finding = try BootCase("cifs", .amazonLinux, Self.fstab(line), .fail).finding(.fstabMounts)
        #expect(finding.verdict == .fail)
        #expect(!"\(finding)".contains("hunter"), "\(finding)")
    }
}
