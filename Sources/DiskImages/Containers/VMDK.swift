/// VMDK (VMware's Virtual Disk Format 5.0; libvmdk's documentation): the header of a disk in one file.

import ByteParsing

/// The header of a sparse extent, in its first sector and again in the footer of some.
///
///     0 "KDMV"   4 version   8 flags   12 capacity   20 grain size   28 descriptor, its offset and size
///     44 entries a table   48 redundant directory   56 directory   64 metadata   73 "\n \r\n"   77 compression
///
/// Sizes and places are counted in sectors of 512 bytes.
struct VMDK {
    static let sector = 512

    /// In bytes.
    let capacity: Int
    /// In bytes: how much lies in one piece.
    let grainSize: Int
    /// How many grains one table has.
    let entriesPerTable: Int
    /// In bytes, from the beginning of the file; nil where the footer says it.
    let directory: Int?
    /// Each grain stands behind its address and size, as a zlib stream.
    let isCompressed: Bool
    /// Whether an entry of 1 means zeros.
    let hasZeroGrains: Bool
    /// In bytes, with the header itself: where the first grain may stand.
    let metadataEnd: Int
    private let descriptor: (offset: Int, size: Int)

    /// The largest size of a grain, in bytes: 64 KiB is what everybody has.
    private static let largestGrain = 16 << 20
    /// Of a descriptor, in bytes; programs make room for 10,000.
    static let longestDescriptor = 64 << 10

    /// Opens a disk in one file. Throws where its bytes stand in other files, none of which is opened.
    static func open(_ file: any BlockSource) throws(FormatError) -> DiskContainer {
        let head = try file.read(at: 0, count: min(file.size, longestDescriptor))
        guard head.starts(with: "KDMV".utf8) else {
            try VMDKDescriptor(head).checkIsWhole(isEmbedded: false)
            throw FormatError(.malformed, "a VMDK with its data expected, a descriptor alone found")
        }
        var header = try VMDK(file.record(at: 0, count: sector, bigEndian: false))
        if let descriptor = try header.descriptor(in: file) {
            try descriptor.checkIsWhole(isEmbedded: true)
        } else if !header.isCompressed {
            throw FormatError(
                .unsupported,
                "a disk in one file expected, a VMDK without descriptor found, as the parts of a disk in several files "
                    + "are; \(VMDKDescriptor.joining)")
        }
        if header.directory == nil { header = try footer(of: file) }
        let grains = try VMDKGrains(file, header)
        return DiskContainer(header.isCompressed ? "vmdk stream-optimized" : "vmdk sparse", [grains])
    }

    /// The header that stands at the end of what was written in one go: before the last sector.
    private static func footer(of file: any BlockSource) throws(FormatError) -> VMDK {
        let place = file.size - 2 * sector
        if place >= sector {
            let footer = try file.record(at: place, count: sector, bigEndian: false)
            if try footer.slice(at: 0, count: 4).elementsEqual("KDMV".utf8) {
                let header = try VMDK(footer)
                if header.directory != nil { return header }
            }
        }
        throw FormatError(
            .truncated,
            "a VMDK with its footer expected, the file ends before its footer, at byte \(file.size), and is not whole; "
                + "copy or export it again")
    }

    private init(_ block: FieldReader) throws(FormatError) {
        func bytes(_ sectors: UInt64, _ what: String) throws(FormatError) -> Int {
            guard sectors <= UInt64(Int.max / Self.sector) else {
                throw FormatError(.malformed, "\(what) of a VMDK in reach expected, \(sectors) sectors found")
            }
            return Int(sectors) * Self.sector
        }
        let version = try block.uint32(at: 4)
        guard 1...3 ~= version else {
            throw FormatError(.unsupported, "version 1 to 3 of a VMDK expected, \(version) found")
        }
        let flags = try block.uint32(at: 8)
        if flags & 1 != 0, try !block.slice(at: 73, count: 4).elementsEqual("\n \r\n".utf8) {
            throw FormatError(
                .malformed, "the line ends of a VMDK's header are changed: it was copied as text; copy it again")
        }
        capacity = try bytes(block.uint64(at: 12), "the capacity")
        let grain = try block.uint64(at: 20)
        guard grain.nonzeroBitCount == 1, grain <= UInt64(Self.largestGrain / Self.sector) else {
            throw FormatError(
                .malformed,
                "grains of a power of two, at most \(Self.largestGrain / Self.sector) sectors, expected, "
                    + "\(grain) sectors found")
        }
        grainSize = Int(grain) * Self.sector
        descriptor = (
            try bytes(block.uint64(at: 28), "the descriptor's place"),
            try bytes(block.uint64(at: 36), "the descriptor's size")
        )
        let entries = try block.uint32(at: 44)
        guard 1...512 ~= entries else {
            throw FormatError(.malformed, "grain tables of 1 to 512 entries expected, \(entries) found")
        }
        entriesPerTable = Int(entries)
        let directory = try block.uint64(at: 56)
        self.directory = directory == .max ? nil : try bytes(directory, "the grain directory's place")
        hasZeroGrains = flags & 4 != 0
        isCompressed = flags & 0x10000 != 0
        let compression = try block.uint16(at: 77)
        guard isCompressed ? compression == 1 && flags & 0x20000 != 0 : compression == 0 else {
            throw FormatError(
                .unsupported,
                "a VMDK without compression, or deflated and with markers, expected, compression "
                    + "\(compression) with flags \(flags) found")
        }
        metadataEnd = max(Self.sector, descriptor.size > 0 ? descriptor.offset &+ descriptor.size : 0)
    }

    /// The text in it; nil where it has none, or where the room for it is empty.
    private func descriptor(in file: any BlockSource) throws(FormatError) -> VMDKDescriptor? {
        guard descriptor.size > 0, descriptor.offset > 0 else { return nil }
        guard descriptor.size <= Self.longestDescriptor else {
            throw FormatError(
                .limitExceeded,
                "a VMDK's descriptor of at most \(Self.longestDescriptor) bytes expected, \(descriptor.size) found")
        }
        let text = try file.read(at: descriptor.offset, count: descriptor.size)
        return text.first == 0 ? nil : try VMDKDescriptor(text)
    }
}
