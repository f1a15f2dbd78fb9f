/// ext file systems of mke2fs with bytes changed where debugfs says that they stand: the one file or directory that they
/// belong to cannot be read, and the others can.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("mke2fs", "debugfs"), "e2fsprogs is not installed"), .timeLimit(.minutes(1)))
struct ExtTrapTests {
    /// An image and the places of what is in it.
    struct Made: Sendable {
        let bytes: [UInt8]
        /// Of inodes, in bytes, by path.
        let inodes: [String: Int]
        /// Of the first block of content or of names, in bytes, by path.
        let blocks: [String: Int]
        /// Of blocks with further extents or numbers of blocks, in bytes, by path.
        let trees: [String: Int]
    }

    static let paths = ["/", "/d", "/holes", "/one", "/other", "/long", "/big", "/small"]

    static func make(_ options: String) throws -> Made {
        let workshop = try Workshop()
        try workshop.run(
            """
            mkdir -p content/d content/sub/dir; cd content
            for n in a bb ccc; do echo $n >d/$n; echo $n >sub/dir/name-of-$n; done; echo other >other
            head -c 100 /dev/zero | tr '\\0' x >small
            for n in 40 59 60 255 900; do ln -s "$(head -c $n /dev/zero | tr '\\0' t)" link-$n; done
            ln -s "$(head -c 300 /dev/zero | tr '\\0' t)" long
            for i in $(seq 0 12); do echo $i | dd of=holes bs=8192 seek=$i conv=notrunc status=none; done
            yes one | head -c 5000 >one || true; yes big | head -c 300000 >big || true
            cd ..; mke2fs -q -F \(options) -d content image 4M
            """)
        let size = try #require(Int(try workshop.run("dumpe2fs -h image | sed -n 's/^Block size: *//p'").trimmed))
        var (inodes, blocks, trees): ([String: Int], [String: Int], [String: Int]) = ([:], [:], [:])
        for path in paths {
            // `located at block 37, offset 0x0b00`, and `(0-4):1234, (IND):1235, (ETB0):1236`.
            let words = try workshop.run("debugfs -R 'imap \(path)' image").split { " ,\n".contains($0) }
            let block = try #require(words.firstIndex(of: "block").flatMap { Int(words[$0 + 1]) })
            let offset = try #require(words.last.flatMap { Int($0.dropFirst(2), radix: 16) })
            inodes[path] = block * size + offset
            for part in try workshop.run("debugfs -R 'stat \(path)' image").split(whereSeparator: {
                " ,\n".contains($0)
            }) {
                let fields = part.split(separator: ":")
                guard fields.count == 2, fields[0].hasPrefix("("), let first = Int(fields[1].prefix { $0 != "-" })
                else {
                    continue
                }
                if fields[0] == "(IND)" || fields[0].hasPrefix("(ETB") { trees[path] = trees[path] ?? first * size }
                if fields[0].hasPrefix("(0") { blocks[path] = first * size }
            }
        }
        return Made(bytes: try workshop.bytes("image"), inodes: inodes, blocks: blocks, trees: trees)
    }

    static let ext4 = Result { try make("-t ext4 -b 1024 -O ^metadata_csum,^inline_data") }
    static let ext2 = Result { try make("-t ext2 -b 1024") }
    static let inline = Result { try make("-t ext4 -b 1024 -I 256 -O ^metadata_csum,inline_data") }

    /// What a question comes to.
    enum Answer: Equatable {
        case error(FormatError.Code)
        case content(count: Int, first: UInt8?)
        case target(count: Int)
        case names(Set<String>)
        case kind(NodeStatus.Kind)
        case missing
    }

    struct Row: Sendable {
        let name: String
        let path: String
        let answer: Answer
        var limit = 1 << 20
        let change: @Sendable (MemoryDisk, Made) throws -> Void
    }

    static func node(_ path: String, _ fileSystem: some FileSystem) throws(FormatError) -> NodeID? {
        var node = fileSystem.root
        for name in path.split(separator: "/") {
            guard let next = try fileSystem.node(named: FileName(name), in: node) else { return nil }
            node = next
        }
        return node
    }

    static func answer(_ path: String, _ limit: Int, _ fileSystem: some FileSystem) -> Answer {
        do throws(FormatError) {
            guard let node = try node(path, fileSystem) else { return .missing }
            switch try fileSystem.status(of: node).kind {
            case .regular:
                let content = try fileSystem.content(of: node, upTo: limit)
                return .content(count: content.count, first: content.first)
            case .directory: return .names(Set(try fileSystem.names(in: node).map(\.text)))
            case .link: return .target(count: try fileSystem.target(ofLink: node).count)
            case .other: return .kind(.other)
            }
        } catch {
            return .error(error.code)
        }
    }

    static func inode(_ path: String, _ made: Made) throws -> Int { try #require(made.inodes[path]) }
    static func block(_ path: String, _ made: Made) throws -> Int { try #require(made.blocks[path]) }
    static func tree(_ path: String, _ made: Made) throws -> Int { try #require(made.trees[path]) }

    /// Where the record of a name stands in the block of a directory.
    static func record(_ name: String, _ directory: String, _ disk: MemoryDisk, _ made: Made) throws -> Int {
        let start = try block(directory, made)
        let text = Array(name.utf8)
        return try #require(
            (start..<start + 1000).first {
                Int(disk.bytes[$0 + 6]) == text.count && disk.bytes[($0 + 8)...].starts(with: text)
                    && ($0 - start) % 4 == 0
            })
    }

    static func rename(_ name: String, _ other: [UInt8], _ disk: MemoryDisk, _ made: Made) throws {
        let place = try record(name, "/d", disk, made)
        disk.bytes[place + 6] = UInt8(other.count)
        disk.bytes.replaceSubrange(place + 8..<place + 8 + other.count, with: other)
    }

    static let names: Set<String> = ["a", "bb", "ccc"]
    static let area = 0x28

    static let extents: [Row] = [
        Row(name: "as it was", path: "/holes", answer: .content(count: 98307, first: 0x30)) { _, _ in },
        Row(name: "6 levels", path: "/holes", answer: .error(.malformed)) {
            $0.put(UInt16(6), at: try inode("/holes", $1) + area + 6)
        },
        Row(name: "a child that is not one level below", path: "/holes", answer: .error(.malformed)) {
            $0.put(UInt16(2), at: try inode("/holes", $1) + area + 6)
        },
        Row(name: "an index that leads to itself", path: "/holes", answer: .error(.malformed)) { disk, made in
            let node = try tree("/holes", made)
            disk.put(UInt16(2), at: try inode("/holes", made) + area + 6)
            disk.put(UInt16(1), at: node + 6)
            disk.put(UInt32(0), at: node + 12)
            disk.put(UInt32(node / 1024), at: node + 16)
            disk.put(UInt32(0), at: node + 20)
        },
        Row(name: "more entries than there is room for", path: "/holes", answer: .error(.malformed)) {
            $0.put(UInt16(0xFFFF), at: try tree("/holes", $1) + 2)
        },
        Row(name: "extents over each other", path: "/holes", answer: .error(.malformed)) {
            $0.put(UInt32(0), at: try tree("/holes", $1) + 24)
        },
        Row(name: "extents that fall", path: "/holes", answer: .error(.malformed), limit: 4096) {
            $0.put(UInt32(1 << 20), at: try tree("/holes", $1) + 12)
        },
        Row(name: "an extent of nothing", path: "/one", answer: .error(.malformed)) {
            $0.put(UInt16(0), at: try inode("/one", $1) + area + 16)
        },
        Row(name: "an extent past the end", path: "/one", answer: .error(.malformed)) {
            $0.put(UInt32(0xFFFF_FFF0), at: try inode("/one", $1) + area + 20)
        },
        Row(name: "an extent that ends past the end", path: "/one", answer: .error(.malformed)) {
            $0.put(UInt32(4095), at: try inode("/one", $1) + area + 20)
        },
        Row(name: "2^62 bytes with one extent", path: "/one", answer: .content(count: 65536, first: 0x6F), limit: 65536)
        {
            $0.put(UInt32(1 << 30), at: try inode("/one", $1) + 0x6C)
        },
        Row(name: "2^63 bytes", path: "/one", answer: .error(.malformed)) {
            $0.put(UInt32(1 << 31), at: try inode("/one", $1) + 0x6C)
        },
    ]

    static let maps: [Row] = [
        Row(name: "as it was", path: "/big", answer: .content(count: 300_000, first: 0x62)) { _, _ in },
        Row(name: "a block of numbers that names itself", path: "/big", answer: .content(count: 300_000, first: 0x62)) {
            let node = try tree("/big", $1)
            for index in 0..<256 { $0.put(UInt32(node / 1024), at: node + 4 * index) }
        },
        Row(
            name: "2^40 bytes of blocks that name themselves", path: "/big",
            answer: .content(count: 1 << 20, first: 0x62)
        ) {
            let (node, place) = (try tree("/big", $1), try inode("/big", $1))
            for index in 0..<256 { $0.put(UInt32(node / 1024), at: node + 4 * index) }
            for index in 12...14 { $0.put(UInt32(node / 1024), at: place + area + 4 * index) }
            $0.put(UInt32(1 << 8), at: place + 0x6C)
        },
        Row(name: "a block of numbers past the end", path: "/big", answer: .error(.malformed)) {
            $0.put(UInt32.max, at: try inode("/big", $1) + area + 48)
        },
        Row(name: "a block past the end", path: "/big", answer: .error(.malformed)) {
            $0.put(UInt32(4096), at: try tree("/big", $1))
        },
    ]

    static let directories: [Row] = [
        Row(name: "as it was", path: "/d", answer: .names(names)) { _, _ in },
        Row(name: "a record of 0 bytes", path: "/d", answer: .error(.malformed)) {
            $0.put(UInt16(0), at: try record("bb", "/d", $0, $1) + 4)
        },
        Row(name: "a record of 3 bytes", path: "/d", answer: .error(.malformed)) {
            $0.put(UInt16(3), at: try record("bb", "/d", $0, $1) + 4)
        },
        Row(name: "a record past the block", path: "/d", answer: .error(.malformed)) {
            $0.put(UInt16(4096), at: try record("bb", "/d", $0, $1) + 4)
        },
        Row(name: "a name longer than its record", path: "/d", answer: .error(.malformed)) {
            $0.bytes[try record("a", "/d", $0, $1) + 6] = 200
        },
        Row(name: "a name with a slash", path: "/d", answer: .names(["a", "bb", #"c\x2Fc"#])) {
            try rename("ccc", Array("c/c".utf8), $0, $1)
        },
        Row(name: "a name with a NUL byte", path: "/d", answer: .names(["a", "bb", #"c\x00c"#])) {
            try rename("ccc", [0x63, 0, 0x63], $0, $1)
        },
        Row(name: "the name of a path", path: "/d/c/c", answer: .missing) {
            try rename("ccc", Array("c/c".utf8), $0, $1)
        },
        Row(name: "dots twice", path: "/d", answer: .names(["a"])) {
            try rename("bb", Array("..".utf8), $0, $1)
            try rename("ccc", Array(".".utf8), $0, $1)
        },
        Row(name: "a name twice", path: "/d", answer: .error(.malformed)) { try rename("bb", Array("a".utf8), $0, $1) },
        Row(name: "inode 0", path: "/d", answer: .names(["a", "ccc"])) {
            $0.put(UInt32(0), at: try record("bb", "/d", $0, $1))
        },
        Row(name: "an inode that is none", path: "/d", answer: .names(names)) {
            $0.put(UInt32.max, at: try record("bb", "/d", $0, $1))
        },
        Row(name: "the file of an inode that is none", path: "/d/bb", answer: .error(.malformed)) {
            $0.put(UInt32.max, at: try record("bb", "/d", $0, $1))
        },
        Row(name: "a directory below itself", path: "/d" + String(repeating: "/bb", count: 100), answer: .names(names))
        {
            let own = try block("/d", $1)
            $0.put(UInt32($0.number(at: own)), at: try record("bb", "/d", $0, $1))
        },
        Row(name: "a directory of 2^40 bytes", path: "/d", answer: .error(.limitExceeded)) {
            $0.put(UInt32(1 << 8), at: try inode("/d", $1) + 0x6C)
        },
        Row(name: "a directory with a hole", path: "/d", answer: .error(.malformed)) {
            $0.put(UInt32(4096), at: try inode("/d", $1) + 4)
        },
        Row(name: "a directory that is a file", path: "/d/a", answer: .error(.malformed)) {
            $0.put(UInt16(0o100644), at: try inode("/d", $1))
        },
    ]

    static let links: [Row] =
        [40, 59, 60, 255, 900].map { count in
            Row(name: "\(count) bytes", path: "/link-\(count)", answer: .target(count: count)) { _, _ in }
        } + [
            Row(name: "4096 bytes", path: "/long", answer: .error(.malformed)) {
                $0.put(UInt32(4096), at: try inode("/long", $1) + 4)
            },
            Row(name: "1 MB", path: "/long", answer: .error(.malformed)) {
                $0.put(UInt32(1 << 20), at: try inode("/long", $1) + 4)
            },
            Row(name: "nothing", path: "/long", answer: .error(.malformed)) {
                $0.put(UInt32(0), at: try inode("/long", $1) + 4)
            },
            Row(name: "a NUL byte", path: "/long", answer: .error(.malformed)) {
                $0.bytes[try block("/long", $1) + 7] = 0
            },
        ]

    static func attribute(_ path: String, _ made: Made) throws -> Int { try inode(path, made) + 128 + 32 + 4 }

    static let insides: [Row] = [
        Row(name: "as it was", path: "/small", answer: .content(count: 100, first: 0x78)) { _, _ in },
        Row(name: "a directory as it was", path: "/d", answer: .names(names)) { _, _ in },
        Row(name: "a directory longer than the inode", path: "/d", answer: .error(.malformed)) {
            $0.put(UInt32(200), at: try inode("/d", $1) + 4)
        },
        Row(name: "content longer than the inode", path: "/small", answer: .error(.malformed)) {
            $0.put(UInt32(2000), at: try inode("/small", $1) + 4)
        },
        Row(name: "an attribute that stands outside", path: "/small", answer: .error(.truncated)) {
            $0.put(UInt16(0xFFF0), at: try attribute("/small", $1) + 2)
        },
        Row(name: "an attribute of 4 GB", path: "/small", answer: .error(.truncated)) {
            $0.put(UInt32.max, at: try attribute("/small", $1) + 8)
        },
        Row(name: "attributes outside", path: "/small", answer: .error(.malformed)) {
            $0.put(UInt16(0xFFFF), at: try inode("/small", $1) + 128)
        },
    ]

    static let all: [(made: Result<Made, any Error>, rows: [Row])] = [
        (ext4, extents), (ext2, maps), (ext4, directories), (ext2, directories), (ext4, links), (inline, links),
        (inline, insides),
    ]

    @Test(arguments: all.indices) func theOthersStand(_ index: Int) throws {
        let made = try Self.all[index].made.get()
        for row in Self.all[index].rows {
            let disk = MemoryDisk(made.bytes)
            try row.change(disk, made)
            let fileSystem = try ExtFileSystem(disk)
            let answer = Self.answer(row.path, row.limit, fileSystem)
            #expect(answer == row.answer, "\(row.name), \(row.path.prefix(20)): \(answer)")
            #expect(Self.answer("/other", row.limit, fileSystem) == .content(count: 6, first: 0x6F), "\(row.name)")
            #expect(disk.read.map(\.count).max() ?? 0 <= 1 << 20, "\(row.name)")
        }
    }

    @Test func theLongestLinkIsRead() throws {
        let workshop = try Workshop()
        try workshop.run(
            "mkdir content; ln -s \"$(head -c 4095 /dev/zero | tr '\\0' t)\" content/link; mke2fs -q -F -b 4096 -d content image 4M"
        )
        let fileSystem = try ExtFileSystem(MemoryDisk(workshop.bytes("image")))
        #expect(Self.answer("/link", 0, fileSystem) == .target(count: 4095))
    }

    @Test func aRootThatIsAFileIsRefused() throws {
        let made = try Self.ext4.get()
        let disk = MemoryDisk(made.bytes)
        disk.put(UInt16(0o100644), at: try Self.inode("/", made))
        let error = #expect(throws: FormatError.self) { try ExtFileSystem(disk) }
        #expect(error?.reason.contains("root of the file system") == true)
    }
}

extension String {
    fileprivate var trimmed: String { filter { !$0.isWhitespace } }
}
