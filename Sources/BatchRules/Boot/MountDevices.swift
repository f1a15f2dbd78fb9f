/// Whether the device that a line of fstab mounts is there on every instance of the image.

import Booting
import ImageFacts
import ImageReading

/// What is known of an instance's devices: the root's, and those that AMI metadata maps.
struct MountDevices {
    /// Whether a device comes.
    enum Answer: Equatable {
        /// It is the root's disk, or one that the AMI maps.
        case comes
        /// The AMI's mappings show that it does not.
        case isMissing
        /// Nothing shows it.
        case notShown
    }

    /// Where partitions of the disk that the instance boots from are mounted.
    private static let bootPartitions: Set<ImagePath> = ["/boot", "/boot/efi", "/efi", "/boot/firmware"]

    /// Nil where the image is no disk.
    private let disk: DiskLayout?
    private let rootNames: [String]
    /// Devices of the AMI's mappings, disks without `/dev/`, `sdf` spelled `xvdf`; nil without metadata.
    private let mapped: [String]?
    /// Directories that a system cannot do without: where the image has them, they were exported with what is mounted.
    private let exported: Set<ImagePath>

    init(_ mounts: FileSystemTable, _ facts: Facts, _ metadata: AMIMetadata?) {
        disk = facts.disk.value
        rootNames =
            [mounts.rootDevice].compactMap(\.self) + mounts.mounts.filter { $0.mountPoint == .root }.map(\.device)
        mapped = metadata?.devices?.map { Self.disk($0) }
        exported = facts.installedPackages.databases.isEmpty ? ["/usr"] : ["/usr", "/var", "/var/lib"]
    }

    /// The answer for a line that mounts a device; nil for what is no device.
    func answer(for mount: FileSystemTable.Mount) -> Answer? {
        guard let name = Self.deviceName(mount.device) else { return nil }
        switch disk?.answer(to: mount.device) {
        case .volumes?: return .comes
        case .missing?:
            // Partitions of the disk itself come with it; a name may be that of another volume, which only a mapping brings.
            if case .partition = DeviceName(mount.device) { return .isMissing }
            return mapped.map { $0.count > 1 ? .comes : .isMissing } ?? .notShown
        case .unknown?, nil: break
        }
        if Self.bootPartitions.contains(mount.mountPoint) || exported.contains(mount.mountPoint) { return .comes }
        if rootNames.contains(where: { isOfOneDisk($0, mount.device) }) { return .comes }
        // The names of the disk that an instance boots from, where the root's own does not say.
        if Self.disk(name) == "xvda" || name.hasPrefix("nvme0n1") { return .comes }
        guard let mapped else { return .notShown }
        if name.hasPrefix("xvd") || name.hasPrefix("sd") {
            return mapped.contains(Self.disk(name)) ? .comes : .isMissing
        }
        // Which disk it is on is not known: where there is but the root's, an instance store may still hold it.
        return mapped.count > 1 ? .comes : .notShown
    }

    /// The part of a device's name that tells it from others; nil where it is no device.
    private static func deviceName(_ device: String) -> String? {
        let tags = ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="]
        if tags.contains(where: device.hasPrefix) { return device }
        guard device.hasPrefix("/dev/"), device != "/dev/root" else { return nil }
        return String(device.dropFirst("/dev/".count))
    }

    /// `xvdf` of `/dev/sdf1`; on Nitro both names are links of udev's to the one disk (amazon-ec2-utils).
    private static func disk(_ device: String) -> String {
        var name = device.hasPrefix("/dev/") ? device.dropFirst("/dev/".count) : device[...]
        if name.hasPrefix("sd") { name = "xv" + name.dropFirst() }
        guard name.hasPrefix("xvd") else { return String(name) }
        while name.last?.isASCIIDigit == true { name = name.dropLast() }
        return String(name)
    }

    /// Whether two names are certainly of one disk: the same, `UUID=` and the link that udev makes of it, partitions of
    /// one disk, volumes of one group, or partitions of one MBR.
    private func isOfOneDisk(_ one: String, _ other: String) -> Bool {
        let (one, other) = (Self.tagged(one), Self.tagged(other))
        if one == other { return true }
        if case .logicalVolume(let group, _) = DeviceName(one), case .logicalVolume(group, _) = DeviceName(other) {
            return true
        }
        func both(_ prefix: String) -> (Substring, Substring)? {
            guard one.hasPrefix(prefix), other.hasPrefix(prefix) else { return nil }
            return (one.dropFirst(prefix.count), other.dropFirst(prefix.count))
        }
        if let (a, b) = both("PARTUUID=") {
            // 0c0ffee0-01: an MBR's number, and the partition's.
            return a.count == 11 && b.count == 11 && a.prefix(8) == b.prefix(8)
        }
        if let (a, b) = both("/dev/nvme") { return a.prefix { $0 != "p" } == b.prefix { $0 != "p" } }
        return one.hasPrefix("/dev/") && other.hasPrefix("/dev/") && Self.isNamedByLetter(one)
            && Self.isNamedByLetter(other) && Self.disk(one) == Self.disk(other)
    }

    private static func isNamedByLetter(_ device: String) -> Bool {
        ["/dev/xvd", "/dev/sd", "/dev/vd"].contains(where: device.hasPrefix)
    }

    /// `/dev/disk/by-uuid/X` as `UUID=X`, quotes taken off.
    private static func tagged(_ device: String) -> String {
        let device = device.filter { $0 != "\"" && $0 != "'" }
        for (directory, tag) in [
            ("by-uuid", "UUID="), ("by-label", "LABEL="), ("by-partuuid", "PARTUUID="), ("by-partlabel", "PARTLABEL="),
        ] where device.hasPrefix("/dev/disk/\(directory)/") {
            return tag + device.dropFirst("/dev/disk/\(directory)/".count)
        }
        return device
    }
}
