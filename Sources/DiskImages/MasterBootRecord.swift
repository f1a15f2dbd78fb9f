/// The master boot record: four partitions, of which one may hold a chain of logical ones.

import ByteParsing

/// The first sector of a disk that ends in 55 AA. (Linux block/partitions/msdos.c)
struct MasterBootRecord {
    private struct Entry {
        let status: UInt8
        let type: UInt8
        /// In sectors of 512 bytes.
        let start: Int
        let count: Int

        var isExtended: Bool { [0x05, 0x0F, 0x85].contains(type) }
    }

    private let entries: [Entry]
    private let signature: UInt32

    /// The most logical partitions that are read.
    private static let logicalLimit = 128

    /// The record of `disk`; nil where its first sector is none.
    static func read(_ disk: some BlockSource) throws(FormatError) -> MasterBootRecord? {
        guard disk.size >= 512 else { return nil }
        return try MasterBootRecord(try disk.record(at: 0, count: 512, bigEndian: false))
    }

    private init?(_ sector: FieldReader) throws(FormatError) {
        guard try sector.uint16(at: 510) == 0xAA55 else { return nil }
        signature = try sector.uint32(at: 0x1B8)
        var entries: [Entry] = []
        for index in 0..<4 {
            let entry = try sector.record(at: 446 + 16 * index, count: 16)
            entries.append(
                Entry(
                    status: try entry.uint8(at: 0), type: try entry.uint8(at: 4), start: Int(try entry.uint32(at: 8)),
                    count: Int(try entry.uint32(at: 12))))
        }
        self.entries = entries
    }

    /// Whether it stands there to keep older programs away from a GUID partition table.
    var isProtective: Bool { entries.contains { $0.type == 0xEE } }

    /// Whether it is a table: a boot sector of a file system ends in the same two bytes.
    ///
    /// Of a copy that was cut the later partitions lie behind its end; the others stand.
    func isPlausible(on disk: some BlockSource) -> Bool {
        entries.allSatisfy { [0, 0x80].contains($0.status) }
            && entries.contains { $0.type != 0 && $0.count > 0 && $0.start > 0 && $0.start < disk.size / 512 }
    }

    /// The partitions, logical ones behind the others.
    func table(of disk: some BlockSource) throws(FormatError) -> PartitionTable {
        var partitions: [Partition] = []
        var remarks: [String] = []
        for (index, entry) in entries.enumerated() where entry.type != 0 && entry.count > 0 {
            if entry.isExtended { continue }
            partitions.append(partition(index + 1, entry, at: entry.start))
        }
        var number = 5
        for extended in entries where extended.isExtended && extended.count > 0 {
            var next: Int? = extended.start
            var seen: Set<Int> = []
            while let sector = next {
                next = nil
                guard seen.insert(sector).inserted, seen.count <= Self.logicalLimit, sector >= extended.start,
                    sector > 0, sector < disk.size / 512
                else {
                    remarks.append(
                        "the chain of logical partitions ends at sector \(sector), where none can stand or one stood "
                            + "already; what lies behind it is not read")
                    break
                }
                guard let record = try MasterBootRecord(disk.record(at: sector * 512, count: 512, bigEndian: false))
                else {
                    remarks.append(
                        "no table of logical partitions at sector \(sector); what lies behind it is not read")
                    break
                }
                for entry in record.entries.prefix(2) where entry.type != 0 && entry.count > 0 {
                    if entry.isExtended {
                        next = extended.start + entry.start
                    } else {
                        partitions.append(partition(number, entry, at: sector + entry.start))
                        number += 1
                    }
                }
            }
        }
        for index in partitions.indices where partitions[index].start >= disk.size {
            partitions[index].problem = "it begins at byte \(partitions[index].start), behind the end of the disk"
        }
        return PartitionTable(format: .mbr, partitions: partitions.markingOverlaps(), remarks: remarks)
    }

    private func partition(_ number: Int, _ entry: Entry, at start: Int) -> Partition {
        func hexadecimal(_ value: some BinaryInteger, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return Partition(
            number: number, start: start * 512, size: entry.count * 512,
            purpose: entry.type == 0xEF ? .efiSystem : .other,
            uuid: signature == 0 ? nil : hexadecimal(signature, 8) + "-" + hexadecimal(number, 2), name: nil,
            type: hexadecimal(entry.type, 2), isActive: entry.status == 0x80)
    }
}
