/// The processors that programs are made for.

package import ByteParsing

/// The machine that programs, or the kernel, are built for, named as `uname -m` names it.
public enum Architecture: String, Codable, CaseIterable, Sendable {
    case x86_64, aarch64, i386, arm, riscv64, ppc64, s390x

    /// The machine of an ELF file (elf(5)): 0x05 byte order, 0x12 u16 e_machine. Throws where the bytes are no ELF file
    /// or the machine is none of these.
    package init(elf head: [UInt8]) throws(FormatError) {
        var cursor = ByteCursor(head)
        guard try cursor.take(4).elementsEqual([0x7F, 0x45, 0x4C, 0x46]) else {
            throw FormatError(.malformed, "an ELF file expected, other bytes found", at: 0)
        }
        try cursor.seek(to: 5)
        let isBigEndian = try cursor.uint8() == 2
        try cursor.seek(to: 0x12)
        switch try cursor.integer(UInt16.self, bigEndian: isBigEndian) {
        case 62: self = .x86_64
        case 183: self = .aarch64
        case 3: self = .i386
        case 40: self = .arm
        case 243: self = .riscv64
        case 21: self = .ppc64
        case 22: self = .s390x
        case let machine:
            throw FormatError(.unsupported, "a known machine expected, e_machine \(machine) found", at: 0x12)
        }
    }
}
