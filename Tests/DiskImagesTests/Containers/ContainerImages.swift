/// One small disk in the containers that qemu-img makes of it.

import ByteParsing
import DiskImages
import Glibc
import TestSupport
import Testing

enum ContainerImages {
    /// Pieces that compress, that do not, and holes between them; the last grain and block are not whole.
    static let script = """
        truncate -s 6293504 disk.raw
        head -c 200000 /dev/urandom | dd of=disk.raw bs=4096 seek=16 conv=notrunc status=none
        printf 'a line that compresses\n%.0s' {1..13000} | dd of=disk.raw bs=4096 seek=700 conv=notrunc status=none
        echo end | dd of=disk.raw bs=512 seek=12291 conv=notrunc status=none
        convert() { qemu-img convert -f raw -O $1 -o $2 disk.raw $3; }

        """

    /// The raw disk, and it in a container made by `qemu-img convert -O FORMAT -o OPTIONS`.
    static func make(_ format: String, _ options: String) throws -> (raw: [UInt8], container: MemoryDisk) {
        let workshop = try Workshop()
        try workshop.run(script + "convert \(format) \(options) image")
        return (try workshop.bytes("disk.raw"), MemoryDisk(try workshop.bytes("image")))
    }

    /// The disk that a file holds, opened by what its bytes show.
    static func open(_ file: MemoryDisk) throws -> DiskContainer {
        let format = DiskFormat(
            head: Array(file.bytes.prefix(DiskFormat.headSize)), tail: Array(file.bytes.suffix(DiskFormat.tailSize)))
        return try DiskContainer(file, #require(format))
    }

    /// All bytes of the first disk, in one piece.
    static func content(_ file: MemoryDisk) throws -> [UInt8] {
        let disk = try #require(try open(file).disks.first)
        return Array(try disk.read(at: 0, count: disk.size))
    }

    /// Whether reading at many places gives what stands in `raw`.
    static func readsAlike(_ file: MemoryDisk, _ raw: [UInt8]) throws -> Bool {
        let disk = try #require(try open(file).disks.first)
        var random = SeededGenerator(seed: 2)
        for _ in 0..<400 {
            let offset = Int.random(in: 0..<raw.count, using: &random)
            let count = Int.random(in: 0...min(200_000, raw.count - offset), using: &random)
            guard isSame(try disk.read(at: offset, count: count), raw[offset..<offset + count]) else { return false }
        }
        for (offset, count) in [(raw.count, 1), (0, raw.count + 1), (-1, 1), (1, .max), (.max, 1)] {
            #expect(throws: FormatError.self) { try disk.read(at: offset, count: count) }
        }
        return disk.size == raw.count
    }
}

/// Whether two pieces are equal, as fast as the system can tell: an unoptimized build takes some seconds for a megabyte.
func isSame(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    return a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in
            guard let first = a.baseAddress, let second = b.baseAddress else { return a.isEmpty }
            return memcmp(first, second, a.count) == 0
        }
    }
}

extension MemoryDisk {
    /// Puts a number in the byte order of its format.
    func put<T: FixedWidthInteger>(_ value: T, at place: Int, bigEndian: Bool = false) {
        withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { number in
            bytes.replaceSubrange(place..<place + number.count, with: number)
        }
    }

    /// The 32-bit number at a place, least significant byte first.
    func number(at place: Int) -> Int { bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }
}
