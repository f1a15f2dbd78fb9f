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
    func isNamed(_ device: String) -> Bool {
        let (key, value) = Self.key(device)
        func isSame(_ text: String?) -> Bool { text.map { $0.lowercased() == value.lowercased() } ?? false }
        switch key {
        case "UUID":
            if isSame(signature?.uuid) { return true }
            // The serial number of FAT is written with its dash or without.
            return signature?.format == .vfat && isSame(signature?.uuid?.filter { $0 != "-" })
        case "LABEL": return signature?.label == value
        case "PARTUUID": return isSame(partition?.uuid)
        case "PARTLABEL": return partition?.name.map { $0 == value } ?? false
        default: return isDevice(value)
        }
    }

    /// A device of fstab as a key and its value.
    private static func key(_ device: String) -> (String, String) {
        for (key, folder) in [
            ("UUID", "uuid"), ("LABEL", "label"), ("PARTUUID", "partuuid"), ("PARTLABEL", "partlabel"),
        ] {
            for prefix in ["\(key)=", "/dev/disk/by-\(folder)/"] where device.hasPrefix(prefix) {
                return (key, device.dropFirst(prefix.count).filter { $0 != "\"" && $0 != "'" })
            }
        }
        return ("", device)
    }

    /// Whether it is called `device` by Linux: /dev/xvda1, /dev/sda1, /dev/vda1, /dev/nvme0n1p1, the letter or first
    /// number being that of the disk. An instance without partitions calls its whole volume /dev/sda1.
    private func isDevice(_ device: String) -> Bool {
        guard device.hasPrefix("/dev/") else { return false }
        var rest = device.dropFirst("/dev/".count)
        let disk: Int
        if rest.hasPrefix("nvme") {
            let parts = rest.dropFirst(4).split(separator: "n", omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int(parts[0]) else { return false }
            disk = number
            rest = parts[1].drop { $0 != "p" }.dropFirst()
        } else {
            guard let kind = ["xvd", "sd", "vd", "hd"].first(where: rest.hasPrefix),
                let letter = rest.dropFirst(kind.count).first?.asciiValue, 0x61...0x7A ~= letter
            else { return false }
            disk = Int(letter - 0x61)
            rest = rest.dropFirst(kind.count + 1)
        }
        guard disk == self.disk else { return false }
        guard let partition else { return rest.isEmpty || rest == "1" }
        return rest == String(partition.number)
    }
}

/// A disk that was opened, and what it is divided into.
struct DiskVolumes {
    let table: PartitionTable?
    let volumes: [DiskVolume]

    /// The volumes of the disk with this number. Throws where its partition table cannot be read.
    init(_ source: any BlockSource, disk: Int) throws(FormatError) {
        table = try PartitionTable.read(source)
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
