/// FAT of mkfs.fat and mtools with bytes changed: the one file or directory that they belong to cannot be read, and the
/// others can.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(
    .enabled(if: Workshop.has("mkfs.vfat", "mcopy", "mmd"), "dosfstools and mtools are not installed"),
    .timeLimit(.minutes(1)))
struct FATTrapTests {
    static func make(_ width: Int, _ size: Int) throws -> [UInt8] {
        let workshop = try Workshop()
        try workshop.run(
            """
            truncate -s \(size)M image; mkfs.vfat -F \(width) -s 1 -i 7B771234 image
            echo other >OTHER; yes one | head -c 20000 >ONE.BIN || true; mmd -i image ::/DIR
            mcopy -i image OTHER ONE.BIN ::/; for i in $(seq 40); do mcopy -i image OTHER ::/DIR/F$i; done
            """)
        return try workshop.bytes("image")
    }

    static let images = [
        12: Result { try make(12, 1) }, 16: Result { try make(16, 8) }, 32: Result { try make(32, 40) },
    ]

    /// The table and the entries of a FAT, to change them.
    struct Changing {
        let disk: MemoryDisk
        let width: Int
        /// Where the first table begins, in sectors.
        var table: Int { Int(disk.bytes[14]) | Int(disk.bytes[15]) << 8 }

        /// Where the entry of a name of 8 and 3 characters stands.
        func entry(_ name: String) throws -> Int {
            try #require(
                stride(from: 0, to: disk.bytes.count, by: 32).first {
                    disk.bytes[$0..<$0 + 11].elementsEqual(name.utf8)
                })
        }

        func cluster(_ name: String) throws -> Int {
            let place = try entry(name)
            return disk.number(at: place + 26) & 0xFFFF | (disk.number(at: place + 20) & 0xFFFF) << 16
        }

        /// Has the table say that `next` follows a cluster.
        func put(_ next: Int, after cluster: Int) {
            let table = table * 512
            switch width {
            case 12:
                let place = table + cluster * 3 / 2
                let pair = disk.number(at: place) & 0xFFFF
                let other = cluster % 2 == 0 ? pair & 0xF000 | next & 0xFFF : pair & 0xF | (next & 0xFFF) << 4
                disk.put(UInt16(other), at: place)
            case 16: disk.put(UInt16(truncatingIfNeeded: next), at: table + cluster * 2)
            default: disk.put(UInt32(truncatingIfNeeded: next), at: table + cluster * 4)
            }
        }
    }

    struct Row: Sendable {
        let name: String
        let path: String
        let answer: ExtTrapTests.Answer
        let change: @Sendable (Changing) throws -> Void
    }

    static let one = "ONE     BIN"
    static let folder = "DIR        "
    static let content = ExtTrapTests.Answer.content(count: 20000, first: 0x6F)
    static let names = ExtTrapTests.Answer.names(Set((1...40).map { "F\($0)" }))

    static let rows: [Row] = [
        Row(name: "as it was", path: "/ONE.BIN", answer: content) { _ in },
        Row(name: "a directory as it was", path: "/DIR", answer: names) { _ in },
        Row(name: "a cluster that names itself", path: "/ONE.BIN", answer: .error(.malformed)) {
            let first = try $0.cluster(one)
            $0.put(first, after: first)
        },
        Row(name: "a chain that leads back", path: "/ONE.BIN", answer: .error(.malformed)) {
            let first = try $0.cluster(one)
            $0.put(first, after: first + 3)
        },
        Row(name: "a free cluster in a chain", path: "/ONE.BIN", answer: .error(.malformed)) {
            $0.put(0, after: try $0.cluster(one))
        },
        Row(name: "a cluster behind the last", path: "/ONE.BIN", answer: .error(.malformed)) {
            $0.put(0x0FFF_FFF0, after: try $0.cluster(one))
        },
        Row(name: "a file of no cluster", path: "/ONE.BIN", answer: .error(.malformed)) {
            $0.disk.put(UInt16(0), at: try $0.entry(one) + 26)
        },
        Row(name: "a size beyond its chain", path: "/ONE.BIN", answer: .error(.malformed)) {
            $0.disk.put(UInt32.max, at: try $0.entry(one) + 28)
        },
        Row(name: "a chain that ends early", path: "/ONE.BIN", answer: .error(.malformed)) {
            $0.put(0x0FFF_FFFF, after: try $0.cluster(one) + 1)
        },
        Row(name: "a directory that leads back", path: "/DIR", answer: .error(.malformed)) {
            let first = try $0.cluster(folder)
            $0.put(first, after: first)
        },
        Row(name: "a directory in itself", path: "/DIR" + String(repeating: "/F1", count: 100), answer: names) {
            let place = try $0.entry("F1         ")
            $0.disk.bytes[place + 11] = 0x10
            $0.disk.put(UInt16(try $0.cluster(folder) & 0xFFFF), at: place + 26)
        },
        Row(name: "two entries of one name", path: "/DIR/F1", answer: .content(count: 6, first: 0x6F)) {
            let place = try $0.entry("F2         ")
            $0.disk.bytes.replaceSubrange(place..<place + 11, with: "F1         ".utf8)
            $0.disk.put(UInt32(0), at: place + 28)
        },
    ]

    @Test(arguments: [12, 16, 32]) func theOthersStand(_ width: Int) throws {
        let bytes = try #require(Self.images[width]).get()
        for row in Self.rows {
            let disk = MemoryDisk(bytes)
            try row.change(Changing(disk: disk, width: width))
            let fileSystem = try FATFileSystem(disk)
            let answer = ExtTrapTests.answer(row.path, 1 << 20, fileSystem)
            #expect(answer == row.answer, "\(row.name), \(row.path.prefix(20)): \(answer)")
            let other = ExtTrapTests.answer("/OTHER", 1 << 20, fileSystem)
            #expect(other == .content(count: 6, first: 0x6F), "\(row.name)")
            #expect(disk.read.count < 20_000)
        }
    }

    /// Fields of the boot sector that none has.
    static let fields: [(offset: Int, value: [UInt8])] = [
        (11, [0, 0]), (11, [3, 0]), (11, [0xFF, 0xFF]), (13, [0]), (13, [3]), (14, [0, 0]), (16, [0]), (16, [200]),
        (21, [0]), (22, [0xFF, 0xFF]), (0, [0]), (510, [0, 0]), (19, [1, 0]),
    ]

    @Test(arguments: fields.indices) func aBootSectorThatCannotBeIsNone(_ index: Int) throws {
        let (offset, value) = Self.fields[index]
        let disk = MemoryDisk(try #require(Self.images[16]).get())
        disk.bytes.replaceSubrange(offset..<offset + value.count, with: value)
        #expect(try VolumeSignature.read(disk) == nil)
        #expect(throws: FormatError.self) { try FATFileSystem(disk) }
    }

    @Test func whatLiesBehindTheEndIsAnErrorWhereItIsRead() throws {
        let disk = MemoryDisk(try #require(Self.images[16]).get())
        let changing = Changing(disk: disk, width: 16)
        // Its second cluster lies where a copy that was cut has nothing.
        changing.put(15_000, after: try changing.cluster(Self.one))
        disk.put(UInt32(1000), at: try changing.entry(Self.one) + 28)
        changing.put(0xFFFF, after: 15_000)
        disk.bytes.removeLast(2 << 20)
        let fileSystem = try FATFileSystem(disk)
        #expect(ExtTrapTests.answer("/ONE.BIN", 1 << 20, fileSystem) == .error(.truncated))
        #expect(ExtTrapTests.answer("/OTHER", 1 << 20, fileSystem) == .content(count: 6, first: 0x6F))
    }

    @Test func aTableOfFewerClustersIsReadAsFarAsItGoes() throws {
        let disk = MemoryDisk(try #require(Self.images[16]).get())
        // More sectors than its table has numbers for, as Linux reads it.
        disk.put(UInt16(0xFFFF), at: 19)
        let fileSystem = try FATFileSystem(disk)
        #expect(ExtTrapTests.answer("/ONE.BIN", 1 << 20, fileSystem) == Self.content)
    }

    @Test func numbersOf32BitsOnASmallVolume() throws {
        let workshop = try Workshop()
        try workshop.run("truncate -s 10M image; mkfs.vfat -F 32 image")
        let disk = MemoryDisk(try workshop.bytes("image"))
        let changing = Changing(disk: disk, width: 32)
        let tables = Int(disk.bytes[16]) * disk.number(at: 36)
        let data = (changing.table + tables) * 512
        // mtools go by the number of clusters, and so put nothing on it: a file in the root, which is cluster 2.
        let entry = Array("FILE    TXT".utf8) + [0x20] + [UInt8](repeating: 0, count: 14) + [3, 0, 4, 0, 0, 0]
        disk.bytes.replaceSubrange(data..<data + 32, with: entry)
        changing.put(0x0FFF_FFFF, after: 3)
        disk.bytes.replaceSubrange(data + 512..<data + 516, with: "text".utf8)
        let fileSystem = try FATFileSystem(disk)
        #expect(ExtTrapTests.answer("/file.txt", 100, fileSystem) == .content(count: 4, first: 0x74))
        #expect(fileSystem.firmwareProblem?.contains("65525 clusters") == true)
        #expect(try FATFileSystem(MemoryDisk(#require(Self.images[32]).get())).firmwareProblem == nil)
    }
}
