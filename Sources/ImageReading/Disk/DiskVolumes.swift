/// The volumes of the disks of an instance, and by which names its system finds them.

import ByteParsing
import DiskImages
import FileSystems

/// A partition, or a disk without partitions.
struct DiskVolume {
    /// Which disk, the first being the image itself.
    let disk: Int
    /// Nil where it is the whole disk.
    let partition: Partition?
    let source: any BlockSource
    /// What stands on it; nil where nothing that is known.
    let signature: VolumeSignature?
    /// Why not even that can be told.
    let problem: FormatError?

    /// `partition 2`, `partition 2 of the second disk`.
    var name: String {
        let part = partition.map { "partition \($0.number)" } ?? "the whole disk"
        return disk == 0 ? part : partition == nil ? "disk \(disk + 1)" : "\(part) of disk \(disk + 1)"
    }

    /// The same with what a user knows it by: `partition 1 ("Linux", xfs, label /)`.
    var description: String {
        var words: [String] = []
        if let name = partition?.name { words.append("\"\(name)\"") }
        words.append(signature?.format.rawValue ?? "no file system that is known")
        if let label = signature?.label { words.append("label \(label)") }
        return "\(name) (\(words.joined(separator: ", ")))"
    }

    /// The file system on it.
    func open() throws(FormatError) -> any FileSystem {
        if let problem { throw problem }
        guard let signature else { throw FormatError(.unsupported, "a file system expected, none that is known found") }
        return try signature.open(source)
    }

    /// Whether it is the one that a device of fstab(5) names.
    func isNamed(_ device: String) -> Bool { known.isNamed(device) }
}

/// A disk that was opened, and what it is divided into.
struct DiskVolumes {
    let table: PartitionTable?
    let volumes: [DiskVolume]
    /// What a BIOS starts from it.
    let bootCode: BootCode

    /// The volumes of the disk with this number. Throws where its partition table cannot be read.
    init(_ source: any BlockSource, disk: Int) throws(FormatError) {
        table = try PartitionTable.read(source)
        bootCode = BootCode.read(source, table?.partitions ?? [])
        guard let table else {
            volumes = [DiskVolume(disk: disk, nil, source)]
            return
        }
        volumes = table.partitions.map { partition in
            let section = DiskSection(of: source, start: partition.start, size: partition.size)
            return DiskVolume(disk: disk, partition, section)
        }
    }
}

extension DiskVolume {
    fileprivate init(disk: Int, _ partition: Partition?, _ source: any BlockSource) {
        var signature: VolumeSignature?
        var problem = partition?.problem.map { FormatError(.malformed, $0) }
        if problem == nil {
            do throws(FormatError) {
                signature = try VolumeSignature.read(source)
            } catch {
                problem = error
            }
        }
        self.init(disk: disk, partition: partition, source: source, signature: signature, problem: problem)
    }
}
