/// Logs of XFS written here, record by record: a file system that stands in its log alone, and bytes that cannot be.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite struct XFSLogTests {
    /// Inode 128, a directory with the file 129, which has one block with "hello" in it.
    static let base: [XFSLogWriter.Item] = [
        .chunk(block: 16, count: 64),
        .inode(
            128, mode: 0o40755, format: 1, size: 18, extents: 0,
            fork: [1, 0, 0, 0, 0, 128, 4, 0, 0x60] + Array("file".utf8) + [1, 0, 0, 0, 129]),
        .inode(129, mode: 0o100644, format: 2, size: 5, extents: 1, fork: XFSLogWriter.extent(block: 100)),
    ]

    static func content(_ disk: MemoryDisk) throws -> String {
        let fileSystem = try XFSFileSystem(disk)
        let file = try #require(try fileSystem.node(named: FileName("file"), in: fileSystem.root))
        return String(decoding: try fileSystem.content(of: file, upTo: 100), as: UTF8.self)
    }

    @Test func aFileSystemThatStandsInItsLogAloneIsRead() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        #expect(try Self.content(writer.disk()) == "hello")
        #expect(try XFSFileSystem(writer.disk()).remarks.contains { $0.contains("1 transaction ") })
    }

    /// Pieces of a transaction in two records, and other transactions between them.
    @Test(arguments: [13, 20, 30, 50, 90, 200, 400, 700, 900]) func aTransactionMayStandInSeveralRecords(_ cut: Int)
        throws
    {
        var writer = XFSLogWriter()
        writer.write(XFSLogWriter.cut([.transaction(Self.base)], at: cut))
        #expect(try Self.content(writer.disk()) == "hello")
    }

    @Test func whatWasNotCommittedIsLeftOut() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        writer.write([.open([.size(129, 3)])])
        #expect(try Self.content(writer.disk()) == "hello")
        writer.write([.transaction([.size(129, 4)])])
        #expect(try Self.content(writer.disk()) == "hell")
    }

    @Test func aRecordThatWasCutShortIsLeftOut() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        writer.write([.transaction([.size(129, 3)])])
        #expect(try Self.content(writer.disk()) == "hel")
        let torn = writer.disk()
        torn.bytes[writer.place(ofLast: 1) + 100] ^= 1
        #expect(try Self.content(torn) == "hello")
        #expect(try XFSFileSystem(torn).remarks.contains { $0.contains("not written whole") })
        // Nothing of it, or its header alone.
        for blocks in [0..<2, 1..<2] {
            let hole = writer.disk()
            for block in blocks {
                let place = writer.place(ofLast: block)
                hole.bytes.replaceSubrange(place..<place + 512, with: [UInt8](repeating: 0, count: 512))
            }
            #expect(try Self.content(hole) == "hello")
        }
    }

    @Test func aDamagedRecordThatIsNotTheLastMakesItUnreadable() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        let first = writer.place(ofLast: 1)
        for size in 1...12 { writer.write([.transaction([.size(129, UInt64(size % 5))])]) }
        let disk = writer.disk()
        disk.bytes[first + 100] ^= 1
        let error = #expect(throws: FormatError.self) { try XFSFileSystem(disk) }
        #expect(error?.reason.contains("wrong checksum") == true, "\(error?.reason ?? "-")")
    }

    @Test func whatWasGivenUpLaterIsNotPutOverAFile() throws {
        let metadata = XFSLogWriter.Item.buffer(block: 100, bytes: [UInt8](repeating: 0x55, count: 128))
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base + [metadata])])
        #expect(try Self.content(writer.disk()) == "UUUUU")
        writer.write([.transaction([.cancellation(block: 100)])])
        #expect(try Self.content(writer.disk()) == "hello")
        // Used again as what it was.
        writer.write([.transaction([metadata])])
        #expect(try Self.content(writer.disk()) == "UUUUU")
        // Whoever gives up all inodes of a chunk does so with those that stand in the log too.
        writer.write([.transaction([.cancellation(block: 16, count: 64)])])
        #expect(throws: FormatError.self) { try Self.content(writer.disk()) }
    }

    @Test func anInodeThatWasWrittenLaterIsKept() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        writer.write([.transaction([.size(129, 2)])])
        let disk = writer.disk()
        let place = 16 * 4096 + 512
        disk.bytes.replaceSubrange(
            place..<place + 512, with: XFSLogWriter.inodeOnDisk(129, size: 4, sequence: 1 << 32 | 500))
        // The chunk is made anew by the log, and with it all of its inodes.
        #expect(try Self.content(disk) == "he")
        var second = XFSLogWriter()
        second.write([.transaction(Array(Self.base.dropFirst()))])
        let kept = second.disk()
        for number in 128..<130 {
            let at = 16 * 4096 + 512 * (number - 128)
            kept.bytes.replaceSubrange(
                at..<at + 512,
                with: XFSLogWriter.inodeOnDisk(UInt64(number), size: 4, sequence: number == 128 ? 0 : 1 << 32 | 500))
        }
        #expect(try Self.content(kept) == "hell")
    }

    @Test func blocksThatAreHalfExchangedAreNotRead() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        writer.write([.transaction([.mapping(7, of: 129)])])
        #expect(throws: FormatError.self) { try Self.content(writer.disk()) }
        #expect(try XFSFileSystem(writer.disk()).remarks.contains { $0.contains("being exchanged") })
        writer.write([.transaction([.mapped(7)])])
        #expect(try Self.content(writer.disk()) == "hello")
    }

    @Test func aLogThatWasUnmountedIsNotReplayed() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        writer.write([.unmount])
        let disk = writer.disk()
        // The root stands in the log alone, and nobody looks for it there.
        #expect(throws: FormatError.self) { try XFSFileSystem(disk) }
        #expect(disk.read.filter { $0.lowerBound >= XFSLogWriter.start }.count < 40)
    }

    /// Items that cannot be, and what is said of them.
    static let impossible: [(item: XFSLogWriter.Item, what: String)] = [
        (.raw([[0x3C, 0x12, 0, 0]]), "0 found"), (.raw([[0x3C, 0x12, 0xFF, 0xFF]]), "65535 found"),
        (.raw([[0x99, 0x12, 1, 0]]), "0x1299"), (.raw([[0x3C, 0x12, 1, 0]]), "of a record"),
        (.buffer(block: 1 << 40, bytes: [UInt8](repeating: 1, count: 128)), "the end at byte"),
        (.buffer(block: -8, bytes: [UInt8](repeating: 1, count: 128)), "a block of the disk"),
        (.buffer(block: 100, bytes: [UInt8](repeating: 1, count: 100)), "bytes of a buffer"),
        (.buffer(block: 100, bytes: [UInt8](repeating: 1, count: 128), chunk: 63), "bytes of a buffer"),
        (.chunk(block: 16, count: 1 << 31), "a chunk of inodes"), (.chunk(block: 1023, count: 64), "blocks inside"),
        (
            .inode(129, mode: 0o100644, format: 2, size: 5, extents: 1, fork: [UInt8](repeating: 0, count: 400)),
            "bytes of an inode"
        ),
        (
            .inode(
                129, mode: 0o100644, format: 3, size: 5, extents: 1, fork: [UInt8](repeating: 0xFF, count: 200),
                fields: 9), "extents in an inode"
        ),
        (.inode(4000, mode: 0o100644, format: 2, size: 5, extents: 1, fork: []), "an inode expected"),
    ]

    @Test(arguments: impossible.indices) func anItemThatCannotBeIsRefused(_ index: Int) throws {
        let (item, what) = Self.impossible[index]
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        writer.write([.transaction([item])])
        let error = #expect(throws: FormatError.self) { try XFSFileSystem(writer.disk()) }
        #expect(error?.reason.contains(what) == true, "\(error?.reason ?? "-")")
    }

    /// What is changed in the header of a record before its checksum is made, and what is said.
    static let headers: [(offset: Int, bytes: [UInt8], what: String)] = [
        (0x18, [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF], "a tail below"), (0x12C, [0, 0, 0, 2], "format 2"),
        (0x130, [9, 9, 9, 9], "another UUID"),
    ]

    @Test(arguments: headers.indices) func aHeaderThatCannotBeIsRefused(_ index: Int) throws {
        let (offset, bytes, what) = Self.headers[index]
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)], changing: (offset, bytes))
        let error = #expect(throws: FormatError.self) { try XFSFileSystem(writer.disk()) }
        #expect(error?.reason.contains(what) == true, "\(error?.reason ?? "-")")
    }

    /// What is changed in a log, and cannot be an answer.
    static let damages: [(place: Int, bytes: [UInt8])] = [
        // Lengths of the record and of what it may have; the version; no record at all; none of any round.
        (0x0C, [0x80, 0, 0, 0]), (0x0C, [0, 8, 0, 0]), (0x140, [0x7F, 0xFF, 0xFF, 0xFF]), (0x140, [0, 0x10, 0, 0]),
        (8, [0, 0, 0, 9]), (0, [1, 2, 3, 4]), (0, [0, 0, 0, 0]), (4, [0, 0, 0, 0]),
        // The length of an operation.
        (512 + 4, [0xFF, 0xFF, 0xFF, 0xFF]), (0x28, [0xFF, 0xFF, 0xFF, 0xFF]),
    ]

    @Test(arguments: damages.indices) func aDamagedLogEndsInAnError(_ index: Int) throws {
        let (place, bytes) = Self.damages[index]
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        let disk = writer.disk()
        disk.bytes.replaceSubrange(XFSLogWriter.start + place..<XFSLogWriter.start + place + bytes.count, with: bytes)
        #expect(throws: FormatError.self) { try XFSFileSystem(disk) }
    }

    @Test func aLogWhoseBeginningIsLostIsRefused() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        let disk = writer.disk()
        disk.bytes.replaceSubrange(
            XFSLogWriter.start..<XFSLogWriter.start + 512, with: [UInt8](repeating: 0, count: 512))
        let error = #expect(throws: FormatError.self) { try XFSFileSystem(disk) }
        #expect(error?.reason.contains("begins with zeros") == true, "\(error?.reason ?? "-")")
    }

    @Test func aLogThatIsUnknownIsRefused() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        let disk = writer.disk()
        disk.bytes[0xDF] = 0x80
        let error = #expect(throws: FormatError.self) { try XFSFileSystem(disk) }
        #expect(error?.reason.contains("0x80") == true)
    }

    @Test func aLogMayComeRound() throws {
        var writer = XFSLogWriter()
        for round in 0..<2100 {
            if round % 50 == 0 { writer.moveTail() }
            writer.write([.transaction(round % 50 == 0 ? Self.base : [.size(129, UInt64(round % 6))])])
        }
        #expect(writer.cycle > 2)
        #expect(try Self.content(writer.disk()) == String("hello".prefix(2099 % 6)))
    }

    @Test func flippedBitsOfALogGiveAnAnswerOrAnError() throws {
        var writer = XFSLogWriter()
        writer.write([.transaction(Self.base)])
        for size in 1...9 {
            writer.write([.transaction([.size(129, UInt64(size % 5)), .mapping(UInt64(size), of: 200)])])
        }
        try flipBits(of: writer.disk(), times: 600) { try XFSFileSystem($0) }
    }
}
