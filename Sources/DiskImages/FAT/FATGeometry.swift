/// What the boot sector of a FAT file system says (Microsoft, FAT32 File System Specification 1.03).

import ByteParsing
import FileSystems

struct FATGeometry {
    /// How wide the numbers of clusters are. It should follow from how many there are and from nothing else; who reads
    /// FAT takes 32 bits wherever the place for the size of a narrower table is empty, as `mkfs.fat -F 32` leaves it on
    /// volumes of any size (Linux fs/fat/inode.c, fat_fill_super).
    enum Width: Int {
        case twelve = 12
        case sixteen = 16
        case thirtyTwo = 32
    }

    let width: Width
    let clusterSize: Int
    let clusterCount: Int
    /// Where the first table stands, in bytes.
    let table: Int
    /// Where cluster 2 stands, in bytes.
    let data: Int
    /// The root directory where it has a place of its own: before the clusters.
    let fixedRoot: Range<Int>?
    let rootCluster: Int
    /// `XXXX-XXXX`; nil where none is there.
    let serial: String?
    let label: String?

    /// How many clusters a FAT32 has at least by its specification, and a narrower one less than.
    static let fewestWideClusters = 65525

    /// Reads the boot sector; nil where `volume` begins with another thing.
    init?(_ volume: some BlockSource) throws(FormatError) {
        guard volume.size >= 512 else { return nil }
        let sector = try volume.record(at: 0, count: 512, bigEndian: false)
        let sectorSize = Int(try sector.uint16(at: 11))
        let sectorsPerCluster = Int(try sector.uint8(at: 13))
        let reserved = Int(try sector.uint16(at: 14))
        let tables = Int(try sector.uint8(at: 16))
        let rootEntries = Int(try sector.uint16(at: 17))
        let short = Int(try sector.uint16(at: 19))
        let tableSectors = Int(try sector.uint16(at: 22))
        let media = try sector.uint8(at: 21)
        guard [0xEB, 0xE9].contains(try sector.uint8(at: 0)), try sector.uint16(at: 510) == 0xAA55,
            [512, 1024, 2048, 4096].contains(sectorSize), sectorsPerCluster.nonzeroBitCount == 1, reserved > 0,
            1...4 ~= tables, media == 0xF0 || media >= 0xF8
        else { return nil }
        let total = short > 0 ? short : Int(try sector.uint32(at: 32))
        let isWide = tableSectors == 0
        let tableSize = (isWide ? Int(try sector.uint32(at: 36)) : tableSectors) * sectorSize
        let rootSize = (rootEntries * 32 + sectorSize - 1) / sectorSize * sectorSize
        table = reserved * sectorSize
        let root = table + tables * tableSize
        data = root + rootSize
        clusterSize = sectorsPerCluster * sectorSize
        guard tableSize > 0, total * sectorSize > data else { return nil }
        let clusters = (total * sectorSize - data) / clusterSize
        width = isWide ? .thirtyTwo : clusters < 4085 ? .twelve : .sixteen
        // Of the clusters those are there that the table has numbers for, behind the two before the first.
        clusterCount = min(clusters, tableSize * 8 / width.rawValue - 2)
        guard clusterCount > 0, isWide || clusterCount < Self.fewestWideClusters else { return nil }
        fixedRoot = width == .thirtyTwo ? nil : root..<data
        rootCluster = width == .thirtyTwo ? Int(try sector.uint32(at: 44)) : 0
        let extended = isWide ? 64 : 36
        guard try sector.uint8(at: extended + 2) == 0x29 else {
            serial = nil
            label = nil
            return
        }
        let digits = String(
            decoding: hexadecimal(try sector.slice(at: extended + 3, count: 4).reversed()), as: UTF8.self)
        serial = (digits.prefix(4) + "-" + digits.suffix(4)).uppercased()
        let name = try sector.slice(at: extended + 7, count: 11).prefix { $0 != 0 }
        let text = fileName(name.prefix((name.lastIndex { $0 != 0x20 } ?? name.startIndex - 1) - name.startIndex + 1))
        label = text == "NO NAME" || text.isEmpty ? nil : text
    }
}
