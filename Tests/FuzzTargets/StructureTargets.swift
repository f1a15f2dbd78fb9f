/// Whole archives, and roots whose names and links are anything.

import Glibc
import ImageReading
import TestSupport

extension FuzzTarget {
    static let structures = [
        FuzzTarget("archive") { input in try judge(imageOf: withTarChecksums(input)) },
        FuzzTarget("compressed-archive") { input in try judge(imageOf: input) },
        FuzzTarget(
            "names",
            seeds: {
                [
                    "l/etc=usr/etc\0l/usr/etc=/private/etc\0f/private/etc/os-release=ID=debian\0",
                    "l/lib=usr/lib\0l/usr/lib=../lib\0d/etc\0o/etc/passwd\0x/sbin/init=a\0l/bin=/usr/bin/../../bin/.\0",
                ].map { Array($0.utf8) }
            }
        ) { input in try FuzzTargets.judge { LiteralSource(try entries(of: input)) } },
    ]

    private static func judge(imageOf bytes: [UInt8]) throws {
        let file = ImageOfBytes(bytes)
        defer { withExtendedLifetime(file) {} }
        try FuzzTargets.judge { try openImage(file.descriptor, name: "x") }
    }

    /// Entries that end with a NUL: a letter for the kind, a path, and where a `=` follows a target or the content.
    private static func entries(of input: [UInt8]) throws -> [String: LiteralEntry] {
        var entries = try Base.debian.entries()
        for entry in input.split(separator: 0).prefix(200) {
            let text = String(decoding: entry.dropFirst(), as: UTF8.self)
            let path = text.prefix { $0 != "=" }
            let value = String(text.dropFirst(path.count + 1))
            guard path.hasPrefix("/"), ImagePath(path) != .root else { continue }
            // What stood below has another kind of file over it now.
            let below = path + "/"
            entries = entries.filter { !$0.key.hasPrefix(below) }
            entries[String(path)] =
                switch entry.first {
                case UInt8(ascii: "l"): .link(value)
                case UInt8(ascii: "d"): .directory
                case UInt8(ascii: "o"): .other
                case UInt8(ascii: "x"): .executable(value)
                default: .text(value)
                }
        }
        return entries
    }

    /// The same with the checksum of each block put right that says it is the header of a tar: else no other field is
    /// ever looked at.
    private static func withTarChecksums(_ input: [UInt8]) -> [UInt8] {
        var bytes = input
        for block in stride(from: 0, to: bytes.count - bytes.count % 512, by: 512)
        where bytes[block + 257..<block + 262].elementsEqual("ustar".utf8) {
            for index in block + 148..<block + 156 { bytes[index] = 0x20 }
            let sum = bytes[block..<block + 512].reduce(0) { $0 + Int($1) }
            let text = String(sum, radix: 8)
            let checksum = String(repeating: "0", count: max(0, 6 - text.count)) + text + "\0"
            bytes.replaceSubrange(block + 148..<block + 155, with: checksum.utf8.prefix(7))
        }
        return bytes
    }
}

/// Bytes in a file without a name.
private final class ImageOfBytes {
    let descriptor: Int32

    init(_ bytes: [UInt8]) {
        var template = Array("/tmp/amilint-fuzz-XXXXXX\0".utf8CString)
        descriptor = mkstemp(&template)
        unlink(template)
        bytes.withUnsafeBytes { bytes in
            _ = pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
        }
    }

    deinit { close(descriptor) }
}
