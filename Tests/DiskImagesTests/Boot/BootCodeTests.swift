/// GRUB's own images where a BIOS looks for them, and each part of them gone.

import ByteParsing
import Foundation
import TestSupport
import Testing

@testable import DiskImages

@Suite struct BootCodeTests {
    private static let core = 34
    private static let partitions = [
        Partition(
            number: 127, start: 34 * 512, size: 400 * 512, purpose: .biosBoot, uuid: nil, name: nil, type: "",
            isActive: false)
    ]

    /// A disk with boot.img and a core.img of Debian's GRUB at sector 34, and how long the core is.
    private static func grub() throws -> (disk: MemoryDisk, coreSize: Int) {
        let workshop = try Workshop()
        try workshop.run("grub-mkimage -O i386-pc -p '(hd0,gpt1)/boot/grub' -o core.img biosdisk part_gpt ext2")
        var core = try workshop.bytes("core.img")
        var boot = [UInt8](try Data(contentsOf: URL(filePath: "/usr/lib/grub/i386-pc/boot.img")))
        put(UInt64(Self.core), in: &boot, at: 0x5C)
        put(UInt64(Self.core + 1), in: &core, at: 500)
        boot.replaceSubrange(440..<510, with: [UInt8](repeating: 0, count: 70))
        let disk = MemoryDisk([UInt8](repeating: 0, count: 1 << 20))
        disk.bytes.replaceSubrange(0..<512, with: boot)
        disk.bytes.replaceSubrange(Self.core * 512..<Self.core * 512 + core.count, with: core)
        return (disk, core.count)
    }

    private static func put(_ value: UInt64, in bytes: inout [UInt8], at place: Int) {
        for index in 0..<8 { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }

    private static func isBroken(_ code: BootCode, _ reason: String) -> Bool {
        if case .broken(loader: "GRUB 2", let found) = code { found.contains(reason) } else { false }
    }

    private static let hasGRUB =
        Workshop.has("grub-mkimage") && FileManager.default.fileExists(atPath: "/usr/lib/grub/i386-pc/boot.img")

    @Test(.enabled(if: hasGRUB, "grub-common and grub-pc-bin are not installed"))
    func `GRUB's boot.img leads to its core.img`() throws {
        let disk = try Self.grub().disk
        let place = "core.img at sector 34 (partition 127)"
        #expect(BootCode.read(disk, Self.partitions) == .leads(loader: "GRUB 2", place: place))
        let other = place.replacing("partition 127", with: "in no partition")
        #expect(BootCode.read(disk, []) == .leads(loader: "GRUB 2", place: other))
    }

    @Test(.enabled(if: hasGRUB, "grub-common and grub-pc-bin are not installed"))
    func `each part of GRUB gone is said`() throws {
        let (disk, coreSize) = try Self.grub()
        let whole = disk.bytes
        func code(without range: Range<Int>) -> BootCode {
            disk.bytes = whole
            disk.bytes.replaceSubrange(range, with: [UInt8](repeating: 0, count: range.count))
            return BootCode.read(disk, Self.partitions)
        }
        let core = Self.core * 512
        #expect(code(without: 0..<440) == .missing)
        #expect(code(without: 510..<512) == .missing)
        #expect(Self.isBroken(code(without: core..<core + coreSize), "zeros in the place of its core.img"))
        #expect(Self.isBroken(code(without: core + 512..<core + coreSize), "are zeros"))
        #expect(Self.isBroken(code(without: core + 512..<core + 1024), "are zeros"))
        #expect(Self.isBroken(code(without: core + coreSize - 2048..<core + coreSize), "are zeros"))
        #expect(Self.isBroken(code(without: core + 500..<core + 512), "no core.img begins there"))
        #expect(code(without: core + coreSize + 512..<whole.count) == BootCode.read(MemoryDisk(whole), Self.partitions))
        // Laid elsewhere: what boot.img names is another sector.
        disk.bytes = whole
        Self.put(35, in: &disk.bytes, at: 0x5C)
        #expect(Self.isBroken(BootCode.read(disk, Self.partitions), "no core.img begins there"))
        Self.put(1 << 40, in: &disk.bytes, at: 0x5C)
        #expect(Self.isBroken(BootCode.read(disk, Self.partitions), "behind the end"))
        // A copy that was cut says nothing of the disk, unless the disk ends there by its table too.
        disk.bytes = Array(whole[..<(core + 4096)])
        #expect(Self.isBroken(BootCode.read(disk, []), "behind the end"))
        guard case .unreadable(let reason) = BootCode.read(disk, Self.partitions) else {
            Issue.record("boot code of a copy that was cut is not known")
            return
        }
        #expect(reason.contains("ends at byte \(core + 4096)"))
        // Reed-Solomon codes make up for half as many bytes as they are, but for the code that reads them.
        disk.bytes = whole
        disk.bytes.replaceSubrange(core + 512 + 0x10..<core + 512 + 0x14, with: [0, 16, 0, 0])
        let last = core + coreSize - 2048
        disk.bytes.replaceSubrange(last..<last + 1024, with: [UInt8](repeating: 0, count: 1024))
        guard case .leads = BootCode.read(disk, Self.partitions) else {
            Issue.record("a core that is put right expected")
            return
        }
    }

    @Test(.enabled(if: hasGRUB, "grub-common and grub-pc-bin are not installed"))
    func `flipped bits and cut disks give an answer`() throws {
        let disk = try Self.grub().disk
        let whole = disk.bytes
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            disk.bytes = whole
            let place =
                Bool.random(using: &random)
                ? Int.random(in: 0..<512, using: &random) : 34 * 512 + 490 + Int.random(in: 0..<60, using: &random)
            disk.bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            _ = BootCode.read(disk, Self.partitions)
        }
        for size in 0..<600 {
            disk.bytes = Array(whole.prefix(size))
            #expect(BootCode.read(disk, []) == .missing || size >= 512)
        }
    }

    private static func sector(_ text: String, at place: Int) -> [UInt8] {
        var sector = [UInt8](repeating: 0, count: 512)
        sector.replaceSubrange(0..<3, with: [0xFA, 0x31, 0xC0])
        sector.replaceSubrange(place..<place + text.utf8.count, with: Array(text.utf8))
        sector.replaceSubrange(510..<512, with: [0x55, 0xAA])
        return sector
    }

    private static func active(_ isActive: Bool) -> [Partition] {
        [
            Partition(
                number: 1, start: 2048, size: 4096, purpose: .other, uuid: nil, name: nil, type: "83",
                isActive: isActive)
        ]
    }

    @Test func `SYSLINUX's record starts the partition that is marked`() {
        let disk = MemoryDisk(
            Self.sector("Missing operating system.\r\n", at: 300) + [UInt8](repeating: 0, count: 8192))
        disk.bytes.replaceSubrange(2048..<2560, with: Self.sector("EXTLINUX", at: 3))
        #expect(BootCode.read(disk, Self.active(true)) == .leads(loader: "EXTLINUX", place: "partition 1"))
        guard case .broken(_, let none) = BootCode.read(disk, Self.active(false)) else {
            Issue.record("a failure expected without an active partition")
            return
        }
        #expect(none.contains("none is"))
        disk.bytes.replaceSubrange(2048..<2560, with: [UInt8](repeating: 0, count: 512))
        guard case .broken(_, let empty) = BootCode.read(disk, Self.active(true)) else {
            Issue.record("a failure expected with an empty partition")
            return
        }
        #expect(empty.contains("holds no code"))
    }

    @Test func `other code is not taken for a boot loader`() {
        #expect(BootCode.read(MemoryDisk(Self.sector("hello", at: 100)), []) == .unknown)
        #expect(BootCode.read(MemoryDisk([UInt8](repeating: 0, count: 4096)), []) == .missing)
        #expect(
            BootCode.read(MemoryDisk(Self.sector("SYSLINUX", at: 3)), [])
                == .leads(loader: "SYSLINUX", place: "the first sector"))
    }

    /// GRUB legacy's stage1, by its fields: version 3 at 0x3E, address 0x8000 and sector 1.
    @Test func `GRUB legacy leads to its next stage`() {
        var first = Self.sector("GRUB ", at: 0x180)
        first[0] = 0xEB
        first.replaceSubrange(0x3E..<0x4A, with: [3, 2, 0xFF, 0, 0, 0x80, 1, 0, 0, 0, 0, 8])
        var next = [UInt8](repeating: 0x90, count: 512)
        next.replaceSubrange(496..<512, with: [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0x20, 8])
        let disk = MemoryDisk(first + next + [UInt8](repeating: 0x90, count: 1024))
        #expect(
            BootCode.read(disk, [])
                == .leads(loader: "GRUB legacy", place: "its next stage at sector 1 (in no partition)"))
        disk.bytes.replaceSubrange(512..<1024, with: [UInt8](repeating: 0, count: 512))
        guard case .broken(loader: "GRUB legacy", _) = BootCode.read(disk, []) else {
            Issue.record("a failure expected without the next stage")
            return
        }
    }
}
