/// VMDK as qemu-img and VMware write it, and with each field damaged.

import ByteParsing
import DiskImages
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("qemu-img", "python3"), "qemu-utils or python3 is not installed"))
struct VMDKTests {
    static let kinds = ["streamOptimized", "monolithicSparse"]

    static func make(_ kind: String) throws -> (raw: [UInt8], container: MemoryDisk) {
        try ContainerImages.make("vmdk", "subformat=\(kind)")
    }

    /// The same as VMware writes it in one go: the place of the directory stands in the footer alone.
    static func addFooter(to file: MemoryDisk) {
        func marker(_ sectors: UInt64, _ type: UInt8) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 512)
            bytes[0] = UInt8(sectors)
            bytes[12] = type
            return bytes
        }
        let header = Array(file.bytes[..<512])
        file.put(UInt64.max, at: 56)
        file.bytes += marker(1, 3) + header + marker(0, 0)
    }

    @Test(arguments: kinds) func theBytesAreThoseOfTheDisk(_ kind: String) throws {
        let (raw, file) = try Self.make(kind)
        let opened = try ContainerImages.open(file)
        #expect(opened.kind == (kind == "streamOptimized" ? "vmdk stream-optimized" : "vmdk sparse"))
        #expect(opened.remarks == [] && opened.disks.count == 1)
        #expect(try ContainerImages.content(file) == raw)
        #expect(try ContainerImages.readsAlike(file, raw))
    }

    @Test func theFooterSaysWhereTheDirectoryIs() throws {
        let (raw, file) = try Self.make("streamOptimized")
        Self.addFooter(to: file)
        #expect(try ContainerImages.content(file) == raw)
        // A cut download: without the last sector, without both, in the middle.
        let whole = file.bytes
        for count in [whole.count - 1, whole.count - 512, whole.count - 1024, whole.count / 2, 512, 600] {
            file.bytes = Array(whole.prefix(count))
            let error = #expect(throws: FormatError.self, "\(count)") { try ContainerImages.open(file) }
            #expect(error?.code == .truncated)
            #expect(count <= 600 || error?.reason.contains("ends before its footer") == true)
        }
        // A footer that sends on to another footer.
        file.bytes = whole
        file.put(UInt64.max, at: whole.count - 1024 + 56)
        #expect(throws: FormatError.self) { try ContainerImages.open(file) }
    }

    @Test(arguments: kinds) func whatIsCutIsAnErrorWhereItIsRead(_ kind: String) throws {
        let (_, file) = try Self.make(kind)
        file.bytes.removeLast(file.bytes.count / 4)
        let error = #expect(throws: FormatError.self) { try ContainerImages.content(file) }
        #expect(error?.code == .truncated && error?.reason.contains("grain") == true, "\(error?.reason ?? "-")")
    }

    /// Fields of the header: offset, value, and what the message has to say.
    static let headers: [(offset: Int, value: UInt64, says: String)] = [
        (20, 0, "power of two"), (20, 3, "power of two"), (20, 1 << 40, "power of two"), (12, 1 << 63, "capacity"),
        (12, 1 << 50, "grain directory"), (56, 1 << 30, "grain directory"), (56, 0, "grain directory"),
        (56, (1 << 63) - 1, "grain directory"), (28, 1 << 60, "descriptor"), (36, 1 << 21, "descriptor"),
        (36, 1 << 62, "descriptor"), (36, 0, "descriptor"),
    ]

    @Test(arguments: headers.indices) func aHeaderThatCannotBeIsRefused(_ index: Int) throws {
        let (offset, value, says) = Self.headers[index]
        let (_, file) = try Self.make("monolithicSparse")
        file.put(value, at: offset)
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.reason.contains(says) == true, "\(error?.reason ?? "-")")
    }

    @Test func otherFieldsOfTheHeader() throws {
        let rows: [(Int, UInt32, String)] = [(4, 4, "version"), (44, 0, "entries"), (44, .max, "entries")]
        for (offset, value, says) in rows {
            let (_, file) = try Self.make("streamOptimized")
            file.put(value, at: offset)
            let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
            #expect(error?.reason.contains(says) == true, "\(error?.reason ?? "-")")
        }
        let (_, file) = try Self.make("streamOptimized")
        file.put(UInt16(7), at: 77)
        #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        // Line ends as a copy in text mode makes them.
        let (_, text) = try Self.make("monolithicSparse")
        text.put(UInt32(0x0A0A_200A), at: 73)
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(text) }
        #expect(error?.reason.contains("copied as text") == true)
    }

    /// Where the entry of the first grain that is not zeros stands, and the grain's number.
    static func firstEntry(_ file: MemoryDisk) throws -> (place: Int, grain: Int) {
        let table = file.number(at: file.number(at: 56) * 512) * 512
        let grain = try #require((0..<512).first { file.number(at: table + 4 * $0) > 1 })
        return (table + 4 * grain, grain)
    }

    /// The error of reading the first grain that is not zeros, once `damage` was done to the file.
    static func error(_ kind: String, _ damage: (MemoryDisk, _ entry: Int) throws -> Void) throws -> FormatError? {
        let (_, file) = try Self.make(kind)
        let (entry, grain) = try firstEntry(file)
        try damage(file, entry)
        let disk = try #require(try ContainerImages.open(file).disks.first)
        #expect(try disk.read(at: 0, count: 512).allSatisfy { $0 == 0 })
        do throws(FormatError) {
            _ = try disk.read(at: grain * 65536, count: 512)
            return nil
        } catch {
            return error
        }
    }

    @Test func entriesThatLeadElsewhereAreErrorsWhereTheyAreRead() throws {
        for kind in Self.kinds {
            let header = try Self.error(kind) { $0.put(UInt32(1), at: $1) }
            #expect(header?.reason.contains("behind its header") == true, "\(header?.reason ?? "-")")
            let beyond = try Self.error(kind) { $0.put(UInt32.max, at: $1) }
            #expect(beyond?.code == .truncated)
            let (_, file) = try Self.make(kind)
            file.put(UInt32.max, at: file.number(at: 56) * 512)
            let table = #expect(throws: FormatError.self) { try ContainerImages.content(file) }
            #expect(table?.code == .truncated)
        }
        let other = try Self.error("streamOptimized") { file, entry in
            file.put(UInt32(file.number(at: entry + 4)), at: entry)
        }
        #expect(other?.reason.contains("that of sector") == true, "\(other?.reason ?? "-")")
    }

    @Test func anEntryOf1MeansZerosWhereTheHeaderSaysSo() throws {
        let (raw, file) = try Self.make("monolithicSparse")
        let (entry, grain) = try Self.firstEntry(file)
        file.put(UInt32(1), at: entry)
        file.put(UInt32(file.number(at: 8) | 4), at: 8)
        var expected = raw
        expected.replaceSubrange(grain * 65536..<(grain + 1) * 65536, with: repeatElement(0, count: 65536))
        #expect(try ContainerImages.content(file) == expected && expected != raw)
    }

    @Test func compressedGrainsThatCannotBe() throws {
        for size in [0, 1 << 31, .max] as [UInt32] {
            let error = try Self.error("streamOptimized") { $0.put(size, at: $0.number(at: $1) * 512 + 8) }
            #expect(error?.reason.contains("compressed grain") == true, "\(size): \(error?.reason ?? "-")")
        }
        let damaged = try Self.error("streamOptimized") { $0.put(UInt64.max, at: $0.number(at: $1) * 512 + 40) }
        #expect(damaged?.reason.contains("grain") == true)
        // A few kilobytes that would inflate to 65 MB.
        let workshop = try Workshop()
        try workshop.run(
            "python3 -c \"import sys, zlib; sys.stdout.buffer.write(zlib.compress(bytes(65 << 20), 9))\" >bomb")
        let bomb = try workshop.bytes("bomb")
        let error = try Self.error("streamOptimized") { file, entry in
            let marker = Array(file.bytes[file.number(at: entry) * 512..<file.number(at: entry) * 512 + 8])
            file.bytes += [UInt8](repeating: 0, count: (512 - file.bytes.count % 512) % 512)
            file.put(UInt32(file.bytes.count / 512), at: entry)
            let count = UInt32(bomb.count)
            file.bytes += marker + (0..<4).map { UInt8(count >> (8 * $0) & 0xFF) } + bomb
        }
        #expect(error?.code == .limitExceeded, "\(error?.reason ?? "-")")
    }

    /// A header, `directory` entries and one table, all of which lead to one grain.
    static func allOne(entries: Int) -> MemoryDisk {
        let text = "# Disk DescriptorFile\ncreateType=\"monolithicSparse\"\nRW 1 SPARSE \"x\"\n"
        let directory = (4 * entries + 511) / 512
        let file = MemoryDisk([UInt8](repeating: 0, count: (2 + directory + 4 + 128) * 512))
        file.bytes.replaceSubrange(0..<4, with: "KDMV".utf8)
        file.bytes.replaceSubrange(512..<512 + text.utf8.count, with: text.utf8)
        file.put(UInt32(1), at: 4)
        for (place, value) in [(12, entries * 65536), (20, 128), (28, 1), (36, 1), (44, 512), (56, 2)] {
            file.put(UInt64(value), at: place)
        }
        for entry in 0..<entries { file.put(UInt32(2 + directory), at: 1024 + 4 * entry) }
        for entry in 0..<512 { file.put(UInt32(6 + directory), at: (2 + directory) * 512 + 4 * entry) }
        file.bytes.replaceSubrange(file.bytes.count - 65536..<file.bytes.count, with: repeatElement(7, count: 65536))
        return file
    }

    @Test func aHugeDiskOfOneGrainIsReadWhereItIsAsked() throws {
        let file = Self.allOne(entries: 30_000)
        let disk = try #require(try ContainerImages.open(file).disks.first)
        #expect(disk.size == 30_000 << 25)
        #expect(try disk.read(at: disk.size - 70_000, count: 70_000).allSatisfy { $0 == 7 })
        #expect(file.read.count < 20)
    }

    /// Descriptors that send elsewhere, and what the message has to say.
    static let descriptors: [(text: String, says: [String])] = [
        (
            "createType=\"monolithicFlat\"\nRW 1 FLAT \"/etc/shadow\" 0",
            ["monolithicFlat", "/etc/shadow", "not opened"]
        ),
        ("createType=\"monolithicSparse\"\nRW 1 FLAT \"../../etc/shadow\" 0", ["../../etc/shadow", "other files"]),
        (
            "createType=\"twoGbMaxExtentSparse\"\nRW 1 SPARSE \"a-s001.vmdk\"\nRW 1 SPARSE \"a-s002.vmdk\"",
            ["twoGbMaxExtentSparse", "a-s001.vmdk", "a-s002.vmdk", "qemu-img convert"]
        ),
        ("createType=\"vmfs\"\nRW 1 VMFS \"a-flat.vmdk\"", ["vmfs", "a-flat.vmdk", "is a raw disk"]),
        ("createType=\"fullDevice\"\nRW 1 FLAT \"/dev/sda\" 0", ["fullDevice", "/dev/sda"]),
        ("createType=\"streamOptimized\"\nparentCID=12345678\nRW 1 SPARSE \"a\"", ["delta", "parent"]),
        (
            "createType=\"streamOptimized\"\nparentCID=ffffffff\nparentFileNameHint=\"/etc/shadow\"\nRW 1 SPARSE \"a\"",
            ["delta", "parent"]
        ),
        ("version=1", ["createType none"]),
    ]

    @Test(arguments: descriptors.indices) func noSecondFileIsReadInEither(_ index: Int) throws {
        let (text, says) = Self.descriptors[index]
        let descriptor = Array("# Disk DescriptorFile\n\(text)\n".utf8)
        let (_, embedded) = try Self.make("monolithicSparse")
        let room = 20 * 512
        let padded = descriptor + [UInt8](repeating: 0, count: room - descriptor.count)
        embedded.bytes.replaceSubrange(512..<512 + room, with: padded)
        for file in [embedded, MemoryDisk(descriptor), MemoryDisk(Array("\n\n".utf8) + descriptor)] {
            let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
            #expect(error?.code == .unsupported)
            for word in says { #expect(error?.reason.contains(word) == true, "\(word): \(error?.reason ?? "-")") }
        }
    }

    @Test func aDescriptorThatIsNoTextIsRefused() throws {
        let (_, file) = try Self.make("monolithicSparse")
        for place in 512..<1024 { file.bytes[place] = UInt8(truncatingIfNeeded: place * 7 | 0x80) }
        #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        // One line of a gigabyte is looked at as far as descriptors go.
        let long = MemoryDisk(Array("# Disk DescriptorFile\n".utf8) + [UInt8](repeating: 0x61, count: 4 << 20))
        #expect(throws: FormatError.self) { try ContainerImages.open(long) }
        #expect(long.read.map(\.count).max() ?? 0 <= 64 << 10)
    }

    @Test func flippedBitsGiveAnAnswerOrAnError() throws {
        let (_, file) = try Self.make("streamOptimized")
        let clean = try ContainerImages.content(file)
        var random = SeededGenerator(seed: 4)
        var errors = 0
        for _ in 0..<150 {
            let place = Int.random(in: 0..<file.bytes.count, using: &random)
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            file.bytes[place] ^= bit
            defer { file.bytes[place] ^= bit }
            do {
                _ = try ContainerImages.content(file)
            } catch is FormatError {
                errors += 1
            }
        }
        #expect(errors > 20)
        #expect(try ContainerImages.content(file) == clean)
    }
}
