/// Forward reading of a part of a file that is in memory: as it is, or decompressed.

package import ByteParsing
import Inflating

/// Bytes of one part of a file, forwards: each is read or passed over once.
package final class PartReader {
    private let part: CompressedPart?
    private let stream: any ByteStream
    private var block = Block(size: 0)
    private var blockPosition = 0
    private let start: Int
    /// How many bytes of what the part holds were read or passed over.
    package private(set) var position = 0
    /// How many bytes a part may hold, decompressed.
    private static let limit = 1 << 30

    /// A part that is not compressed.
    package init(_ bytes: ArraySlice<UInt8>) {
        part = nil
        stream = MemoryStream(bytes)
        start = bytes.startIndex
    }

    /// The compressed part at the beginning of `bytes`; nil where none begins there.
    ///
    /// gzip, zstd, xz, bzip2, lzma and lz4, its legacy frames too: what Linux decompresses an initramfs by.
    package init?(compressed bytes: ArraySlice<UInt8>) {
        guard let part = CompressedPart(bytes) else { return nil }
        self.part = part
        stream = part.stream()
        start = bytes.startIndex
    }

    /// Where in the file what follows the part begins, in bytes: behind what was read of a part that is not compressed,
    /// and behind the whole of one that is, which was read to its end.
    package var end: Int { part?.end(of: stream) ?? start + position }

    /// The next `count` bytes, fewer at the end of the part. Throws where the part is cut or damaged, and where it holds
    /// more than 1 GB.
    package func read(_ count: Int) throws(FormatError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, try hasMore() {
            let range = blockPosition..<min(block.count, blockPosition + count - bytes.count)
            bytes += block.copy(range)
            advance(range.count)
        }
        return bytes
    }

    /// Passes over `count` bytes; false where the part ends before.
    package func skip(_ count: Int) throws(FormatError) -> Bool {
        var left = count
        while left > 0 {
            if blockPosition == block.count {
                let skipped = stream.skip(left)
                position += skipped
                left -= skipped
            }
            guard left > 0 else { break }
            guard try hasMore() else { return false }
            let here = min(left, block.count - blockPosition)
            advance(here)
            left -= here
        }
        return true
    }

    /// Passes over zeros; whether another byte follows them.
    package func skipZeros() throws(FormatError) -> Bool {
        while try hasMore() {
            guard block.isZero(blockPosition..<(blockPosition + 1)) else { return true }
            advance(1)
        }
        return false
    }

    private func advance(_ count: Int) {
        blockPosition += count
        position += count
    }

    /// Whether a byte is left; goes to the next block where the present one is used up.
    private func hasMore() throws(FormatError) -> Bool {
        guard blockPosition == block.count else { return true }
        guard position < Self.limit else {
            throw FormatError(
                .limitExceeded, "at most \(Self.limit) decompressed bytes expected, more found", at: start)
        }
        do throws(StreamError) {
            block = try stream.next()
        } catch {
            throw FormatError(error.code == .torn ? .truncated : .malformed, error.reason, at: start)
        }
        blockPosition = 0
        return block.count > 0
    }
}

/// Bytes in memory as a stream.
private final class MemoryStream: ByteStream {
    private var rest: ArraySlice<UInt8>
    private let block = Block()
    /// How much is given at once: little after a skip, since often only a header stands there.
    private var nextSize = Block.size

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    func next() throws(StreamError) -> Block {
        let part = rest.prefix(nextSize)
        unsafe block.memory.copyBytes(from: part)
        block.count = part.count
        rest = rest[part.endIndex...]
        nextSize = Block.size
        return block
    }

    var canSkip: Bool { true }

    func skip(_ count: Int) -> Int {
        let skipped = min(count, rest.count)
        rest = rest[(rest.startIndex + skipped)...]
        nextSize = 1 << 9
        return skipped
    }
}

/// The compressed part of a file that begins at some byte, and where it ends.
private struct CompressedPart {
    private let compression: Compression
    /// From its first byte to its last, or to the end of the file where only decompressing shows the end.
    private let bytes: ArraySlice<UInt8>

    /// What begins with `bytes`; nil where it is in no compression that Linux knows of an initramfs (lib/decompress.c).
    init?(_ bytes: ArraySlice<UInt8>) {
        func begins(_ magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
        if begins(Self.lz4Legacy) {
            compression = .lz4
            self.bytes = Self.lz4LegacyPart(bytes)
        } else if begins([0x5D, 0x00, 0x00]) {
            compression = .lzma
            self.bytes = bytes
        } else if let found = Compression(Array(bytes.prefix(16))) {
            compression = found
            self.bytes =
                switch found {
                case .xz: Self.xzPart(bytes)
                case .zstd: Self.zstdPart(bytes)
                case .gzip, .bzip2, .lz4, .lzma: bytes
                }
        } else {
            return nil
        }
    }

    /// What it holds, block by block.
    func stream() -> any ByteStream {
        let stream = MemoryStream(bytes)
        return stream.decompressed(compression, onAllCores: false)
    }

    /// Where in the file what follows it begins, in bytes, once `stream` was read to its end.
    func end(of stream: any ByteStream) -> Int {
        if let gzip = stream as? GzipStream, let foreign = gzip.foreignBytes { return bytes.startIndex + foreign }
        return bytes.endIndex
    }

    private static let lz4Legacy: [UInt8] = [0x02, 0x21, 0x4C, 0x18]

    /// Blocks behind their sizes, until what follows is none (lz4's doc/lz4_Frame_format.md, "Legacy frame"; Linux
    /// lib/decompress_unlz4.c): a block holds at most 8 MB, which grow a little where they cannot be compressed.
    private static func lz4LegacyPart(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let largest = 8 << 20 + (8 << 20) / 255 + 16
        var at = bytes.startIndex + 4
        while let size = littleEndian(bytes, at, 4), size > 0, size <= largest, size <= bytes.endIndex - at - 4 {
            at += 4 + size
        }
        return bytes[..<at]
    }

    /// Frames one after the other, each to its last block and its checksum (RFC 8878, section 3.1); to the end of the
    /// file where that is not followed.
    private static func zstdPart(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var at = bytes.startIndex
        while let magic = littleEndian(bytes, at, 4) {
            if magic & 0xFFFF_FFF0 == 0x184D_2A50, let size = littleEndian(bytes, at + 4, 4) {
                guard size <= bytes.endIndex - at - 8 else { return bytes }
                at += 8 + size
                continue
            }
            guard magic == 0xFD2F_B528 else { break }
            guard let descriptor = littleEndian(bytes, at + 4, 1) else { return bytes }
            let isSingleSegment = descriptor & 0x20 != 0
            let contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]
            at += 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3] + contentSize
            while true {
                guard let header = littleEndian(bytes, at, 3) else { return bytes }
                let isRunLength = header >> 1 & 3 == 1
                let size = 3 + (isRunLength ? 1 : header >> 3)
                guard size <= bytes.endIndex - at else { return bytes }
                at += size
                if header & 1 != 0 { break }
            }
            if descriptor & 4 != 0 { at += 4 }
            guard at <= bytes.endIndex else { return bytes }
        }
        return bytes[..<at]
    }

    /// One stream to its footer, which stands at a multiple of four bytes, repeats the header's flags and ends with `YZ`
    /// (The .xz File Format, section 2.1.2); to the end of the file where none is found.
    private static func xzPart(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = bytes.startIndex
        var end = start + 24
        while end <= bytes.endIndex {
            if bytes[end - 1] == UInt8(ascii: "Z"), bytes[end - 2] == UInt8(ascii: "Y"),
                bytes[end - 3] == bytes[start + 7], bytes[end - 4] == bytes[start + 6],
                littleEndian(bytes, end - 12, 4) == Int(bytes[(end - 8)..<(end - 2)].reduce(0) { crc32($0, $1) })
            {
                return bytes[..<end]
            }
            end += 4
        }
        return bytes
    }

    private static func littleEndian(_ bytes: ArraySlice<UInt8>, _ at: Int, _ count: Int) -> Int? {
        guard at >= bytes.startIndex, at <= bytes.endIndex, bytes.endIndex - at >= count else { return nil }
        return (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
}
