/// Writes the log of a small XFS as the kernel writes it (Linux fs/xfs/libxfs/xfs_log_format.h), for tests.

import ByteParsing
import TestSupport

/// An XFS of 4 MB, one group, blocks of 4 KiB and a log of 1 MB from block 512 on, in which everything stands but the
/// content of block 100.
struct XFSLogWriter {
    enum Item {
        case chunk(block: UInt32, count: UInt32)
        case inode(
            UInt64, mode: UInt16, format: UInt8, size: UInt64, extents: UInt32, fork: [UInt8], fields: UInt32 = 1)
        case buffer(block: Int, bytes: [UInt8], chunk: Int = 0)
        case cancellation(block: Int, count: Int = 8)
        case mapping(UInt64, of: UInt64)
        case mapped(UInt64)
        case raw([[UInt8]])

        /// The file 129 with another size.
        static func size(_ number: UInt64, _ size: UInt64) -> Item {
            .inode(number, mode: 0o100644, format: 2, size: size, extents: 1, fork: [])
        }
    }

    /// What is written at a time.
    enum Part {
        case transaction([Item])
        /// One that is never committed.
        case open([Item])
        case operation(flags: UInt8, bytes: [UInt8])
        case unmount
    }

    /// Where the log begins, in bytes.
    static let start = 512 * 4096
    /// In blocks of 512 bytes.
    private static let count = 2048
    private static let uuid = [UInt8](0..<16)

    private var log = [UInt8](repeating: 0, count: Self.count * 512)
    private var next = 0
    private(set) var cycle: UInt32 = 1
    private var tail: UInt64 = 1 << 32
    private var last = 0
    private var number: UInt32 = 1

    /// Everything before what is written next is in its place.
    mutating func moveTail() { tail = UInt64(cycle) << 32 | UInt64(next) }

    /// Where a block of the last record lies.
    func place(ofLast block: Int) -> Int { Self.start + (last + block) % Self.count * 512 }

    private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> T($0 * 8)) }
    }

    private static func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] { little(value).reversed() }

    static func extent(block: UInt64) -> [UInt8] { big(UInt64(0)) + big(block << 21 | 1) }

    /// An inode as the disk has it; number 128 is the directory.
    static func inodeOnDisk(_ number: UInt64, size: UInt64, sequence: UInt64) -> [UInt8] {
        var inode = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: [UInt8], _ at: Int) { inode.replaceSubrange(at..<at + bytes.count, with: bytes) }
        put(Array("IN".utf8) + big(number == 128 ? UInt16(0o40755) : 0o100644) + [3, number == 128 ? 1 : 2], 0)
        put(big(size), 56)
        put(big(UInt32(1)), 76)
        put(big(sequence), 112)
        put(big(number), 152)
        put(uuid, 160)
        put(extent(block: 100), 176)
        return inode
    }

    private static func regions(_ item: Item) -> [[UInt8]] {
        switch item {
        case .chunk(let block, let count):
            return [
                little(UInt16(0x123F)) + little(UInt16(1)) + big(UInt32(0)) + big(block) + big(count) + big(UInt32(512))
                    + big(count / 8) + big(UInt32(77))
            ]
        case .inode(let number, let mode, let format, let size, let extents, let fork, let fields):
            let at = UInt64(128) + (number - 128) / 64 * 64
            var core = [UInt8](repeating: 0, count: 176)
            func put(_ bytes: [UInt8], _ at: Int) { core.replaceSubrange(at..<at + bytes.count, with: bytes) }
            put(little(UInt16(0x494E)) + little(mode) + [3, format], 0)
            put(little(size), 56)
            put(little(extents), 76)
            put(little(number), 152)
            put(uuid, 160)
            let parts: UInt16 = fork.isEmpty ? 2 : 3
            let kind: UInt32 = fields != 1 ? fields : fork.isEmpty ? 1 : format == 1 ? 3 : 5
            let head =
                little(UInt16(0x123B)) + little(parts) + little(kind) + little(UInt16(0)) + little(UInt16(fork.count))
                + little(UInt32(0)) + little(number) + [UInt8](repeating: 0, count: 16) + little(at)
                + little(UInt32(64)) + little(UInt32((number - at) * 512))
            return [head, core] + (fork.isEmpty ? [] : [fork])
        case .buffer(let block, let bytes, let chunk):
            let map = [UInt32](repeating: 0, count: 2).indices.map { chunk / 32 == $0 ? UInt32(1) << (chunk % 32) : 0 }
            let head =
                little(UInt16(0x123C)) + little(UInt16(2)) + little(UInt16(0)) + little(UInt16(chunk == 0 ? 8 : 1))
                + little(Int64(block &* 8)) + little(UInt32(2)) + map.flatMap { little($0) }
            return [head, bytes]
        case .cancellation(let block, let count):
            return [
                little(UInt16(0x123C)) + little(UInt16(1)) + little(UInt16(2)) + little(UInt16(count))
                    + little(Int64(block * 8)) + little(UInt32(1)) + little(UInt32(0))
            ]
        case .mapping(let id, let inode):
            return [
                little(UInt16(0x1244)) + little(UInt16(1)) + little(UInt32(1)) + little(id) + little(inode)
                    + [UInt8](repeating: 0, count: 24)
            ]
        case .mapped(let id): return [little(UInt16(0x1245)) + little(UInt16(1)) + little(UInt32(0)) + little(id)]
        case .raw(let regions): return regions
        }
    }

    private static func operations(_ parts: [Part]) -> [(flags: UInt8, bytes: [UInt8])] {
        parts.flatMap { part -> [(flags: UInt8, bytes: [UInt8])] in
            switch part {
            case .transaction(let items), .open(let items):
                var operations: [(flags: UInt8, bytes: [UInt8])] = [
                    (1, []),
                    (0, Array("NART".utf8) + little(UInt32(40)) + little(UInt32(0)) + little(UInt32(items.count))),
                ]
                operations += items.flatMap(regions).map { (0, $0) }
                if case .transaction = part { operations.append((2, [])) }
                return operations
            case .operation(let flags, let bytes): return [(flags, bytes)]
            case .unmount: return [(32, Array("nU".utf8) + [0, 0, 0, 0, 0, 0])]
            }
        }
    }

    /// The same with the part at a byte of its content cut in two, as where a record ends.
    static func cut(_ parts: [Part], at place: Int) -> [Part] {
        var (at, cut) = (0, [Part]())
        for (flags, bytes) in operations(parts) {
            if at < place, place < at + bytes.count {
                // Only whole numbers of 32 bits are cut off.
                let first = (place - at) / 4 * 4
                cut.append(.operation(flags: 4, bytes: Array(bytes.prefix(first))))
                cut.append(.operation(flags: 8 | 16, bytes: Array(bytes.dropFirst(first))))
            } else {
                cut.append(.operation(flags: flags, bytes: bytes))
            }
            at += bytes.count
        }
        return cut
    }

    /// Writes a record, with some of its header other than it should be.
    mutating func write(_ parts: [Part], changing change: (offset: Int, bytes: [UInt8])? = nil) {
        let operations = Self.operations(parts)
        var data: [UInt8] = []
        for (flags, bytes) in operations {
            data +=
                Self.big(number) + Self.big(UInt32(bytes.count)) + [flags & 32 != 0 ? 0xAA : 0x69, flags, 0, 0] + bytes
        }
        number += 1
        let length = data.count
        data += [UInt8](repeating: 0, count: (512 - length % 512) % 512)
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: [UInt8], _ at: Int) { header.replaceSubrange(at..<at + bytes.count, with: bytes) }
        put(Self.big(UInt32(0xFEED_BABE)) + Self.big(cycle) + Self.big(UInt32(2)) + Self.big(UInt32(length)), 0)
        put(Self.big(UInt64(cycle) << 32 | UInt64(next)) + Self.big(tail), 0x10)
        put(Self.big(UInt32(operations.count)), 0x28)
        put(Self.big(UInt32(1)) + Self.uuid + Self.big(UInt32(32768)), 0x12C)
        // A block that stands at the beginning of the log again is of the next round.
        for block in 0..<data.count / 512 {
            put(Array(data[block * 512..<block * 512 + 4]), 0x2C + 4 * block)
            let round = next + 1 + block >= Self.count ? cycle + 1 : cycle
            data.replaceSubrange(block * 512..<block * 512 + 4, with: Self.big(round))
        }
        if let change { put(change.bytes, change.offset) }
        let crc = CRC32.castagnoli
        put(Self.little(~crc.update(crc.update(~0, header[..<328]), data[..<length])), 0x20)
        last = next
        for block in 0...data.count / 512 {
            let place = (next + block) % Self.count * 512
            log.replaceSubrange(
                place..<place + 512, with: block == 0 ? header[...] : data[block * 512 - 512..<block * 512])
        }
        next += 1 + data.count / 512
        if next >= Self.count {
            next -= Self.count
            cycle += 1
        }
    }

    /// The whole volume.
    func disk() -> MemoryDisk {
        var bytes = [UInt8](repeating: 0, count: 1024 * 4096)
        func put(_ value: [UInt8], _ at: Int) { bytes.replaceSubrange(at..<at + value.count, with: value) }
        put(Array("XFSB".utf8) + Self.big(UInt32(4096)) + Self.big(UInt64(1024)), 0)
        put(Self.uuid + Self.big(UInt64(512)) + Self.big(UInt64(128)), 0x20)
        put(Self.big(UInt32(1024)) + Self.big(UInt32(1)), 0x54)
        put(Self.big(UInt32(256)) + Self.big(UInt16(0x2405)) + Self.big(UInt16(512)) + Self.big(UInt16(512)), 0x60)
        put([12, 9, 9, 3, 10], 0x78)
        put(Self.big(UInt32(1)), 0xD8)
        put(Array("hello".utf8), 100 * 4096)
        put(log, Self.start)
        return MemoryDisk(bytes)
    }
}
