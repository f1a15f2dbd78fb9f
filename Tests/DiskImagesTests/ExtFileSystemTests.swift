/// ext2, ext3 and ext4 as the real mke2fs makes them, with each feature that changes what a reader meets.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("mke2fs", "debugfs"), "e2fsprogs is not installed"))
struct ExtFileSystemTests {
    static let options = [
        "-t ext4", "-t ext4 -b 1024", "-t ext2 -b 1024", "-t ext3 -O ^extent", "-t ext4 -O inline_data -I 512",
        "-t ext4 -O inline_data", "-t ext4 -O bigalloc -C 16384", "-t ext4 -O meta_bg,^resize_inode -b 1024",
        "-t ext4 -O ^flex_bg,^metadata_csum", "-t ext4 -O ^64bit", "-t ext4 -O sparse_super2", "-t ext2 -I 128",
    ]

    @Test(arguments: options) func everyFileIsAsItWasPutThere(_ options: String) throws {
        let workshop = try Workshop()
        try workshop.makeContent()
        try workshop.run("mke2fs -q -F -d content \(options) image 48M")
        if options.contains("inline_data") {
            // mke2fs 1.47 forgets there a hole at the end of a file; what it made instead, debugfs says.
            try workshop.run("rm content/sparse; debugfs -R 'dump /sparse content/sparse' image")
        }
        let read = try listing(of: ExtFileSystem(MemoryDisk(workshop.bytes("image"))))
        let expected = try workshop.listing(ofDirectory: "content").merging(["/lost+found": "d"]) { $1 }
        #expect(read.count > 330)
        #expect(differences(read, expected).isEmpty)
    }

    /// A field of the superblock, a value that none has, and what the message names.
    static let superblocks: [(Int, [UInt8], String)] = [
        (0x18, [31, 0, 0, 0], "64 KiB"), (0x20, [0, 0, 0, 0], "none found"), (0x28, [0, 0, 0, 0], "none found"),
        (0x58, [0, 0], "inodes of 128 bytes"), (0x58, [0xFF, 0xFF], "inodes of 128 bytes"),
        (0xFE, [1, 0], "descriptors of 64"), (0x60, [0xC2, 0x02, 0, 0x80], "0x80000000"),
        (0x60, [1, 0, 0, 0], "compression"),
    ]

    @Test(arguments: superblocks.indices) func aSuperblockThatCannotBeIsRefused(_ index: Int) throws {
        let (offset, value, what) = Self.superblocks[index]
        let workshop = try Workshop()
        try workshop.run("mke2fs -q -F -t ext4 -O 64bit image 16M")
        let disk = try MemoryDisk(workshop.bytes("image"))
        disk.bytes.replaceSubrange(1024 + offset..<1024 + offset + value.count, with: value)
        let error = #expect(throws: FormatError.self) { try ExtFileSystem(disk) }
        #expect(error?.reason.contains(what) == true, "\(error?.reason ?? "-")")
    }

    @Test(arguments: ["-t ext4 -b 1024", "-t ext2 -b 1024", "-t ext4 -O inline_data -I 512"])
    func flippedBitsGiveAnAnswerOrAnError(_ options: String) throws {
        let workshop = try Workshop()
        try workshop.makeContent(names: 40)
        try workshop.run("mke2fs -q -F -d content \(options) image 8M")
        try flipBits(of: MemoryDisk(workshop.bytes("image")), times: 250) { try ExtFileSystem($0) }
    }
}

/// Flips bits among the bytes that a clean reading reads, one at a time: each reading ends, with an answer or an error.
func flipBits(of disk: MemoryDisk, times: Int, _ open: (MemoryDisk) throws -> some FileSystem) throws {
    let clean = try listing(of: open(disk), contentLimit: 1 << 16)
    let read = disk.read
    var random = SeededGenerator(seed: 16)
    var (answers, errors) = (0, 0)
    for _ in 0..<times {
        let range = read.randomElement(using: &random) ?? 0..<1
        let place = Int.random(in: range, using: &random)
        let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
        disk.bytes[place] ^= bit
        defer { disk.bytes[place] ^= bit }
        do {
            _ = try listing(of: open(disk), contentLimit: 1 << 16)
            answers += 1
        } catch is FormatError {
            errors += 1
        }
    }
    #expect(answers + errors == times && errors > 0 && answers > 0)
    #expect(try listing(of: open(disk), contentLimit: 1 << 16) == clean)
}
