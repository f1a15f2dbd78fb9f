/// Everything that reads the bytes of a disk, with some of them changed.

import ByteParsing
import DiskImages
import FileSystems
import Glibc

/// A file of which a few bytes are others than they stand in it, and which notes what is read of it.
private final class DamagedFile: BlockSource {
    private let file: DiskFile
    /// Other bytes by their place.
    var patches: [Int: UInt8] = [:]
    /// The sectors of 512 bytes that were read, where they are noted.
    var sectors: Set<Int>? = []

    init(_ file: DiskFile) {
        self.file = file
    }

    var size: Int { file.size }

    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        guard count > 0 else { return [] }
        let last = (offset + count - 1) / 512
        sectors?.formUnion(offset / 512...last)
        let range = offset..<offset + count
        let changed = patches.filter { range.contains($0.key) }
        let bytes = try file.read(at: offset, count: count)
        guard !changed.isEmpty else { return bytes }
        var part = Array(bytes)
        for (place, byte) in changed { part[place - offset] = byte }
        return part[...]
    }
}

/// How many files are looked at and how much of each, so that one run takes milliseconds.
private let fileLimit = 400
private let contentLimit = 4096

/// Reads the disks in a file as far as it goes: their partitions and logical volumes, and of each file system every name,
/// target and first bytes.
private func readAll(_ file: DamagedFile) {
    let ends = [(0, DiskFormat.headSize), (max(0, file.size - DiskFormat.tailSize), DiskFormat.tailSize)]
        .map { place, count in (try? file.read(at: place, count: min(count, file.size))).map(Array.init) ?? [] }
    let format = isAppliance ? .ova : DiskFormat(head: ends[0], tail: ends[1]) ?? .raw
    guard let container = try? DiskContainer(file, format) else { return }
    for disk in container.disks { readAll(disk) }
}

private func readAll(_ disk: any BlockSource) {
    var volumes = [disk]
    if let table = try? PartitionTable.read(disk) {
        volumes += table.partitions.map { DiskSection(of: disk, start: $0.start, size: $0.size) }
    }
    let physical = volumes.filter { (try? VolumeSignature.read($0))?.format == .lvm }
    volumes += VolumeGroups(physical.map { ("", $0) }).logicalVolumes.filter { $0.problem == nil }.map(\.source)
    for volume in volumes {
        guard let signature = try? VolumeSignature.read(volume), let fileSystem = try? signature.open(volume) else {
            continue
        }
        var pending = [fileSystem.root]
        if let subvolumes = try? (fileSystem as? BtrfsFileSystem)?.subvolumes() {
            pending += subvolumes.all.prefix(fileLimit).compactMap {
                try? (fileSystem as? BtrfsFileSystem)?.showing($0.number).root
            }
        }
        var count = 0
        while let directory = pending.popLast(), count < fileLimit {
            for name in (try? fileSystem.names(in: directory)) ?? [] {
                count += 1
                guard count < fileLimit else { break }
                guard case .some(.some(let node)) = try? fileSystem.node(named: name, in: directory),
                    let status = try? fileSystem.status(of: node)
                else { continue }
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

/// The path of the image.
private let path = setting("AMILINT_FUZZ_IMAGE") ?? ""
/// An OVA is a tar, which shows by the names in it, and here by its own.
private let isAppliance = path.hasSuffix(".ova")

/// A physical volume of LVM, of which nothing is looked at whose checksum is wrong.
private let isPhysicalVolume = path.hasSuffix(".lvm.img")

/// Puts the checksums right of a physical volume as `make-fuzz-images` makes it: of its label, of the header of its area, of
/// the text.
private func correctChecksums(of file: DamagedFile) {
    func put(_ place: Int, _ checked: Range<Int>) {
        guard !checked.isEmpty, let bytes = try? file.read(at: checked.lowerBound, count: checked.count) else { return }
        let sum = CRC32.iso.update(0xF597_A6CF, bytes)
        for index in 0..<4 { file.patches[place + index] = UInt8(sum >> (8 * index) & 0xFF) }
    }
    put(512 + 16, 512 + 20..<1024)
    let area = 4096
    if let location = try? file.record(at: area + 40, count: 24, bigEndian: false),
        let size = try? location.uint64(at: 8),
        size < 64 << 10
    {
        put(area + 56, area + 512..<area + 512 + Int(size))
    }
    put(area, area + 4..<area + 512)
}

/// The image, and the sectors that reading it undamaged needs, in order.
nonisolated(unsafe) private let image: (file: DamagedFile, sectors: [Int]) = {
    guard case let descriptor = open(path, O_RDONLY), descriptor >= 0, let file = try? DiskFile(descriptor: descriptor)
    else { fatalError("AMILINT_FUZZ_IMAGE: a disk image expected") }
    let damaged = DamagedFile(file)
    readAll(damaged)
    let sectors = (damaged.sectors ?? []).sorted()
    damaged.sectors = nil
    guard !sectors.isEmpty else { fatalError("\(path): nothing of the image is read") }
    return (damaged, sectors)
}()

/// One run: each five bytes of the input change one byte of those that a clean run reads.
func readDamagedDisk(_ input: [UInt8]) {
    var patches: [Int: UInt8] = [:]
    for start in stride(from: 0, to: input.count - input.count % 5, by: 5) {
        let sector = Int(input[start]) | Int(input[start + 1]) << 8
        let offset = (Int(input[start + 2]) | Int(input[start + 3]) << 8) % 512
        let place = image.sectors[sector % image.sectors.count] * 512 + offset
        if place < image.file.size { patches[place] = input[start + 4] }
    }
    image.file.patches = patches
    if isPhysicalVolume { correctChecksums(of: image.file) }
    readAll(image.file)
}
