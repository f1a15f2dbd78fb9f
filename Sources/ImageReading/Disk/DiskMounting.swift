/// What the fstab of a root mounts below it, from the volumes that are at hand.

import ByteParsing
import DiskImages
import FileSystems

/// Mounts the file systems of a root, and notes from where.
struct DiskMounting {
    private let root: OpenVolume
    private let volumes: [DiskVolume]
    private(set) var mounts: [DiskDescription.Mount] = []
    private(set) var remarks: [String] = []

    /// Types of file systems that lie on no volume.
    private static let withoutVolume: Set<String> = [
        "swap", "proc", "sysfs", "tmpfs", "ramfs", "devtmpfs", "devpts", "mqueue", "hugetlbfs", "debugfs", "tracefs",
        "securityfs", "cgroup", "cgroup2", "bpf", "efivarfs", "configfs", "fusectl", "binfmt_misc", "overlay", "aufs",
        "nfs", "nfs4", "cifs", "smb3", "efs", "ceph", "glusterfs", "lustre", "9p", "virtiofs", "autofs", "none",
    ]

    init(root: OpenVolume, volumes: [DiskVolume]) {
        self.root = root
        self.volumes = volumes
    }

    /// Mounts everything, what lies less deep first.
    mutating func mountAll() {
        let fstab = root.fstab
        if let problem = fstab.problem { leaveEmptyDirectories(problem) }
        var lines: [ImagePath: Fstab.Line] = [:]
        for line in fstab.value?.lines ?? [] where isOnVolume(line) { lines[line.mountPoint] = line }
        for line in lines.values.sorted(by: { $0.mountPoint.components.count < $1.mountPoint.components.count }) {
            mount(line)
        }
        mountEFISystemPartition()
    }

    private func isOnVolume(_ line: Fstab.Line) -> Bool {
        let isDevice = ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "/dev/"].contains(where: line.device.hasPrefix)
        return isDevice && line.mountPoint != .root && line.mountPoint.text != "/none"
            && line.mountPoint.text != "/swap" && !Self.withoutVolume.contains(line.type)
            && !line.type.hasPrefix("fuse") && !line.options.contains("bind") && !line.options.contains("rbind")
            && !line.device.hasPrefix("/dev/loop")
    }

    private mutating func mount(_ line: Fstab.Line) {
        // A volume that was copied has the same names: the one on the root's own disk is meant.
        let all = volumes.filter { $0.isNamed(line.device) }
        let near = all.filter { $0.disk == root.volume.disk }
        let found = near.isEmpty ? all : near
        let place = line.mountPoint
        guard let volume = found.first else {
            let reason =
                "\(line.device) expected here by \(line.evidence.shortPlace), which is on no disk that was given"
            if root.tree.leaveUnmounted(place, because: .notExported, reason) {
                remarks.append(
                    "\(place): \(line.device) is on no disk that was given, so that what stands there is not known; "
                        + "give its volume with --disk FILE")
            }
            return
        }
        guard found.count == 1 else {
            let reason =
                "\(line.device) expected here by \(line.evidence.shortPlace), which "
                + found.map(\.name).joined(separator: " and ") + " are called"
            if root.tree.leaveUnmounted(place, because: .undecided, reason) { remarks.append("\(place): \(reason)") }
            return
        }
        mount(volume, at: place, isByType: false)
    }

    private mutating func mount(_ volume: DiskVolume, at place: ImagePath, isByType: Bool) {
        do throws(FormatError) {
            let fileSystem = try volume.open()
            guard root.tree.mount(fileSystem, at: place) else {
                remarks.append("\(place): no directory stands there, and \(volume.name) is not mounted")
                return
            }
            mounts.append(
                DiskDescription.Mount(
                    mountPoint: place, volume: volume.name, fileSystem: volume.signature?.format.rawValue ?? "",
                    isByType: isByType))
        } catch {
            let reason = "\(volume.name) expected here, which cannot be read: \(error.reason)"
            if root.tree.leaveUnmounted(place, because: Problem.Code(error), reason) {
                remarks.append("\(place): \(reason)")
            }
        }
    }

    /// An EFI system partition without a line in fstab stands where such a line would put it.
    private mutating func mountEFISystemPartition() {
        let own = volumes.filter { $0.disk == root.volume.disk && $0.partition?.purpose == .efiSystem }
        guard own.count == 1, !mounts.contains(where: { $0.volume == own[0].name }) else { return }
        let places: [ImagePath] = ["/boot/efi", "/efi"]
        guard
            let place = places.first(where: { place in
                guard case .found(let inode, _) = root.tree.walk(place.components, followingLast: true) else {
                    return false
                }
                return root.tree.inodes[inode].listing == nil && root.tree.names(in: inode).isEmpty
                    && root.tree.inodes[inode].listing == nil
            })
        else { return }
        mount(own[0], at: place, isByType: true)
    }

    /// Without fstab nobody knows what belongs into a directory that is empty.
    private mutating func leaveEmptyDirectories(_ problem: Problem) {
        remarks.append("what is mounted where is not known: \(problem)")
        for place in ["/boot", "/boot/efi", "/usr", "/var"] as [ImagePath] {
            guard case .found(let inode, _) = root.tree.walk(place.components, followingLast: true),
                root.tree.inodes[inode].listing == nil, root.tree.names(in: inode).isEmpty
            else { continue }
            _ = root.tree.leaveUnmounted(place, because: problem.code, "what is mounted here is not known: \(problem)")
        }
    }
}
