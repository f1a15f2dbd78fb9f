/// Which EFI programs a disk has, on real FAT file systems.

import TestSupport
import Testing

@testable import ImageReading

@Suite(
    .enabled(
        if: Workshop.hasDiskTools && Workshop.has("mkfs.vfat", "mmd", "mcopy"),
        "e2fsprogs, fdisk, dosfstools and mtools are not installed"))
struct EFIProgramsOfDiskTests {
    /// A root, and a FAT with a file of 4 MiB before the loader.
    static let partitions = [
        DiskRootsTests.system("a", root: "LABEL=a", options: "-L a"),
        MadePartition(
            files: "",
            damage: """
                rm part; mkfs.vfat -C part 8192 >/dev/null; mmd -i part ::/EFI ::/EFI/BOOT
                truncate -s 4M filler; mcopy -i part filler ::/filler
                yes loader | head -c 9000 >loader || true; mcopy -i part loader ::/EFI/BOOT/BOOTX64.EFI
                """),
    ]

    private func programs(_ workshop: Workshop, of disk: String) throws -> Observation<EFIPrograms> {
        let volumes = try openImage(at: disk).load([]).disk?.volumes ?? []
        try #require(volumes.map(\.format) == ["ext4", "vfat"])
        return volumes[1].programs
    }

    @Test func whatIsNoProgramIsRefusedByFirmware() throws {
        let workshop = try Workshop()
        let found = try programs(workshop, of: workshop.makeDisk(Self.partitions)).value?.removable
        #expect(found?.map(\.path) == ["/EFI/BOOT/BOOTX64.EFI"])
        #expect(found?.first?.problem?.contains("MZ") == true)
    }

    /// mtools write on no FAT32 of few clusters: it is made of a large one, cut.
    @Test func firmwareReadsNoSmallFAT32() throws {
        let small = MadePartition(
            files: "",
            damage: """
                rm part; mkfs.vfat -F 32 -s 1 -C part 40960 >/dev/null; mmd -i part ::/EFI ::/EFI/BOOT
                yes loader | head -c 9000 >loader || true; mcopy -i part loader ::/EFI/BOOT/BOOTX64.EFI
                truncate -s 8M part; printf '\\0\\100\\0\\0' | dd of=part bs=1 seek=32 conv=notrunc status=none
                """)
        let workshop = try Workshop()
        let found = try programs(workshop, of: workshop.makeDisk([Self.partitions[0], small])).value
        #expect(found?.removable.map(\.path) == ["/EFI/BOOT/BOOTX64.EFI"])
        #expect(found?.removable.first?.problem?.contains("65525 clusters expected by firmware") == true)
    }

    @Test func aProgramBehindTheEndOfACopyIsUnreadableAndNotRefused() throws {
        let workshop = try Workshop()
        let disk = try workshop.makeDisk(Self.partitions)
        // The second partition begins at 9 MiB.
        try workshop.run("truncate -s 12M disk.raw")
        guard case .unreadable(_, let problem) = try programs(workshop, of: disk) else {
            Issue.record("unreadable expected")
            return
        }
        #expect(problem.path == "/EFI/BOOT/BOOTX64.EFI" && problem.reason.contains("the disk ends at byte"))
    }
}
