/// The names of volumes, as fstab and root= write them.

import TestSupport
import Testing

@testable import ImageReading

struct VolumeNamesTests {
    private static let root = DiskLayout.Volume(
        number: 1, type: "0fc63daf-8483-4772-8e79-3d69d8477de4", partitionUUID: "00000005-a111-4b22-8c33-d44455566677",
        partitionLabel: "Linux", format: "xfs", uuid: "00000001-a111-4b22-8c33-d44455566677", label: "/")
    private static let efi = DiskLayout.Volume(number: 128, format: "vfat", uuid: "7B77-1234", label: "UEFI")
    private static let bios = DiskLayout.Volume(
        number: 127, type: "21686148-6449-6e6f-744e-656564454649", format: nil)
    private static let encrypted = DiskLayout.Volume(number: 3, type: "83", format: "LUKS encrypted volume")
    private static let physical = DiskLayout.Volume(number: 3, type: "8e", format: "LVM physical volume")
    private static let logical = DiskLayout.Volume(
        number: nil, logicalVolume: DiskLayout.LogicalVolume(group: "my-vg", name: "root-a", uuid: "ggll"),
        format: "xfs",
        uuid: "00000007-a111-4b22-8c33-d44455566677")

    private static func answer(_ device: String, _ volumes: [DiskLayout.Volume] = [root, efi, bios])
        -> DiskLayout.Answer
    {
        DiskLayout(partitionTable: "gpt", volumes: volumes, bootCode: .missing).answer(to: device)
    }

    @Test(arguments: [
        "UUID=00000001-a111-4b22-8c33-d44455566677", "UUID=00000001-A111-4B22-8C33-D44455566677",
        "UUID=\"00000001-a111-4b22-8c33-d44455566677\"", "/dev/disk/by-uuid/00000001-a111-4b22-8c33-d44455566677",
        "LABEL=/", "PARTUUID=00000005-A111-4b22-8c33-d44455566677", "PARTLABEL=Linux", "/dev/xvda1", "/dev/sda1",
        "/dev/vda1", "/dev/nvme0n1p1",
    ]) func `every name of the root leads to it`(device: String) {
        #expect(Self.answer(device) == .volumes([Self.root]))
    }

    @Test(arguments: ["UUID=7B77-1234", "UUID=7b77-1234", "UUID=7B771234", "LABEL=UEFI", "/dev/nvme0n1p128"])
    func `the serial number of FAT counts with its dash and without`(device: String) {
        #expect(Self.answer(device) == .volumes([Self.efi]))
    }

    @Test(arguments: [
        "UUID=00000009-a111-4b22-8c33-d44455566677", "LABEL=linux", "LABEL=", "PARTLABEL=linux", "PARTUUID=00000005",
        "/dev/xvda2", "/dev/xvda", "/dev/nvme0n1", "/dev/nvme0n1p2",
    ]) func `names of no volume lead nowhere`(device: String) {
        #expect(Self.answer(device) == .missing)
    }

    @Test(arguments: [
        "/dev/mapper/root", "/dev/mapper/vg-root-real", "/dev/disk/by-path/x", "/dev/md/root", "/dev/xvdf1",
        "/dev/nvme1n1", "/dev/nvme0n2p1", "/dev/md0", "/dev/root",
        "/dev/disk/by-id/nvme-x", "8:1", "overlay", "tmpfs", "", "/dev/", "/dev/sd", "/dev/sdaa1",
        "/dev/sda99999999999999999999",
    ]) func `what a disk does not decide is left open`(device: String) {
        #expect(Self.answer(device) == .unknown)
    }

    @Test func `volumes that may lie on others are not called missing`() {
        let volumes = [Self.root, Self.encrypted]
        #expect(Self.answer("UUID=00000009-a111-4b22-8c33-d44455566677", volumes) == .unknown)
        #expect(Self.answer("LABEL=data", volumes) == .unknown)
        #expect(Self.answer("PARTUUID=00000009-a111-4b22-8c33-d44455566677", volumes) == .missing)
        #expect(Self.answer("/dev/vg/root", volumes) == .unknown)
        #expect(Self.answer("LABEL=data", [Self.root, Self.physical]) == .missing)
        let unread = DiskLayout.Volume(number: 2, format: nil, problem: "it lies over partition 1")
        #expect(Self.answer("LABEL=data", [Self.root, unread]) == .unknown)
    }

    @Test func `copies answer to one name, and a disk without partitions is its first`() {
        var copy = Self.root
        copy.mountPoint = .root
        #expect(Self.answer("LABEL=/", [Self.root, copy]) == .volumes([Self.root, copy]))
        let whole = DiskLayout.Volume(number: nil, format: "ext4", label: "/")
        #expect(Self.answer("/dev/sda1", [whole]) == .volumes([whole]))
        #expect(Self.answer("/dev/xvda", [whole]) == .volumes([whole]))
        #expect(Self.answer("/dev/xvda2", [whole]) == .missing)
    }

    @Test(arguments: [
        "/dev/my-vg/root-a", "/dev/mapper/my--vg-root--a", "/dev/disk/by-id/dm-name-my--vg-root--a",
        "/dev/disk/by-id/dm-uuid-LVM-ggll", "UUID=00000007-a111-4b22-8c33-d44455566677",
    ]) func `every name of a logical volume leads to it`(device: String) {
        #expect(Self.answer(device, [Self.root, Self.physical, Self.logical]) == .volumes([Self.logical]))
    }

    @Test(arguments: [
        "/dev/my/vg-root-a", "/dev/mapper/my-vg", "/dev/my-vg/root", "/dev/mapper/vg-root", "/dev/vg/root",
        "/dev/disk/by-id/dm-uuid-LVM-gg", "/dev/sda2",
    ]) func `names of no logical volume lead nowhere`(device: String) {
        #expect(Self.answer(device, [Self.root, Self.physical, Self.logical]) == .missing)
    }

    @Test func `a logical volume of which a part is missing does not come`() {
        let volume = DiskLayout.Volume(
            number: nil, logicalVolume: DiskLayout.LogicalVolume(group: "vg", name: "var", lacking: ["x"]), format: nil,
            problem: "x")
        #expect(Self.answer("/dev/vg/var", [Self.root, volume]) == .missing)
        // Its file system may be called anything.
        #expect(Self.answer("LABEL=var", [Self.root, volume]) == .unknown)
        #expect(Self.answer("/dev/vg/other", [Self.root, volume]) == .missing)
    }

    @Test func `names tell where each volume is`() {
        let names = DiskLayout.LogicalVolume(group: "vg", name: "root", groupUUID: "abc")
        #expect(
            DiskLayout.Volume(number: nil, logicalVolume: names, format: nil).name.contains("vg/root (of the group"))
        #expect(Self.logical.name == "logical volume my-vg/root-a" && Self.root.name == "partition 1")
    }
}
