/// The bytes of a sparse VMDK, found grain by grain through its directory and tables.

import ByteParsing
import Inflating

/// A disk of grains, each of which stands somewhere in the file, compressed or not, or nowhere and is zeros.
///
/// Of directory and tables only the entries on the way to what is read are looked at.
final class VMDKGrains: BlockSource {
    let size: Int
    private let file: any BlockSource
    private let header: VMDK
    /// In bytes.
    private let directory: Int
    /// What inflates; nil where nothing is compressed.
    private let pieces: ZlibPieces?
    private var inflated: KeptPieces

    /// Throws where the directory does not lie in the file.
    init(_ file: any BlockSource, _ header: VMDK) throws(FormatError) {
        self.file = file
        self.header = header
        size = header.capacity
        directory = header.directory ?? 0
        pieces = header.isCompressed ? ZlibPieces(limit: header.grainSize) : nil
        inflated = KeptPieces(ofSize: header.grainSize)
        let covered = header.grainSize * header.entriesPerTable
        let entries = size / covered + (size % covered == 0 ? 0 : 1)
        guard directory > 0, directory <= file.size, entries <= (file.size - directory) / 4 else {
            throw FormatError(
                .truncated,
                "a grain directory of \(entries) entries expected at byte \(directory), the file ends at byte "
                    + "\(file.size) and is not whole; copy or export it again")
        }
    }

    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try read(at: offset, count: count, inPiecesOf: header.grainSize, part)
    }

    /// `count` bytes of a grain, from its byte `start` on.
    private func part(of grain: Int, _ start: Int, _ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard let pieces else {
            guard let place = try place(of: grain) else { return [UInt8](repeating: 0, count: count)[...] }
            return try inFile(place + start, count, grain)
        }
        if let known = inflated.piece(grain) { return try Self.part(of: known, start, count, grain) }
        guard let place = try place(of: grain) else { return [UInt8](repeating: 0, count: count)[...] }
        let bytes = try inflate(grain, at: place, pieces)
        inflated.keep(bytes, grain)
        return try Self.part(of: bytes, start, count, grain)
    }

    private static func part(
        of bytes: [UInt8], _ start: Int, _ count: Int, _ grain: Int
    ) throws(FormatError) -> ArraySlice<UInt8> {
        guard start + count <= bytes.count else {
            throw FormatError(
                .malformed, "\(start + count) bytes of grain \(grain) of the VMDK expected, \(bytes.count) found")
        }
        return bytes[start..<start + count]
    }

    /// Where a grain stands in the file, in bytes; nil where it is zeros.
    private func place(of grain: Int) throws(FormatError) -> Int? {
        let table = try entry(grain / header.entriesPerTable, at: directory, grain)
        // Without a table, none of its grains was written.
        if table == 0 { return nil }
        let sector = try entry(grain % header.entriesPerTable, at: table * VMDK.sector, grain)
        if sector == 0 || sector == 1 && header.hasZeroGrains { return nil }
        guard sector * VMDK.sector >= header.metadataEnd else {
            throw FormatError(
                .malformed,
                "grain \(grain) of the VMDK behind its header expected, sector \(sector) found")
        }
        return sector * VMDK.sector
    }

    private func entry(_ index: Int, at place: Int, _ grain: Int) throws(FormatError) -> Int {
        let bytes = try inFile(place + 4 * index, 4, grain)
        return bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private func inFile(_ place: Int, _ count: Int, _ grain: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard place <= file.size, count <= file.size - place else {
            throw FormatError(
                .truncated,
                "grain \(grain) of the VMDK expected at byte \(place), the file ends at byte \(file.size); copy or "
                    + "export it again")
        }
        return try file.read(at: place, count: count)
    }

    /// A grain behind its marker: the sector of the disk that it begins with, and its size in the file.
    private func inflate(_ grain: Int, at place: Int, _ pieces: ZlibPieces) throws(FormatError) -> [UInt8] {
        let marker = FieldReader(try inFile(place, 12, grain), bigEndian: false, offset: place)
        let expected = UInt64(grain * (header.grainSize / VMDK.sector))
        let (sector, count) = (try marker.uint64(at: 0), Int(try marker.uint32(at: 8)))
        guard sector == expected else {
            throw FormatError(
                .malformed, "the grain of sector \(expected) of the VMDK expected, that of sector \(sector) found",
                at: place)
        }
        // What cannot be compressed grows by a few bytes in 16 KiB (RFC 1951, 3.2.4).
        guard 0 < count, count <= header.grainSize + header.grainSize / 8 + 512 else {
            throw FormatError(
                .malformed,
                "a compressed grain of 1 to some \(header.grainSize) bytes expected, \(count) found", at: place)
        }
        let bytes = try inFile(place + 12, count, grain)
        do throws(FormatError) {
            return try pieces.inflate(bytes)
        } catch {
            throw FormatError(error.code, "grain \(grain) of the VMDK: \(error.reason)", at: place)
        }
    }
}
