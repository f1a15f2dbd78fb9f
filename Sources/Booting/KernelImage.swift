/// What a Linux kernel file says of itself in its first bytes: its version and its architecture.
///
///     bzImage    0x1F1 u8 setup sectors   0x1F4 u32 rest in units of 16   0x1FE "U\xAA"   0x202 "HdrS"
///                0x206 u16 protocol   0x20E u16 version text - 0x200   0x236 u16 flags
///     Image      0x38 "ARM\x64"  (arm64; no version)
///     zboot      0x00 "MZ"  0x04 "zimg"  0x08 u32 payload offset  0x0C u32 payload size  0x18 compression, NUL-ended
///     gzip       0x00 1F 8B      an Image inside
///     vmlinux    0x00 7F "ELF"   0x12 u16 machine
///
/// All numbers little-endian. Sources: Linux Documentation/arch/x86/boot.rst, Documentation/arch/arm64/booting.rst,
/// drivers/firmware/efi/libstub/zboot-header.S.

package import ByteParsing
import Inflating

/// The header of a kernel file.
package struct KernelImage: Hashable, Sendable {
    /// As `uname -r` will say; nil where the format has none in its first bytes (everything but bzImage).
    package let version: String?
    /// Nil where the header does not say.
    package let architecture: Architecture?
    /// How many bytes the whole file has at least; nil where the header does not say. What follows is a signature.
    package let length: Int?

    /// How many bytes of a kernel file are enough: the version text of a bzImage lies within the 16-bit offset that
    /// points to it, and what is inflated of a compressed one is only its first block.
    package static let headLength = 1 << 17

    /// The length in bytes up to which a version text is taken for one; Linux limits `uname -r` to 64.
    static let versionLimit = 256

    /// Reads a header; nil where the bytes are of no format named above.
    ///
    /// Throws where the format is plain and what it points to is not there: an empty, cut or damaged kernel.
    package init?(head: [UInt8]) throws(FormatError) {
        guard !head.isEmpty else { throw FormatError(.truncated, "a kernel expected, an empty file found", at: 0) }
        try self.init(head, depth: 0)
    }

    private init?(_ head: [UInt8], depth: Int) throws(FormatError) {
        if Self.holds(head, "HdrS", at: 0x202) {
            version = try Self.versionText(head)
            architecture = try Self.isX86With64Bits(head) ? .x86_64 : nil
            length = try Self.lengthOfX86(head)
        } else if Self.holds(head, "ARM\u{64}", at: 0x38) {
            version = nil
            architecture = .aarch64
            length = nil
        } else if Self.holds(head, "MZ", at: 0), Self.holds(head, "zimg", at: 4) {
            version = nil
            architecture = try Self.zbootArchitecture(head)
            length = try Self.lengthOfZboot(head)
        } else if head.starts(with: [0x1F, 0x8B]), depth == 0 {
            guard let inner = try KernelImage(inflatedHead(head[...], limit: 1 << 12), depth: 1) else { return nil }
            self = inner
        } else if Self.holds(head, "\u{7F}ELF", at: 0) {
            version = nil
            architecture = try Architecture(elf: head)
            length = nil
        } else {
            return nil
        }
    }

    private static func holds(_ bytes: [UInt8], _ text: String, at offset: Int) -> Bool {
        bytes.count >= offset + text.utf8.count && bytes[offset..<offset + text.utf8.count].elementsEqual(text.utf8)
    }

    /// Setup and protected-mode code; a length of 0 is that of a file that was never linked.
    private static func lengthOfX86(_ head: [UInt8]) throws(FormatError) -> Int? {
        var cursor = ByteCursor(head)
        try cursor.seek(to: 0x1F1)
        let setup = try cursor.uint8()
        try cursor.seek(to: 0x1F4)
        let rest = try cursor.integer(UInt32.self, bigEndian: false)
        try cursor.seek(to: 0x206)
        // The upper half of the number is the boot protocol's from 2.04 on.
        guard rest > 0, try cursor.integer(UInt16.self, bigEndian: false) >= 0x0204 else { return nil }
        return (Int(setup == 0 ? 4 : setup) + 1) * 512 + Int(rest) * 16
    }

    private static func lengthOfZboot(_ head: [UInt8]) throws(FormatError) -> Int? {
        var cursor = ByteCursor(head)
        try cursor.seek(to: 8)
        let offset = try cursor.integer(UInt32.self, bigEndian: false)
        let size = try cursor.integer(UInt32.self, bigEndian: false)
        return offset > 0 && size > 0 ? Int(offset) + Int(size) : nil
    }

    private static func versionText(_ head: [UInt8]) throws(FormatError) -> String? {
        var cursor = ByteCursor(head)
        try cursor.seek(to: 0x20E)
        let pointer = Int(try cursor.integer(UInt16.self, bigEndian: false))
        guard pointer != 0 else { return nil }
        try cursor.seek(to: pointer + 0x200)
        let text = try cursor.nulTerminated()
        guard text.count <= versionLimit else {
            throw FormatError(
                .malformed,
                "a version text of at most \(versionLimit) bytes expected, \(text.count) found",
                at: pointer + 0x200
            )
        }
        let version = text.prefix { $0 != UInt8(ascii: " ") }
        guard !version.isEmpty, version.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw FormatError(.malformed, "a version text expected, other bytes found", at: pointer + 0x200)
        }
        return String(decoding: version, as: UTF8.self)
    }

    /// Bit 0 of xloadflags, there since boot protocol 2.12 (Linux 3.8).
    private static func isX86With64Bits(_ head: [UInt8]) throws(FormatError) -> Bool {
        var cursor = ByteCursor(head)
        try cursor.seek(to: 0x206)
        guard try cursor.integer(UInt16.self, bigEndian: false) >= 0x020C else { return false }
        try cursor.seek(to: 0x236)
        return try cursor.integer(UInt16.self, bigEndian: false) & 1 != 0
    }

    /// The machine of the PE header that every zboot image has around its payload.
    private static func zbootArchitecture(_ head: [UInt8]) throws(FormatError) -> Architecture? {
        var cursor = ByteCursor(head)
        try cursor.seek(to: 0x3C)
        let header = Int(try cursor.integer(UInt32.self, bigEndian: false))
        try cursor.seek(to: header)
        guard try cursor.take(4).elementsEqual("PE\0\0".utf8) else {
            throw FormatError(.malformed, "a PE header expected, other bytes found", at: header)
        }
        switch try cursor.integer(UInt16.self, bigEndian: false) {
        case 0x8664: return .x86_64
        case 0xAA64: return .aarch64
        default: return nil
        }
    }
}
