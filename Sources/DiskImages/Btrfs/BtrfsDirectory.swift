/// The names in a directory of btrfs.

import ByteParsing

/// One name: of a DIR_ITEM, by which a name is looked for, or a DIR_INDEX, by which they are listed.
struct BtrfsDirectoryEntry {
    /// The inode, or the subvolume, that the name is of.
    let location: BtrfsKey
    let name: ArraySlice<UInt8>

    /// What the key of a name's item has as its offset (Linux fs/btrfs/ctree.h, btrfs_name_hash).
    static func hash(_ name: [UInt8]) -> UInt64 { UInt64(CRC32.castagnoli.update(~1, name[...])) }

    /// The entries of an item: names of one hash share one.
    ///
    /// Each is the key of what it names, a generation, the size of data, the size of the name, a type, name and data.
    static func all(in item: FieldReader) throws(FormatError) -> [BtrfsDirectoryEntry] {
        var entries: [BtrfsDirectoryEntry] = []
        var at = 0
        while at < item.count {
            let head = try item.record(at: at, count: 30)
            let (data, name) = (Int(try head.uint16(at: 25)), Int(try head.uint16(at: 27)))
            entries.append(
                BtrfsDirectoryEntry(
                    location: head.bytes.span.key(at: 0), name: try item.slice(at: at + 30, count: name)))
            at += 30 + name + data
        }
        return entries
    }
}
