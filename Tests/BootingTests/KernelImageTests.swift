/// The headers of kernel files: versions and machines, and damaged ones that throw and never trap.

import ByteParsing
import Inflating
import TestSupport
import Testing

@testable import Booting

@Suite struct KernelImageTests {
    @Test func readsTheVersionOfABzImage() throws {
        let image = try KernelImage(head: KernelFile.bzImage("6.1.0-56-cloud-amd64"))
        #expect(image?.version == "6.1.0-56-cloud-amd64")
        #expect(image?.architecture == .x86_64)
        #expect(try KernelImage(head: KernelFile.bzImage("3.9.11", is64Bit: false))?.architecture == nil)
    }

    @Test func knowsTheMachineOfAnArm64KernelInEveryWrapping() throws {
        for head in [KernelFile.arm64Image, KernelFile.gzip(KernelFile.arm64Image), KernelFile.zboot(machine: 0xAA64)] {
            let image = try KernelImage(head: head)
            #expect(image?.architecture == .aarch64)
            #expect(image?.version == nil)
        }
        #expect(try KernelImage(head: KernelFile.elf(machine: 62))?.architecture == .x86_64)
    }

    @Test func inflatesWhatIsThereOfACutStream() throws {
        let whole = KernelFile.gzip(KernelFile.arm64Image + [UInt8](repeating: 7, count: 8192))
        #expect(try KernelImage(head: Array(whole.prefix(4096)))?.architecture == .aarch64)
        #expect(try inflatedHead(whole[...], limit: 100).count == 100)
    }

    @Test func isNilForBytesOfNoKnownFormat() throws {
        #expect(try KernelImage(head: Array("kernel".utf8)) == nil)
        #expect(try KernelImage(head: KernelFile.gzip(Array("no kernel".utf8))) == nil)
        #expect(try KernelImage(head: KernelFile.gzip(KernelFile.gzip(KernelFile.arm64Image))) == nil)
    }

    @Test func throwsForAnEmptyFileAndForDamage() {
        var pointsOutside = KernelFile.bzImage("6.1.0")
        pointsOutside.replaceSubrange(0x20E..<0x210, with: [0xFF, 0xFF])
        var binary = KernelFile.bzImage("6.1.0")
        binary[0x3800] = 0x01
        let open = Array(KernelFile.bzImage("6.1.0").prefix(0x3803))
        let long = KernelFile.bzImage(String(repeating: "6", count: 600))
        let noHeader = Array(KernelFile.zboot(machine: 0xAA64).prefix(0x42))
        var badStream = KernelFile.gzip(KernelFile.arm64Image)
        badStream[13] ^= 0xFF
        for head in [[], pointsOutside, binary, open, long, noHeader, badStream, KernelFile.elf(machine: 9999)] {
            #expect(throws: FormatError.self) { try KernelImage(head: head) }
        }
    }

    @Test func neverTrapsWhereverAHeaderIsCut() {
        for head in [
            KernelFile.bzImage("6.1.0"), KernelFile.zboot(machine: 0xAA64), KernelFile.gzip(KernelFile.arm64Image),
        ] {
            for length in 0..<min(head.count, 0x300) {
                // Any answer is right; what counts is that there is one.
                _ = try? KernelImage(head: Array(head.prefix(length)))
            }
        }
    }

    @Test(arguments: [(62, "x86_64"), (183, "aarch64"), (3, "i386"), (40, "arm"), (243, "riscv64"), (21, "ppc64")])
    func readsTheMachineOfAnELFFileInEitherByteOrder(machine: UInt16, name: String) throws {
        #expect(try Architecture(elf: KernelFile.elf(machine: machine)).rawValue == name)
        #expect(try Architecture(elf: KernelFile.elf(machine: machine, bigEndian: true)).rawValue == name)
    }
}
