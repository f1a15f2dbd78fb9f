/// The GUID partition table (UEFI specification 2.10, 5.3), by its first header or by the copy at the end of the disk.

import ByteParsing

enum GUIDPartitionTable {
    /// An error in one of the two headers, and the place that it gives for the other one.
    private struct BadHeader: Error {
        let reason: String
        var alternate: Int?
    }

    /// The most entries that are read: 128 is what everybody makes.
    private static let entryLimit: UInt32 = 1024

    /// The table of `disk`; nil where there is none. With a protective MBR there has to be one.
    static func read(_ disk: some BlockSource, isProtected: Bool) throws(FormatError) -> PartitionTable? {
        var first: BadHeader?
        for sectorSize in [512, 4096] {
            do throws(BadHeader) {
                if let table = try table(disk, header: sectorSize, sectorSize, remarks: []) { return table }
            } catch {
                first = first ?? error
                // Damage in the first header alone: the copy is as good.
                if let table = copy(disk, sectorSize, error) { return table }
            }
        }
        if isProtected, first == nil {
            let missing = BadHeader(reason: "no header at its place")
            for sectorSize in [512, 4096] {
                if let table = copy(disk, sectorSize, missing) { return table }
            }
        }
        guard isProtected || first != nil else { return nil }
        throw FormatError(
            .malformed,
            "a GUID partition table expected, its first header (\(first?.reason ?? "none found")) and the copy "
                + "at the end of the disk are unusable; get the image again, or repair a copy of it with gdisk")
    }

    /// The table by its copy at the last sector, or where the first header says that it is.
    private static func copy(_ disk: some BlockSource, _ sectorSize: Int, _ first: BadHeader) -> PartitionTable? {
        let last = disk.size / sectorSize * sectorSize - sectorSize
        for place in [last, first.alternate].compactMap(\.self) where place > sectorSize {
            let remark = "the first header of the partition table is bad (\(first.reason)); its copy was used"
            if let found = try? table(disk, header: place, sectorSize, remarks: [remark]) { return found }
        }
        return nil
    }

    /// The table by the header at byte `place`; nil where none begins there.
    private static func table(
        _ disk: some BlockSource, header place: Int, _ sectorSize: Int, remarks: [String]
    ) throws(BadHeader) -> PartitionTable? {
        var alternate: Int?
        do throws(FormatError) {
            guard place > 0, place <= disk.size - 512 else { return nil }
            let header = try disk.record(at: place, count: 512, bigEndian: false)
            guard try header.slice(at: 0, count: 8).elementsEqual("EFI PART".utf8) else { return nil }
            alternate = Self.place(try header.uint64(at: 0x20), sectorSize)
            let size = Int(try header.uint32(at: 0x0C))
            guard 92...512 ~= size else {
                throw FormatError(.malformed, "a header of 92 bytes expected, \(size) found")
            }
            let checked = try header.slice(at: 0, count: size).enumerated().map { index, byte in
                0x10..<0x14 ~= index ? 0 : byte
            }
            guard try CRC32.iso.checksum(checked) == header.uint32(at: 0x10) else {
                throw FormatError(.checksumMismatch, "its checksum is wrong")
            }
            guard Self.place(try header.uint64(at: 0x18), sectorSize) == place else {
                throw FormatError(.malformed, "it belongs to another sector")
            }
            let count = try header.uint32(at: 0x50)
            let entrySize = try header.uint32(at: 0x54)
            guard count <= entryLimit, 128...4096 ~= entrySize, entrySize % 8 == 0 else {
                throw FormatError(
                    .malformed,
                    "at most \(entryLimit) entries of 128 to 4096 bytes expected, \(count) of \(entrySize) found")
            }
            guard let start = Self.place(try header.uint64(at: 0x48), sectorSize), start >= 2 * sectorSize else {
                throw FormatError(.malformed, "its entries lie over it")
            }
            let entries = try disk.record(at: start, count: Int(count) * Int(entrySize), bigEndian: false)
            guard try CRC32.iso.checksum(entries.bytes) == header.uint32(at: 0x58) else {
                throw FormatError(.checksumMismatch, "the checksum of its entries is wrong")
            }
            var partitions: [Partition] = []
            for index in 0..<Int(count) {
                let entry = try entries.record(at: index * Int(entrySize), count: 128)
                if let partition = try partition(entry, index + 1, sectorSize, disk.size) {
                    partitions.append(partition)
                }
            }
            return PartitionTable(format: .gpt, partitions: partitions.markingOverlaps(), remarks: remarks)
        } catch {
            throw BadHeader(reason: error.reason, alternate: alternate)
        }
    }

    private static func place(_ sector: UInt64, _ sectorSize: Int) -> Int? {
        guard let sector = Int(exactly: sector) else { return nil }
        let (place, overflow) = sector.multipliedReportingOverflow(by: sectorSize)
        return overflow ? nil : place
    }

    private static func partition(
        _ entry: FieldReader, _ number: Int, _ sectorSize: Int, _ diskSize: Int
    ) throws(FormatError) -> Partition? {
        let type = try entry.guid(at: 0)
        guard type != "00000000-0000-0000-0000-000000000000" else { return nil }
        let (first, last) = (try entry.uint64(at: 32), try entry.uint64(at: 40))
        var problem: String?
        var (start, size) = (0, 0)
        if first <= last, last < UInt64.max, let from = place(first, sectorSize), let end = place(last + 1, sectorSize),
            from < diskSize
        {
            start = from
            size = end - from
        } else {
            problem = "sectors \(first) to \(last) of a disk of \(diskSize) bytes"
        }
        var units: [UInt16] = []
        for index in 0..<36 {
            let unit = try entry.uint16(at: 56 + 2 * index)
            if unit == 0 { break }
            units.append(unit)
        }
        let purpose: Partition.Purpose =
            switch type {
            case "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": .efiSystem
            case "21686148-6449-6e6f-744e-656564454649": .biosBoot
            default: .other
            }
        return Partition(
            number: number, start: start, size: size, purpose: purpose,
            uuid: try entry.guid(at: 16), name: units.isEmpty ? nil : String(decoding: units, as: UTF16.self),
            type: type, isActive: try entry.uint64(at: 48) & 4 != 0, problem: problem)
    }
}

extension FieldReader {
    /// The GUID at `offset` as text, in lower case: its first three groups are little-endian numbers.
    func guid(at offset: Int) throws(FormatError) -> String {
        let bytes = Array(try slice(at: offset, count: 16))
        let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
        return uuidText(order.map { bytes[$0] })
    }
}

/// 16 bytes as the text of a UUID, in lower case.
func uuidText(_ bytes: [UInt8]) -> String {
    var text = ""
    for (index, digit) in hexadecimal(bytes).enumerated() {
        if [8, 12, 16, 20].contains(index) { text += "-" }
        text.unicodeScalars.append(Unicode.Scalar(digit))
    }
    return text
}
