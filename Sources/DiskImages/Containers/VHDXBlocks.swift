/// The bytes of a VHDX, found block by block through its block allocation table.

import ByteParsing

/// A disk of blocks, each of which stands somewhere in the file or nowhere and is zeros.
///
/// Behind the entries of so many blocks that a bitmap of 1 MiB has a bit for each of their sectors, the table has one for
/// that bitmap, which differencing disks alone need. Only the entries of what is read are looked at.
final class VHDXBlocks: BlockSource {
    let size: Int
    private let file: any BlockSource
    private let disk: VHDX
    /// How many blocks lie between two entries of bitmaps.
    private let chunk: Int

    /// Throws where the table is too small for the disk.
    init(_ file: any BlockSource, _ disk: VHDX) throws(FormatError) {
        self.file = file
        self.disk = disk
        size = disk.size
        chunk = (1 << 23) * disk.sectorSize / disk.blockSize
        let blocks = (size - 1) / disk.blockSize + 1
        let entries = blocks + (blocks - 1) / chunk
        guard entries <= disk.table.size / 8 else {
            throw FormatError(
                .malformed,
                "a table of \(entries) entries expected in a VHDX, one of \(disk.table.size / 8) found",
                at: disk.table.offset)
        }
    }

    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try read(at: offset, count: count, inPiecesOf: disk.blockSize, part)
    }

    private func part(of block: Int, _ start: Int, _ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard let place = try place(of: block) else { return [UInt8](repeating: 0, count: count)[...] }
        try file.checkHolds("block \(block) of the VHDX", at: place, count: start + count)
        return try file.read(at: place + start, count: count)
    }

    /// Where a block stands in the file, in bytes; nil where it is zeros.
    private func place(of block: Int) throws(FormatError) -> Int? {
        let index = block + block / chunk
        let entry = try file.record(at: disk.table.offset + 8 * index, count: 8, bigEndian: false).uint64(at: 0)
        switch entry & 7 {
        // Not present, undefined, zero, unmapped, and unmapped as version 0.95 wrote it.
        case 0, 1, 2, 3, 5: return nil
        case 6:
            // Its upper 44 bits count mebibytes.
            let place = entry & ~UInt64(VHDX.unit - 1)
            guard let place = Int(exactly: place), place >= VHDX.unit else {
                throw FormatError(
                    .malformed, "block \(block) of the VHDX behind its headers expected, byte \(place) found")
            }
            return place
        default:
            throw FormatError(
                .malformed,
                "block \(block) of the VHDX present or not expected, state \(entry & 7) found"
                    + (entry & 7 == 7 ? ", of which its parent has a part" : ""))
        }
    }
}
