/// FAT of each width as mkfs.vfat and mtools make it.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("mkfs.vfat", "mcopy", "mmd"), "dosfstools and mtools are not installed"))
struct FATFileSystemTests {
    /// The width that is asked for and the size in MiB.
    static let sizes = [(12, 4), (16, 20), (32, 64)]

    static func make(_ workshop: Workshop, _ width: Int, _ size: Int) throws {
        try workshop.run(
            """
            mkdir -p content/EFI/BOOT "content/EFI/a long name of a folder" content/many
            yes loader | head -c 300000 >content/EFI/BOOT/BOOTX64.EFI || true
            echo x >"content/EFI/a long name of a folder/Mixed Case And Long.cfg"
            echo y >content/lower.txt; : >content/EMPTY; echo ä >content/EFI/größe.txt
            for i in $(seq 150); do echo $i >"content/many/loader entry number $i.conf"; done
            truncate -s \(size)M image; mkfs.vfat -F \(width) -n UEFI -i 7B771234 image
            export LC_ALL=C.UTF-8; mcopy -s -i image content/* ::/
            """)
    }

    @Test(arguments: sizes) func everyFileIsAsItWasPutThere(_ width: Int, _ size: Int) throws {
        let workshop = try Workshop()
        try Self.make(workshop, width, size)
        let disk = try MemoryDisk(workshop.bytes("image"))
        #expect(differences(try listing(of: FATFileSystem(disk)), try workshop.listing(ofDirectory: "content")).isEmpty)
        let signature = try VolumeSignature.read(disk)
        #expect(signature?.format == .vfat && signature?.uuid == "7B77-1234" && signature?.label == "UEFI")
    }

    @Test func namesAreTheSameWhateverTheirCase() throws {
        let workshop = try Workshop()
        try Self.make(workshop, 16, 20)
        let fat = try FATFileSystem(MemoryDisk(workshop.bytes("image")))
        let folder = try #require(try fat.node(named: FileName("efi"), in: fat.root))
        let boot = try #require(try fat.node(named: FileName("Boot"), in: folder))
        #expect(try fat.node(named: FileName("bootx64.efi"), in: boot).map(fat.status)?.size == 300_000)
        #expect(try fat.node(named: FileName("bootx64"), in: boot) == nil)
    }

    @Test(arguments: sizes) func flippedBitsGiveAnAnswerOrAnError(_ width: Int, _ size: Int) throws {
        let workshop = try Workshop()
        try Self.make(workshop, width, size)
        try flipBits(of: MemoryDisk(workshop.bytes("image")), times: 150) { try FATFileSystem($0) }
    }
}
