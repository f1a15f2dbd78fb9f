/// The names in an initramfs: every compression by its own tool, parts behind parts, cuts, and what the real tools make.

import ByteParsing
import Foundation
import TestSupport
import Testing

@testable import Booting

@Suite struct InitramfsTests {
    /// All names, and the error that ended the reading.
    static func names(_ bytes: [UInt8]) -> (names: [String], error: FormatError?) {
        var names: [String] = []
        do throws(FormatError) {
            try Initramfs.names(in: bytes) { name in
                names.append(String(decoding: name, as: UTF8.self))
                return false
            }
            return (names, nil)
        } catch {
            return (names, error)
        }
    }

    /// The file `out` that a shell script makes in a directory of its own.
    static func made(_ script: String) throws -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-test-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        _ = try Tool.output("sh", ["-ec", "cd \(directory.path)\n\(script)"])
        return try TestData.bytes(directory.appending(path: "out"))
    }

    /// Archives called early.cpio and main.cpio, of files with contents.
    private static let archives = """
        mkdir -p e/kernel/x86/microcode m/usr/lib/modules/6.1.0/kernel/drivers/nvme/host m/etc
        head -c 3001 /dev/urandom >e/kernel/x86/microcode/GenuineIntel.bin
        head -c 300002 /dev/urandom >m/usr/lib/modules/6.1.0/kernel/drivers/nvme/host/nvme.ko.xz
        seq 100000 >m/etc/numbers; ln -s usr/lib m/lib
        (cd e && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >early.cpio
        (cd m && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >main.cpio

        """
    private static let early = [
        ".", "kernel", "kernel/x86", "kernel/x86/microcode", "kernel/x86/microcode/GenuineIntel.bin",
    ]
    private static let main = [
        ".", "etc", "etc/numbers", "lib", "usr", "usr/lib", "usr/lib/modules", "usr/lib/modules/6.1.0",
        "usr/lib/modules/6.1.0/kernel", "usr/lib/modules/6.1.0/kernel/drivers",
        "usr/lib/modules/6.1.0/kernel/drivers/nvme", "usr/lib/modules/6.1.0/kernel/drivers/nvme/host",
        "usr/lib/modules/6.1.0/kernel/drivers/nvme/host/nvme.ko.xz",
    ]

    static let compressors = [
        "cat", "gzip -9", "zstd -q", "zstd -q --no-check --single-thread", "zstd -q -19 --long=27", "xz --check=crc32",
        "xz --check=sha256", "lz4 -l", "lz4 -l -9", "lz4", "bzip2", "xz --format=lzma",
    ]

    @Test(arguments: compressors) func `each compression is read, behind an early part too`(command: String) throws {
        let bytes = try Self.made(Self.archives + "cp early.cpio out; \(command) <main.cpio >>out")
        let found = Self.names(bytes)
        #expect(found.error == nil)
        #expect(found.names == Self.early + Self.main)
    }

    /// Whose end shows by itself.
    @Test(arguments: compressors.filter { !["lz4", "bzip2", "xz --format=lzma"].contains($0) })
    func `a part may follow a compressed one, with or without zeros between them`(command: String) throws {
        for padding in [0, 1, 511] {
            let bytes = try Self.made(
                Self.archives
                    + """
                    \(command) <main.cpio >out; head -c \(padding) /dev/zero >>out
                    zstd -q <early.cpio >>out; \(command) <main.cpio >>out; gzip <early.cpio >>out
                    """)
            let found = Self.names(bytes)
            #expect(found.error == nil, "\(padding) zeros")
            #expect(found.names == Self.main + Self.early + Self.main + Self.early, "\(padding) zeros")
        }
    }

    @Test func `reading ends as soon as enough is known, whatever follows`() throws {
        let bytes = InitramfsFile.cpio("a", "usr/b", "c") + [0xFF]
        var seen: [String] = []
        try Initramfs.names(in: bytes) { name in
            seen.append(String(decoding: name, as: UTF8.self))
            return seen.count == 2
        }
        #expect(seen == ["a", "usr/b"])
        #expect(Self.names(bytes).error?.code == .malformed)
    }

    @Test func `names are given as they lie below the root`() {
        #expect(Self.names(InitramfsFile.cpio("./a", "/b", ".//./c", "./.hidden")).names == ["a", "b", "c", ".hidden"])
    }

    @Test func `what is no initramfs is told from an empty one`() {
        for bytes in [Array("initramfs".utf8), [0x7F, 0x45], Array("070701".utf8), [0x1F, 0x8B]] {
            #expect(Self.names(bytes).error != nil, "\(bytes)")
        }
        #expect(Self.names([]).error?.code == .truncated)
        #expect(Self.names([0, 0, 0, 0]).error?.code == .truncated)
    }

    @Test func `hostile headers end the reading`() {
        let huge = InitramfsFile.member("a", size: .max)
        #expect(Self.names(huge).names == ["a"])
        #expect(Self.names(huge).error?.code == .truncated)
        #expect(Self.names(InitramfsFile.member("a", nameSize: .max)).error?.code == .limitExceeded)
        #expect(Self.names(InitramfsFile.member("a", nameSize: 0)).error?.code == .malformed)
        #expect(Self.names(Array("070701".utf8) + [UInt8](repeating: 0x20, count: 200)).error?.code == .malformed)
    }

    @Test func `parts without end are refused, empty ones too`() throws {
        let empty = try Self.made("xz </dev/null >out")
        let many = Array(repeatElement(empty, count: 1000).joined())
        #expect(Self.names(many + InitramfsFile.member("a")).error?.code == .limitExceeded)
        #expect(Self.names(Array(many.dropFirst(empty.count)) + InitramfsFile.member("a")).names == ["a"])
    }

    @Test func `a file of more than a gigabyte inside a small one is refused`() throws {
        let member = InitramfsFile.member("a", size: 0x7000_0000).map { String($0, radix: 8) }
            .map { "\\0" + $0 }.joined()
        let bytes = try Self.made("(printf '%b' '\(member)'; head -c 1200000000 /dev/zero) | zstd -q >out")
        let found = Self.names(bytes)
        #expect(found.names == ["a"])
        #expect(found.error?.code == .limitExceeded)
    }

    @Test(arguments: ["cat", "gzip", "zstd -q", "xz", "lz4 -l", "bzip2", "xz --format=lzma"])
    func `a cut anywhere gives fewer names and no trap`(command: String) throws {
        let whole = try Self.made(Self.archives + "\(command) <main.cpio >out")
        let cuts = Array(0..<40) + stride(from: 40, to: whole.count, by: max(1, whole.count / 60)) + [whole.count - 1]
        for cut in cuts {
            let found = Self.names(Array(whole.prefix(cut)))
            #expect(found.names == Array(Self.main.prefix(found.names.count)), "\(cut) bytes")
            #expect(found.error != nil || found.names == Self.main, "\(cut) bytes")
        }
    }

    @Test(.enabled(if: TestData.fixture("debian-bookworm") != nil, "no debian-bookworm below AMILINT_FIXTURES"))
    func `of a real Debian's initramfs cpio reads the same names`() throws {
        let boot = try #require(TestData.fixture("debian-bookworm")).appending(path: "boot")
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: boot.path).first { $0.hasPrefix("initrd.img-") })
        let path = boot.appending(path: name)
        let expected = try Tool.output("sh", ["-ec", "gzip -dc <'\(path.path)' | cpio -t --quiet"])
        let found = Self.names(try TestData.bytes(path))
        #expect(found.error == nil)
        #expect(found.names == expected.split(separator: "\n").map(String.init))
    }

    @Test(.enabled(if: TestData.fixture("initramfs") != nil, "no initramfs below AMILINT_FIXTURES"))
    func `of what dracut and initramfs-tools make in every compression their own tools list the same names`() throws {
        let directory = try #require(TestData.fixture("initramfs"))
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".img") }
        #expect(!files.isEmpty)
        for name in files {
            let expected = try TestData.sortedLines(directory.appending(path: name + ".names"))
            let found = Self.names(try TestData.bytes(directory.appending(path: name)))
            #expect(found.error == nil, "\(name)")
            #expect(Set(found.names) == Set(expected), "\(name)")
        }
    }
}
