/// Partition tables that lead astray: what stands of them is read, and of the rest it is said why not.

import ByteParsing
import DiskImages
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("sfdisk"), "fdisk is not installed"), .timeLimit(.minutes(1)))
struct PartitionTrapTests {
    /// Changes fields of the entries of a GPT, at the beginning and at the end, with all checksums put right.
    static func changeEntries(_ disk: MemoryDisk, _ changes: [(entry: Int, offset: Int, value: UInt64)]) {
        let end = disk.bytes.count
        for (header, entries) in [(512, 1024), (end - 512, end - 33 * 512)] {
            for change in changes { disk.put(change.value, at: entries + 128 * (change.entry - 1) + change.offset) }
            disk.put(CRC32.iso.checksum(disk.bytes[entries..<entries + 128 * 128]), at: header + 0x58)
            sign(disk, header)
        }
    }

    /// Puts right the checksum of a GPT header.
    static func sign(_ disk: MemoryDisk, _ header: Int) {
        disk.put(UInt32(0), at: header + 0x10)
        disk.put(CRC32.iso.checksum(disk.bytes[header..<header + 92]), at: header + 0x10)
    }

    /// Sectors of partition 1 of the GPT, and why it and others cannot be read.
    static let entries: [(name: String, first: UInt64, last: UInt64, unreadable: [Int: String])] = [
        ("first behind last", 24576, 24575, [1: "sectors 24576 to 24575"]),
        ("the last sector of all", 24576, .max, [1: "sectors 24576 to 18446744073709551615"]),
        ("beyond what bytes can be counted", 1 << 60, 1 << 61, [1: "sectors"]),
        ("behind the end", 40000, 50000, [1: "sectors 40000 to 50000 of a disk of 16777216 bytes"]),
        (
            "over another", 22000, 23000,
            [1: "it lies over partition 127", 127: "it lies over partition 1", 128: "over partition 1"]
        ),
        ("reaching behind the end", 24576, 50000, [:]),
    ]

    @Test(arguments: entries.indices) func anEntryThatCannotBeIsOnePartition(_ index: Int) throws {
        let row = Self.entries[index]
        let disk = try PartitionTableTests.disk(PartitionTableTests.gpt)
        Self.changeEntries(disk, [(1, 32, row.first), (1, 40, row.last)])
        let table = try #require(try PartitionTable.read(disk))
        #expect(table.partitions.map(\.number) == [1, 127, 128] && table.remarks == [])
        for partition in table.partitions {
            let (problem, expected) = (partition.problem, row.unreadable[partition.number])
            #expect((problem == nil) == (expected == nil), "\(row.name): \(partition.number): \(problem ?? "-")")
            if let expected { #expect(problem?.contains(expected) == true, "\(row.name): \(problem ?? "-")") }
        }
    }

    @Test func whatReachesBehindTheEndIsAnErrorWhereItIsRead() throws {
        let disk = try PartitionTableTests.disk(PartitionTableTests.gpt)
        Self.changeEntries(disk, [(1, 40, 50000)])
        let partition = try #require(try PartitionTable.read(disk)?.partitions.first)
        let section = DiskSection(of: disk, start: partition.start, size: partition.size)
        let rest = disk.size - partition.start
        #expect(try section.read(at: 0, count: rest).count == rest)
        let error = #expect(throws: FormatError.self) { try section.read(at: rest - 1, count: 2) }
        #expect(error?.code == .truncated)
    }

    @Test func bothChecksumsWrong() throws {
        for place in [0x58, 0x48, 0x10] {
            let disk = try PartitionTableTests.disk(PartitionTableTests.gpt)
            for header in [512, disk.bytes.count - 512] { disk.bytes[header + place] ^= 1 }
            let error = #expect(throws: FormatError.self, "\(place)") { try PartitionTable.read(disk) }
            #expect(error?.reason.contains("GUID partition table") == true, "\(error?.reason ?? "-")")
        }
    }

    @Test(arguments: [0, 1, 1 << 30, 1 << 60] as [UInt64]) func entriesOverTheHeaderOrPastTheEnd(_ sector: UInt64)
        throws
    {
        let disk = try PartitionTableTests.disk(PartitionTableTests.gpt)
        disk.put(sector, at: 512 + 0x48)
        Self.sign(disk, 512)
        let table = try PartitionTable.read(disk)
        #expect(PartitionTableTests.isWhole(table) && table?.remarks.count == 1)
        disk.put(sector, at: disk.bytes.count - 512 + 0x48)
        Self.sign(disk, disk.bytes.count - 512)
        #expect(throws: FormatError.self) { try PartitionTable.read(disk) }
    }

    @Test func aHybridRecordIsAGPT() throws {
        let disk = try PartitionTableTests.disk(PartitionTableTests.gpt)
        disk.bytes.replaceSubrange(462..<478, with: [0x80, 0, 2, 0, 0x83, 0, 0, 0, 0, 0x60, 0, 0, 0, 0x10, 0, 0])
        #expect(PartitionTableTests.isWhole(try PartitionTable.read(disk)))
    }

    @Test func aSizeThatIsNoMultipleOfSectors() throws {
        let disk = try PartitionTableTests.disk(PartitionTableTests.gpt)
        disk.bytes += [1, 2, 3]
        #expect(PartitionTableTests.isWhole(try PartitionTable.read(disk)))
        for index in 512..<1024 { disk.bytes[index] = 0 }
        let table = try PartitionTable.read(disk)
        #expect(PartitionTableTests.isWhole(table) && table?.remarks.count == 1)
    }

    @Test func sectorsOf4096Bytes() throws {
        let workshop = try Workshop()
        try workshop.run("truncate -s 16M disk; printf 'g\\nn\\n7\\n512\\n1023\\nw\\n' | fdisk -b 4096 disk")
        let disk = MemoryDisk(try workshop.bytes("disk"))
        for isFirstThere in [true, false] {
            let table = try PartitionTable.read(disk)
            #expect(table?.partitions.map(\.number) == [7] && table?.remarks.count == (isFirstThere ? 0 : 1))
            #expect(table?.partitions.first.map { [$0.start, $0.size] } == [2 << 20, 2 << 20])
            for index in 4096..<8192 { disk.bytes[index] = 0 }
        }
    }

    /// Writes over a sector of a disk a record with one logical partition of a sector, and the next record.
    static func putLink(_ disk: MemoryDisk, at sector: Int, next: Int?) {
        let place = sector * 512
        disk.bytes.replaceSubrange(place..<place + 512, with: repeatElement(0, count: 512))
        for (entry, type, start) in [(446, 0x83, 1), (462, 5, next)] as [(Int, UInt8, Int?)] {
            guard let start else { continue }
            disk.bytes[place + entry + 4] = type
            disk.put(UInt32(start), at: place + entry + 8)
            disk.put(UInt32(1), at: place + entry + 12)
        }
        disk.put(UInt16(0xAA55), at: place + 510)
    }

    /// Chains of logical partitions from sector 6144 on: where each record leads, from the first of the chain on, how
    /// many partitions are read, and whether something is said.
    static let chains: [(name: String, next: @Sendable (Int) -> Int?, count: Int, remarks: Int)] = [
        ("one", { _ in nil }, 1, 0),
        ("three", { $0 < 2 ? 2 * ($0 + 1) : nil }, 3, 0),
        ("leads to itself", { 2 * $0 }, 1, 1),
        ("leads back", { $0 < 3 ? 2 * ($0 + 1) : 2 }, 4, 1),
        ("10,000 of them", { 2 * ($0 + 1) }, 128, 1),
        ("leads behind the end", { $0 == 0 ? 1 << 30 : nil }, 1, 1),
        ("leads to what is none", { $0 == 0 ? 21999 : nil }, 1, 1),
    ]

    @Test(arguments: chains.indices) func aChainEnds(_ index: Int) throws {
        let row = Self.chains[index]
        let disk = try PartitionTableTests.disk(PartitionTableTests.mbr)
        for link in 0..<10_000 { Self.putLink(disk, at: 6144 + 2 * link, next: row.next(link)) }
        let table = try #require(try PartitionTable.read(disk))
        let logical = table.partitions.filter { $0.number >= 5 }
        #expect(logical.count == row.count, "\(row.name)")
        #expect(table.remarks.count == row.remarks, "\(row.name): \(table.remarks)")
        #expect(table.partitions.allSatisfy { $0.problem == nil })
    }

    @Test func aCopyThatWasCutKeepsItsFirstPartitions() throws {
        let table =
            "label: dos\n1: start=2048, size=4096, type=83\n2: start=8192, size=4096, type=82\n3: start=16384, size=4096, type=83"
        let disk = try PartitionTableTests.disk(table)
        disk.bytes.removeLast(disk.bytes.count - 6200 * 512)
        let partitions = try #require(try PartitionTable.read(disk)?.partitions)
        #expect(partitions.map { $0.problem == nil } == [true, false, false])
        #expect(partitions[1].problem?.contains("behind the end") == true)
    }

    @Test func primaryPartitionsOverEachOther() throws {
        let disk = try PartitionTableTests.disk(
            "label: dos\n1: start=2048, size=4096, type=83\n2: start=8192, size=4096, type=83\n3: start=16384, size=4096, type=83"
        )
        disk.put(UInt32(4000), at: 446 + 16 + 8)
        let partitions = try #require(try PartitionTable.read(disk)?.partitions)
        #expect(partitions.map { $0.problem == nil } == [false, false, true])
    }

    @Test(.enabled(if: Workshop.has("mkfs.vfat"), "dosfstools are not installed"))
    func theBootSectorOfAFATIsNoTable() throws {
        let workshop = try Workshop()
        try workshop.run("truncate -s 16M disk; mkfs.vfat disk")
        let disk = MemoryDisk(try workshop.bytes("disk"))
        disk.bytes.replaceSubrange(446..<462, with: [0x80, 0, 2, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 0x10, 0, 0])
        #expect(try PartitionTable.read(disk) == nil)
        #expect(try VolumeSignature.read(disk)?.format == .vfat)
    }

    @Test func aSparseFileOfFourExabytesIsReadWhereItHasToBe() throws {
        let disk = try PartitionTableTests.disk(PartitionTableTests.gpt)
        for head in [disk.bytes, [UInt8](repeating: 0, count: 4096)] {
            let endless = EndlessDisk(head)
            let table = try PartitionTable.read(endless)
            #expect(table?.partitions.count == (head.count > 4096 ? 3 : nil))
            #expect(try VolumeSignature.read(endless) == nil)
            #expect(endless.bytesRead < 1 << 20)
        }
    }
}

/// 2^62 bytes, the first of them given and the others zeros, that counts how many are read.
final class EndlessDisk: BlockSource {
    private let head: [UInt8]
    private(set) var bytesRead = 0
    let size = 1 << 62

    init(_ head: [UInt8]) {
        self.head = head
    }

    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        bytesRead += count
        var bytes = Array(head.dropFirst(offset).prefix(count))
        bytes += repeatElement(0, count: count - bytes.count)
        return bytes[...]
    }
}
