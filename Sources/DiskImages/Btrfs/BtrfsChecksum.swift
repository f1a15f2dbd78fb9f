/// The checksums by which a btrfs guards its superblocks and nodes.

import ByteParsing

/// An algorithm, by its number in the superblock (Linux include/uapi/linux/btrfs_tree.h, btrfs_csum_type).
enum BtrfsChecksum: UInt16 {
    case crc32c = 0
    case xxhash64 = 1
    case sha256 = 2
    /// Not verified by this version.
    case blake2b = 3

    /// In bytes, in front of what is guarded.
    static let room = 32

    /// Throws where a block does not have the checksum that stands at its beginning.
    func verify(_ block: FieldReader) throws(FormatError) {
        let stored = try block.slice(at: 0, count: Self.room)
        let guarded = try block.slice(at: Self.room, count: block.count - Self.room)
        let agrees: Bool
        switch self {
        case .crc32c: agrees = try block.uint32(at: 0) == ~CRC32.castagnoli.update(~0, guarded)
        case .xxhash64: agrees = try block.uint64(at: 0) == XXHash64.hash(guarded)
        case .sha256:
            var digest = SHA256()
            digest.add(guarded.span)
            agrees = digest.digest().elementsEqual(stored)
        case .blake2b: agrees = true
        }
        guard agrees else {
            throw FormatError(.checksumMismatch, "a block with its checksum (\(self)) expected, other bytes found")
        }
    }
}
