/// Everything that reads the bytes of a disk, driven by libFuzzer: `testdata/scripts/fuzz-disks` builds and runs it.

import ByteParsing
import DiskImages
import FileSystems
import Glibc

/// A disk in memory of which a few bytes are others than in its file, and which notes what is read of it.
private final class PatchedDisk: BlockSource {
    private let bytes: [UInt8]
    /// Other bytes by their place.
    var patches: [Int: UInt8] = [:]
    /// The sectors of 512 bytes that were read, where they are noted.
    var sectors: Set<Int>? = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var size: Int { bytes.count }

    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        guard count > 0 else { return [] }
        let last = (offset + count - 1) / 512
        sectors?.formUnion(offset / 512...last)
        let range = offset..<offset + count
        let changed = patches.filter { range.contains($0.key) }
        guard !changed.isEmpty else { return bytes[range] }
        var part = Array(bytes[range])
        for (place, byte) in changed { part[place - offset] = byte }
        return part[...]
    }
}

/// How many files are looked at and how much of each, so that one run takes milliseconds.
private let fileLimit = 400
private let contentLimit = 4096

/// Reads a disk as far as it goes: its partitions, and of each file system every name, target and first bytes.
private func readAll(_ disk: PatchedDisk) {
    var volumes: [any BlockSource] = [disk]
    if let table = try? PartitionTable.read(disk) {
        volumes += table.partitions.map { DiskSection(of: disk, start: $0.start, size: $0.size) }
    }
    for volume in volumes {
        guard let signature = try? VolumeSignature.read(volume), let fileSystem = try? signature.open(volume) else {
            continue
        }
        var pending = [fileSystem.root]
        var count = 0
        while let directory = pending.popLast(), count < fileLimit {
            for name in (try? fileSystem.names(in: directory)) ?? [] {
                count += 1
                guard count < fileLimit else { break }
                guard case .some(.some(let (node, status))) = try? fileSystem.lookUp(name, in: directory) else {
                    continue
                }
                switch status.kind {
                case .directory: pending.append(node)
                case .regular: _ = try? fileSystem.content(of: node, upTo: contentLimit)
                case .link: _ = try? fileSystem.target(ofLink: node)
                case .other: break
                }
            }
        }
    }
}

/// The image of `$AMILINT_FUZZ_IMAGE`, and the sectors that reading it undamaged needs, in order.
nonisolated(unsafe) private let image: (disk: PatchedDisk, sectors: [Int]) = {
    guard let path = unsafe getenv("AMILINT_FUZZ_IMAGE"), case let file = unsafe open(path, O_RDONLY), file >= 0,
        let source = try? DiskFile(descriptor: file), let bytes = try? source.read(at: 0, count: source.size)
    else { fatalError("AMILINT_FUZZ_IMAGE: a disk image expected") }
    let disk = PatchedDisk(Array(bytes))
    readAll(disk)
    let sectors = (disk.sectors ?? []).sorted()
    guard !sectors.isEmpty else { fatalError("nothing of the image is read") }
    disk.sectors = nil
    return (disk, sectors)
}()

/// One run: each five bytes of the input change one byte of those that a clean run reads.
@_cdecl("LLVMFuzzerTestOneInput")
public func readDamaged(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: data, count: count)
    var patches: [Int: UInt8] = [:]
    for start in stride(from: 0, to: count - count % 5, by: 5) {
        let sector = unsafe Int(input[start]) | Int(input[start + 1]) << 8
        let offset = unsafe (Int(input[start + 2]) | Int(input[start + 3]) << 8) % 512
        let place = image.sectors[sector % image.sectors.count] * 512 + offset
        if place < image.disk.size { patches[place] = unsafe input[start + 4] }
    }
    image.disk.patches = patches
    readAll(image.disk)
    return 0
}
