/// Roots and mounts on logical volumes.

import Foundation
import TestSupport
import Testing

@testable import ImageReading

@Suite(.enabled(if: Workshop.hasDiskTools, "e2fsprogs and fdisk are not installed"))
struct LogicalVolumesTests {
    private static let size = 4 << 20
    private static let extents = size / MadeVolumeGroup.extentSize

    /// Files `pv0`, `pv1` and so on: physical volumes of one group, with an ext4 on each of these volumes, of which the
    /// first lies in two segments with the second between them. The rest begins on the second disk.
    private static func makeGroup(
        _ workshop: Workshop, _ volumes: [(name: String, files: String, options: String)], named name: String = "my-vg",
        prefix: String = "pv", change: (inout MadeVolumeGroup) -> Void = { _ in }
    ) throws {
        var contents: [[UInt8]] = []
        for volume in volumes {
            try workshop.run(
                """
                put() { mkdir -p "$(dirname "$1")"; printf '%s\\n' "$2" >"$1"; }
                rm -rf files part; mkdir files; cd files
                \(volume.files)
                cd ..; mke2fs -q -F -t ext4 -b 1024 \(volume.options) -d files part \(size >> 20)M
                """)
            contents.append(try workshop.bytes("part"))
        }
        let uuids = ["0", "1"].map { String(repeating: $0, count: 31) + (prefix.first.map(String.init) ?? "") }
        var group = MadeVolumeGroup(physical: [
            ("pv0", uuids[0], 2 * extents, ""), ("pv1", uuids[1], 2 * extents, ""),
        ])
        group.name = name
        group.uuid = String(repeating: prefix.last.map(String.init) ?? "", count: 32)
        let half = extents / 2
        group.add(volumes[0].name, [(half, linear("pv0", 0)), (half, linear("pv0", extents + half))])
        var disks = [Array(contents[0].prefix(size / 2)), []]
        if volumes.count > 1 {
            group.add(volumes[1].name, [(extents, linear("pv0", half))])
            disks[0] += contents[1]
        } else {
            disks[0] += [UInt8](repeating: 0, count: size)
        }
        disks[0] += contents[0].suffix(size / 2)
        for (index, volume) in volumes.enumerated().dropFirst(2) {
            group.add(volume.name, [(extents, linear("pv1", (index - 2) * extents))])
            disks[1] += contents[index]
        }
        change(&group)
        for (index, disk) in disks.enumerated() {
            let volume = MadePhysicalVolume(uuid: uuids[index], text: group.text, data: disk)
            try Data(volume.bytes).write(to: URL(filePath: workshop.path + "/\(prefix)\(index)"))
        }
    }

    /// A partition that is the physical volume in this file.
    private static func partition(_ file: String) -> MadePartition {
        MadePartition(files: "", damage: "cat \(file) >part", size: 16)
    }

    private static func root(_ fstab: String) -> (name: String, files: String, options: String) {
        (
            "root-a",
            "put etc/name root; put etc/os-release ID=x; mkdir boot var srv; cat >etc/fstab <<'E'\n\(fstab)\nE",
            "-L root"
        )
    }
    private static let variable = (name: "var", files: "put name var", options: "-L var")
    private static let data = (name: "data", files: "put name data", options: "-L data")
    private static let boot = MadePartition(files: "put name boot", options: "-L boot")

    @Test(arguments: [
        "/dev/mapper/my--vg-root--a", "/dev/my-vg/root-a", "LABEL=root",
        "/dev/disk/by-id/dm-uuid-LVM-\(String(repeating: "v", count: 32))\(String(repeating: "l", count: 31))0",
    ]) func `a root in two segments with /var beside it and /boot on a partition`(device: String) throws {
        let workshop = try Workshop()
        let fstab =
            "\(device) / ext4\n/dev/my-vg/var /var ext4\nLABEL=boot /boot ext4\n/dev/mapper/my--vg-data /srv ext4"
        try Self.makeGroup(workshop, [Self.root(fstab), Self.variable, Self.data])
        let disk = try workshop.makeDisk([Self.boot, Self.partition("pv0"), Self.partition("pv1")])
        let root = try openImage(at: disk).load([])
        #expect(short(root[.contents("/etc/name")]) == "root\n" && short(root[.contents("/var/name")]) == "var\n")
        #expect(short(root[.contents("/boot/name")]) == "boot\n" && short(root[.contents("/srv/name")]) == "data\n")
        #expect(root.image.disk?.volume == "logical volume my-vg/root-a")
        #expect(
            root.image.disk?.mounts.map(\.volume) == [
                "logical volume my-vg/var", "partition 1", "logical volume my-vg/data",
            ])
        #expect(root.image.remarks == [])
        #expect(root.disk?.root?.logicalVolume?.path == "my-vg/root-a")
        #expect(
            root.disk?.volumes.map(\.format) == [
                "ext4", "LVM physical volume", "LVM physical volume", "ext4", "ext4", "ext4",
            ])
        #expect(root.disk?.answer(to: device) == root.disk?.root.map { .volumes([$0]) })
    }

    @Test func `physical volumes that are whole disks, on several of them`() throws {
        let workshop = try Workshop()
        try Self.makeGroup(
            workshop, [Self.root("LABEL=root / ext4\n/dev/my-vg/data /srv ext4"), Self.variable, Self.data])
        let (first, second) = (workshop.path + "/pv0", workshop.path + "/pv1")
        for (image, other) in [(first, second), (second, first)] {
            let root = try openImage(at: image, choice: DiskChoice(disks: [other])).load([])
            #expect(short(root[.contents("/etc/name")]) == "root\n" && short(root[.contents("/srv/name")]) == "data\n")
            #expect(root.image.remarks == [] && root.image.disk?.partitionTable == nil)
        }
        let alone = try openImage(at: first).load([])
        #expect(short(alone[.contents("/etc/name")]) == "root\n")
        #expect(alone[.contents("/srv/name")].problem?.code == .notExported)
        #expect(alone.image.remarks.count == 2, "\(alone.image.remarks)")
        #expect(alone.image.remarks.first?.contains("--disk FILE") == true)
        #expect(alone.image.remarks.last?.contains("/srv: logical volume my-vg/data") == true)
        let error = #expect(throws: ImageError.self) { try openImage(at: second).load([]) }
        #expect(error?.code == .diskImage && error?.reason.contains("which is on no disk that was given") == true)
    }

    @Test(arguments: ["my-vg/spare", "/dev/my-vg/spare", "/dev/mapper/my--vg-spare", "spare-label"])
    func `a volume is chosen by its name`(choice: String) throws {
        let workshop = try Workshop()
        let spare = (name: "spare", files: "put etc/name spare; put etc/os-release ID=y", options: "-L spare-label")
        try Self.makeGroup(workshop, [Self.root("/dev/xvda9 / ext4"), spare])
        let disk = try workshop.makeDisk([Self.partition("pv0")])
        let refused = #expect(throws: ImageError.self) { try openImage(at: disk).load([]) }
        #expect(refused?.reason.contains("logical volume my-vg/root-a (ext4, label root)") == true)
        #expect(refused?.reason.contains("--partition VG/LV") == true)
        let root = try openImage(at: disk, choice: DiskChoice(partition: choice)).load([])
        #expect(short(root[.contents("/etc/name")]) == "spare\n")
    }

    @Test func `what boots decides between volumes`() throws {
        let workshop = try Workshop()
        let spare = (name: "spare", files: "put etc/name spare; put etc/os-release ID=y", options: "-L spare")
        try Self.makeGroup(workshop, [Self.root("/dev/xvda9 / ext4"), spare])
        var choice = DiskChoice()
        choice.bootedRoot = { _ in BootedRoot(device: "/dev/mapper/my--vg-spare") }
        let root = try openImage(at: workshop.makeDisk([Self.partition("pv0")]), choice: choice).load([])
        #expect(short(root[.contents("/etc/name")]) == "spare\n")
    }

    @Test func `two groups of one name are not confused`() throws {
        let workshop = try Workshop()
        try Self.makeGroup(workshop, [Self.root("LABEL=root / ext4\n/dev/my-vg/var /var ext4"), Self.variable])
        try Self.makeGroup(workshop, [Self.variable], prefix: "other") { $0.logical[0].name = "var" }
        let root = try openImage(
            at: workshop.makeDisk([Self.partition("pv0"), Self.partition("pv1"), Self.partition("other0")])
        ).load([])
        #expect(short(root[.contents("/etc/name")]) == "root\n")
        #expect(root[.contents("/var/name")].problem?.code == .undecided)
        #expect(
            root.image.remarks.contains { $0.hasPrefix("/var: /dev/my-vg/var") && $0.contains("of the group with") })
    }

    @Test func `a volume that is not read is named, and what it may be is open`() throws {
        let workshop = try Workshop()
        try Self.makeGroup(
            workshop, [Self.root("LABEL=root / ext4\n/dev/my-vg/thin /var ext4\nLABEL=x /srv ext4"), Self.variable]
        ) { $0.add("thin", [(4, "type = \"thin\"\nthin_pool = \"pool\"")]) }
        let root = try openImage(at: workshop.makeDisk([Self.partition("pv0"), Self.partition("pv1")])).load([])
        #expect(short(root[.contents("/etc/name")]) == "root\n")
        for place in ["/var/x", "/srv/x"] as [ImagePath] {
            #expect(root[.contents(place)].problem?.code == .unsupported)
        }
        #expect(root.image.remarks.count == 2 && root.image.remarks.allSatisfy { $0.contains("thin found") })
        #expect(root.disk?.answer(to: "LABEL=x") == .unknown)
    }
}
