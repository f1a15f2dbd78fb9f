/// How a disk is divided: what the table at its beginning says, or the copy of it at its end.

package import ByteParsing

/// One partition, as its table describes it.
package struct Partition: Hashable, Sendable {
    /// What a partition is for.
    package enum Purpose: Hashable, Sendable {
        /// The EFI system partition, with the boot loaders that UEFI starts.
        case efiSystem
        /// The BIOS boot partition, where GRUB keeps what does not fit into the first sector.
        case biosBoot
        case other
    }

    /// As Linux counts: the place in the table from 1 on; logical partitions of an MBR from 5 on.
    package let number: Int
    /// In bytes.
    package let start: Int
    /// In bytes.
    package let size: Int
    package let purpose: Purpose
    /// The unique identifier, in lower case (PARTUUID).
    package let uuid: String?
    /// The name in the table (PARTLABEL); nil where it has none.
    package let name: String?
    /// The type as its table has it: a GUID in lower case, or of an MBR two hexadecimal digits.
    package let type: String
    /// Whether boot records as DOS has them start it: marked active, or in a GPT bootable by legacy BIOS.
    package let isActive: Bool
    /// Why it cannot be read, by the table alone.
    package var problem: String?
}

/// A table of partitions.
package struct PartitionTable: Sendable {
    /// The formats of tables.
    package enum Format: String, Sendable {
        /// The GUID partition table (UEFI specification, chapter 5).
        case gpt
        /// The master boot record with four partitions, logical ones behind an extended one.
        case mbr
    }

    package let format: Format
    /// By their numbers.
    package let partitions: [Partition]
    /// What is odd about it and did not stop the reading.
    package let remarks: [String]

    /// The table of `disk`; nil where none is there, as of a file system that takes all of a disk.
    ///
    /// Throws where a table is there and is not as it must be.
    package static func read(_ disk: some BlockSource) throws(FormatError) -> PartitionTable? {
        let record = try MasterBootRecord.read(disk)
        if let table = try GUIDPartitionTable.read(disk, isProtected: record?.isProtective ?? false) {
            // A disk that was given a table of the older format keeps the newer one's headers behind it.
            if let record, !record.isProtective, record.isPlausible(on: disk) { return try record.table(of: disk) }
            return table
        }
        guard let record, record.isPlausible(on: disk), try !VolumeSignature.claimsFirstSector(disk) else { return nil }
        return try record.table(of: disk)
    }
}

extension [Partition] {
    /// The same with what lies over another marked as unreadable.
    func markingOverlaps() -> [Partition] {
        var marked = self
        let order = indices.filter { marked[$0].problem == nil }.sorted { marked[$0].start < marked[$1].start }
        var furthest: Int?
        for index in order {
            if let other = furthest, self[index].start < self[other].start + self[other].size {
                marked[index].problem = "it lies over partition \(self[other].number)"
                marked[other].problem = "it lies over partition \(self[index].number)"
            }
            if let other = furthest, self[other].start + self[other].size >= self[index].start + self[index].size {
                continue
            }
            furthest = index
        }
        return marked
    }
}
