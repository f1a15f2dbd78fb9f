/// Disks with the file system of Windows on them, and others without a root.

import Foundation
import TestSupport
import Testing

@testable import ImageReading

@Suite(.enabled(if: Workshop.hasDiskTools, "e2fsprogs and fdisk are not installed"))
struct WindowsDiskTests {
    private static let basicData = ", type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
    private static let reserved = MadePartition(
        files: "", fields: ", type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE", damage: "head -c 1M /dev/zero >part")

    /// The boot sector of NTFS, by which it is known.
    private static func ntfs(size: Int = 8) -> MadePartition {
        MadePartition(
            files: "", fields: basicData,
            damage: """
                rm part; truncate -s \(size)M part; printf 'NTFS    ' | dd of=part bs=1 seek=3 conv=notrunc status=none
                printf '\\125\\252' | dd of=part bs=1 seek=510 conv=notrunc status=none
                """, size: size)
    }
    private static let luks = MadePartition(
        files: "", damage: "printf 'LUKS\\272\\276' | dd of=part conv=notrunc status=none")

    @Test func `a disk with NTFS and no Linux root is read as the one of Windows`() throws {
        let workshop = try Workshop()
        let disks = [[Self.reserved, Self.ntfs(size: 2), Self.ntfs(), DiskRootsTests.data], [Self.ntfs()]]
        for (index, partitions) in disks.enumerated() {
            let root = try openImage(at: workshop.makeDisk(partitions, named: "\(index).raw")).load([])
            let name = index == 0 ? "partition 3" : "partition 1"
            #expect(root.image.disk?.volume == name && root.image.disk?.fileSystem == "ntfs")
            #expect(root.disk?.root?.name == name)
            for path in ["/etc/os-release", "/Windows/System32"] as [ImagePath] {
                let problem = root[.contents(path)].problem
                #expect(problem?.code == .unsupported && problem?.reason.contains("\(name) is NTFS") == true)
            }
        }
    }

    @Test(.enabled(if: Workshop.has("mkntfs"), "ntfs-3g is not installed"))
    func `one that is NTFS as a whole, by its own tool`() throws {
        let workshop = try Workshop()
        try workshop.run("truncate -s 8M disk; mkntfs -q -F -f disk >/dev/null")
        let root = try openImage(at: workshop.path + "/disk").load([])
        #expect(root.image.disk?.volume == "the whole disk" && root.image.disk?.fileSystem == "ntfs")
    }

    @Test func `a Linux root beside NTFS is the root`() throws {
        let workshop = try Workshop()
        let disk = try workshop.makeDisk([Self.ntfs(), DiskRootsTests.system("a")])
        #expect(short(try openImage(at: disk).load([])[.contents("/etc/name")]) == "a\n")
    }

    @Test func `where a Linux root may be, nothing is said of Windows, and how the disk is divided is shown`() throws {
        let workshop = try Workshop()
        let disk = try workshop.makeDisk([Self.ntfs(), Self.luks])
        let error = #expect(throws: ImageError.self) { try openImage(at: disk).load([]) }
        #expect(error?.code == .diskImage && error?.reason.contains("LUKS") == true)
        #expect(error?.disk?.layout.volumes.map(\.format) == ["ntfs", "LUKS encrypted volume"])
        let root = try #require(error?.disk?.root)
        #expect(root.disk?.root == nil && root.image.disk == nil)
        #expect(root[.contents("/etc/os-release")].problem?.reason == error?.reason)
        // Nor where the table has a partition of Linux with what nobody here knows.
        let unknown = MadePartition(files: "", damage: "printf F2FS | dd of=part bs=1M count=8 conv=sync status=none")
        let other = #expect(throws: ImageError.self) {
            try openImage(at: workshop.makeDisk([Self.ntfs(), unknown], named: "unknown.raw")).load([])
        }
        #expect(other?.code == .noRoot && other?.reason.contains("no file system that is known") == true)
        let none = #expect(throws: ImageError.self) {
            try openImage(at: workshop.makeDisk([DiskRootsTests.data], named: "data.raw")).load([])
        }
        #expect(none?.code == .noRoot && none?.disk?.layout.volumes.map(\.label) == ["data"])
    }
}
