/// What the options subvol= and subvolid= lead to, in the boot entry and in fstab.

import Booting
import ImageFacts
import ImageReading

extension RootNames {
    /// What `rootflags=` makes of a root that is a subvolume; nil where it is none.
    func ofSubvolume(_ entry: BootEntry, _ name: String) -> Verdict? {
        guard let answer = root.subvolume(by: entry.rootFlags) else { return nil }
        let flag = entry.rootFlags.last { $0.hasPrefix("subvol=") || $0.hasPrefix("subvolid=") }
        let words = flag.map { "rootflags=\($0)" } ?? "no subvolume in rootflags="
        let read = root.rootSubvolume.flatMap { root.subvolumes.value?.subvolume($0) }
        let own = read?.name ?? "another subvolume"
        let remedy: [RemedyStep] = [
            .sentence(
                """
                let rootflags= of the boot entry name the subvolume of the root \
                (`grubby --update-kernel=ALL --args=rootflags=\(flagOfRoot)`, or GRUB_CMDLINE_LINUX in /etc/default/grub and \
                the boot loader's configuration made anew)
                """)
        ]
        switch answer {
        case .subvolume(let found) where found.number == root.rootSubvolume:
            return .pass("root=\(name) is \(root.name), and \(found.name) on it the root", evidence)
        case .subvolume(let found):
            if let mount = facts.fileSystemTable.value?.mounts.first(where: { mount in
                mount.mountPoint != .root && root.isNamed(mount.device) && root.subvolume(by: mount.options) == answer
            }) {
                return .fail(
                    """
                    \(mention(entry)) mounts \(found.name) of \(root.name) as the root (\(words)), which belongs at \
                    \(mount.mountPoint) (\(mount.evidence.place)), and the root is \(own): the boot finds no system
                    """, evidence + [mount.evidence], remedy: remedy)
            }
            return .undetermined(
                """
                \(mention(entry)) mounts \(found.name) of \(root.name) as the root (\(words)), and the root that was read is \
                \(own): unless the initramfs knows better, not the system boots that was judged
                """, evidence, remedy: remedy)
        case .refused(let reason):
            return .fail(
                """
                \(mention(entry)) mounts root=\(name) with \(words), and \(reason): Linux mounts no root, and the boot ends \
                before any service
                """, evidence, remedy: remedy)
        case .unknown(let reason):
            return .undetermined(
                "whether root=\(name) with \(words) leads to \(own) of \(root.name), the root: \(reason)", evidence,
                remedy: remedy)
        }
    }

    /// `subvol=root`.
    private var flagOfRoot: String {
        guard let number = root.rootSubvolume else { return "subvol=..." }
        let path = root.subvolumes.value?.subvolume(number)?.path
        return path.map { "subvol=\($0.isEmpty ? "/" : $0)" } ?? "subvolid=\(number)"
    }
}

extension MountVerdicts {
    /// What is wrong with the subvolume that a line names; nil where it is there, and where the line names none.
    func lackOfSubvolume(_ mount: FileSystemTable.Mount) -> Verdict? {
        guard case .volumes(let found)? = disk?.answer(to: mount.device), found.count == 1 else { return nil }
        switch found[0].subvolume(by: mount.options) {
        case .subvolume?, nil: return nil
        case .refused(let reason)?:
            return .fail(
                """
                \(mount.evidence.prefix)\(mount.device), to be mounted at \(mount.mountPoint), is \(found[0].name), and \
                \(reason): \(Self.emergency)
                """,
                [mount.evidence],
                remedy: [
                    .sentence(
                        "let subvol= name a subvolume that is there (`btrfs subvolume list /`), or take the line out")
                ])
        case .unknown(let reason)?:
            return .undetermined(
                """
                \(mount.evidence.prefix)whether the subvolume is there that is to be mounted at \(mount.mountPoint): \(reason); \
                where it is not \(Self.emergency)
                """, [mount.evidence], remedy: nofail(mount))
        }
    }
}
