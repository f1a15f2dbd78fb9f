/// Partition tables as sfdisk writes them, and damaged in each way.

import ByteParsing
import DiskImages
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("sfdisk"), "fdisk is not installed"))
struct PartitionTableTests {
    static func disk(_ table: String) throws -> MemoryDisk {
        let workshop = try Workshop()
        try workshop.run("truncate -s 16M disk && sfdisk -q disk <<'E'\n\(table)\nE")
        return try MemoryDisk(workshop.bytes("disk"))
    }

    static let gpt = """
        label: gpt
        first-lba: 34
        1: start=24576, size=4096, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="Linux", uuid=0FC63DAF-0000-4772-8E79-3D69D8477D01
        127: start=22528, size=2048, type=21686148-6449-6E6F-744E-656564454649
        128: start=2048, size=20480, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI System Partition"
        """

    static func isWhole(_ table: PartitionTable?) -> Bool {
        guard let table, table.format == .gpt, table.partitions.map(\.number) == [1, 127, 128] else { return false }
        let (first, last) = (table.partitions[0], table.partitions[2])
        return first.start == 24576 * 512 && first.size == 4096 * 512 && first.name == "Linux"
            && first.uuid == "0fc63daf-0000-4772-8e79-3d69d8477d01" && last.purpose == .efiSystem
            && table.partitions[1].purpose == .biosBoot && table.partitions.allSatisfy { $0.problem == nil }
    }

    @Test func theEntriesOfAGPT() throws {
        let disk = try Self.disk(Self.gpt)
        let table = try PartitionTable.read(disk)
        #expect(Self.isWhole(table) && table?.remarks == [])
        // A volume that grew keeps its copy where its end was.
        disk.bytes += [UInt8](repeating: 0, count: 1 << 20)
        #expect(Self.isWhole(try PartitionTable.read(disk)))
    }

    @Test(arguments: [512, 512 + 0x20, 1024, 512 + 0x18]) func theCopyStandsInForADamagedHeader(_ place: Int) throws {
        let disk = try Self.disk(Self.gpt)
        disk.bytes[place] ^= 1
        let table = try PartitionTable.read(disk)
        #expect(Self.isWhole(table) && table?.remarks.count == 1)
        for index in disk.bytes.count - 512..<disk.bytes.count { disk.bytes[index] = 0 }
        #expect(throws: FormatError.self) { try PartitionTable.read(disk) }
    }

    @Test func aProtectiveRecordWithoutTableIsNoEmptyDisk() throws {
        let disk = try Self.disk(Self.gpt)
        for index in 512..<1024 { disk.bytes[index] = 0 }
        #expect(Self.isWhole(try PartitionTable.read(disk)))
        for index in disk.bytes.count - 512..<disk.bytes.count { disk.bytes[index] = 0 }
        let error = #expect(throws: FormatError.self) { try PartitionTable.read(disk) }
        #expect(error?.reason.contains("GUID partition table") == true)
    }

    /// The header with a field changed and its checksum put right, at the beginning and at the end.
    @Test(
        arguments: [
            (0x50, [0xFF, 0xFF, 0xFF, 0xFF]), (0x54, [0, 0, 0, 0]), (0x54, [0, 0, 0, 0x80]),
            (0x48, [0xFF, 0xFF, 0xFF, 0x7F]),
        ]
            as [(Int, [UInt8])]) func aHeaderThatCannotBeIsRefused(_ offset: Int, _ value: [UInt8]) throws
    {
        let disk = try Self.disk(Self.gpt)
        for header in [512, disk.bytes.count - 512] {
            disk.bytes.replaceSubrange(header + offset..<header + offset + value.count, with: value)
            disk.bytes.replaceSubrange(header + 0x10..<header + 0x14, with: [0, 0, 0, 0])
            let sum = CRC32.iso.checksum(disk.bytes[header..<header + 92])
            disk.bytes.replaceSubrange(
                header + 0x10..<header + 0x14, with: (0..<4).map { UInt8(sum >> (8 * $0) & 0xFF) })
        }
        #expect(throws: FormatError.self) { try PartitionTable.read(disk) }
    }

    static let mbr = """
        label: dos
        label-id: 0x1234abcd
        1: start=2048, size=4096, type=83
        2: start=6144, size=22000, type=5
        5: start=8192, size=2048, type=83
        6: start=12288, size=2048, type=ef
        """

    @Test func logicalPartitionsFollowTheOthers() throws {
        let table = try PartitionTable.read(Self.disk(Self.mbr))
        #expect(table?.format == .mbr)
        #expect(table?.partitions.map(\.number) == [1, 5, 6])
        #expect(table?.partitions.map { $0.start / 512 } == [2048, 8192, 12288])
        #expect(table?.partitions.map(\.uuid) == ["1234abcd-01", "1234abcd-05", "1234abcd-06"])
        #expect(table?.partitions.last?.purpose == .efiSystem)
    }

    @Test func aChainThatLeadsBackEnds() throws {
        let disk = try Self.disk(Self.mbr)
        // The second entry of the first logical record, which names the next, names the first again.
        disk.bytes.replaceSubrange(6144 * 512 + 446 + 16 + 8..<6144 * 512 + 446 + 16 + 12, with: [0, 0, 0, 0])
        let table = try PartitionTable.read(disk)
        #expect(table?.partitions.map(\.number) == [1, 5] && table?.remarks.count == 1)
    }

    @Test(arguments: [0, 1, 511, 512, 1000]) func whatIsTooSmallHasNone(_ size: Int) throws {
        #expect(try PartitionTable.read(MemoryDisk([UInt8](repeating: 0, count: size))) == nil)
    }

    @Test func flippedBitsGiveAnAnswerOrAnError() throws {
        for table in [Self.gpt, Self.mbr] {
            let disk = try Self.disk(table)
            _ = try PartitionTable.read(disk)
            var random = SeededGenerator(seed: 7)
            let read = disk.read
            for _ in 0..<400 {
                let place = Int.random(in: read.randomElement(using: &random) ?? 0..<1, using: &random)
                disk.bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                _ = try? PartitionTable.read(disk)
            }
        }
    }
}
