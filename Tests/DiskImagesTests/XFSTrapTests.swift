/// XFS of mkfs.xfs with bytes changed where xfs_db says that they stand: the one file or directory that they belong to
/// cannot be read, and the others can.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("mkfs.xfs", "xfs_db"), "xfsprogs is not installed"), .timeLimit(.minutes(1)))
struct XFSTrapTests {
    /// An image of one allocation group and the places of what is in it.
    struct Made: Sendable {
        let bytes: [UInt8]
        /// Of inodes, in bytes, by path.
        let inodes: [String: Int]
        /// Of the first block of content or of names, in blocks of 4096 bytes, by path.
        let blocks: [String: Int]
    }

    static let paths = ["/d", "/few", "/tree", "/spare", "/other", "/link", "/long"]

    static func make() throws -> Made {
        let workshop = try Workshop()
        // mkfs.xfs refuses less than 300 MB but in its own tests, which these variables tell it to be in.
        try workshop.run(
            """
            for i in 1 2 3; do echo $i >f$i; done; yes tree | head -c 12288 >tree || true
            yes spare | head -c 8192 >spare || true; echo other >other
            { printf '/none\\n0 0\\nd--755 0 0\\nd d--755 0 0\\n'
              for i in 1 2 3; do echo "f$i ---644 0 0 $PWD/f$i"; done; printf '$\\nfew d--755 0 0\\n'
              for i in $(seq 30); do echo "a-name-of-some-length-$i ---644 0 0 $PWD/f1"; done; echo '$'
              for n in tree spare other; do echo "$n ---644 0 0 $PWD/$n"; done
              for n in link:40 long:900; do
                echo "${n%:*} l--777 0 0 $(head -c ${n#*:} /dev/zero | tr '\\0' t)"
              done; echo '$'; } >proto
            truncate -s 18M image; TEST_DIR=1 TEST_DEV=1 QA_CHECK_FS=1 mkfs.xfs -q -m reflink=1,bigtime=1 -p proto image
            """)
        var (inodes, blocks): ([String: Int], [String: Int]) = ([:], [:])
        for path in paths {
            let lines = try workshop.run("xfs_db -r -c 'path \(path)' -c daddr -c bmap image").split(separator: "\n")
            inodes[path] = try #require(lines.first?.split(separator: " ").last.flatMap { Int($0) }) * 512
            let words = lines.last?.split(separator: " ") ?? []
            blocks[path] = words.firstIndex(of: "startblock").flatMap { Int(words[$0 + 1]) }
        }
        return Made(bytes: try workshop.bytes("image"), inodes: inodes, blocks: blocks)
    }

    static let made = Result { try make() }

    struct Row: Sendable {
        let name: String
        let path: String
        let answer: ExtTrapTests.Answer
        var limit = 1 << 20
        let change: @Sendable (MemoryDisk, Made) throws -> Void
    }

    /// Where the fork of an inode begins, in bytes; without attributes it has 336 to the inode's end.
    static func fork(_ path: String, _ made: Made) throws -> Int { try inode(path, made) + 176 }
    static func inode(_ path: String, _ made: Made) throws -> Int { try #require(made.inodes[path]) }
    static func block(_ path: String, _ made: Made) throws -> Int { try #require(made.blocks[path]) * 4096 }

    static func put<T: FixedWidthInteger>(_ disk: MemoryDisk, _ value: T, _ place: Int) {
        disk.put(value, at: place, bigEndian: true)
    }

    /// Gives /tree a tree of extents in place of its one extent: a root in the inode, and one leaf in the first block of
    /// /spare.
    static func makeTree(_ disk: MemoryDisk, _ made: Made) throws {
        let (place, leaf) = (try inode("/tree", made), try block("/spare", made))
        let extent = Array(disk.bytes[place + 176..<place + 192])
        disk.bytes[place + 5] = 3
        put(disk, UInt16(1), place + 176)
        put(disk, UInt16(1), place + 178)
        put(disk, UInt64(0), place + 180)
        put(disk, UInt64(leaf / 4096), place + 180 + 8 * ((336 - 4) / 16))
        disk.bytes.replaceSubrange(leaf..<leaf + 72, with: repeatElement(0, count: 72))
        disk.bytes.replaceSubrange(leaf..<leaf + 4, with: "BMA3".utf8)
        put(disk, UInt16(1), leaf + 6)
        put(disk, UInt64.max, leaf + 8)
        put(disk, UInt64.max, leaf + 16)
        put(disk, disk.big64(at: place + 152), leaf + 56)
        disk.bytes.replaceSubrange(leaf + 72..<leaf + 88, with: extent)
    }

    /// Changes a field of the tree: of its root, from the fork on, or of its leaf.
    static func tree<T: FixedWidthInteger & Sendable>(
        _ name: String, root: [Int: T] = [:], leaf: [Int: T] = [:]
    ) -> Row {
        Row(name: name, path: "/tree", answer: .error(.malformed)) { disk, made in
            try makeTree(disk, made)
            for (offset, value) in root { put(disk, value, try fork("/tree", made) + offset) }
            for (offset, value) in leaf { put(disk, value, try block("/spare", made) + offset) }
        }
    }

    static let whole = ExtTrapTests.Answer.content(count: 12288, first: 0x74)
    static let pointer = 4 + 8 * ((336 - 4) / 16)

    static let files: [Row] = [
        Row(name: "a tree of extents", path: "/tree", answer: whole) { try makeTree($0, $1) },
        tree("60 levels", root: [0: UInt16(60)]),
        tree("no level", root: [0: UInt16(0)]),
        tree("a level that does not fall", root: [0: UInt16(2)]),
        tree("a leaf at level 1", leaf: [4: UInt16(1)]),
        tree("more children than there is room for", root: [2: UInt16(1000)]),
        tree("no children", root: [2: UInt16(0)]),
        tree("more extents than there is room for", leaf: [6: UInt16(0xFFFF)]),
        tree("a leaf of no extents", leaf: [6: UInt16(0)]),
        tree("a child past the end", root: [pointer: UInt64(1) << 40]),
        tree("a child that is the superblock", root: [pointer: UInt64(0)]),
        tree("another file's leaf", leaf: [56: UInt64(129)]),
        Row(name: "a pointer to itself", path: "/tree", answer: .error(.malformed)) { disk, made in
            try makeTree(disk, made)
            let leaf = try block("/spare", made)
            put(disk, UInt16(2), try fork("/tree", made))
            put(disk, UInt16(1), leaf + 4)
            put(disk, UInt64(0), leaf + 72)
            put(disk, UInt64(leaf / 4096), leaf + 72 + 8 * ((4096 - 72) / 16))
        },
        Row(name: "extents that fall", path: "/tree", answer: .error(.malformed), limit: 4096) { disk, made in
            try makeTree(disk, made)
            let leaf = try block("/spare", made)
            put(disk, UInt16(2), leaf + 6)
            disk.bytes.replaceSubrange(leaf + 88..<leaf + 104, with: disk.bytes[leaf + 72..<leaf + 88])
            // From block 512 on.
            put(disk, UInt64(512) << 9, leaf + 72)
        },
        Row(name: "attributes behind the inode", path: "/tree", answer: .error(.malformed)) {
            $0.bytes[try inode("/tree", $1) + 0x52] = 200
        },
        Row(name: "2^48 extents", path: "/tree", answer: .error(.malformed)) {
            put($0, UInt64(0x10) | $0.big64(at: try inode("/tree", $1) + 0x78), try inode("/tree", $1) + 0x78)
            put($0, UInt64(1) << 48, try inode("/tree", $1) + 0x18)
        },
        Row(name: "an extent of nothing", path: "/tree", answer: .error(.malformed)) {
            $0.bytes[try fork("/tree", $1) + 13] &= 0xE0
            put($0, UInt16(0), try fork("/tree", $1) + 14)
        },
        Row(name: "an extent past the end", path: "/tree", answer: .error(.malformed)) {
            put($0, UInt64(0xFFFF_FFFF) << 21 | 3, try fork("/tree", $1) + 8)
        },
        Row(name: "2^62 bytes", path: "/tree", answer: .content(count: 65536, first: 0x74), limit: 65536) {
            put($0, UInt64(1) << 62, try inode("/tree", $1) + 0x38)
        },
        Row(name: "2^63 bytes", path: "/tree", answer: .error(.malformed)) {
            put($0, UInt64(1) << 63, try inode("/tree", $1) + 0x38)
        },
        Row(name: "content of more bytes than the inode", path: "/tree", answer: .error(.truncated)) {
            $0.bytes[try inode("/tree", $1) + 5] = 1
        },
        Row(name: "content of an unknown form", path: "/tree", answer: .error(.malformed)) {
            $0.bytes[try inode("/tree", $1) + 5] = 9
        },
        Row(name: "another inode in its place", path: "/tree", answer: .error(.malformed)) {
            put($0, UInt64(128), try inode("/tree", $1) + 0x98)
        },
        Row(name: "a file that is free", path: "/tree", answer: .error(.malformed)) {
            put($0, UInt16(0), try inode("/tree", $1) + 2)
        },
    ]

    static let few = Set((1...30).map { "a-name-of-some-length-\($0)" })

    /// Where the free bytes behind the last name of /few begin.
    static func free(_ disk: MemoryDisk, _ made: Made) throws -> Int {
        let start = try block("/few", made)
        return try #require(
            stride(from: start + 64, to: start + 4096, by: 8).first {
                disk.bytes[$0] == 0xFF && disk.bytes[$0 + 1] == 0xFF
            })
    }

    /// Gives /d the names of a directory in whose inode all numbers have 64 bits.
    static func putLarge(_ disk: MemoryDisk, _ made: Made, needing: UInt8) throws {
        let (place, fork) = (try inode("/d", made), try fork("/d", made))
        let number = disk.big64(at: try inode("/other", made) + 152)
        var form: [UInt8] = [2, needing] + [UInt8](repeating: 0, count: 7) + [128]
        for name in ["one", "two"] {
            form += [3, 0, 0x60] + Array(name.utf8) + [1]
            form += (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
        disk.bytes.replaceSubrange(fork..<fork + form.count, with: form)
        put(disk, UInt64(form.count), place + 0x38)
    }

    static let directories: [Row] = [
        Row(name: "names in the inode", path: "/d", answer: .names(["f1", "f2", "f3"])) { _, _ in },
        Row(name: "names in one block", path: "/few", answer: .names(few)) { _, _ in },
        Row(name: "255 names in a few bytes", path: "/d", answer: .error(.truncated)) {
            $0.bytes[try fork("/d", $1)] = 255
        },
        Row(name: "3 bytes", path: "/d", answer: .error(.truncated)) { put($0, UInt64(3), try inode("/d", $1) + 0x38) },
        Row(name: "numbers of 64 bits, one of which needs them", path: "/d", answer: .names(["one", "two"])) {
            try putLarge($0, $1, needing: 1)
        },
        Row(name: "numbers of 64 bits, the parent's too", path: "/d", answer: .names(["one", "two"])) {
            try putLarge($0, $1, needing: 3)
        },
        Row(name: "a file by a number of 64 bits", path: "/d/two", answer: .content(count: 6, first: 0x6F)) {
            try putLarge($0, $1, needing: 1)
        },
        Row(name: "a tail with more entries than the block", path: "/few", answer: .error(.malformed)) {
            put($0, UInt32.max, try block("/few", $1) + 4088)
        },
        Row(name: "free bytes of none", path: "/few", answer: .error(.malformed)) {
            put($0, UInt16(0), try free($0, $1) + 2)
        },
        Row(name: "free bytes past the block", path: "/few", answer: .error(.malformed)) {
            put($0, UInt16(0xFFF8), try free($0, $1) + 2)
        },
        Row(name: "another directory's names", path: "/few", answer: .error(.malformed)) {
            put($0, UInt64(128), try block("/few", $1) + 40)
        },
        Row(name: "no block of names", path: "/few", answer: .error(.malformed)) {
            put($0, UInt32(0), try block("/few", $1))
        },
        Row(name: "a name with a slash", path: "/d", answer: .names(["f1", "f2", #"\x2F3"#])) {
            // The third of three entries of 10 bytes: length, place, name, type, number.
            $0.bytes[try fork("/d", $1) + 6 + 2 * 10 + 3] = 0x2F
        },
        Row(name: "a directory of 2^34 bytes", path: "/few", answer: .error(.limitExceeded)) {
            put($0, UInt64(1) << 34, try inode("/few", $1) + 0x38)
        },
        Row(name: "an inode that is none", path: "/d/f1", answer: .error(.malformed)) {
            // The first entry: length, place, name, type, number.
            put($0, UInt32.max, try fork("/d", $1) + 6 + 3 + 2 + 1)
        },
        Row(
            name: "a directory below itself", path: "/d" + String(repeating: "/f1", count: 100),
            answer: .names(["f1", "f2", "f3"])
        ) {
            put($0, UInt32($0.big64(at: try inode("/d", $1) + 152)), try fork("/d", $1) + 6 + 3 + 2 + 1)
        },
    ]

    /// Gives the target of /long the header that the kernel demands and mkfs.xfs 6.1 does not write.
    static func makeTarget(_ disk: MemoryDisk, _ made: Made, owner: UInt64? = nil, count: UInt32 = 900) throws {
        let place = try block("/long", made)
        let target = Array(disk.bytes[place..<place + 900])
        disk.bytes.replaceSubrange(place..<place + 56, with: Array("XSLM".utf8) + [UInt8](repeating: 0, count: 52))
        put(disk, count, place + 8)
        let number = try owner ?? disk.big64(at: inode("/long", made) + 152)
        put(disk, number, place + 32)
        disk.bytes.replaceSubrange(place + 56..<place + 956, with: target)
    }

    static let links: [Row] = [
        Row(name: "in the inode", path: "/link", answer: .target(count: 40)) { _, _ in },
        Row(name: "in a block", path: "/long", answer: .target(count: 900)) { try makeTarget($0, $1) },
        Row(name: "another link's target", path: "/long", answer: .error(.malformed)) {
            try makeTarget($0, $1, owner: 129)
        },
        Row(name: "a target of less", path: "/long", answer: .error(.malformed)) { try makeTarget($0, $1, count: 700) },
        Row(name: "a target of more than its block", path: "/long", answer: .error(.malformed)) {
            try makeTarget($0, $1, count: .max)
        },
        Row(name: "1025 bytes", path: "/long", answer: .error(.malformed)) {
            put($0, UInt64(1025), try inode("/long", $1) + 0x38)
        },
        Row(name: "1 MB", path: "/long", answer: .error(.malformed)) {
            put($0, UInt64(1 << 20), try inode("/long", $1) + 0x38)
        },
        Row(name: "a NUL byte", path: "/link", answer: .error(.malformed)) { $0.bytes[try fork("/link", $1) + 9] = 0 },
    ]

    @Test(arguments: [files, directories, links].indices) func theOthersStand(_ index: Int) throws {
        let made = try Self.made.get()
        for row in [Self.files, Self.directories, Self.links][index] {
            let disk = MemoryDisk(made.bytes)
            try row.change(disk, made)
            let fileSystem = try XFSFileSystem(disk)
            let answer = ExtTrapTests.answer(row.path, row.limit, fileSystem)
            #expect(answer == row.answer, "\(row.name), \(row.path.prefix(20)): \(answer)")
            let other = ExtTrapTests.answer("/other", row.limit, fileSystem)
            #expect(other == .content(count: 6, first: 0x6F), "\(row.name)")
            #expect(disk.read.map(\.count).max() ?? 0 <= 1 << 20, "\(row.name)")
        }
    }

    @Test func aRootThatIsAFileIsRefused() throws {
        let made = try Self.made.get()
        let disk = MemoryDisk(made.bytes)
        Self.put(disk, disk.big64(at: try Self.inode("/other", made) + 152), 0x38)
        let error = #expect(throws: FormatError.self) { try XFSFileSystem(disk) }
        #expect(error?.reason.contains("root of the file system") == true)
    }
}

extension MemoryDisk {
    /// The 64-bit number at a place, most significant byte first.
    func big64(at place: Int) -> UInt64 { bytes[place..<place + 8].reduce(0) { $0 << 8 | UInt64($1) } }
}
