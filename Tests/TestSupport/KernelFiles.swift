/// Kernel files as literals, for the tests of what boots.

/// The beginning of kernel files in the formats that their headers are read in.
public enum KernelFile {
    /// An x86 bzImage of boot protocol 2.15 with a version text (Linux Documentation/arch/x86/boot.rst).
    public static func bzImage(_ version: String, is64Bit: Bool = true) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 0x3A00)
        bytes.replaceSubrange(0x1FE..<0x200, with: [0x55, 0xAA])
        bytes.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
        bytes.replaceSubrange(0x206..<0x208, with: [0x0F, 0x02])
        bytes.replaceSubrange(0x20E..<0x210, with: [0x00, 0x36])
        bytes[0x236] = is64Bit ? 0x7F : 0x7E
        return Array(bytes[..<0x3800]) + Array("\(version) (builder@host) #1 SMP".utf8) + [0]
            + [UInt8](repeating: 0x90, count: 512)
    }

    /// An arm64 Image (Documentation/arch/arm64/booting.rst); it holds no version.
    public static var arm64Image: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        bytes.replaceSubrange(0x38..<0x3C, with: Array("ARM\u{64}".utf8))
        return bytes
    }

    /// Bytes in a gzip stream without compression (RFC 1951 stored block, RFC 1952).
    public static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt16(bytes.count)
        func littleEndian(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        crc = ~crc
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + littleEndian(count) + littleEndian(~count) + bytes
            + (0..<4).map { UInt8(truncatingIfNeeded: crc >> ($0 * 8)) } + littleEndian(count) + [0, 0]
    }

    /// An EFI zboot image for a machine (drivers/firmware/efi/libstub/zboot-header.S).
    public static func zboot(machine: UInt16) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        bytes.replaceSubrange(0..<8, with: Array("MZ\0\0zimg".utf8))
        bytes[0x3C] = 0x40
        bytes.replaceSubrange(0x40..<0x44, with: Array("PE\0\0".utf8))
        bytes[0x44] = UInt8(machine & 0xFF)
        bytes[0x45] = UInt8(machine >> 8)
        return bytes
    }

    /// The head of an ELF program for a machine (elf(5)).
    public static func elf(machine: UInt16, bigEndian: Bool = false) -> [UInt8] {
        let number = [UInt8(machine & 0xFF), UInt8(machine >> 8)]
        return [0x7F, 0x45, 0x4C, 0x46, 2, bigEndian ? 2 : 1, 1] + [UInt8](repeating: 0, count: 11)
            + (bigEndian ? number.reversed() : number)
    }
}

/// Initramfs files as literals.
public enum InitramfsFile {
    /// A cpio archive of empty files of these names, in the format "newc" (Linux
    /// Documentation/driver-api/early-userspace/buffer-format.rst).
    public static func cpio(_ names: String...) -> [UInt8] {
        (names + ["TRAILER!!!"]).flatMap { member($0) }
    }

    /// One member whose header says this of its size and of its name's, whatever is there.
    public static func member(_ name: String, size: UInt32 = 0, nameSize: UInt32? = nil) -> [UInt8] {
        func field(_ value: UInt32) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }
        let numbers: [UInt32] = [1, 0o100644, 0, 0, 1, 0, size, 0, 0, 0, 0, nameSize ?? UInt32(name.utf8.count + 1), 0]
        let bytes = Array(("070701" + numbers.map(field).joined() + name + "\0").utf8)
        return bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
}
