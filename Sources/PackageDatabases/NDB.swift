/// rpm's own database format, as SUSE uses it: slots that name blobs, one header in each blob.
///
///     0        header   "RpmP", version 0, generation, number of slot pages, next package index; 32 bytes
///     32       slots    16 bytes each to the end of the slot pages: "Slot", package index, first block, blocks
///     ...      blobs    head "BlbS", package index, time, length; header; zeros; tail Adler-32, length, "BlbE"
///
/// All numbers are u32 little-endian, a page has 4,096 bytes, a block 16. A slot without blocks is free. The checksum
/// covers everything of the blob before the tail. (rpm 4.18 lib/backend/ndb/rpmpkg.c)

import ByteParsing
import CZlib

/// The blobs of an NDB file.
enum NDB {
    private static let pageSize = 4096
    private static let blockSize = 16
    private static let headSize = 16
    private static let tailSize = 12

    private static let fileMagic = magic("RpmP")
    private static let slotMagic = magic("Slot")
    private static let headMagic = magic("BlbS")
    private static let tailMagic = magic("BlbE")

    private struct Slot {
        let place: Int
        let index: UInt32
        let block: Int
        let blocks: Int

        var offset: Int { block * blockSize }
    }

    /// Calls `body` with each header and its offset in the file, in the order of the slots.
    static func forEachHeader(
        in file: Span<UInt8>, _ body: (Span<UInt8>, Int) throws(FormatError) -> Void
    ) throws(FormatError) {
        let slots = try slots(of: file)
        try checkOverlaps(slots)
        for slot in slots { try read(slot, in: file, body) }
    }

    private static func slots(of file: Span<UInt8>) throws(FormatError) -> [Slot] {
        guard file.count >= pageSize else {
            throw FormatError(.truncated, "a page of \(pageSize) bytes expected, \(file.count) found", at: 0)
        }
        guard file.littleEndian(at: 0) == fileMagic else {
            throw FormatError(.malformed, "an NDB file, beginning with RpmP, expected", at: 0)
        }
        let version = file.littleEndian(at: 4)
        guard version == 0 else { throw FormatError(.unsupported, "NDB version 0 expected, \(version) found", at: 4) }
        let pages = Int(file.littleEndian(at: 12))
        guard pages > 0, pages <= file.count / pageSize else {
            throw FormatError(
                .truncated, "1 to \(file.count / pageSize) slot pages expected, \(pages) found", at: 12)
        }
        guard file.count.isMultiple(of: blockSize) else {
            throw FormatError(.truncated, "whole blocks of \(blockSize) bytes expected", at: file.count)
        }
        let firstBlock = pages * pageSize / blockSize
        if pages * pageSize + 4 <= file.count, file.littleEndian(at: pages * pageSize) == slotMagic {
            throw FormatError(
                .malformed, "\(pages) slot pages expected, a further one found", at: pages * pageSize)
        }
        var slots: [Slot] = []
        for place in stride(from: 32, to: pages * pageSize, by: 16) {
            guard file.littleEndian(at: place) == slotMagic else {
                throw FormatError(.malformed, "a slot expected", at: place)
            }
            let slot = Slot(
                place: place, index: file.littleEndian(at: place + 4), block: Int(file.littleEndian(at: place + 8)),
                blocks: Int(file.littleEndian(at: place + 12)))
            if slot.index == 0, slot.block == 0, slot.blocks == 0 { continue }
            guard slot.index != 0, slot.block >= firstBlock, slot.blocks > 0 else {
                throw FormatError(
                    .malformed, "a package index and blocks from \(firstBlock) expected, block \(slot.block) found",
                    at: place)
            }
            let end = slot.block + slot.blocks
            guard end <= file.count / blockSize else {
                throw FormatError(
                    .truncated, "blocks up to \(end) expected, the file ends after \(file.count / blockSize)",
                    at: place)
            }
            slots.append(slot)
        }
        return slots
    }

    /// Two slots for one package, or one place for two, would be an answer made of others.
    private static func checkOverlaps(_ slots: [Slot]) throws(FormatError) {
        var end = 0
        for slot in slots.sorted(by: { $0.block < $1.block }) {
            guard slot.block >= end else {
                throw FormatError(.malformed, "blocks of its own expected, those of another slot found", at: slot.place)
            }
            end = slot.block + slot.blocks
        }
        var indexes: Set<UInt32> = []
        for slot in slots where !indexes.insert(slot.index).inserted {
            throw FormatError(.malformed, "package index \(slot.index) expected once, found again", at: slot.place)
        }
    }

    private static func read(
        _ slot: Slot, in file: Span<UInt8>, _ body: (Span<UInt8>, Int) throws(FormatError) -> Void
    ) throws(FormatError) {
        let start = slot.offset
        let size = slot.blocks * blockSize
        guard size >= headSize + tailSize, file.littleEndian(at: start) == headMagic,
            file.littleEndian(at: start + 4) == slot.index
        else { throw FormatError(.malformed, "the blob of package index \(slot.index) expected", at: start) }
        let length = Int(file.littleEndian(at: start + 12))
        let tail = start + size - tailSize
        guard (headSize + length + tailSize + blockSize - 1) / blockSize == slot.blocks,
            Int(file.littleEndian(at: tail + 4)) == length, file.littleEndian(at: tail + 8) == tailMagic
        else {
            throw FormatError(.malformed, "a blob of \(slot.blocks) blocks expected, \(length) bytes found", at: start)
        }
        let stored = file.littleEndian(at: tail)
        let computed = adler32(of: file.extracting(start..<tail))
        guard stored == computed else {
            throw FormatError(
                .checksumMismatch, "Adler-32 \(stored) expected of the blob, \(computed) found", at: start)
        }
        try body(file.extracting(start + headSize..<start + headSize + length), start + headSize)
    }

    private static func adler32(of bytes: Span<UInt8>) -> UInt32 {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe UInt32(truncatingIfNeeded: adler32_z(1, buffer.baseAddress, buffer.count))
        }
    }

    private static func magic(_ text: StaticString) -> UInt32 {
        text.description.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
