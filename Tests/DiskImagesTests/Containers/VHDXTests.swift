/// VHDX as qemu-img writes it, and with each field damaged.

import ByteParsing
import DiskImages
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("qemu-img", "qemu-io"), "qemu-utils is not installed"))
struct VHDXTests {
    static func make(_ options: String = "subformat=dynamic,block_size=1M") throws -> (
        raw: [UInt8], container: MemoryDisk
    ) {
        try ContainerImages.make("vhdx", options)
    }

    static let headers = [64 << 10, 128 << 10]
    static let regionTables = [192 << 10, 256 << 10]

    /// Puts right the checksum of a record after a change.
    static func sign(_ file: MemoryDisk, _ place: Int, _ count: Int) {
        file.put(UInt32(0), at: place + 4)
        file.put(CRC32.castagnoli.checksum(file.bytes[place..<place + count]), at: place + 4)
    }

    /// Changes a field in both copies of a header or of a region table, and their checksums.
    static func put<T: FixedWidthInteger>(_ value: T, at place: Int, ofEach copies: [Int], in file: MemoryDisk) {
        for copy in copies {
            file.put(value, at: copy + place)
            sign(file, copy, copies == headers ? 4 << 10 : 64 << 10)
        }
    }

    /// Where the entry of a region or of an item of metadata stands, by the first bytes of its GUID.
    static func entry(_ guid: [UInt8], in table: Int, of file: MemoryDisk) throws -> Int {
        try #require(stride(from: table, to: table + 4096, by: 16).first { file.bytes[$0...].starts(with: guid) })
    }

    static let blockTable: [UInt8] = [0x66, 0x77, 0xC2, 0x2D]
    static let metadataTable: [UInt8] = [0x06, 0xA2, 0x7C, 0x8B]
    static let parameters: [UInt8] = [0x37, 0x67, 0xA1, 0xCA]
    static let diskSize: [UInt8] = [0x24, 0x42, 0xA5, 0x2F]
    static let sectorSize: [UInt8] = [0x1D, 0xBF, 0x41, 0x81]

    static func region(_ guid: [UInt8], of file: MemoryDisk) throws -> Int {
        file.number(at: try entry(guid, in: regionTables[0], of: file) + 16)
    }

    /// Where an item of the metadata stands in the file.
    static func item(_ guid: [UInt8], of file: MemoryDisk) throws -> Int {
        let metadata = try region(metadataTable, of: file)
        return try metadata + file.number(at: entry(guid, in: metadata, of: file) + 16)
    }

    @Test(arguments: ["dynamic", "fixed"], ["1M", "8M"]) func theBytesAreThoseOfTheDisk(_ kind: String, _ size: String)
        throws
    {
        let (raw, file) = try Self.make("subformat=\(kind),block_size=\(size)")
        let opened = try ContainerImages.open(file)
        #expect(opened.kind == "vhdx \(kind)" && opened.remarks == [])
        #expect(try ContainerImages.content(file) == raw)
        #expect(try ContainerImages.readsAlike(file, raw))
    }

    /// A disk of more blocks than one bitmap of their sectors is for.
    static func makeLarge() throws -> MemoryDisk {
        let workshop = try Workshop()
        try workshop.run(
            """
            qemu-img create -q -f vhdx -o block_size=1M image 9G
            qemu-io -f vhdx -c 'write -P 1 0 4k' -c 'write -P 2 4095M 1M' -c 'write -P 3 4G 4k' -c 'write -P 4 8191M 2M' \
              -c 'write -P 5 9215M 1M' image
            """)
        return MemoryDisk(try workshop.bytes("image"))
    }

    static func checkLarge(_ file: MemoryDisk) throws {
        let disk = try #require(try ContainerImages.open(file).disks.first)
        #expect(disk.size == 9 << 30)
        for (place, value) in [
            (0, 1), (4095 << 20, 2), (4 << 30, 3), (8191 << 20, 4), (8192 << 20, 4), (9215 << 20, 5),
        ] {
            #expect(try disk.read(at: place, count: 4096).allSatisfy { $0 == value }, "\(place)")
        }
        for place in [1 << 20, 4094 << 20, 4097 << 20, 8190 << 20, 8193 << 20] {
            #expect(try disk.read(at: place, count: 4096).allSatisfy { $0 == 0 }, "\(place)")
        }
    }

    @Test func entriesOfBitmapsStandBetweenThoseOfBlocks() throws {
        let file = try Self.makeLarge()
        try Self.checkLarge(file)
        #expect(file.read.count < 100)
        // With sectors of 4,096 bytes one bitmap is for eight times as many blocks: its entries leave the table.
        let table = try Self.region(Self.blockTable, of: file)
        var entries = (0..<(9216 + 2)).map { Array(file.bytes[table + 8 * $0..<table + 8 * $0 + 8]) }
        for index in [2 * 4097 - 1, 4096] {
            #expect(entries[index].allSatisfy { $0 == 0 })
            entries.remove(at: index)
        }
        file.bytes.replaceSubrange(table..<table + 8 * 9216, with: entries.joined())
        file.put(UInt32(4096), at: try Self.item(Self.sectorSize, of: file))
        try Self.checkLarge(file)
    }

    @Test func theHeaderThatWasWrittenLastCounts() throws {
        // The older one has a log, the newer one none, or the other way round; and one of them is damaged.
        for newer in [0, 1] {
            let (raw, file) = try Self.make()
            for (index, place) in Self.headers.enumerated() {
                file.put(UInt64(index == newer ? 9 : 8), at: place + 8)
                if index != newer { file.put(UInt64(7), at: place + 48) }
                Self.sign(file, place, 4 << 10)
            }
            #expect(try ContainerImages.open(file).remarks == [])
            #expect(try ContainerImages.content(file) == raw)
            file.bytes[Self.headers[newer] + 100] ^= 1
            let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
            #expect(error?.reason.contains("log") == true)
        }
        let (raw, file) = try Self.make()
        file.bytes[Self.headers[0] + 3] ^= 1
        #expect(try ContainerImages.open(file).remarks.count == 1)
        #expect(try ContainerImages.content(file) == raw)
        file.bytes[Self.headers[1] + 3] ^= 1
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.code == .checksumMismatch)
    }

    @Test func twoHeadersOfOneAgeAreOneOrNone() throws {
        let (raw, file) = try Self.make()
        // Microsoft's Disk2VHD writes the same one twice.
        file.bytes.replaceSubrange(128 << 10..<132 << 10, with: Array(file.bytes[64 << 10..<68 << 10]))
        #expect(try ContainerImages.content(file) == raw)
        file.bytes[Self.headers[1] + 20] ^= 1
        Self.sign(file, Self.headers[1], 4 << 10)
        #expect(throws: FormatError.self) { try ContainerImages.open(file) }
    }

    @Test func theSecondRegionTableStandsInForTheFirst() throws {
        let (raw, file) = try Self.make()
        file.bytes[Self.regionTables[0] + 60_000] ^= 1
        let opened = try ContainerImages.open(file)
        #expect(opened.remarks.count == 1 && opened.remarks[0].contains("region table"))
        #expect(try ContainerImages.content(file) == raw)
        file.bytes[Self.regionTables[1]] ^= 1
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.code == .checksumMismatch)
    }

    /// A log with one entry that is to write zeros over the end of the region of the block table.
    static func writeLog(_ file: MemoryDisk) throws {
        let guid = [UInt8](1...16)
        for header in headers { file.bytes.replaceSubrange(header + 48..<header + 64, with: guid) }
        for header in headers { sign(file, header, 4 << 10) }
        let log = file.number(at: headers[0] + 72)
        file.bytes.replaceSubrange(log..<log + 4096, with: repeatElement(0, count: 4096))
        file.bytes.replaceSubrange(log..<log + 4, with: "loge".utf8)
        file.put(UInt32(4096), at: log + 8)
        file.put(UInt64(1), at: log + 16)
        file.put(UInt32(1), at: log + 24)
        file.bytes.replaceSubrange(log + 32..<log + 48, with: guid)
        file.put(UInt64(file.bytes.count), at: log + 48)
        file.put(UInt64(file.bytes.count), at: log + 56)
        file.bytes.replaceSubrange(log + 64..<log + 68, with: "zero".utf8)
        file.put(UInt64(4096), at: log + 72)
        file.put(UInt64(try region(blockTable, of: file) + (1 << 20) - 4096), at: log + 80)
        file.put(UInt64(1), at: log + 88)
        sign(file, log, 4096)
    }

    @Test func aLogIsRefusedNamingWhatEmptiesIt() throws {
        let (raw, file) = try Self.make()
        try Self.writeLog(file)
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.code == .unsupported && error?.reason.contains("`qemu-img check -r all COPY`") == true)
        let workshop = try Workshop()
        try workshop.write(file.bytes, "COPY")
        #expect(throws: (any Error).self, "QEMU wants it replayed too") {
            try workshop.run("qemu-img convert -f vhdx -O raw COPY read.raw")
        }
        try workshop.run("qemu-img check -r all COPY")
        #expect(try ContainerImages.content(MemoryDisk(workshop.bytes("COPY"))) == raw)
    }

    @Test func aDifferencingDiskIsRefusedByName() throws {
        let (_, file) = try Self.make()
        let place = try Self.item(Self.parameters, of: file) + 4
        file.bytes[place] |= 2
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.code == .unsupported)
        for word in ["differencing", "not opened", "Convert-VHD"] { #expect(error?.reason.contains(word) == true) }
    }

    @Test func regionsThatCannotBeAreRefused() throws {
        let rows: [(offset: Int, value: UInt64, says: String)] = [
            (16, 0, "multiple of 1 MiB"), (16, (3 << 20) + 4096, "multiple of 1 MiB"), (16, .max, "multiple of 1 MiB"),
            (16, 1 << 40, "not whole"), (0, 7, "required"),
        ]
        for guid in [Self.blockTable, Self.metadataTable] {
            for (offset, value, says) in rows {
                let (_, file) = try Self.make()
                let place = try Self.entry(guid, in: Self.regionTables[0], of: file) - Self.regionTables[0]
                // What may be unknown is not required; qemu-img says so of none.
                Self.put(UInt32(1), at: place + 28, ofEach: Self.regionTables, in: file)
                Self.put(value, at: place + offset, ofEach: Self.regionTables, in: file)
                let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
                #expect(error?.reason.contains(says) == true, "\(says): \(error?.reason ?? "-")")
            }
        }
        for count in [0, 2048, 1 << 31, .max] as [UInt32] {
            let (_, file) = try Self.make()
            Self.put(count, at: 8, ofEach: Self.regionTables, in: file)
            #expect(throws: FormatError.self, "\(count)") { try ContainerImages.open(file) }
        }
        // What is not required may be unknown.
        let (raw, file) = try Self.make()
        Self.put(UInt32(3), at: 8, ofEach: Self.regionTables, in: file)
        Self.put(UInt64(99), at: 16 + 64, ofEach: Self.regionTables, in: file)
        #expect(try ContainerImages.content(file) == raw)
    }

    @Test func metadataThatCannotBeAreRefused() throws {
        let rows: [(item: [UInt8], value: UInt64, bytes: Int, says: String)] = [
            (Self.parameters, 0, 4, "power of two"), (Self.parameters, 3, 4, "power of two"),
            (Self.parameters, 3 << 20, 4, "power of two"), (Self.parameters, 512 << 20, 4, "power of two"),
            (Self.diskSize, 0, 8, "size of a disk"), (Self.diskSize, 513, 8, "size of a disk"),
            (Self.diskSize, .max, 8, "size of a disk"), (Self.diskSize, 1 << 45, 8, "table of"),
            (Self.sectorSize, 0, 4, "512 or 4096"), (Self.sectorSize, 1024, 4, "512 or 4096"),
        ]
        for (item, value, bytes, says) in rows {
            let (_, file) = try Self.make()
            let place = try Self.item(item, of: file)
            if bytes == 4 { file.put(UInt32(value), at: place) } else { file.put(value, at: place) }
            let error = #expect(throws: FormatError.self, "\(value)") { try ContainerImages.open(file) }
            #expect(error?.reason.contains(says) == true, "\(value): \(error?.reason ?? "-")")
        }
        for (offset, value) in [(0, 99), (16, 1 << 31), (20, 1)] as [(Int, UInt32)] {
            let (_, file) = try Self.make()
            let place = try Self.entry(Self.diskSize, in: Self.region(Self.metadataTable, of: file), of: file)
            file.put(value, at: place + offset)
            #expect(throws: FormatError.self, "\(offset)") { try ContainerImages.open(file) }
        }
    }

    @Test func blocksThatStandElsewhereAreErrorsWhereTheyAreRead() throws {
        let rows: [(entry: UInt64, code: FormatError.Code)] = [
            (6, .malformed), (1 << 40 | 6, .truncated), (.max << 20 | 6, .malformed), (4, .malformed), (7, .malformed),
        ]
        for (entry, code) in rows {
            let (_, file) = try Self.make()
            file.put(entry, at: try Self.region(Self.blockTable, of: file))
            let error = #expect(throws: FormatError.self, "\(entry)") { try ContainerImages.content(file) }
            #expect(error?.code == code, "\(entry): \(error?.reason ?? "-")")
        }
        for state in [0, 1, 2, 3, 5] as [UInt64] {
            let (_, file) = try Self.make()
            file.put(UInt64(9 << 20) | state, at: try Self.region(Self.blockTable, of: file))
            #expect(try ContainerImages.content(file).prefix(1 << 20).allSatisfy { $0 == 0 }, "\(state)")
        }
    }

    @Test func aCutFileIsAnError() throws {
        let (_, file) = try Self.make()
        let whole = file.bytes
        for count in [8, 70_000, 200_000, 300_000, 2 << 20, whole.count - (1 << 20)] {
            file.bytes = Array(whole.prefix(count))
            let error = #expect(throws: FormatError.self, "\(count)") { try ContainerImages.content(file) }
            #expect(error?.code == .truncated, "\(count): \(error?.reason ?? "-")")
        }
    }
}
