/// What a line of fstab makes appear in an image, where it does so at all.

/// A line of fstab that puts something in the place of a directory.
struct PlannedMount {
    /// What appears there.
    enum Source: Equatable {
        /// The file system of a partition, or of what a partition holds.
        case volume
        /// The file system in a file of the image, by a loop device.
        case file
        /// What stands in another place of the image.
        case directory(ImagePath)
        /// An empty file system in memory.
        case nothing
    }

    let line: Fstab.Line
    let source: Source
    /// Where it is mounted, links followed once that is known.
    var place: ImagePath

    /// How many such lines one fstab may have: far more than any host, and few enough to put them in order.
    static let limit = 256

    /// Types of file systems that lie on no volume and show nothing that an image could hold.
    private static let withoutVolume: Set<String> = [
        "swap", "proc", "sysfs", "devtmpfs", "devpts", "mqueue", "hugetlbfs", "debugfs", "tracefs", "securityfs",
        "cgroup", "cgroup2", "bpf", "efivarfs", "configfs", "fusectl", "binfmt_misc", "overlay", "aufs", "nfs", "nfs4",
        "cifs", "smb3", "efs", "ceph", "glusterfs", "lustre", "9p", "virtiofs", "autofs",
    ]

    /// Nil where the line changes nothing in the image: swap, the kernel's own file systems, those of the network.
    init?(_ line: Fstab.Line) {
        guard line.mountPoint != .root, !["/none", "/swap"].contains(line.mountPoint.text),
            !Self.withoutVolume.contains(line.type), !line.type.hasPrefix("fuse")
        else { return nil }
        self.line = line
        place = line.mountPoint
        let isDevice = line.device.hasPrefix("/dev/")
        if ["tmpfs", "ramfs"].contains(line.type) {
            // What is not mounted by itself hides nothing.
            guard !line.options.contains("noauto") else { return nil }
            source = .nothing
        } else if line.options.contains("bind") || line.options.contains("rbind") {
            guard line.device.hasPrefix("/") else { return nil }
            source = .directory(ImagePath(line.device))
        } else if line.device.hasPrefix("/dev/loop") || line.device.hasPrefix("/") && !isDevice
            || line.options.contains(where: { $0 == "loop" || $0.hasPrefix("loop=") })
        {
            source = .file
        } else if isDevice || ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="].contains(where: line.device.hasPrefix) {
            source = .volume
        } else {
            return nil
        }
    }

    /// Whether the other one can only be mounted on this one, or shows a part of it (systemd.mount(5), implicit
    /// dependencies).
    func comes(before other: PlannedMount) -> Bool {
        guard place != other.place else { return false }
        if other.place.isWithin(place) { return true }
        if case .directory(let directory) = other.source { return directory.isWithin(place) }
        return false
    }
}
