/// VHD (Microsoft's Virtual Hard Disk Image Format Specification 1.0): its footer, and disks of fixed size and of blocks.

import ByteParsing

/// The footer of a VHD, the last sector of the file; dynamic disks have a copy of it in the first.
///
///     0 "conectix"   16 where the dynamic header is   48 size of the disk   60 type   64 checksum
struct VHDFooter {
    /// In bytes.
    let size: Int
    /// 2 fixed, 3 dynamic, 4 differencing.
    let type: UInt32
    /// In bytes.
    let dynamicHeader: UInt64

    static let length = 512
    private static let mark = "conectix"

    /// Where a footer begins in the last bytes of a file: before the last 512, in old files 511; nil where none does.
    static func place(inTail tail: ArraySlice<UInt8>) -> Int? {
        [512, 511].first { tail.count >= $0 && tail.suffix($0).starts(with: mark.utf8) }
    }

    /// Reads it. Throws where the mark or the checksum is not that of a footer.
    init(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(FormatError) {
        let footer = FieldReader(bytes, bigEndian: true, offset: offset)
        guard bytes.starts(with: Self.mark.utf8) else {
            throw FormatError(.malformed, "the footer of a VHD expected, other bytes found", at: offset)
        }
        guard try footer.uint32(at: 64) == vhdChecksum(footer, except: 64) else {
            throw FormatError(.checksumMismatch, "the checksum of a VHD's footer is wrong", at: offset)
        }
        let size = try footer.uint64(at: 48)
        guard size > 0, size <= 1 << 53 else {
            throw FormatError(.malformed, "the size of a disk expected in a VHD's footer, \(size) found", at: offset)
        }
        self.size = Int(size)
        type = try footer.uint32(at: 60)
        dynamicHeader = try footer.uint64(at: 16)
    }
}

/// The complement of the sum of all bytes but those of the checksum itself.
private func vhdChecksum(_ record: FieldReader, except place: Int) -> UInt32 {
    ~record.bytes.enumerated().reduce(0) { sum, byte in
        place..<place + 4 ~= byte.offset ? sum : sum &+ UInt32(byte.element)
    }
}

enum VHD {
    /// Opens a disk of fixed or dynamic size. Throws where it is a differencing one, whose parent is never opened.
    static func open(_ file: any BlockSource) throws(FormatError) -> DiskContainer {
        let count = min(file.size, VHDFooter.length)
        let tail = try file.read(at: file.size - count, count: count)
        let place = VHDFooter.place(inTail: tail).map { file.size - $0 }
        do throws(FormatError) {
            guard let place else {
                throw FormatError(
                    .truncated,
                    "a VHD with its footer expected, the file ends before its footer, at byte \(file.size), and is not "
                        + "whole; copy or export it again")
            }
            let footer = try VHDFooter(tail.dropFirst(place - (file.size - count)), at: place)
            return try disk(footer, in: DiskSection(of: file, start: 0, size: place))
        } catch {
            // A dynamic disk begins with the same once more.
            guard error.code != .unsupported, file.size > VHDFooter.length,
                let copy = try? VHDFooter(file.read(at: 0, count: VHDFooter.length), at: 0), copy.type == 3
            else { throw error }
            let blocks = try VHDBlocks(file, copy)
            guard try blocks.lieInFile() else { throw error }
            return DiskContainer(
                "vhd dynamic", [blocks],
                remarks: ["the footer of the VHD is missing or damaged; its copy at the beginning was used"])
        }
    }

    private static func disk(_ footer: VHDFooter, in file: any BlockSource) throws(FormatError) -> DiskContainer {
        switch footer.type {
        case 2:
            // What a cut file lacks is an error where it is read.
            return DiskContainer("vhd fixed", [DiskSection(of: file, start: 0, size: footer.size)])
        case 3: return DiskContainer("vhd dynamic", [try VHDBlocks(file, footer)])
        case 4:
            throw FormatError(
                .unsupported,
                "a whole disk expected, a differencing VHD found, which holds what differs from its parent; the parent "
                    + "is not opened: make a whole disk of both by `qemu-img convert -O raw IMAGE disk.raw`")
        default: throw FormatError(.unsupported, "a fixed or dynamic VHD expected, type \(footer.type) found")
        }
    }
}

/// A dynamic disk: blocks that stand somewhere in the file behind a bitmap of their sectors, or nowhere and are zeros.
///
///     0 "cxsparse"   16 table   28 entries in it   32 size of a block   36 checksum
///
/// Of the table only the entries of what is read are looked at.
final class VHDBlocks: BlockSource {
    let size: Int
    private let file: any BlockSource
    /// In bytes.
    private let blockSize: Int
    private let table: Int
    private let bitmapSize: Int
    /// In bytes: where the first block may stand.
    private let metadataEnd: Int

    private static let headerLength = 1024
    /// Of a block, in bytes; 2 MiB is what everybody has.
    private static let largestBlock: UInt32 = 256 << 20
    /// How many entries are looked at for blocks outside the file.
    private static let entryLimit = 4 << 20

    /// Throws where its header or its table is not as it must be.
    init(_ file: any BlockSource, _ footer: VHDFooter) throws(FormatError) {
        self.file = file
        size = footer.size
        let place = Int(clamping: footer.dynamicHeader)
        try file.checkHolds("the header of a dynamic VHD", at: place, count: Self.headerLength)
        let header = try file.record(at: place, count: Self.headerLength, bigEndian: true)
        guard header.bytes.starts(with: "cxsparse".utf8) else {
            throw FormatError(.malformed, "the header of a dynamic VHD expected, other bytes found", at: place)
        }
        guard try header.uint32(at: 36) == vhdChecksum(header, except: 36) else {
            throw FormatError(.checksumMismatch, "the checksum of a dynamic VHD's header is wrong", at: place)
        }
        let blockSize = try header.uint32(at: 32)
        guard blockSize.nonzeroBitCount == 1, 512...Self.largestBlock ~= blockSize else {
            throw FormatError(
                .malformed,
                "blocks of a power of two from 512 to \(Self.largestBlock) bytes expected, \(blockSize) found",
                at: place)
        }
        self.blockSize = Int(blockSize)
        let entries = try header.uint32(at: 28)
        let needed = (size - 1) / self.blockSize + 1
        guard needed <= entries else {
            throw FormatError(
                .malformed, "a table of \(needed) blocks expected, one of \(entries) found", at: place)
        }
        let offset = try header.uint64(at: 16)
        guard let table = Int(exactly: offset), table <= file.size, needed <= (file.size - table) / 4 else {
            throw FormatError(
                .truncated,
                "a table of \(needed) blocks expected at byte \(offset), the file ends at byte \(file.size); copy or "
                    + "export it again")
        }
        self.table = table
        metadataEnd = place + Self.headerLength
        // A bit for each sector, in whole sectors.
        bitmapSize = (self.blockSize / 512 / 8 + 511) / 512 * 512
    }

    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try read(at: offset, count: count, inPiecesOf: blockSize, part)
    }

    private func part(of block: Int, _ start: Int, _ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard let place = try place(of: block) else { return [UInt8](repeating: 0, count: count)[...] }
        guard place >= metadataEnd else {
            throw FormatError(
                .malformed, "block \(block) of the VHD behind its header expected, byte \(place) found")
        }
        try file.checkHolds("block \(block) of the VHD", at: place, count: start + count)
        return try file.read(at: place + start, count: count)
    }

    /// Where the data of a block begin in the file, in bytes; nil where it is zeros.
    private func place(of block: Int) throws(FormatError) -> Int? {
        let sector = try file.record(at: table + 4 * block, count: 4, bigEndian: true).uint32(at: 0)
        return sector == .max ? nil : Int(sector) * 512 + bitmapSize
    }

    /// Whether all blocks lie in the file, so that nothing but its footer was cut off.
    func lieInFile() throws(FormatError) -> Bool {
        let count = (size - 1) / blockSize + 1
        guard count <= Self.entryLimit else { return false }
        for block in 0..<count {
            guard let place = try place(of: block) else { continue }
            // The last block may be stored as far as the disk goes.
            let length = min(blockSize, size - block * blockSize)
            if place > file.size || length > file.size - place { return false }
        }
        return true
    }
}
