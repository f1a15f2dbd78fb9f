/// XFS as the real mkfs.xfs makes it from a protofile, in each form that a reader meets.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("mkfs.xfs", "python3"), "xfsprogs is not installed"))
struct XFSFileSystemTests {
    static let options = [
        "-m reflink=1,bigtime=1,inobtcount=1", "-m crc=0", "-b size=1024 -m reflink=0", "-n size=65536",
        "-s size=4096", "-i size=2048,nrext64=1",
    ]

    /// A protofile (mkfs.xfs(8), -p) of a directory here.
    ///
    /// Without links that do not fit into an inode: mkfs.xfs 6.1 writes them without the header that the kernel demands.
    static func makeProtofile(_ workshop: Workshop) throws {
        try workshop.run(
            #"""
            rm content/link-999
            python3 - <<'PY' >proto
            import os, stat
            def put(path, name, depth):
                s = os.lstat(path)
                mode = "%03o" % (s.st_mode & 0o777)
                pad = " " * depth
                if stat.S_ISLNK(s.st_mode): print(f"{pad}{name} l--{mode} 0 0 {os.readlink(path)}")
                elif stat.S_ISREG(s.st_mode): print(f"{pad}{name} ---{mode} 0 0 {os.path.abspath(path)}")
                elif stat.S_ISFIFO(s.st_mode): print(f"{pad}{name} p--{mode} 0 0")
                else:
                    print(f"{pad}{name} d--{mode} 0 0" if name else f"d--{mode} 0 0")
                    for each in sorted(os.listdir(path)): put(path + "/" + each, each, depth + 1)
                    print(f"{pad} $")
            print("/none\n0 0")
            put("content", "", 0)
            PY
            """#)
    }

    @Test(arguments: options) func everyFileIsAsItWasPutThere(_ options: String) throws {
        let workshop = try Workshop()
        try workshop.makeContent(names: 900)
        try Self.makeProtofile(workshop)
        try workshop.run("truncate -s 320M image && mkfs.xfs -q -f \(options) -p proto image")
        let read = try listing(of: XFSFileSystem(MemoryDisk(workshop.bytes("image"))))
        let expected = try workshop.listing(ofDirectory: "content")
        #expect(read.count > 930)
        #expect(differences(read, expected).isEmpty)
    }

    /// A field of the superblock and a value that none has.
    static let superblocks: [(Int, [UInt8], String)] = [
        (0x7C, [31], "groups"), (0x54, [0, 0, 0, 0], "groups"), (0x7B, [16], "inodes in a block"),
        (0x78, [5], "blocks"),
        (0x7A, [11], "inodes"), (0xC0, [31], "directory blocks"), (0x79, [0], "sectors"), (0x65, [0xB6], "version"),
        (0xD8, [0x80, 0, 0, 0], "0x80000000"), (0x38, [0xFF], "blocks inside"),
        (0x30, [0, 0, 0, 0, 0, 0, 0, 0], "another"),
    ]

    @Test(arguments: superblocks.indices) func aSuperblockThatCannotBeIsRefused(_ index: Int) throws {
        let (offset, value, what) = Self.superblocks[index]
        let workshop = try Workshop()
        try workshop.run("truncate -s 320M image && mkfs.xfs -q -f image && truncate -s 320M image")
        let disk = try MemoryDisk(workshop.bytes("image"))
        disk.bytes.replaceSubrange(offset..<offset + value.count, with: value)
        let error = #expect(throws: FormatError.self) { try XFSFileSystem(disk) }
        #expect(error?.reason.contains(what) == true, "\(error?.reason ?? "-")")
    }

    @Test func flippedBitsGiveAnAnswerOrAnError() throws {
        let workshop = try Workshop()
        try workshop.makeContent(names: 120)
        try Self.makeProtofile(workshop)
        try workshop.run("truncate -s 320M image && mkfs.xfs -q -f -b size=1024 -p proto image")
        try flipBits(of: MemoryDisk(workshop.bytes("image")), times: 250) { try XFSFileSystem($0) }
    }
}
