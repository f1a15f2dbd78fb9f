/// By which names a system finds the volumes of its disks.

import ByteParsing

extension DiskLayout.Volume {
    /// `partition 2`, `partition 2 of disk 3`.
    public var name: String {
        let part = number.map { "partition \($0)" } ?? "the whole disk"
        return disk == 0 ? part : number == nil ? "disk \(disk + 1)" : "\(part) of disk \(disk + 1)"
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
            disk == self.disk && (number == self.number || self.number == nil && number == 1)
        case .other: false
        }
    }

    private func isSame(_ one: String?, _ other: String) -> Bool { one?.lowercased() == other.lowercased() }

    /// Whether volumes with names of their own may lie on it that are not known.
    private var mayHoldOthers: Bool {
        if problem != nil { return true }
        guard let format else { return type != nil && type != Self.biosBoot && number != nil }
        return ["LVM physical volume", "LUKS encrypted volume", "Linux RAID member"].contains(format)
    }

    private static let biosBoot = "21686148-6449-6e6f-744e-656564454649"

    fileprivate func mayHold(_ name: DeviceName) -> Bool {
        switch name {
        case .uuid, .label: mayHoldOthers
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
    /// What the disk alone does not decide: volumes of a mapper, hardware, the network.
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
        self = Self.partition(device) ?? .other
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
        let found = volumes.filter { $0.isNamed(device) }
        if !found.isEmpty { return .volumes(found) }
        switch name {
        case .other: return .unknown
        // Only the disk that boots is called by a letter or number that is known.
        case .partition(let disk, _): return disk == 0 ? .missing : .unknown
        case .uuid, .label, .partitionUUID, .partitionLabel:
            return volumes.contains { $0.mayHold(name) } ? .unknown : .missing
        }
    }
}
