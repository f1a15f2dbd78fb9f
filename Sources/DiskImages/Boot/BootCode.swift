/// What a BIOS starts from a disk: the code in its first sector, and what that code loads.
///
/// GRUB 2 (grub-core/boot/i386/pc/boot.S and diskboot.S, include/grub/i386/pc/boot.h, include/grub/offsets.h):
///
///     first sector    0x5A u16 0x8000   0x5C u64 sector of core.img   0x64 u8 drive, 0xFF for the one booted from
///     core.img, sector 0    ends in a list from its end towards its beginning: u64 sector, u16 count, u16 segment
///     what the list names   0x00 EA (far jump)   0x08 u32 compressed size   0x10 u32 bytes of Reed-Solomon codes
///
/// GRUB legacy (stage1/stage1.h, stage2/start.S): 0x3E u8 3, 0x42 u16 0x8000, 0x44 u32 sector, 0x48 u16 0x800; its lists
/// have u32 sectors.

import ByteParsing

/// The boot code of a disk, and whether it leads to a boot loader.
public enum BootCode: Hashable, Sendable, Codable {
    /// No code: zeros, or no 55 AA at the end of the sector, without which a BIOS passes the disk over.
    case missing
    /// Code that leads to a whole boot loader: `GRUB 2`, and `core.img at sector 22528 (partition 127)`.
    case leads(loader: String, place: String)
    /// Code of a boot loader, and why what it loads is not there.
    case broken(loader: String, reason: String)
    /// Code that nobody here knows: where it leads is not known either.
    case unknown
    /// It could not be read.
    case unreadable(reason: String)

    /// The code of `disk`, which is divided into `partitions`.
    package static func read(_ disk: some BlockSource, _ partitions: [Partition]) -> BootCode {
        do throws(FormatError) {
            return try FirstSector(disk, at: 0)?.bootCode(disk, partitions) ?? .missing
        } catch {
            return .unreadable(reason: error.reason)
        }
    }
}

/// The first sector of a disk or of a partition, where it holds code.
private struct FirstSector {
    private let sector: FieldReader

    /// Nil where no BIOS starts it.
    init?(_ disk: some BlockSource, at place: Int) throws(FormatError) {
        guard place >= 0, place <= disk.size - 512 else { return nil }
        sector = try disk.record(at: place, count: 512, bigEndian: false)
        guard try sector.uint16(at: 510) == 0xAA55 else { return nil }
        // The disk's number and its partitions follow.
        guard try sector.slice(at: 0, count: 440).contains(where: { $0 != 0 }) else { return nil }
    }

    func bootCode(_ disk: some BlockSource, _ partitions: [Partition]) throws(FormatError) -> BootCode {
        if try isGRUB2 {
            return try core(disk, at: sector.uint64(at: 0x5C), .second, partitions)
        }
        if try isGRUBLegacy {
            return try core(disk, at: UInt64(sector.uint32(at: 0x44)), .legacy, partitions)
        }
        if let name = try nameOfSyslinux { return .leads(loader: name, place: "the first sector") }
        guard let name = try startsActivePartition else { return .unknown }
        // The same as syslinux' mbr.bin and gptmbr.bin do: the partition that is marked, its first sector.
        let active = partitions.filter(\.isActive)
        guard active.count == 1 else {
            return .broken(
                loader: name,
                reason: "it starts the partition marked active, and \(active.isEmpty ? "none" : "more than one") is")
        }
        guard let boot = try FirstSector(disk, at: active[0].start) else {
            return .broken(
                loader: name, reason: "it starts partition \(active[0].number), whose first sector holds no code")
        }
        let place = "partition \(active[0].number)"
        if let name = try boot.nameOfSyslinux { return .leads(loader: name, place: place) }
        if try boot.isGRUB2 { return try boot.bootCode(disk, partitions) }
        return try boot.isGRUBLegacy ? boot.bootCode(disk, partitions) : .unknown
    }

    private var isGRUB2: Bool {
        get throws(FormatError) {
            let (jump, address, drive) = try (sector.uint8(at: 0), sector.uint16(at: 0x5A), sector.uint8(at: 0x64))
            return jump == 0xEB && address == 0x8000 && drive & 0x80 != 0
        }
    }

    private var isGRUBLegacy: Bool {
        get throws(FormatError) {
            let (jump, version) = try (sector.uint8(at: 0), sector.uint8(at: 0x3E))
            let (address, segment) = try (sector.uint16(at: 0x42), sector.uint16(at: 0x48))
            return jump == 0xEB && version == 3 && address == 0x8000 && segment == 0x0800
        }
    }

    /// The boot sector that syslinux or extlinux writes into a file system says so where others name their maker.
    private var nameOfSyslinux: String? {
        get throws(FormatError) {
            let maker = try sector.slice(at: 3, count: 8)
            return ["SYSLINUX", "EXTLINUX"].first { maker.elementsEqual($0.utf8) }
        }
    }

    /// Whose code it is, where that starts the active partition; told by what it says where none is.
    private var startsActivePartition: String? {
        get throws(FormatError) {
            let code = try sector.slice(at: 0, count: 440)
            func says(_ text: String) -> Bool {
                let text = Array(text.utf8)
                return code.indices.contains { code[$0...].starts(with: text) }
            }
            if says("Missing operating system.\r\n") || says("Missing OS\r\n") { return "SYSLINUX's boot record" }
            return says("Invalid partition table") ? "a boot record as DOS has it" : nil
        }
    }

    private func core(
        _ disk: some BlockSource, at sector: UInt64, _ version: GRUBCore.Version, _ partitions: [Partition]
    ) throws(FormatError) -> BootCode {
        let loader = version == .second ? "GRUB 2" : "GRUB legacy"
        guard let core = try GRUBCore(disk, sector: sector, version, end: partitions.end) else {
            return .broken(loader: loader, reason: "it loads sector \(sector), which lies behind the end of the disk")
        }
        let holder = partitions.last { core.place >= $0.start && core.place - $0.start < $0.size }
        let part = holder.map { "partition \($0.number)" } ?? "in no partition"
        if let flaw = try core.flaw {
            return .broken(loader: loader, reason: "it loads sector \(sector) (\(part)), and \(flaw)")
        }
        return .leads(
            loader: loader, place: "\(version == .second ? "core.img" : "its next stage") at sector \(sector) (\(part))"
        )
    }
}

extension [Partition] {
    /// Up to which byte they go.
    fileprivate var end: Int { map { $0.start.addingReportingOverflow($0.size).partialValue }.max() ?? 0 }
}

/// What GRUB's first sector loads.
private struct GRUBCore {
    enum Version { case second, legacy }

    private let disk: any BlockSource
    private let version: Version
    /// Up to which byte its table says that the disk goes, as far as its partitions show it.
    private let end: Int
    /// In bytes.
    let place: Int

    /// What is loaded lies below 640 KiB.
    private static let sectorLimit = 1280

    /// Nil where it lies behind the end of the disk; an error where only the copy ends before it.
    init?(_ disk: any BlockSource, sector: UInt64, _ version: Version, end: Int) throws(FormatError) {
        guard sector > 0, let sector = Int(exactly: sector),
            try Self.holds(sector, count: 1, disk, end: end)
        else { return nil }
        self.disk = disk
        self.version = version
        self.end = end
        place = sector * 512
    }

    /// Whether the disk has these sectors. Throws where it has by its table, and the copy at hand has not.
    private static func holds(
        _ sector: Int, count: Int, _ disk: any BlockSource, end: Int
    ) throws(FormatError) -> Bool {
        if sector <= disk.size / 512 - count { return true }
        guard sector <= end / 512 - count else { return false }
        throw FormatError(
            .truncated,
            "sector \(sector) expected, which is on the disk by its partition table; this copy ends at byte \(disk.size)"
        )
    }

    /// Why it cannot be started; nil where it can.
    var flaw: String? {
        get throws(FormatError) {
            let first = try disk.record(at: place, count: 512, bigEndian: false)
            let name = version == .second ? "core.img" : "stage"
            guard first.bytes.contains(where: { $0 != 0 }) else { return "there are zeros in the place of its \(name)" }
            guard let list = try list(at: first) else { return "no \(name) begins there" }
            var core: [UInt8] = []
            for (sector, count) in list {
                guard let sector = Int(exactly: sector), try Self.holds(sector, count: count, disk, end: end) else {
                    return "its \(name) names sectors behind the end of the disk"
                }
                core += try disk.read(at: sector * 512, count: count * 512)
            }
            return try flaw(of: FieldReader(core[...], bigEndian: false), name)
        }
    }

    /// Where the rest lies, in sectors; nil where the sector is no beginning of a core.
    private func list(at first: FieldReader) throws(FormatError) -> [(sector: UInt64, count: Int)]? {
        let size = version == .second ? 12 : 8
        var list: [(sector: UInt64, count: Int)] = []
        var total = 0
        for end in stride(from: 512, to: 256, by: -size) {
            let entry = try first.record(at: end - size, count: size)
            let count = Int(try entry.uint16(at: size - 4))
            if count == 0 { break }
            // The first lies in memory right behind what has been loaded.
            if list.isEmpty, try entry.uint16(at: size - 2) != 0x0820 { return nil }
            total += count
            guard total <= Self.sectorLimit else { return nil }
            list.append((version == .second ? try entry.uint64(at: 0) : UInt64(try entry.uint32(at: 0)), count))
        }
        return list.isEmpty ? nil : list
    }

    /// Sectors of zeros are no part of one. GRUB 2 puts right what its Reed-Solomon codes make up for, half as many bytes
    /// as they are, behind the code that does so (util/setup.c, grub-core/lib/reed_solomon.c).
    private func flaw(of core: FieldReader, _ name: String) throws(FormatError) -> String? {
        let empty = stride(from: 0, to: core.count, by: 512).filter { start in
            core.bytes[(core.bytes.startIndex + start)...].prefix(512).allSatisfy { $0 == 0 }
        }
        let zeros = "\(empty.count) of the \(core.count / 512) sectors of its \(name) are zeros"
        guard version == .second else { return empty.count == core.count / 512 ? zeros : nil }
        if empty.first == 0 { return zeros }
        guard try core.uint8(at: 0) == 0xEA, try core.uint16(at: 3) == 0 else {
            return "what its \(name) loads does not begin as one does"
        }
        let repaired = Int(try core.uint32(at: 0x10)) / 2
        let unprotected = Int(try core.uint16(at: 0x14))
        return empty.contains { $0 < unprotected } || empty.count * 512 > repaired && !empty.isEmpty ? zeros : nil
    }
}
