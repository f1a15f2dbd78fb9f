/// The head of an EFI program (Microsoft, PE Format): which machine it is for, and whether its file is whole.
///
///     0x00 MZ   0x3C u32 place of PE\0\0   then +4 u16 machine, +6 u16 sections, +20 u16 size of the optional header,
///     +24 the optional header, in it +68 u16 subsystem; then sections of 40 bytes: +16 u32 size, +20 u32 place in the file

package import ByteParsing

/// What the head of an EFI program says.
package struct EFIProgram {
    /// As `uname -m` has it; nil for machines without firmware of this kind.
    package let machine: String?

    /// So much of a file is looked at, in bytes.
    package static let headLength = 4096

    /// The most sections that are looked at; EFI programs have about ten.
    private static let sectionLimit = 96

    /// A program of `size` bytes that begins with `head`. Throws where firmware would refuse to load it.
    package init(head: ArraySlice<UInt8>, size: Int) throws(FormatError) {
        let file = FieldReader(head, bigEndian: false)
        guard head.starts(with: "MZ".utf8) else {
            let what =
                size == 0
                ? "an empty file" : head.allSatisfy { $0 == 0 } ? "zeros" : "a file that does not begin with MZ"
            throw FormatError(.malformed, "an EFI program expected, \(what) found")
        }
        guard head.count >= 0x40, let start = Int(exactly: try file.uint32(at: 0x3C)), start <= head.count - 24,
            try file.slice(at: start, count: 4).elementsEqual([0x50, 0x45, 0, 0])
        else { throw FormatError(.malformed, "an EFI program expected, a file without a PE header found") }
        let (sections, optional) = (Int(try file.uint16(at: start + 6)), Int(try file.uint16(at: start + 20)))
        let subsystem = try file.uint16(at: start + 24 + 68)
        guard subsystem == 10 else {
            throw FormatError(.malformed, "an EFI application (subsystem 10) expected, subsystem \(subsystem) found")
        }
        for index in 0..<min(sections, Self.sectionLimit) {
            let section = try file.record(at: start + 24 + optional + 40 * index, count: 40)
            let end = Int(try section.uint32(at: 16)) + Int(try section.uint32(at: 20))
            guard end <= size else {
                throw FormatError(.truncated, "an EFI program of \(end) bytes expected, \(size) found: it is cut off")
            }
        }
        let machine = try file.uint16(at: start + 4)
        self.machine = [0x8664: "x86_64", 0xAA64: "aarch64", 0x014C: "i386", 0x01C2: "arm", 0x5064: "riscv64"][machine]
    }
}
