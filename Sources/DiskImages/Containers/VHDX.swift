/// VHDX (Microsoft's MS-VHDX; libvhdi's documentation; QEMU block/vhdx.c): from its headers to what describes the disk.

import ByteParsing

/// The records at fixed places that lead to a disk in one file.
///
///     0 "vhdxfile"   64 KiB, 128 KiB headers "head"   192 KiB, 256 KiB region tables "regi"
///     header: 4 checksum   8 sequence number   48 GUID of the log   66 version
///     region table: 4 checksum   8 entries   16 first of them: 0 GUID   16 offset   24 length   28 whether it is required
///     metadata table: 0 "metadata"   10 entries   32 first of them: 0 GUID   16 offset   20 length   24 flags
///
/// Of headers and region tables there are two each, and either may be lost.
struct VHDX {
    /// In bytes, as are the others.
    let size: Int
    let blockSize: Int
    let sectorSize: Int
    /// Where the block allocation table stands, and how long it is.
    let table: (offset: Int, size: Int)
    /// Whether blocks stay where they are allocated.
    let isFixed: Bool

    /// The least place of anything behind headers and region tables.
    static let unit = 1 << 20
    private static let headerSize = 4 << 10
    private static let tableSize = 64 << 10
    private static let mostEntries: UInt32 = 2047
    /// Of a disk, in bytes.
    private static let largest: UInt64 = 64 << 40

    /// Opens a disk of fixed or dynamic size. Throws where it is a differencing one, whose parent is never opened, and
    /// where a log has to be written to its places first.
    static func open(_ file: any BlockSource) throws(FormatError) -> DiskContainer {
        var remarks: [String] = []
        try checkLog(try header(file, &remarks))
        let regions = try regions(file, &remarks)
        let disk = try VHDX(file, regions)
        return DiskContainer(
            disk.isFixed ? "vhdx fixed" : "vhdx dynamic", [try VHDXBlocks(file, disk)], remarks: remarks)
    }

    private init(_ file: any BlockSource, _ regions: [String: Region]) throws(FormatError) {
        guard let table = regions[GUID.blockAllocationTable], let metadata = regions[GUID.metadata] else {
            throw FormatError(
                .malformed,
                "a block allocation table and metadata expected among the regions of a VHDX, "
                    + "\(regions.count) other\(regions.count == 1 ? "" : "s") found")
        }
        self.table = (table.offset, table.size)
        let items = try Self.items(file, metadata)
        func item(_ id: String, _ what: String, count: Int) throws(FormatError) -> FieldReader {
            guard let item = items[id], item.size >= count, item.offset <= metadata.size - count else {
                throw FormatError(.malformed, "\(what) expected in the metadata of a VHDX", at: metadata.offset)
            }
            return try file.record(at: metadata.offset + item.offset, count: count, bigEndian: false)
        }
        let parameters = try item(GUID.fileParameters, "the size of a block", count: 8)
        let flags = try parameters.uint32(at: 4)
        guard flags & 2 == 0, items[GUID.parentLocator] == nil else {
            throw FormatError(
                .unsupported,
                "a whole disk expected, a differencing VHDX found, which holds what differs from its parent; the parent "
                    + "is not opened: make a whole disk of both by Hyper-V's `Convert-VHD -Path IMAGE -DestinationPath "
                    + "disk.vhdx`, where both are")
        }
        isFixed = flags & 1 != 0
        let blockSize = try parameters.uint32(at: 0)
        guard blockSize.nonzeroBitCount == 1, 1 << 20...256 << 20 ~= blockSize else {
            throw FormatError(
                .malformed, "blocks of a VHDX of a power of two from 1 to 256 MiB expected, \(blockSize) bytes found")
        }
        self.blockSize = Int(blockSize)
        let sectorSize = try item(GUID.logicalSectorSize, "the size of a sector", count: 4).uint32(at: 0)
        guard sectorSize == 512 || sectorSize == 4096 else {
            throw FormatError(.malformed, "sectors of a VHDX of 512 or 4096 bytes expected, of \(sectorSize) found")
        }
        self.sectorSize = Int(sectorSize)
        let size = try item(GUID.virtualDiskSize, "the size of the disk", count: 8).uint64(at: 0)
        guard 1...Self.largest ~= size, size % UInt64(sectorSize) == 0 else {
            throw FormatError(.malformed, "the size of a disk expected in the metadata of a VHDX, \(size) found")
        }
        self.size = Int(size)
    }

    /// The header that was written last. Throws where neither is whole.
    private static func header(_ file: any BlockSource, _ remarks: inout [String]) throws(FormatError) -> FieldReader {
        var headers: [(sequence: UInt64, header: FieldReader)] = []
        for place in [64 << 10, 128 << 10] {
            guard let header = try record("head", headerSize, at: place, in: file), try header.uint16(at: 66) == 1
            else {
                continue
            }
            headers.append((try header.uint64(at: 8), header))
        }
        guard let first = headers.first, let last = headers.last else {
            throw FormatError(
                .checksumMismatch, "a header of a VHDX expected at 64 or 128 KiB, none that is whole found")
        }
        if headers.count == 1 { remarks.append("a header of the VHDX is damaged; the other was used") }
        guard
            headers.count == 1 || first.sequence != last.sequence || first.header.bytes.elementsEqual(last.header.bytes)
        else {
            throw FormatError(.malformed, "one header of a VHDX newer than the other expected, two of one age found")
        }
        return first.sequence > last.sequence ? first.header : last.header
    }

    /// Throws where what is in the log has to be written to its places before anything else may be trusted.
    private static func checkLog(_ header: FieldReader) throws(FormatError) {
        guard try header.slice(at: 48, count: 16).contains(where: { $0 != 0 }) else { return }
        throw FormatError(
            .unsupported,
            "a VHDX that was closed expected, one found with a log that has yet to be replayed: its writer was cut off, or "
                + "still writes; copy it, empty the log of the copy by `qemu-img check -r all COPY` (or by attaching it "
                + "once in Hyper-V), and give the copy")
    }

    private struct Region {
        let offset: Int
        let size: Int
    }

    private static func regions(
        _ file: any BlockSource, _ remarks: inout [String]
    ) throws(FormatError) -> [String: Region] {
        var table = try record("regi", tableSize, at: 192 << 10, in: file)
        if table == nil {
            table = try record("regi", tableSize, at: 256 << 10, in: file)
            if table != nil { remarks.append("the first region table of the VHDX is damaged; the second was used") }
        }
        guard let table else {
            throw FormatError(
                .checksumMismatch, "a region table of a VHDX expected at 192 or 256 KiB, none that is whole found")
        }
        let count = try table.uint32(at: 8)
        guard count <= mostEntries else {
            throw FormatError(.malformed, "at most \(mostEntries) regions of a VHDX expected, \(count) found")
        }
        var regions: [String: Region] = [:]
        for index in 0..<Int(count) {
            let entry = try table.record(at: 16 + 32 * index, count: 32)
            let id = try entry.guid(at: 0)
            let (offset, size) = (try entry.uint64(at: 16), Int(try entry.uint32(at: 24)))
            guard GUID.knownRegions.contains(id) else {
                guard try entry.uint32(at: 28) & 1 == 0 else {
                    throw FormatError(
                        .unsupported, "regions of a VHDX that are known expected, \(id) found, which is required")
                }
                continue
            }
            guard offset >= UInt64(unit), offset <= UInt64(Int.max / 2), Int(offset) % unit == 0, regions[id] == nil
            else {
                throw FormatError(
                    .malformed,
                    "one region \(id) of a VHDX at a multiple of 1 MiB expected, one at byte \(offset) found")
            }
            try file.checkHolds("a region of \(size) bytes of the VHDX", at: Int(offset), count: size)
            regions[id] = Region(offset: Int(offset), size: size)
        }
        return regions
    }

    /// Where in the metadata region each item is.
    private static func items(_ file: any BlockSource, _ region: Region) throws(FormatError) -> [String: Region] {
        guard region.size >= tableSize else {
            throw FormatError(
                .malformed, "metadata of a VHDX of \(tableSize) bytes or more expected, \(region.size) found")
        }
        let table = try file.record(at: region.offset, count: tableSize, bigEndian: false)
        let count = try table.uint16(at: 10)
        guard table.bytes.starts(with: "metadata".utf8), count < mostEntries else {
            throw FormatError(.malformed, "the metadata of a VHDX expected, other bytes found", at: region.offset)
        }
        var items: [String: Region] = [:]
        for index in 0..<Int(count) {
            let entry = try table.record(at: 32 + 32 * index, count: 32)
            let id = try entry.guid(at: 0)
            let flags = try entry.uint32(at: 24)
            if flags & 4 != 0, !GUID.knownItems.contains(id) {
                throw FormatError(
                    .unsupported, "metadata of a VHDX that are known expected, \(id) found, which are required")
            }
            items[id] = Region(offset: Int(try entry.uint32(at: 16)), size: Int(try entry.uint32(at: 20)))
        }
        return items
    }

    /// The record of so many bytes at `place`; nil where its mark or its checksum, CRC-32C at its byte 4, is wrong.
    private static func record(
        _ mark: String, _ count: Int, at place: Int, in file: any BlockSource
    ) throws(FormatError) -> FieldReader? {
        try file.checkHolds("the headers of a VHDX", at: place, count: count)
        let record = try file.record(at: place, count: count, bigEndian: false)
        guard record.bytes.starts(with: mark.utf8) else { return nil }
        let crc = CRC32.castagnoli
        var state = crc.update(~0, try record.slice(at: 0, count: 4))
        state = crc.update(state, [0, 0, 0, 0])
        state = crc.update(state, try record.slice(at: 8, count: count - 8))
        return try record.uint32(at: 4) == ~state ? record : nil
    }
}

/// What regions and metadata are called by.
private enum GUID {
    static let blockAllocationTable = "2dc27766-f623-4200-9d64-115e9bfd4a08"
    static let metadata = "8b7ca206-4790-4b9a-b8fe-575f050f886e"
    static let knownRegions = [blockAllocationTable, metadata]

    static let fileParameters = "caa16737-fa36-4d43-b3b6-33f0aa44e76b"
    static let virtualDiskSize = "2fa54224-cd1b-4876-b211-5dbed83bf4b8"
    static let logicalSectorSize = "8141bf1d-a96f-4709-ba47-f233a8faab5f"
    static let parentLocator = "a8d35f2d-b30b-454d-abf7-d3d84834ab0c"
    /// Those, and what says nothing of where bytes are: the identifier of the disk, the size of a physical sector.
    static let knownItems = [
        fileParameters, virtualDiskSize, logicalSectorSize, parentLocator, "beca12ab-b2e6-4523-93ef-c309e000c746",
        "cda348c7-445d-4471-9cc9-e9885251c556",
    ]
}
