/// The volumes of the disks of an instance, and by which names its system finds them.

import ByteParsing
import DiskImages
import FileSystems

/// A partition, a disk without partitions, or a logical volume.
struct DiskVolume {
    /// Which disk, the first being the image itself; of a logical volume, that where it begins.
    let disk: Int
    /// Nil where it is none.
    let partition: Partition?
    /// Nil where it is none of LVM's.
    let logical: LogicalVolume?
    let source: any BlockSource
    /// What stands on it; nil where nothing that is known.
    let signature: VolumeSignature?
    /// Why not even that can be told, or nothing on it be read.
    var problem: FormatError?

    /// `partition 2`, `partition 2 of disk 3`, `logical volume vg/root`.
    var name: String { known.name }

    /// The same with what a user knows it by: `partition 1 ("Linux", xfs, label /)`.
    var description: String { known.description }

    /// Whether files may lie on it, so that it could be the root or a part of it.
    var mayHoldFiles: Bool { problem != nil || signature?.format.mayHoldFiles ?? false }

    /// Whether its table says that Linux has a file system on it, and none that is known here stands there: it may be the
    /// root of a Linux all the same.
    var isUnknownLinux: Bool {
        signature == nil && ["0fc63daf-8483-4772-8e79-3d69d8477de4", "83"].contains(partition?.type)
    }

    /// Whether volumes may lie on it that are not read.
    var hidesVolumes: Bool { problem != nil || signature?.format.hidesVolumes ?? false }

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
            volumes = [DiskVolume(disk: disk, source)]
            return
        }
        volumes = table.partitions.map { partition in
            let section = DiskSection(of: source, start: partition.start, size: partition.size)
            return DiskVolume(
                disk: disk, partition: partition, section,
                problem: partition.problem.map { FormatError(.malformed, $0) })
        }
    }
}

extension DiskVolume {
    init(
        disk: Int, partition: Partition? = nil, logical: LogicalVolume? = nil, _ source: any BlockSource,
        problem: FormatError? = nil
    ) {
        var signature: VolumeSignature?
        var problem = problem
        if problem == nil {
            do throws(FormatError) {
                signature = try VolumeSignature.read(source)
            } catch {
                problem = error
            }
        }
        self.init(
            disk: disk, partition: partition, logical: logical, source: source, signature: signature, problem: problem)
    }
}

extension [DiskVolume] {
    /// The same, and behind them what LVM makes of those among them that are physical volumes; `remarks` gets what is odd
    /// about that.
    func withLogicalVolumes(_ remarks: inout [String]) -> [DiskVolume] {
        let physical = indices.filter { self[$0].signature?.format == .lvm }
        guard !physical.isEmpty else { return self }
        let groups = VolumeGroups(physical.map { (self[$0].name, self[$0].source) })
        var volumes = self
        for (place, problem) in groups.problems { volumes[physical[place]].problem = problem }
        for volume in groups.logicalVolumes {
            let disk = self[physical[volume.physicalVolume]].disk
            volumes.append(DiskVolume(disk: disk, logical: volume, volume.source, problem: volume.problem))
        }
        remarks += groups.remarks
        return volumes
    }
}
