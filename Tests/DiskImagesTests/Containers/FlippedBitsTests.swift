/// 2,000 flipped bits among the bytes that are read of each container: an answer or an error, never more.

import ByteParsing
import DiskImages
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("qemu-img"), "qemu-utils is not installed"))
struct FlippedBitsTests {
    /// How a container is made of a disk of 1 MiB.
    static let containers = [
        "convert qcow2 compat=0.10 image", "convert qcow2 extended_l2=on image",
        "qemu-img convert -c -f raw -O qcow2 disk.raw image",
        "qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd disk.raw image",
        "convert vhdx subformat=dynamic,block_size=1M image", "convert vhdx subformat=fixed,block_size=1M image",
        "convert vpc subformat=dynamic,force_size=on image", "convert vpc subformat=fixed,force_size=on image",
        "convert vmdk subformat=streamOptimized image",
        "convert vmdk subformat=streamOptimized a.vmdk; echo '<Envelope/>' >a.ovf; tar -cf image a.ovf a.vmdk",
    ]

    static let disk = """
        truncate -s 1M disk.raw
        head -c 100000 /dev/urandom | dd of=disk.raw bs=4096 seek=16 conv=notrunc status=none
        printf 'a line that compresses\\n%.0s' {1..13000} | dd of=disk.raw bs=4096 seek=100 conv=notrunc status=none
        convert() { qemu-img convert -f raw -O $1 -o $2 disk.raw $3; }

        """

    /// What is read of a disk, here and there a piece, and whether anything was odd.
    static func pieces(_ file: MemoryDisk, isAppliance: Bool) throws -> (pieces: [ArraySlice<UInt8>], isOdd: Bool) {
        let container = try isAppliance ? DiskContainer(file, .ova) : ContainerImages.open(file)
        let disk = try #require(container.disks.first)
        var pieces: [ArraySlice<UInt8>] = []
        var failure: FormatError?
        for place in stride(from: 0, to: min(disk.size, 1 << 20), by: 60_000) {
            do throws(FormatError) {
                pieces.append(try disk.read(at: place, count: min(4096, disk.size - place)))
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return (pieces, !container.remarks.isEmpty)
    }

    @Test(arguments: containers) func anAnswerOrAnError(_ script: String) throws {
        let workshop = try Workshop()
        try workshop.run(Self.disk + script)
        let isAppliance = script.contains("a.ovf")
        let file = MemoryDisk(try workshop.bytes("image"))
        let (clean, isOdd) = try Self.pieces(file, isAppliance: isAppliance)
        #expect(clean.count == 18 && !isOdd)
        let places = Array(Set(file.read.joined())).sorted()
        var random = SeededGenerator(seed: 6)
        var (same, other, remarks, errors) = (0, 0, 0, 0)
        for _ in 0..<2000 {
            let place = places[Int.random(in: 0..<places.count, using: &random)]
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            file.bytes[place] ^= bit
            defer { file.bytes[place] ^= bit }
            do {
                let (pieces, isOdd) = try Self.pieces(file, isAppliance: isAppliance)
                if isOdd { remarks += 1 }
                if zip(pieces, clean).allSatisfy(isSame) { same += 1 } else { other += 1 }
            } catch is FormatError {
                errors += 1
            }
        }
        print(
            "\(script): \(places.count) bytes read; same \(same), other \(other), errors \(errors), remarks \(remarks)")
        // Of a VHDX each record that has a checksum stands there twice.
        #expect(errors + remarks > 0 && same + other > 0)
        #expect(try zip(Self.pieces(file, isAppliance: isAppliance).pieces, clean).allSatisfy(isSame))
    }
}
