/// The subvolumes of a btrfs among which the root is.

import ByteParsing
public import DiskImages
import FileSystems

extension OpenVolume {
    /// Where systems put their root by habit: Fedora, Ubuntu and openSUSE, Debian.
    private static let habits = ["root", "@", "@rootfs"]
    /// How many subvolumes are looked into where none of those holds a system.
    private static let limit = 256

    /// The roots that a volume may hold. Of a btrfs these are the default subvolume, those that systems put their root
    /// into by habit, and what the fstab of any of them calls the root; where none of them holds a system all others, of
    /// which most are snapshots.
    static func roots(on volume: DiskVolume) throws(FormatError) -> [OpenVolume] {
        let first = try OpenVolume(volume)
        guard let btrfs = first.btrfs else { return [first] }
        let subvolumes: Subvolumes
        do throws(FormatError) {
            subvolumes = try btrfs.subvolumes()
        } catch {
            guard case .present = first.system else { throw error }
            return [first]
        }
        var roots: [OpenVolume] = []
        var holdsSystem = false
        func look(into number: UInt64) throws(FormatError) {
            guard !roots.contains(where: { $0.subvolume == number }) else { return }
            let root = number == first.subvolume ? first : OpenVolume(volume, try btrfs.showing(number))
            roots.append(root)
            guard case .present = root.system else { return }
            holdsSystem = true
            if let line = root.rootLine, volume.isNamed(line.device),
                case .subvolume(let named) = subvolumes.answer(to: line.options)
            {
                try look(into: named.number)
            }
        }
        for number in [btrfs.subvolume] + habits.compactMap({ subvolumes.subvolume(at: $0)?.number }) {
            try look(into: number)
        }
        guard !holdsSystem else { return roots }
        for subvolume in subvolumes.all.prefix(limit) { try look(into: subvolume.number) }
        return roots
    }

    /// Its file system, where that has subvolumes.
    var btrfs: BtrfsFileSystem? { fileSystem as? BtrfsFileSystem }

    /// The number of the subvolume; nil of other file systems.
    var subvolume: UInt64? { btrfs?.subvolume }

    /// What is known of all subvolumes beside it.
    var subvolumes: Observation<Subvolumes> {
        guard let btrfs else { return .absent(searched: []) }
        do throws(FormatError) {
            return .present(try btrfs.subvolumes(), [])
        } catch {
            return .unreadable([], Problem(error, at: .root))
        }
    }

    private var known: Subvolumes.Subvolume? { subvolume.flatMap { subvolumes.value?.subvolume($0) } }

    /// As the kernel shows it in /proc/mounts: `/@/.snapshots/1/snapshot`; nil of other file systems.
    var subvolumePath: String? { known?.mountedPath }

    /// `partition 4 (btrfs, label fedora)`, and of a btrfs which subvolume.
    var description: String {
        volume.description + (known.map { ", \($0.name)" } ?? "")
    }

    /// Whether it is what a kernel mounts as the root.
    func isMounted(as root: BootedRoot) -> Bool {
        guard volume.isNamed(root.device) else { return false }
        guard let subvolume else { return true }
        guard case .subvolume(let found)? = subvolumes.value?.answer(to: root.options) else { return false }
        return found.number == subvolume
    }
}

extension DiskVolume {
    /// The subvolumes of a btrfs; absent of other file systems.
    var subvolumes: Observation<Subvolumes> {
        do throws(FormatError) {
            return try OpenVolume(self).subvolumes
        } catch {
            return .unreadable([], Problem(error, at: .root))
        }
    }
}

extension Subvolumes.Subvolume {
    /// As the kernel shows it in /proc/mounts; its number where the path is not known.
    var mountedPath: String { path.map { "/" + $0 } ?? String(number) }
}

extension DiskLayout.Volume {
    /// What a mount of it with these options shows; nil where it has no subvolumes.
    public func subvolume(by options: [String]) -> Subvolumes.Answer? {
        switch subvolumes {
        case .absent: nil
        case .present(let subvolumes, _): subvolumes.answer(to: options)
        case .unreadable(_, let problem): .unknown("its subvolumes cannot be listed (\(problem.reason))")
        }
    }
}
