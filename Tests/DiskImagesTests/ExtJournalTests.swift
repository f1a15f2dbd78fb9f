/// Journals of ext4 that debugfs writes, against its own replay of a copy, and with bytes in them that cannot be.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("mke2fs", "debugfs"), "e2fsprogs is not installed"))
struct ExtJournalTests {
    /// How the journal is opened, and what is written to it: new content of the three blocks of /file, in as many
    /// transactions as there are lines. `mark` begins with what a block of the journal begins with.
    static let journals: [(options: String, open: String, write: String)] = [
        ("", "jo", "jw -b A new"), ("", "jo -c -v 3", "jw -b A new"), ("", "jo -c -v 2", "jw -b A new"),
        ("-O ^64bit", "jo -c -v 3", "jw -b A,B,C many"), ("-O ^64bit", "jo -c -v 2", "jw -b A,B,C many"),
        ("-b 1024", "jo -c -v 3", "jw -b A,B,C many"), ("-O ^extent,^64bit,^metadata_csum", "jo", "jw -b A,B,C many"),
        ("", "jo -c", "jw -b B mark"), ("", "jo", "jw -b B mark"),
        ("", "jo -c", "jw -b A new\njw -r A"), ("", "jo -c", "jw -r A\njw -b A new"),
        ("", "jo", "jw -b A new\njw -r A\njw -b A mark"), ("", "jo -c", "jw -b A,B new -r C"),
        ("", "jo", "jw -b A new\njw -c -b B new"), ("", "jo -c", "jw -b A new\njw -b A mark\njw -b A new"),
    ]

    static func make(_ journal: (options: String, open: String, write: String)) throws -> Workshop {
        let workshop = try Workshop()
        try workshop.run(
            """
            mkdir content; yes old | head -c 12288 >content/file || true
            mke2fs -q -F -t ext4 -b 4096 \(journal.options) -d content image 16M
            for word in new many mark; do yes $word | head -c 12288 >$word || true; done
            printf '\\xc0\\x3b\\x39\\x98' | dd of=mark conv=notrunc status=none
            set -- $(debugfs -R 'blocks /file' image)
            cat >commands <<'END'
            \(journal.open)
            \(journal.write)
            jc
            END
            sed -i "s/\\bA\\b/$1/; s/\\bB\\b/$2/; s/\\bC\\b/$3/" commands
            debugfs -w -f commands image
            """)
        return workshop
    }

    @Test(arguments: journals.indices) func blocksAreThoseOfTheJournal(_ index: Int) throws {
        let workshop = try Self.make(Self.journals[index])
        let before = try MemoryDisk(workshop.bytes("image"))
        let fileSystem = try ExtFileSystem(before)
        let read = try listing(of: fileSystem)
        // e2fsck replays the same copy; what it repairs besides is none of the files.
        try workshop.run(
            "cp image copy; e2fsck -fy -E journal_only copy || [ $? -le 1 ]; debugfs -R 'dump /file file' copy")
        let file = try #require(try fileSystem.node(named: FileName("file"), in: fileSystem.root))
        #expect(try fileSystem.content(of: file, upTo: 1 << 20) == workshop.bytes("file"))
        #expect(read["/file"] != nil)
        #expect(fileSystem.remarks.contains { $0.contains("replayed in memory") })
    }

    /// A journal without checksums, so that only the fields themselves can be wrong: blocks 1 to 3 are a transaction that
    /// replaces a block of /file, with its list, the block and the commit, and 4 to 6 another.
    static let plain = (options: "", open: "jo", write: "jw -b A new\njw -b C new")
    /// The same with checksums.
    static let checked = (options: "", open: "jo -c -v 3", write: "jw -b A new\njw -b C new")

    /// The image with its journal, and where each of its blocks lies.
    static func disk(_ journal: (options: String, open: String, write: String)) throws -> (MemoryDisk, [Int]) {
        let workshop = try make(journal)
        let blocks = try workshop.run("debugfs -c -R 'blocks <8>' image").split(separator: " ").compactMap { Int($0) }
        return (MemoryDisk(try workshop.bytes("image")), blocks.map { $0 * 4096 })
    }

    /// A block of the journal, an offset in it, other bytes there, and what the message says.
    static let impossible: [(block: Int, offset: Int, bytes: [UInt8], what: String)] = [
        (0, 0, [0, 0, 0, 0], "magic number"), (0, 0x0C, [0, 0, 2, 0], "as large as"),
        (0, 0x10, [0xFF, 0xFF, 0xFF, 0xFF], "blocks expected in a file"), (0, 0x14, [0, 0, 0, 0], "a first block"),
        (0, 0x1C, [0x7F, 0xFF, 0xFF, 0xFF], "a first block"), (0, 0x28, [0x80, 0, 0, 0], "0x80000000"),
        (0, 0x28, [0, 0, 0, 0x18], "both found"), (1, 12, [0xFF, 0xFF, 0xFF, 0xF0], "the end at byte"),
        (3, 4, [0, 0, 0, 5, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF], "a list of"),
    ]

    @Test(arguments: impossible.indices) func aJournalThatCannotBeIsRefused(_ index: Int) throws {
        let (block, offset, bytes, what) = Self.impossible[index]
        let (disk, blocks) = try Self.disk(Self.plain)
        disk.bytes.replaceSubrange(blocks[block] + offset..<blocks[block] + offset + bytes.count, with: bytes)
        let error = #expect(throws: FormatError.self) { try ExtFileSystem(disk) }
        #expect(error?.reason.contains(what) == true, "\(error?.reason ?? "-")")
    }

    /// An inode of the journal, and what the message says.
    static let inodes: [(UInt8, String)] = [
        (0, "on another device"), (2, "another file found"), (11, "another file"), (12, "magic number"),
    ]

    @Test(arguments: inodes.indices) func anotherFileIsNoJournal(_ index: Int) throws {
        let (inode, what) = Self.inodes[index]
        let (disk, _) = try Self.disk(Self.plain)
        disk.bytes[1024 + 0xE0] = inode
        let error = #expect(throws: FormatError.self) { try ExtFileSystem(disk) }
        #expect(error?.reason.contains(what) == true, "\(error?.reason ?? "-")")
    }

    @Test func aJournalOverTheSuperblockIsRefused() throws {
        let workshop = try Self.make(Self.plain)
        try workshop.run("debugfs -w -R 'set_inode_field <8> block[5] 0' image")
        let disk = MemoryDisk(try workshop.bytes("image"))
        #expect(throws: FormatError.self) { try ExtFileSystem(disk) }
    }

    @Test func aJournalWithoutAnEndIsRefused() throws {
        let (disk, blocks) = try Self.disk(Self.plain)
        let descriptor = disk.bytes[blocks[1]..<blocks[1] + 4096]
        for place in blocks.dropFirst() { disk.bytes.replaceSubrange(place..<place + 4096, with: descriptor) }
        let error = #expect(throws: FormatError.self) { try ExtFileSystem(disk) }
        #expect(error?.reason.contains("it has no end") == true, "\(error?.reason ?? "-")")
    }

    @Test func sequencesComeRoundToZero() throws {
        let (disk, blocks) = try Self.disk(Self.plain)
        let fresh = try Self.content(of: ExtFileSystem(disk))
        // The superblock of the journal, and the blocks of each transaction.
        disk.bytes.replaceSubrange(blocks[0] + 0x18..<blocks[0] + 0x1C, with: [0xFF, 0xFF, 0xFF, 0xFF])
        for number in [1, 3] {
            disk.bytes.replaceSubrange(blocks[number] + 8..<blocks[number] + 12, with: [0xFF, 0xFF, 0xFF, 0xFF])
        }
        for number in [4, 6] {
            disk.bytes.replaceSubrange(blocks[number] + 8..<blocks[number] + 12, with: [0, 0, 0, 0])
        }
        let fileSystem = try ExtFileSystem(disk)
        #expect(fileSystem.remarks.contains { $0.contains("2 transactions") })
        #expect(try Self.content(of: fileSystem) == fresh)
        #expect(String(decoding: fresh, as: UTF8.self).contains("new"))
    }

    static func content(of fileSystem: ExtFileSystem) throws -> [UInt8] {
        let file = try #require(try fileSystem.node(named: FileName("file"), in: fileSystem.root))
        return try fileSystem.content(of: file, upTo: 1 << 20)
    }

    @Test func aJournalThatIsEmptyHasNothingToSay() throws {
        let workshop = try Workshop()
        try workshop.run("mke2fs -q -F -t ext4 image 16M && debugfs -w -R 'feature needs_recovery' image")
        #expect(try ExtFileSystem(MemoryDisk(workshop.bytes("image"))).remarks == [])
    }

    @Test func whatHasAWrongChecksumIsNotRead() throws {
        let (disk, blocks) = try Self.disk(Self.checked)
        let whole = try Self.content(of: ExtFileSystem(disk))
        func damaged(_ block: Int, _ offset: Int) -> MemoryDisk {
            let copy = MemoryDisk(disk.bytes)
            copy.bytes[blocks[block] + offset] ^= 1
            return copy
        }
        // A block that belongs into the file: the file cannot be read, everything else can.
        let block = try ExtFileSystem(damaged(2, 100))
        #expect(block.remarks.contains { $0.contains("1 of its blocks") })
        #expect(throws: FormatError.self) { try Self.content(of: block) }
        #expect(try block.names(in: block.root).count == 2)
        // The last commit: what was before it is there.
        let commit = try ExtFileSystem(damaged(6, 17))
        #expect(commit.remarks.contains { $0.contains("the commit of its last transaction") })
        #expect(commit.remarks.contains { $0.contains("1 transaction ") })
        #expect(try Self.content(of: commit).prefix(4096) == whole.prefix(4096))
        #expect(try Self.content(of: commit) != whole)
        // Behind what is written of it, a commit is filled up with what nobody needs.
        #expect(try Self.content(of: ExtFileSystem(damaged(6, 100))) == whole)
        // What says where the others belong, and the superblock of the journal.
        for (number, offset) in [(1, 14), (0, 0x40)] {
            let error = #expect(throws: FormatError.self) { try ExtFileSystem(damaged(number, offset)) }
            #expect(error?.code == .checksumMismatch)
        }
    }

    @Test func onlyTheLivePartOfAJournalIsRead() throws {
        let (disk, blocks) = try Self.disk(Self.checked)
        _ = try ExtFileSystem(disk)
        let journal = Set(blocks)
        let read = Set(disk.read.flatMap { stride(from: $0.lowerBound / 4096 * 4096, to: $0.upperBound, by: 4096) })
        // Its superblock, two transactions of three blocks, and the block behind them.
        #expect(read.intersection(journal) == Set(blocks[0...7]))
    }

    @Test(arguments: [plain, checked].indices) func flippedBitsOfAJournalGiveAnAnswerOrAnError(_ index: Int) throws {
        let (disk, _) = try Self.disk([Self.plain, Self.checked][index])
        try flipBits(of: disk, times: 250) { try ExtFileSystem($0) }
    }
}
