/// Where an archive ends and how: torn, damaged, padded, followed by something else.

import ImageReading
import TestSupport
import Testing

@Suite struct ArchiveEndTests {
    static let members: [TarMember] = [
        .directory("etc"), .file("etc/os-release", "ID=amzn\n"), .link("etc/link", "os-release"),
        .file("etc/" + String(repeating: "n", count: 120), "pax"), .file("etc/last", "\0\0"),
    ]
    static let want = Want.contents("/etc/*")
    static let compressors: [(String, [String])] = [
        ("gzip", ["-c"]), ("zstd", ["-qc"]), ("xz", ["-c"]), ("bzip2", ["-c"]), ("lz4", ["-qc"]),
    ]

    /// How reading these bytes ends: `ok` with what was remarked, or the code of the error.
    static func outcome(_ bytes: [UInt8], in directory: TemporaryDirectory, piped: Bool = false) throws -> String {
        let path = try directory.write("image", bytes)
        do throws(ImageError) {
            let root =
                if piped {
                    try load(throughPipe: bytes)
                } else {
                    try openImage(at: path).root([want])
                }
            guard root.files(want).count == 4 else { return "shorter" }
            return (["ok"] + root.image.remarks).joined(separator: "; ")
        } catch {
            return "\(error.code)"
        }
    }

    static func load(throughPipe bytes: [UInt8]) throws(ImageError) -> RootFilesystem {
        let pipe = PipedBytes(bytes)
        return try openImage(pipe.descriptor, name: "standard input").root([want])
    }

    @Test(arguments: [false, true])
    func aTarCutAnywhereIsAnError(piped: Bool) throws {
        let directory = try TemporaryDirectory()
        let plain = tar(Self.members)
        let end = plain.count - 1024
        #expect(try Self.outcome(plain, in: directory, piped: piped) == "ok")
        for length in stride(from: 0, to: plain.count, by: piped ? 41 : 1) {
            let outcome = try Self.outcome(Array(plain[..<length]), in: directory, piped: piped)
            if length < end + 512 {
                #expect(
                    ["torn", "empty", "notAnImage", "damaged"].contains(outcome),
                    "\(length) of \(plain.count): \(outcome)")
                if length >= 1024 { #expect(outcome == "torn", "\(length) of \(plain.count)") }
            } else {
                // One whole block of zeros: nothing is missing.
                #expect(outcome.hasPrefix("ok; ") || outcome == "torn", "\(length) of \(plain.count): \(outcome)")
            }
        }
    }

    @Test(arguments: compressors.map(\.0))
    func aCompressedTarCutAnywhereIsAnError(tool: String) throws {
        let arguments = Self.compressors.first { $0.0 == tool }?.1 ?? []
        let directory = try TemporaryDirectory()
        let whole = try run(tool, arguments, input: tar(Self.members))
        #expect(try Self.outcome(whole, in: directory) == "ok")
        for length in 0..<whole.count {
            let outcome = try Self.outcome(Array(whole[..<length]), in: directory)
            #expect(
                ["torn", "damaged", "empty", "notAnImage"].contains(outcome),
                "\(tool): \(length) of \(whole.count): \(outcome)")
        }
    }

    @Test func aTarCutBetweenMembersIsTornInAnyCompression() throws {
        let directory = try TemporaryDirectory()
        let cut = tar(Self.members, zeroBlocks: 0)
        #expect(try Self.outcome(cut, in: directory) == "torn")
        #expect(try Self.outcome(cut, in: directory, piped: true) == "torn")
        for (tool, arguments) in Self.compressors {
            #expect(try Self.outcome(run(tool, arguments, input: cut), in: directory) == "torn", "\(tool)")
            let lone = tar(Self.members, zeroBlocks: 1)
            #expect(try Self.outcome(run(tool, arguments, input: lone), in: directory).hasPrefix("ok; "), "\(tool)")
        }
    }

    @Test func aVolumeLabelAtTheEndIsNotTheEnd() throws {
        let directory = try TemporaryDirectory()
        let label = tarHeader(name: Array("label".utf8), type: "V", size: 0)
        #expect(try Self.outcome(tar(Self.members, zeroBlocks: 0) + label, in: directory) == "torn")
        #expect(try Self.outcome(label + tar(Self.members), in: directory) == "ok")
    }

    @Test func whatFollowsTheEndIsSaid() throws {
        let directory = try TemporaryDirectory()
        let plain = tar(Self.members)
        let second = tar([.file("etc/os-release", "ID=other\n")])
        func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
        let rows: [(String, [UInt8], String)] = [
            ("padding", plain + zeros(9 * 512), "ok"),
            ("much padding", plain + zeros(300_000), "ok"),
            ("garbage", plain + Array("garbage".utf8), "ok; bytes that are not zero follow"),
            ("garbage behind padding", plain + zeros(200_000) + [7], "ok; bytes that are not zero follow"),
            ("a second tar", plain + second, "ok; a second archive follows"),
            ("a second tar behind padding", plain + zeros(10 * 512) + second, "ok; a second archive follows"),
        ]
        for (name, bytes, expected) in rows {
            #expect(try Self.outcome(bytes, in: directory).hasPrefix(expected), "\(name)")
            #expect(try Self.outcome(bytes, in: directory, piped: true).hasPrefix(expected), "\(name)")
            for (tool, arguments) in Self.compressors {
                let compressed = try run(tool, arguments, input: bytes)
                #expect(try Self.outcome(compressed, in: directory).hasPrefix(expected), "\(name), \(tool)")
            }
        }
    }

    @Test func whatFollowsACompressedStreamIsSaidOrAnError() throws {
        let directory = try TemporaryDirectory()
        let plain = tar(Self.members)
        for (tool, arguments) in Self.compressors {
            let whole = try run(tool, arguments, input: plain)
            let outcome = try Self.outcome(whole + Array("garbage that is none of these formats".utf8), in: directory)
            #expect(outcome.hasPrefix("ok; ") || outcome == "damaged" || outcome == "torn", "\(tool): \(outcome)")
            let twice = try Self.outcome(whole + whole, in: directory)
            #expect(twice.hasPrefix("ok; a second archive follows"), "\(tool): \(twice)")
        }
        let gzipped = try run("gzip", ["-c"], input: plain)
        #expect(try Self.outcome(gzipped + [UInt8](repeating: 0, count: 1000), in: directory) == "ok")
    }

    @Test func damageInTheMiddleIsAnError() throws {
        let directory = try TemporaryDirectory()
        var plain = tar(Self.members)
        plain[512 + 30] ^= 1  // the name field of the second member's header
        #expect(try Self.outcome(plain, in: directory) == "damaged")
    }

    @Test func aCPIOCutAnywhereIsAnError() throws {
        let directory = try TemporaryDirectory()
        let root = try ImageSourceTests.unpack(Self.members, directory)
        for format in ["newc", "odc", "crc", "bin"] {
            let whole = try run("sh", ["-c", "find . | cpio --quiet -o -H \(format)"], in: root)
            #expect(try Self.outcome(whole, in: directory) == "ok", "\(format)")
            // cpio pads to blocks of 512 bytes behind its trailer.
            let end = whole.count - whole.reversed().prefix { $0 == 0 }.count
            for length in stride(from: 0, to: end, by: 7) {
                let outcome = try Self.outcome(Array(whole[..<length]), in: directory)
                #expect(
                    ["torn", "damaged", "empty", "notAnImage"].contains(outcome), "\(format): \(length): \(outcome)")
            }
        }
    }
}
