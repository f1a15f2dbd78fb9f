/// EFI programs: for whom they are, and what firmware does not load.

import ByteParsing
import DiskImages
import Foundation
import TestSupport
import Testing

@Suite struct EFIProgramTests {
    /// The head of a program with one section that ends at byte 4096.
    static func program(machine: UInt16, subsystem: UInt8 = 10) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        bytes.replaceSubrange(0..<2, with: Array("MZ".utf8))
        bytes[0x3C] = 0x80
        bytes.replaceSubrange(0x80..<0x84, with: Array("PE".utf8) + [0, 0])
        bytes.replaceSubrange(0x84..<0x88, with: [UInt8(machine & 0xFF), UInt8(machine >> 8), 1, 0])
        bytes[0x80 + 20] = 240
        bytes[0x80 + 24 + 68] = subsystem
        bytes[0x80 + 24 + 240 + 17] = 0x08
        bytes[0x80 + 24 + 240 + 21] = 0x08
        return bytes
    }

    @Test(arguments: [(0x8664, "x86_64"), (0xAA64, "aarch64"), (0x14C, "i386"), (0x1234, nil)] as [(UInt16, String?)])
    func `the machine is named`(machine: UInt16, name: String?) throws {
        let bytes = Self.program(machine: machine)
        #expect(try EFIProgram(head: bytes[...], size: bytes.count).machine == name)
    }

    @Test func `what firmware does not load is refused with its reason`() {
        let whole = Self.program(machine: 0x8664)
        func reason(_ bytes: [UInt8], size: Int? = nil) -> String {
            let error = #expect(throws: FormatError.self) {
                try EFIProgram(head: bytes[...], size: size ?? bytes.count)
            }
            return error?.reason ?? ""
        }
        #expect(reason([]).contains("an empty file"))
        #expect(reason([UInt8](repeating: 0, count: 4096)).contains("zeros found"))
        #expect(reason(Array("MZ not a loader".utf8)).contains("without a PE header"))
        #expect(reason(Array("#!/bin/sh".utf8)).contains("does not begin with MZ"))
        #expect(reason(whole, size: 4000).contains("cut off"))
        #expect(reason(Self.program(machine: 0x8664, subsystem: 3)).contains("subsystem 3"))
        for size in 0..<600 { _ = reason(Array(whole.prefix(size)), size: 4095) }
    }

    private static let modules = "/usr/lib/grub/x86_64-efi"

    @Test(
        .enabled(
            if: Workshop.has("grub-mkimage") && FileManager.default.fileExists(atPath: modules),
            "grub-common and grub-efi-amd64-bin are not installed"))
    func `GRUB's own program is whole`() throws {
        let workshop = try Workshop()
        try workshop.run("grub-mkimage -O x86_64-efi -p /boot/grub -o grub.efi part_gpt fat")
        let bytes = try workshop.bytes("grub.efi")
        let head = bytes.prefix(EFIProgram.headLength)
        #expect(try EFIProgram(head: head, size: bytes.count).machine == "x86_64")
        #expect(throws: FormatError.self) { try EFIProgram(head: head, size: bytes.count / 2) }
    }
}
