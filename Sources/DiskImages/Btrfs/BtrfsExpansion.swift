/// What btrfs compresses, decompressed.

import ByteParsing
import Inflating

/// Decompresses extents, one after the other.
final class BtrfsExpansion {
    /// An extent that is compressed has at most so many bytes, and what it holds too (Linux fs/btrfs/compression.h,
    /// BTRFS_MAX_UNCOMPRESSED).
    static let limit = 128 << 10

    private let sectorSize: Int
    private lazy var zlib = ZlibPieces(limit: Self.limit)
    private lazy var zstd = ZstdPieces(limit: Self.limit)

    init(sectorSize: Int) {
        self.sectorSize = sectorSize
    }

    /// What `bytes` hold, of which `size` is said; what is not compressed is given as it is.
    func expand(
        _ bytes: ArraySlice<UInt8>, _ compression: UInt8, size: UInt64, isInline: Bool
    ) throws(FormatError) -> [UInt8] {
        guard size <= UInt64(Self.limit) else {
            throw FormatError(.limitExceeded, "at most \(Self.limit) bytes in an extent expected, \(size) found")
        }
        var expanded: [UInt8]
        switch compression {
        case 0: expanded = Array(bytes)
        case 1: expanded = try zlib.inflate(bytes)
        case 2: expanded = try lzo(bytes)
        case 3: expanded = try zstd.inflate(bytes)
        default:
            throw FormatError(.unsupported, "compression by zlib, LZO or Zstandard expected, kind \(compression) found")
        }
        // The kernel fills what is in the tree up with zeros (fs/btrfs/inode.c, uncompress_inline).
        if isInline, expanded.count < Int(size) {
            expanded += repeatElement(0, count: Int(size) - expanded.count)
        }
        return expanded
    }

    /// Segments of a sector each, with their sizes in front: a size never crosses the end of a sector (Linux
    /// fs/btrfs/lzo.c).
    private func lzo(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> [UInt8] {
        let record = FieldReader(bytes, bigEndian: false)
        let total = Int(try record.uint32(at: 0))
        guard total <= record.count else {
            throw FormatError(.malformed, "at most \(record.count) bytes of LZO data expected, \(total) found")
        }
        var expanded: [UInt8] = []
        var at = 4
        while at < total {
            let size = Int(try record.uint32(at: at))
            guard size > 0, at + 4 + size <= total else {
                throw FormatError(.malformed, "a segment of LZO data inside \(total) bytes expected, \(size) found")
            }
            expanded += try LZO1X.decode(record.slice(at: at + 4, count: size), limit: sectorSize)
            guard expanded.count <= Self.limit else {
                throw FormatError(.limitExceeded, "at most \(Self.limit) bytes of LZO data expected, more found")
            }
            at += 4 + size
            let left = sectorSize - at % sectorSize
            if left < 4 { at += left }
        }
        return expanded
    }
}
