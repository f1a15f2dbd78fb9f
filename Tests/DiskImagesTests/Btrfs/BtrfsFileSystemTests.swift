/// btrfs as the real mkfs.btrfs makes it, in each form that a reader meets.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("mkfs.btrfs"), "btrfs-progs is not installed"))
struct BtrfsFileSystemTests {
    static let options = [
        "", "-m single -n 4096", "-n 65536", "-O ^no-holes,^skinny-metadata", "--mixed --csum sha256", "--csum xxhash",
        "--csum blake2",
    ]

    @Test(arguments: options) func everyFileIsAsItWasPutThere(_ options: String) throws {
        let workshop = try Workshop()
        try workshop.makeContent(names: 900)
        try workshop.makeBtrfs(options)
        let btrfs = try BtrfsFileSystem(MemoryDisk(workshop.bytes("image")))
        let read = try listing(of: btrfs)
        #expect(read.count > 930)
        #expect(differences(read, try workshop.listing(ofDirectory: "content")).isEmpty)
        #expect(btrfs.remarks.count == (options.contains("blake2") ? 1 : 0))
    }

    /// A field of the superblock, a value that none has, and what the error names.
    static let superblocks: [(Int, [UInt8], String)] = [
        (0x40, [0], "a superblock"), (0xC4, [4, 0], "kind 0 to 3"), (0x30, [0, 0, 2], "of this place"),
        (0xBC + 1, [0x10], "0x1000"), (0x38 + 4, [2], "dump"), (0x90, [1, 0, 0, 0], "powers of two"),
        (0x94, [0, 0, 2, 0], "powers of two"), (0x94, [0, 0, 0, 0], "powers of two"), (0xA0, [1, 8, 0, 0], "2048"),
        (0xC6, [255], "levels"), (0xC7, [8], "levels"), (0x50, [0, 0, 0, 0, 0, 0, 0, 1], "an address inside a chunk"),
        (0x48, [0xFF, 0xFF], "generation"), (0x32B + 8, [1], "an item of type 1"),
        // The first chunk: its size, its number of stripes, its profile, its device.
        (0x32B + 17, [0, 0, 0, 0, 0, 0, 0, 0], "some bytes"), (0x32B + 17 + 44, [0xFF, 0xFF], "bytes"),
        (0x32B + 17 + 24, [8 | 2], "RAID0"), (0x32B + 17 + 24, [0x80 | 2], "RAID5"), (0x32B + 17 + 48, [7], "device 7"),
        // So large that the others lie inside it; and where its blocks are not.
        (0x32B + 17, [0, 0, 0, 0, 0, 0, 0, 0x40], "beside each other"),
        (0x32B + 17 + 48 + 8, [0, 0, 0, 1], "another's found"),
    ]

    @Test(arguments: superblocks.indices) func aSuperblockThatCannotBeIsRefused(_ index: Int) throws {
        let (offset, value, what) = Self.superblocks[index]
        let workshop = try Workshop()
        try workshop.run("mkdir content")
        // Blocks of this kind are not verified, and the first superblock is the only one in less than 64 MiB.
        try workshop.makeBtrfs("--csum blake2 --mixed", size: "48M")
        let disk = try MemoryDisk(workshop.bytes("image"))
        disk.bytes.replaceSubrange(0x10000 + offset..<0x10000 + offset + value.count, with: value)
        let error = #expect(throws: FormatError.self) { try BtrfsFileSystem(disk) }
        #expect(error?.reason.contains(what) == true, "\(error?.reason ?? "-")")
    }

    @Test func aDamagedSuperblockHasACopy() throws {
        let workshop = try Workshop()
        try workshop.makeContent(names: 9)
        try workshop.makeBtrfs()
        let disk = try MemoryDisk(workshop.bytes("image"))
        disk.bytes[0x10000 + 0x200] ^= 1
        let btrfs = try BtrfsFileSystem(disk)
        #expect(btrfs.remarks.count == 1 && btrfs.remarks[0].contains("64 MiB"))
        #expect(btrfs.remarks[0].contains("btrfs rescue super-recover"))
        #expect(differences(try listing(of: btrfs), try workshop.listing(ofDirectory: "content")).isEmpty)
        disk.bytes[64 << 20 + 0x200] ^= 1
        let error = #expect(throws: FormatError.self) { try BtrfsFileSystem(disk) }
        #expect(error?.code == .checksumMismatch)
    }

    /// Every kind of checksum that is verified.
    @Test(arguments: ["", "--csum xxhash", "--csum sha256"]) func aFlippedBitInANodeIsFound(_ options: String) throws {
        let workshop = try Workshop()
        try workshop.makeContent(names: 9)
        try workshop.makeBtrfs("-m single " + options)
        let disk = try MemoryDisk(workshop.bytes("image"))
        let tree = try #require(disk.nodes.last { $0.owner == 5 && $0.level == 0 })
        disk.bytes[tree.place + 0x3000] ^= 1
        let error = #expect(throws: FormatError.self) { try listing(of: BtrfsFileSystem(disk)) }
        #expect(error?.code == .checksumMismatch)
    }

    @Test func ofTwoCopiesTheWholeOneIsRead() throws {
        let workshop = try Workshop()
        try workshop.makeContent(names: 9)
        try workshop.makeBtrfs("-m dup")
        let disk = try MemoryDisk(workshop.bytes("image"))
        let nodes = disk.nodes
        let doubled = nodes.filter { node in nodes.contains { $0.address == node.address && $0.place > node.place } }
        for node in doubled { disk.bytes[node.place + 0x100] ^= 1 }
        #expect(doubled.count > 3)
        let read = try listing(of: BtrfsFileSystem(disk))
        #expect(differences(read, try workshop.listing(ofDirectory: "content")).isEmpty)
    }

    /// Nodes that cannot be, in a btrfs whose checksums are not verified.
    static let nodes: [(name: String, damage: @Sendable (MemoryDisk) throws -> Void, says: String)] = [
        (
            "a child that is its own parent",
            { disk in
                for node in try trees(disk) where node.level > 0 {
                    disk.write(node.address, 8, at: node.place + 0x65 + 17)
                }
            }, "level 0"
        ),
        (
            "a level that none has", { disk in for node in try trees(disk) { disk.bytes[node.place + 0x64] = 255 } },
            "level"
        ),
        (
            "more entries than fit",
            { disk in for node in try trees(disk) { disk.write(0xFFFF_FFFF, 4, at: node.place + 0x60) } }, "entries"
        ),
        (
            "no entries", { disk in for node in try trees(disk) { disk.write(0, 4, at: node.place + 0x60) } },
            "none found"
        ),
        (
            "another's address", { disk in for node in try trees(disk) { disk.bytes[node.place + 0x32] ^= 1 } },
            "another's found"
        ),
        (
            "an old generation", { disk in for node in try trees(disk) { disk.bytes[node.place + 0x50] ^= 1 } },
            "generation"
        ),
        (
            "keys that fall",
            { disk in
                for node in try trees(disk) where node.level == 0 && node.count > 2 {
                    disk.write(.max >> 1, 8, at: node.place + 0x65 + 25)
                }
            }, "rising order"
        ),
        (
            "keys that are not those of its parent",
            { disk in for node in try trees(disk) where node.level == 0 { disk.write(0, 8, at: node.place + 0x65) } },
            "keys of its parent"
        ),
        (
            "content outside the leaf",
            { disk in
                for node in try trees(disk) where node.level == 0 {
                    disk.write(0x8000_0000, 4, at: node.place + 0x65 + 17)
                }
            }, "bytes"
        ),
        (
            "content over the items",
            { disk in for node in try trees(disk) where node.level == 0 { disk.write(0, 4, at: node.place + 0x65 + 17) }
            },
            "over them"
        ),
        (
            "an extent larger than any that is compressed",
            { disk in
                for node in try trees(disk) {
                    guard let extent = disk.item(108, in: node) else { continue }
                    disk.bytes[extent.place + 16] = 3
                    disk.write(1 << 60, 8, at: extent.place + 8)
                }
            }, "at most 131072"
        ),
        (
            "a kind of compression that is none",
            { disk in
                for node in try trees(disk) {
                    if let extent = disk.item(108, in: node) { disk.bytes[extent.place + 16] = 9 }
                }
            }, "kind 9"
        ),
        (
            "a kind of extent that is none",
            { disk in
                for node in try trees(disk) {
                    if let extent = disk.item(108, in: node) { disk.bytes[extent.place + 20] = 3 }
                }
            }, "kind 0 to 2"
        ),
    ]

    /// The nodes of the files.
    private static func trees(_ disk: MemoryDisk) throws -> [BtrfsBlock] {
        let nodes = disk.nodes.filter { $0.owner == 5 }
        try #require(nodes.contains { $0.level > 0 } && nodes.contains { $0.level == 0 })
        return nodes
    }

    @Test(arguments: nodes.indices) func aNodeThatCannotBeIsAnError(_ index: Int) throws {
        let (name, damage, says) = Self.nodes[index]
        let workshop = try Workshop()
        try workshop.makeContent(names: 300)
        try workshop.makeBtrfs("--csum blake2 -m single")
        let disk = try MemoryDisk(workshop.bytes("image"))
        try damage(disk)
        let error = #expect(throws: FormatError.self, "\(name)") { try listing(of: BtrfsFileSystem(disk)) }
        #expect(error?.reason.contains(says) == true, "\(name): \(error?.reason ?? "-")")
    }

    @Test(arguments: ["", "--csum blake2"]) func flippedBitsGiveAnAnswerOrAnError(_ options: String) throws {
        let workshop = try Workshop()
        try workshop.makeContent(names: 120)
        try workshop.makeBtrfs("-m single " + options, size: "120M")
        try flipBits(of: MemoryDisk(workshop.bytes("image")), times: 250) { try BtrfsFileSystem($0) }
    }
}
