/// Which names of a root lead to it, which leave it read-only, and which nobody has.

import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct RootDeviceTests {
    private static func entry(_ arguments: String) -> [String: LiteralEntry?] { BootCase.entry(arguments) }
    private static func fstab(_ device: String) -> [String: LiteralEntry?] {
        ["/etc/fstab": .text("\(device) / xfs defaults,noatime 1 1\n")]
    }
    private static let copy = DiskLayout.Volume(
        number: 2, format: "xfs", uuid: "9c4e4b1a-0000-4000-8000-000000000001", label: "/")
    private static let other = DiskLayout.Volume(
        number: 2, format: "ext4", uuid: "11111111-2222-4333-8444-555555555555")
    private static let encrypted = DiskLayout.Volume(number: 2, format: "LUKS encrypted volume")
    /// A root on LVM, whose /boot is a partition.
    private static let logical = DiskLayout(
        partitionTable: "gpt",
        volumes: [
            DiskLayout.Volume(number: 1, format: "ext4", uuid: "1111-2222", mountPoint: "/boot"),
            DiskLayout.Volume(number: 2, format: "LVM physical volume"),
            volume("root", "9c4e4b1a-0000-4000-8000-000000000001", .root), volume("var", "5555", "/var"),
            volume("spare", "6666", nil),
        ], bootCode: DiskLayout.grub)
    private static func volume(_ name: String, _ uuid: String, _ mountPoint: ImagePath?) -> DiskLayout.Volume {
        DiskLayout.Volume(
            number: nil, logicalVolume: DiskLayout.LogicalVolume(group: "root-vg", name: name), format: "xfs",
            uuid: uuid,
            mountPoint: mountPoint)
    }

    static let cases: [BootCase] = [
        BootCase("a directory", .amazonLinux, [:], .notApplicable, says: "the disk decides"),
        BootCase("as Amazon Linux has it", disk: .amazonLinux(), .pass, says: "root=UUID=9c4e4b1a", "partition 1"),
        BootCase("by label", .amazonLinux, entry("root=LABEL=/ ro"), disk: .amazonLinux(), .pass),
        BootCase(
            "by the partition", .amazonLinux, entry("root=PARTUUID=0FC63DAF-0000-4772-8e79-3d69d8477d01 ro"),
            disk: .amazonLinux(), .pass),
        BootCase("by its name", .amazonLinux, entry("root=PARTLABEL=Linux ro"), disk: .amazonLinux(), .pass),
        BootCase("by number", .amazonLinux, entry("root=/dev/nvme0n1p1 ro"), disk: .amazonLinux(), .pass),
        BootCase(
            "by udev's link", .amazonLinux, entry("root=/dev/disk/by-label/UEFI root=/dev/disk/by-partlabel/Linux ro"),
            disk: .amazonLinux(), .pass),
        BootCase(
            "a disk without partitions", .amazonLinux, entry("\(BootCase.root) ro"), disk: .whole, .pass,
            says: "the whole disk"),

        // Names that nobody has.
        BootCase(
            "another UUID, as a file system made anew has it", disk: .amazonLinux(uuid: "5555"), .fail,
            counting: .required, says: "root=UUID=9c4e4b1a", "partition 1, the root, is UUID=5555", "read-only"),
        BootCase(
            "another label", .amazonLinux, entry("root=LABEL=cloudimg-rootfs ro"), disk: .amazonLinux(), .fail,
            counting: .required, says: "root=LABEL=cloudimg-rootfs", "is LABEL=/"),
        BootCase(
            "another partition's identifier", .amazonLinux,
            entry("root=PARTUUID=11111111-2222-4333-8444-555555555555 ro"), disk: .amazonLinux(), .fail,
            counting: .required, says: "is PARTUUID=0fc63daf"),
        BootCase(
            "a number that there is not", .amazonLinux, entry("root=/dev/xvda2 ro"), disk: .amazonLinux(), .fail,
            counting: .required, says: "the root is partition 1"),
        BootCase(
            "the disk in the place of its partition", .amazonLinux, entry("root=/dev/xvda ro"), disk: .amazonLinux(),
            .fail, counting: .required),

        // Logical volumes.
        BootCase(
            "a volume as the mapper has it", .amazonLinux, entry("root=/dev/mapper/root--vg-root ro"), disk: logical,
            .pass, says: "logical volume root-vg/root"),
        BootCase(
            "a volume below its group", .amazonLinux, entry("root=/dev/root-vg/root ro"), disk: logical, .pass),
        BootCase("a volume by its UUID", .amazonLinux, disk: logical, .pass),
        BootCase(
            "a volume that the group has not", .amazonLinux, entry("root=/dev/mapper/root--vg-root2 ro"), disk: logical,
            .fail, counting: .required, says: "the root is logical volume root-vg/root"),
        BootCase(
            "a group that no disk has", .amazonLinux, entry("root=/dev/mapper/rootvg-root ro"), disk: .amazonLinux(),
            .fail, counting: .required, says: "root=/dev/mapper/rootvg-root"),
        BootCase(
            "the volume of /var", .amazonLinux, entry("root=/dev/root-vg/var ro"), disk: logical, .fail,
            counting: .required, says: "logical volume root-vg/var", "mounted at /var"),
        BootCase(
            "a volume with another system", .amazonLinux, entry("root=/dev/root-vg/spare ro"), disk: logical,
            .undetermined, says: "logical volume root-vg/spare"),

        // Names of others.
        BootCase(
            "the EFI system partition", .amazonLinux, entry("root=LABEL=UEFI ro"), disk: .amazonLinux(), .fail,
            counting: .required, says: "partition 128", "mounted at /boot/efi"),
        BootCase(
            "a second system", .amazonLinux, entry("root=UUID=11111111-2222-4333-8444-555555555555 ro"),
            disk: .amazonLinux(more: [other]), .undetermined, says: "partition 2", "another system"),
        BootCase(
            "two of one name", .amazonLinux, disk: .amazonLinux(more: [copy]), .undetermined,
            says: "partition 1 and partition 2"),

        // Subvolumes of btrfs.
        BootCase(
            "the root's subvolume", .amazonLinux, entry("\(BootCase.root) ro rootflags=subvol=root"), disk: .fedora(),
            .pass,
            says: "partition 4", "subvolume root"),
        BootCase(
            "the last rootflags= by number", .amazonLinux,
            entry("\(BootCase.root) ro rootflags=subvol=home rootflags=noatime,subvolid=256"), disk: .fedora(), .pass),
        BootCase(
            "the default subvolume", .amazonLinux, entry("\(BootCase.root) ro"), disk: .fedora(defaultNumber: 256),
            .pass,
            says: "subvolume root"),
        BootCase(
            "a subvolume that is not there", .amazonLinux, entry("\(BootCase.root) ro rootflags=subvol=@"),
            disk: .fedora(), .fail, counting: .required, says: "rootflags=subvol=@", "no subvolume @", "mounts no root"),
        BootCase(
            "a number that is not there", .amazonLinux, entry("\(BootCase.root) ro rootflags=subvolid=300"),
            disk: .fedora(), .fail, counting: .required, says: "no subvolume 300"),
        BootCase(
            "a name and a number that differ", .amazonLinux,
            entry("\(BootCase.root) ro rootflags=subvol=root,subvolid=257"), disk: .fedora(), .fail,
            counting: .required,
            says: "subvolid=257 names another"),
        BootCase(
            "a default that is not there", .amazonLinux, entry("\(BootCase.root) ro"),
            disk: .fedora(defaultNumber: 300),
            .fail, counting: .required, says: "no subvolume 300, which is its default"),
        BootCase(
            "the subvolume of the home directories", .amazonLinux,
            entry("\(BootCase.root) ro rootflags=subvol=home").merging([
                "/etc/fstab": "UUID=9c4e4b1a-0000-4000-8000-000000000001 /home btrfs subvol=home 0 0\n"
            ]) { $1 }, disk: .fedora(), .fail, counting: .required, says: "belongs at /home", "/etc/fstab:1"),
        BootCase(
            "a snapshot", .amazonLinux, entry("\(BootCase.root) ro rootflags=subvol=/snapshots/1"), disk: .fedora(),
            .undetermined, says: "subvolume snapshots/1", "subvolume root"),
        BootCase(
            "no rootflags=, and a default that is not the root", .amazonLinux, entry("\(BootCase.root) ro"),
            disk: .fedora(), .undetermined, says: "the top level", "no subvolume in rootflags="),
        BootCase(
            "subvolumes that cannot be listed", .amazonLinux, entry("\(BootCase.root) ro rootflags=subvol=root"),
            disk: .fedora(subvolumes: .unreadable([], Problem(.malformed, at: .root, "a node expected"))),
            .undetermined,
            says: "a node expected"),

        // What a disk does not decide.
        BootCase(
            "a volume that may lie on another", .amazonLinux, entry("root=/dev/mapper/rootvg-root ro"),
            disk: .amazonLinux(more: [encrypted]), .undetermined, says: "root=/dev/mapper/rootvg-root"),
        BootCase(
            "a UUID that may lie on another", .amazonLinux,
            entry("root=UUID=11111111-2222-4333-8444-555555555555 ro"), disk: .amazonLinux(more: [encrypted]),
            .undetermined),
        BootCase("the network", .amazonLinux, entry("root=/dev/nfs ro"), disk: .amazonLinux(), .undetermined),
        BootCase("a live system", .amazonLinux, entry("root=live:LABEL=x ro"), disk: .amazonLinux(), .undetermined),
        BootCase(
            "no root=, which the initramfs may know", .amazonLinux, entry("ro quiet"), disk: .amazonLinux(),
            .undetermined, says: "has no root="),

        // The kernel's own way to count.
        BootCase(
            "so many partitions on, without initramfs", .amazonLinux,
            BootCase.entry("root=PARTUUID=0fc63daf-0000-4772-8e79-3d69d8477d01/PARTNROFF=127 ro", initrd: nil),
            disk: .amazonLinux(), .fail, says: "partition 128"),
        BootCase(
            "none on", .amazonLinux,
            BootCase.entry("root=PARTUUID=0fc63daf-0000-4772-8e79-3d69d8477d01/PARTNROFF=0 ro", initrd: nil),
            disk: .amazonLinux(), .pass),
        BootCase(
            "the same with an initramfs", .amazonLinux,
            entry("root=PARTUUID=0fc63daf-0000-4772-8e79-3d69d8477d01/PARTNROFF=0 ro"), disk: .amazonLinux(),
            .undetermined),

        // The line of fstab.
        BootCase(
            "a tag in fstab that nobody has, on a root that is mounted read-only first", .amazonLinux,
            fstab("UUID=11111111-2222-4333-8444-555555555555"), disk: .amazonLinux(), .fail, counting: .required,
            says: "/etc/fstab:1", "stays read-only"),
        BootCase(
            "the same on one that is writable before", .amazonLinux,
            fstab("LABEL=root").merging(entry("\(BootCase.root) rw")) { $1 }, disk: .amazonLinux(), .fail,
            counting: .recommended, says: "LABEL=root"),
        BootCase(
            "a number in fstab that there is not", .amazonLinux, fstab("/dev/xvda7"), disk: .amazonLinux(), .fail,
            counting: .recommended, says: "/dev/xvda7"),
        BootCase(
            "another partition in fstab", .amazonLinux, fstab("LABEL=UEFI"), disk: .amazonLinux(), .fail,
            counting: .recommended, says: "partition 128"),
        BootCase("by label in fstab", .amazonLinux, fstab("LABEL=/"), disk: .amazonLinux(), .pass),
        BootCase("an overlay in fstab", .amazonLinux, fstab("overlay"), disk: .amazonLinux(), .pass),
        BootCase("no line in fstab", .amazonLinux, ["/etc/fstab": nil], disk: .amazonLinux(), .pass),
        BootCase(
            "an open root= weighs more than advice", .amazonLinux,
            fstab("/dev/xvda7").merging(entry("root=/dev/mapper/a ro")) { $1 }, disk: .amazonLinux(), .undetermined),
    ]

    @Test(arguments: cases) func `the disk decides`(row: BootCase) throws { try row.check(.rootDevice) }
}
