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

    init(root: OpenVolume, volumes: [DiskVolume]) {
        self.root = root
        self.volumes = volumes
        remarks = root.remarks
    }

    /// Mounts everything as the boot does: what lies less deep first, and a directory that is shown elsewhere after what
    /// is mounted above it.
    mutating func mountAll() {
        let fstab = root.fstab
        if let problem = fstab.problem { leaveEmptyDirectories(problem) }
        var pending = planned(fstab.value?.lines ?? [])
        while !pending.isEmpty {
            // In a circle of them the first is as good as any.
            let next = pending.firstIndex { mount in !pending.contains { $0.comes(before: mount) } } ?? 0
            mount(pending.remove(at: next))
        }
        mountEFISystemPartition()
    }

    /// The lines that change what stands in the image, each with its real place, those less deep first.
    private mutating func planned(_ lines: [Fstab.Line]) -> [PlannedMount] {
        let wanted = lines.compactMap(PlannedMount.init)
        guard wanted.count <= PlannedMount.limit else {
            let reason = "at most \(PlannedMount.limit) lines that mount something expected, \(wanted.count) found"
            leaveEmptyDirectories(Problem(.tooLarge, at: Fstab.want.path, reason))
            return []
        }
        var planned: [PlannedMount] = []
        for var mount in wanted {
            guard let place = root.tree.mountPoint(mount.place) else {
                remarks.append("\(mount.place): links that lead to a directory expected, and nothing is mounted here")
                continue
            }
            mount.place = place
            guard let earlier = planned.firstIndex(where: { $0.place == place }) else {
                planned.append(mount)
                continue
            }
            let (first, other) = (planned[earlier].line, mount.line)
            if first.device != other.device || first.type != other.type {
                let taken = startsWithSystemd ? "the first, which systemd takes" : "the last, which mount(8) takes"
                remarks.append(
                    "\(place): \(first.evidence.shortPlace) and \(other.evidence.shortPlace) mount here; it is read as "
                        + "by \(taken)")
            }
            if !startsWithSystemd { planned[earlier] = mount }
        }
        return planned.enumerated().sorted {
            ($0.element.place.components.count, $0.offset) < ($1.element.place.components.count, $1.offset)
        }.map(\.element)
    }

    /// Whether systemd mounts the lines: of several for one place it makes a unit of the first alone (systemd
    /// src/shared/generator.c, generator_open_unit_file: "Duplicate entry"). Others mount one over the other.
    private var startsWithSystemd: Bool {
        if case .found = root.tree.walk(["etc", "systemd"], followingLast: true) { true } else { false }
    }

    private mutating func mount(_ mount: PlannedMount) {
        let (line, place) = (mount.line, mount.place)
        switch mount.source {
        case .nothing: _ = root.tree.hide(place)
        // Where it is not there, nothing is mounted at boot either.
        case .directory(let directory): _ = root.tree.bind(directory, at: place)
        case .file:
            leaveUnmounted(
                place, because: .unsupported,
                "\(line.device), a file, expected here by \(line.evidence.shortPlace), and file systems in files are "
                    + "not read")
        case .volume: mountVolume(line, at: place)
        }
    }

    private mutating func mountVolume(_ line: Fstab.Line, at place: ImagePath) {
        // A volume that was copied has the same names: the one on the root's own disk is meant. Of two volume groups with
        // one name LVM takes neither.
        let all = volumes.filter { $0.isNamed(line.device) }
        let near = all.filter { $0.disk == root.volume.disk }
        let areNamesakes = all.count > 1 && all.allSatisfy { $0.logical?.groupUUID != nil }
        let found = near.isEmpty || areNamesakes ? all : near
        let expected = "\(line.device) expected here by \(line.evidence.shortPlace)"
        guard let volume = found.first else {
            let holders = volumes.filter(\.hidesVolumes)
            guard holders.isEmpty else {
                return leaveUnmounted(
                    place, because: .unsupported,
                    "\(expected), which no partition is called that can be read; it may lie on "
                        + holders.map { $0.description + ($0.problem.map { ": \($0.reason)" } ?? "") }
                        .joined(separator: ", "))
            }
            return leaveUnmounted(
                place, because: .notExported, "\(expected), which is on no disk that was given",
                advice: "; give its volume with --disk FILE")
        }
        guard found.count == 1 else {
            return leaveUnmounted(
                place, because: .undecided,
                "\(expected), which "
                    + found.map(\.name).joined(separator: " and ") + " are called")
        }
        mount(volume, at: place, line.options, isByType: false)
    }

    private mutating func leaveUnmounted(
        _ place: ImagePath, because code: Problem.Code, _ reason: String, advice: String = ""
    ) {
        if root.tree.leaveUnmounted(place, because: code, reason) { remarks.append("\(place): \(reason)\(advice)") }
    }

    private mutating func mount(
        _ volume: DiskVolume, at place: ImagePath, _ options: [String] = [], isByType: Bool
    ) {
        do throws(FormatError) {
            let open = try volume.name == root.volume.name ? root : OpenVolume(volume)
            guard let (fileSystem, subvolume) = try subvolume(of: open, options, at: place) else { return }
            guard root.tree.mount(fileSystem, at: place) else {
                remarks.append("\(place): no directory stands there, and \(volume.name) is not mounted")
                return
            }
            // Of a volume that is mounted more than once they are said once.
            remarks += fileSystem.remarks.map { "\(volume.name): \($0)" }.filter { !remarks.contains($0) }
            mounts.append(
                DiskDescription.Mount(
                    mountPoint: place, volume: volume.name, fileSystem: volume.signature?.format.rawValue ?? "",
                    subvolume: subvolume, isByType: isByType))
        } catch {
            leaveUnmounted(
                place, because: volume.logical?.lacking.isEmpty == false ? .notExported : Problem.Code(error),
                "\(volume.name) expected here, which cannot be read: \(error.reason)")
        }
    }

    /// What a mount with these options shows, and of a btrfs the path of that subvolume; nil where nothing is mounted.
    private mutating func subvolume(
        of open: OpenVolume, _ options: [String], at place: ImagePath
    ) throws(FormatError) -> (any FileSystem, String?)? {
        guard let btrfs = open.btrfs else { return (open.fileSystem, nil) }
        switch try btrfs.subvolumes().answer(to: options) {
        case .subvolume(let found): return (try btrfs.showing(found.number), found.mountedPath)
        case .refused(let reason):
            leaveUnmounted(
                place, because: .notExported,
                "a subvolume of \(open.volume.name) expected here, which Linux does not mount: \(reason)")
        case .unknown(let reason):
            leaveUnmounted(
                place, because: .undecided, "a subvolume of \(open.volume.name) expected here: \(reason)")
        }
        return nil
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
