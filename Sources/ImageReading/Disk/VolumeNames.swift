/// By which names a system finds the volumes of its disks.

import ByteParsing

extension DiskLayout.Volume {
    /// `partition 2`, `partition 2 of disk 3`, `logical volume vg/root`.
    public var name: String {
        if let logicalVolume { return logicalVolume.description }
        let part = number.map { "partition \($0)" } ?? "the whole disk"
        return disk == 0 ? part : number == nil ? "disk \(disk + 1)" : "\(part) of disk \(disk + 1)"
    }

    /// The same with what a user knows it by: `partition 1 ("Linux", xfs, label /)`.
    var description: String {
        var words: [String] = []
        if let partitionLabel { words.append("\"\(partitionLabel)\"") }
        if let format { words.append(format) } else if problem == nil { words.append("no file system that is known") }
        if let label { words.append("label \(label)") }
        return words.isEmpty ? name : "\(name) (\(words.joined(separator: ", ")))"
    }

    /// Whether it is the one that a device of fstab(5), or of the kernel's root=, names.
    public func isNamed(_ device: String) -> Bool {
        switch DeviceName(device) {
        case .uuid(let value):
            // The serial number of FAT is written with its dash or without.
            isSame(uuid, value) || format == "vfat" && isSame(uuid?.filter { $0 != "-" }, value)
        case .label(let value): label == value
        case .partitionUUID(let value): isSame(partitionUUID, value)
        case .partitionLabel(let value): partitionLabel.map { $0 == value } ?? false
        // An instance without partitions calls its whole volume /dev/sda1.
        case .partition(let disk, let number):
            logicalVolume == nil && disk == self.disk
                && (number == self.number || self.number == nil && number == 1)
        case .logicalVolume(let group, let name): logicalVolume?.group == group && logicalVolume?.name == name
        case .logicalVolumeUUID(let uuid): logicalVolume?.uuid == uuid
        case .other: false
        }
    }

    private func isSame(_ one: String?, _ other: String) -> Bool { one?.lowercased() == other.lowercased() }

    /// Whether volumes with names of their own may lie on it that are not known.
    private var mayHoldOthers: Bool {
        if problem != nil { return true }
        guard let format else { return type != nil && type != Self.biosBoot && number != nil }
        return ["LUKS encrypted volume", "Linux RAID member"].contains(format)
    }

    private static let biosBoot = "21686148-6449-6e6f-744e-656564454649"

    fileprivate func mayHold(_ name: DeviceName) -> Bool {
        switch name {
        case .uuid, .label: mayHoldOthers
        case .logicalVolume, .logicalVolumeUUID: mayHoldOthers && logicalVolume == nil
        case .partitionUUID, .partitionLabel, .partition, .other: false
        }
    }
}

/// A device as fstab(5) and the kernel's command line write it.
public enum DeviceName: Hashable, Sendable {
    case uuid(String)
    case label(String)
    case partitionUUID(String)
    case partitionLabel(String)
    /// /dev/xvda1, /dev/sda1, /dev/vda1, /dev/nvme0n1p1: the disk's letter or number from 0 on, and the partition's; nil
    /// for the disk itself.
    case partition(disk: Int, number: Int?)
    /// /dev/VG/LV, /dev/mapper/VG-LV with each dash of a name doubled: a volume of LVM.
    case logicalVolume(group: String, name: String)
    /// /dev/disk/by-id/dm-uuid-LVM-...: the UUIDs of its group and its own.
    case logicalVolumeUUID(String)
    /// What the disk alone does not decide: other volumes of a mapper, hardware, the network.
    case other

    /// What `text` names; quotes do not count.
    public init(_ text: String) {
        let device = text.filter { $0 != "\"" && $0 != "'" }
        let tags: [(key: String, folder: String, make: (String) -> DeviceName)] = [
            ("UUID", "uuid", Self.uuid), ("LABEL", "label", Self.label), ("PARTUUID", "partuuid", Self.partitionUUID),
            ("PARTLABEL", "partlabel", Self.partitionLabel),
        ]
        for tag in tags {
            for prefix in ["\(tag.key)=", "/dev/disk/by-\(tag.folder)/"] where device.hasPrefix(prefix) {
                self = tag.make(String(device.dropFirst(prefix.count)))
                return
            }
        }
        self = Self.partition(device) ?? Self.logicalVolume(device) ?? .other
    }

    private static func partition(_ device: String) -> DeviceName? {
        guard device.hasPrefix("/dev/") else { return nil }
        var rest = device.dropFirst("/dev/".count)
        func number(_ text: Substring) -> Int? { text.allSatisfy(\.isASCIIDigit) ? Int(text) : nil }
        if rest.hasPrefix("nvme") {
            let parts = rest.dropFirst(4).split(separator: "n", omittingEmptySubsequences: false)
            guard parts.count == 2, let disk = number(parts[0]) else { return nil }
            let digits = parts[1].prefix(while: \.isASCIIDigit)
            rest = parts[1].dropFirst(digits.count)
            if digits == "1", rest.isEmpty { return .partition(disk: disk, number: nil) }
            guard digits == "1", rest.first == "p", let partition = number(rest.dropFirst()) else { return nil }
            return .partition(disk: disk, number: partition)
        }
        guard let kind = ["xvd", "sd", "vd", "hd"].first(where: rest.hasPrefix),
            let letter = rest.dropFirst(kind.count).first?.asciiValue, 0x61...0x7A ~= letter
        else { return nil }
        rest = rest.dropFirst(kind.count + 1)
        if rest.isEmpty { return .partition(disk: Int(letter - 0x61), number: nil) }
        guard let partition = number(rest) else { return nil }
        return .partition(disk: Int(letter - 0x61), number: partition)
    }
}

extension DeviceName {
    /// Directories below /dev that are no volume groups.
    private static let folders: Set<Substring> = [
        "disk", "mapper", "md", "block", "char", "bus", "loop", "cciss", "zvol", "drbd", "shm", "pts", "fd", "input",
        "net",
    ]

    private static func logicalVolume(_ device: String) -> DeviceName? {
        for prefix in ["/dev/mapper/", "/dev/disk/by-id/dm-name-"] where device.hasPrefix(prefix) {
            return mapped(device.dropFirst(prefix.count))
        }
        let mark = "/dev/disk/by-id/dm-uuid-LVM-"
        if device.hasPrefix(mark) { return .logicalVolumeUUID(String(device.dropFirst(mark.count))) }
        let parts = device.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, parts[1] == "dev", !folders.contains(parts[2]), !parts[2].isEmpty,
            !parts[3].isEmpty
        else { return nil }
        return .logicalVolume(group: String(parts[2]), name: String(parts[3]))
    }

    /// A name of device-mapper: a single dash stands between the names of group and volume (lvm2
    /// lib/misc/lvm-string.c). Other mappings have none, and the layers below a volume have two.
    private static func mapped(_ name: Substring) -> DeviceName? {
        var parts = [""]
        var rest = name
        while let character = rest.popFirst() {
            if character == "-", rest.first == "-" {
                parts[parts.count - 1].append(rest.removeFirst())
            } else if character == "-" {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            ? .logicalVolume(group: parts[0], name: parts[1]) : nil
    }
}

extension DiskLayout {
    /// What a device's name leads to.
    public enum Answer: Equatable, Sendable {
        /// The volumes that are called so; more than one where disks were copied.
        case volumes([Volume])
        /// None of the disks has it.
        case missing
        /// The disks do not decide it.
        case unknown
    }

    /// The volumes that `device` names.
    public func answer(to device: String) -> Answer {
        let name = DeviceName(device)
        let named = volumes.filter { $0.isNamed(device) }
        // A volume of which a part lies on another disk does not come where that does not.
        let found = named.filter { $0.logicalVolume?.lacking.isEmpty ?? true }
        if !found.isEmpty { return .volumes(found) }
        if !named.isEmpty { return .missing }
        switch name {
        case .other: return .unknown
        // Only the disk that boots is called by a letter or number that is known.
        case .partition(let disk, _): return disk == 0 ? .missing : .unknown
        case .uuid, .label, .partitionUUID, .partitionLabel, .logicalVolume, .logicalVolumeUUID:
            return volumes.contains { $0.mayHold(name) } ? .unknown : .missing
        }
    }
}
