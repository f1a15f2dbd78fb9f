/// Archives that no program wrote: whatever stands in them, reading ends with an answer or an error.

import ImageReading
import TestSupport
import Testing

@Suite struct HostileArchiveTests {
    /// A small generator with a seed, so that what once failed fails again.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    static let wants: [Want] = [
        .contents("/etc/**"), .names("/*/*"), .head("/usr/lib/*", bytes: 10), .contents("/lib/x"),
        .contents("/a/b/c/d"),
    ]

    /// Whether reading ends, in whatever way.
    static func read(_ bytes: [UInt8], _ directory: TemporaryDirectory) throws -> Bool {
        let path = try directory.write("image", bytes)
        do throws(ImageError) {
            let root = try openImage(at: path).read(wants) { root in
                for file in root.files(.contents("/etc/**")).compactMap(\.value) {
                    _ = root[.contents(file.path.appending("../further"))]
                }
            }.root
            for want in wants { _ = (root.files(want), root.names(want)) }
            return true
        } catch {
            return !error.reason.isEmpty
        }
    }

    @Test(arguments: 1...20)
    func randomMembers(seed: Int) throws {
        let directory = try TemporaryDirectory()
        var generator = Generator(state: UInt64(seed))
        let parts = ["etc", "usr", "lib", "a", "b", "x", "..", ".", "", "os-release", "\u{E9}", "*", "**", "link"]
        for _ in 0..<30 {
            func path() -> String {
                (0..<Int.random(in: 0...6, using: &generator))
                    .map { _ in parts.randomElement(using: &generator) ?? "" }.joined(separator: "/")
            }
            let members = (0..<Int.random(in: 1...40, using: &generator)).map { _ -> TarMember in
                let slash = Bool.random(using: &generator) ? "/" : ""
                switch Int.random(in: 0...5, using: &generator) {
                case 0: return .directory(path())
                case 1: return .link(path(), slash + path())
                case 2: return .hardLink(path(), slash + path())
                case 3: return .fifo(path())
                default: return .file(path(), path())
                }
            }
            #expect(try Self.read(tar(members), directory))
        }
    }

    @Test(arguments: 1...20)
    func damagedHeadersWithRightChecksums(seed: Int) throws {
        let directory = try TemporaryDirectory()
        var generator = Generator(state: UInt64(seed))
        let plain = tar(ArchiveEndTests.members + ArchiveTreeTests.rows.prefix(8).flatMap(\.members))
        for _ in 0..<60 {
            var bytes = plain
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let block = Int.random(in: 0..<bytes.count / 512, using: &generator) * 512
                let field = Int.random(in: 0..<512, using: &generator)
                bytes[block + field] = Bool.random(using: &generator) ? .random(in: 0...255, using: &generator) : 0x37
                for index in 148..<156 { bytes[block + index] = 0x20 }
                let sum = bytes[block..<block + 512].reduce(0) { $0 + Int($1) }
                let text = String(sum, radix: 8)
                let checksum = String(repeating: "0", count: 6 - text.count) + text + "\0"
                bytes.replaceSubrange(block + 148..<block + 155, with: checksum.utf8)
            }
            #expect(try Self.read(bytes, directory))
        }
    }

    @Test(arguments: ["zstd", "xz", "bzip2", "lz4"])
    func flippedBitsAreErrorsWhereverTheToolObjects(tool: String) throws {
        let directory = try TemporaryDirectory()
        let arguments = ArchiveEndTests.compressors.first { $0.0 == tool }?.1 ?? []
        let whole = try run(tool, arguments, input: tar(ArchiveEndTests.members))
        var flips: [(place: String, bytes: [UInt8])] = []
        for byte in whole.indices {
            for bit in [0, 5] {
                var bytes = whole
                bytes[byte] ^= 1 << bit
                try directory.write("\(flips.count)", bytes)
                flips.append(("byte \(byte), bit \(bit)", bytes))
            }
        }
        let script = "i=0; while [ -e $i ]; do \(tool) -qdc <$i >/dev/null 2>&1; echo $?; i=$((i+1)); done"
        let statuses = try run("sh", ["-c", script], in: directory.path)
        let answers = String(decoding: statuses, as: UTF8.self).split(separator: "\n")
        #expect(answers.count == flips.count)
        for (flip, answer) in zip(flips, answers) where answer != "0" {
            let outcome = try ArchiveEndTests.outcome(flip.bytes, in: directory)
            #expect(!outcome.hasPrefix("ok"), "\(tool): \(flip.place): \(outcome)")
        }
    }
}
