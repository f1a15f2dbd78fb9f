/// Which volume of a disk is the root of its system.

import ByteParsing
import DiskImages
import FileSystems

/// A volume whose file system is open.
struct OpenVolume {
    let volume: DiskVolume
    let tree: OnDemandTree
    let fileSystem: any FileSystem

    /// Opens it. Throws where there is no file system that can be read.
    init(_ volume: DiskVolume) throws(FormatError) {
        self.init(volume, try volume.open())
    }

    init(_ volume: DiskVolume, _ fileSystem: any FileSystem) {
        self.volume = volume
        self.fileSystem = fileSystem
        tree = OnDemandTree(fileSystem)
    }

    /// The same with nothing mounted on it.
    fileprivate var unmounted: OpenVolume { OpenVolume(volume, fileSystem) }

    /// What a reader should know of its file system.
    var remarks: [String] { fileSystem.remarks.map { "\(volume.name): \($0)" } }

    /// What its fstab says; the tree's other answers are not asked for.
    var fstab: Observation<Fstab> {
        Fstab.observe(in: RootFilesystem(image: ImageDescription(name: "", kind: "disk"), tree: tree))
    }

    /// Whether a system was installed on it: what shows one; unreadable where a directory that may hold it is.
    var system: Observation<ImagePath> {
        let signs: [ImagePath] = ["/etc/os-release", "/usr/lib/os-release", "/etc/fstab"]
        var problem: Problem?
        for sign in signs {
            switch tree.walk(sign.components, followingLast: false) {
            case .found: return .present(sign, [Evidence(sign)])
            case .unreadable(let found): problem = problem ?? found
            case .missing, .loop: continue
            }
        }
        return problem.map { .unreadable([Evidence($0.path)], $0) } ?? .absent(searched: signs)
    }

    /// Whether its own fstab mounts it as the root.
    fileprivate var callsItselfRoot: Bool {
        guard let line = rootLine else { return false }
        return isMounted(as: BootedRoot(device: line.device, options: line.options))
    }

    /// The line of its fstab that mounts the root.
    var rootLine: Fstab.Line? { fstab.value?.lines.last { $0.mountPoint == .root && $0.type != "swap" } }
}

/// The volumes among which the root is.
struct DiskRoots {
    /// What stands on a disk.
    enum Root {
        case linux(OpenVolume)
        /// The largest volume with the file system of Windows, of a disk on which no Linux stands.
        case windows(DiskVolume)
    }

    private let volumes: [DiskVolume]
    private let image: String
    private let choice: DiskChoice

    init(_ volumes: [DiskVolume], image: String, _ choice: DiskChoice) {
        self.volumes = volumes
        self.image = image
        self.choice = choice
    }

    /// The root: the volume that is chosen, else the one that holds a system, and of several the one that its own fstab
    /// calls the root, then the one that the booting kernel mounts.
    func root() throws(ImageError) -> Root {
        if let partition = choice.partition { return .linux(try chosen(partition)) }
        var found: [OpenVolume] = []
        var unread: [String] = []
        // No Linux has its root on NTFS.
        let windows = volumes.filter { $0.signature?.format == .ntfs }
        for volume in volumes where volume.mayHoldFiles && volume.signature?.format != .ntfs {
            do throws(FormatError) {
                for open in try OpenVolume.roots(on: volume) {
                    switch open.system {
                    case .present: found.append(open)
                    case .unreadable(_, let problem): unread.append("\(open.description): \(problem)")
                    case .absent: continue
                    }
                }
            } catch {
                unread.append("\(volume.description): \(error.reason)")
            }
        }
        // What cannot be read may be the root as well.
        if found.count == 1, unread.isEmpty { return .linux(found[0]) }
        if let root = decided(found) { return .linux(root) }
        guard found.isEmpty else {
            let named = found.filter(\.callsItselfRoot)
            let names = (named.isEmpty ? found : named).map(\.description) + unread
            let choice = found.contains { $0.volume.logical == nil } ? "NUMBER" : "VG/LV"
            throw ImageError(
                .noRoot, image: image,
                "one partition with a root file system expected, \(names.joined(separator: "; ")) found; "
                    + "say with --partition \(choice) which is meant")
        }
        guard unread.isEmpty else {
            let others = volumes.map(\.description).filter { volume in !unread.contains { $0.hasPrefix(volume) } }
            throw ImageError(
                .diskImage, image: image,
                "a root file system expected on one of the partitions, none found on those that can be read"
                    + (others.isEmpty ? "; " : " (\(others.joined(separator: ", "))); ")
                    + unread.joined(separator: "; ") + "; \(ImageError.mountElsewhere)")
        }
        if let volume = windows.max(by: { $0.source.size < $1.source.size }), !volumes.contains(where: \.isUnknownLinux)
        {
            return .windows(volume)
        }
        let all = volumes.isEmpty ? "no partition" : volumes.map(\.description).joined(separator: ", ")
        throw ImageError(
            .noRoot, image: image,
            "a root file system expected on one of the partitions (os-release or fstab in it), none found: \(all)")
    }

    /// Of several systems the one that its own fstab calls the root, or of these the one that the booting kernel mounts.
    private func decided(_ found: [OpenVolume]) -> OpenVolume? {
        let named = found.filter(\.callsItselfRoot)
        if named.count == 1 { return named[0] }
        let several = named.isEmpty ? found : named
        let booted = Set(several.compactMap(bootedRoot))
        let booting = several.filter { root in booted.contains(where: root.isMounted) }
        return booting.count == 1 ? booting[0] : nil
    }

    /// What the boot loader's configuration of a system names as the root, seen with all that it mounts.
    private func bootedRoot(of open: OpenVolume) -> BootedRoot? {
        let root = open.unmounted
        var mounting = DiskMounting(root: root, volumes: volumes)
        mounting.mountAll()
        return choice.bootedRoot(RootFilesystem(image: ImageDescription(name: image, kind: "disk"), tree: root.tree))
    }

    private func chosen(_ choice: String) throws(ImageError) -> OpenVolume {
        let matching = volumes.filter { volume in
            volume.disk == 0 && volume.partition.map { String($0.number) == choice } ?? false
        }
        let named = volumes.filter { volume in
            let names = [
                volume.partition?.name, volume.signature?.label, volume.signature?.uuid, volume.partition?.uuid,
                volume.known.logicalVolume?.path,
            ]
            return names.contains(choice) || volume.logical != nil && volume.isNamed(choice)
        }
        let all = matching.isEmpty ? named : matching
        guard all.count == 1 else {
            let what = all.isEmpty ? volumes : all
            throw ImageError(
                .noRoot, image: image,
                "one partition expected that is '\(choice)' (--partition), \(all.isEmpty ? "none" : "several") found: "
                    + what.map(\.description).joined(separator: ", "))
        }
        let root: OpenVolume
        do throws(FormatError) {
            // Of a btrfs the subvolume that calls itself the root, or boots; else the first that holds a system.
            let roots = try OpenVolume.roots(on: all[0])
            let systems = roots.filter { $0.system.value != nil }
            root = decided(systems) ?? systems.first ?? roots[0]
        } catch {
            throw ImageError(.diskImage, image: image, "\(all[0].description): \(error.reason)")
        }
        guard root.tree.holdsRoot(root.tree.root) else {
            throw ImageError.noRoot(image, found: root.tree.names(in: root.tree.root))
        }
        return root
    }
}
