/// What each line of fstab does to the boot.

import Booting
import ImageFacts
import ImageReading

/// The verdicts on the lines of an fstab.
struct MountVerdicts {
    private let fstab: FileSystemTable
    private let devices: MountDevices
    private let kernel: ReleaseVersion?
    private let hasMetadata: Bool
    /// The disk whose volumes are known; nil where the image is none.
    let disk: DiskLayout?
    /// Whether the kernel command line says `ro`.
    private let isRootMountedReadOnly: Bool

    init(_ fstab: FileSystemTable, _ facts: Facts, _ metadata: AMIMetadata?) {
        self.fstab = fstab
        devices = MountDevices(fstab, facts, metadata)
        kernel = facts.bootingKernel.value.flatMap { ReleaseVersion($0.version) }
        hasMetadata = metadata?.devices != nil
        disk = facts.disk.value
        isRootMountedReadOnly = facts.bootingKernel.value?.commandLine?.last { $0 == "ro" || $0 == "rw" } == "ro"
    }

    /// All failures that no host survives as one verdict; else the first that is open, else advice; nil where every
    /// line may stay.
    var gravest: Verdict? {
        let all = fstab.mounts.compactMap(verdict) + held + [otherRoot].compactMap(\.self)
        let fatal = all.filter { $0.kind == .fail && $0.level == nil }
        if let first = fatal.first, fatal.count > 1 {
            return .fail(
                fatal.map(\.message).joined(separator: "; "), fatal.flatMap(\.evidence),
                remedy: fatal.reduce(first.remedy) { steps, verdict in
                    steps + verdict.remedy.filter { step in !steps.contains { $0.isOfSameLine(as: step) } }
                })
        }
        return fatal.first ?? all.first { $0.kind == .undetermined } ?? all.first
    }

    /// What a pass says.
    var words: String {
        let awaited = fstab.mounts.filter(\.isAwaited)
        guard !awaited.isEmpty else { return "no line of /etc/fstab can hold the boot up" }
        let points = shortened(awaited.map(\.mountPoint.text))
        return "what the boot waits for by /etc/fstab is there on every instance: \(points)"
    }

    private func verdict(on mount: FileSystemTable.Mount) -> Verdict? {
        let line = mount.evidence.prefix
        if mount.mountPoint == .root { return rootRefused(mount) }
        if mount.isAwaited, let option = MountOptions.refused(of: mount, kernel: kernel) {
            return .fail(
                "\(line)\(mount.type) refuses the option \(option) of \(mount.mountPoint), and \(Self.emergency)",
                [mount.evidence], remedy: without(option, mount))
        }
        guard mount.isAwaited else { return wait(for: mount) }
        if mount.type == "efs" {
            return .fail(
                """
                \(line)\(mount.mountPoint) is of type efs without _netdev: systemd mounts it before there is a network, \
                and \(Self.emergency)
                """,
                [mount.evidence],
                remedy: [
                    mount.writing { $0 + ["_netdev", "nofail"] }
                        ?? .sentence("add `_netdev,nofail` to the options of the line")
                ])
        }
        if mount.type == "vfat", let verdict = vfat(mount) { return verdict }
        if mount.isSourceMissing {
            return .fail(
                "\(line)\(mount.device), to be mounted at \(mount.mountPoint), is not in the image, and \(Self.emergency)",
                [mount.evidence], remedy: nofail(mount))
        }
        switch devices.answer(for: mount) {
        case .comes?, nil: return lackOfSubvolume(mount)
        case .isMissing?:
            return .fail(
                "\(line)\(lack(of: mount)), to be mounted at \(mount.mountPoint), and \(Self.emergency)",
                [mount.evidence], remedy: nofail(mount))
        case .notShown?:
            let lacking =
                hasMetadata
                ? "AMI metadata does not show it"
                : disk != nil ? "no volume of the disk is called so" : "nothing in the image shows it"
            return .undetermined(
                """
                \(line)whether every instance has \(mount.device), to be mounted at \(mount.mountPoint) without nofail: \
                \(lacking), and where it does not come \(Self.emergency)
                """,
                [mount.evidence],
                remedy: nofail(mount)
                    + [.sentence("or pass the AMI's metadata, whose block device mappings show the instance's disks")])
        }
    }

    static let emergency = "the boot ends in emergency mode"

    /// Who has the device not, where nobody has it.
    private func lack(of mount: FileSystemTable.Mount) -> String {
        guard disk != nil else { return "the AMI's block device mappings have no \(mount.device)" }
        let other = hasMetadata ? ", nor do the AMI's block device mappings bring it" : ""
        return "the disk has no \(mount.device)\(other)"
    }

    func nofail(_ mount: FileSystemTable.Mount) -> [RemedyStep] {
        guard let edit = mount.writing({ $0.filter { $0 != "fail" } + ["nofail"] }) else {
            return [.sentence("add nofail to the options of \(mount.mountPoint) in /etc/fstab, or take the line out")]
        }
        return [edit, .sentence("or take the line out")]
    }

    private func without(_ option: String, _ mount: FileSystemTable.Mount) -> [RemedyStep] {
        guard let edit = mount.writing({ $0.filter { $0 != option } }) else {
            return [.sentence("take the option \(option) out of the line, or mend how it is written")]
        }
        return [edit, .sentence("or mend how \(option) is written")]
    }

    /// systemd-remount-fs gives the root, mounted read-only before, the options of fstab, and none where one is refused.
    private func rootRefused(_ mount: FileSystemTable.Mount) -> Verdict? {
        guard isRootMountedReadOnly, let option = MountOptions.refused(of: mount, kernel: kernel) else { return nil }
        return .fail(
            """
            \(mount.evidence.prefix)\(mount.type) refuses the option \(option) of the root, which stays read-only as the \
            kernel command line says (ro): neither Docker nor user data can write
            """,
            [mount.evidence], remedy: without(option, mount))
    }

    private func vfat(_ mount: FileSystemTable.Mount) -> Verdict? {
        switch fstab.vfat {
        case .absent: return nil
        case .present(let line, _):
            return .fail(
                """
                \(line.prefix)vfat is switched off, and \(mount.device) is to be mounted as vfat at \(mount.mountPoint) \
                (\(mount.evidence.place)): \(Self.emergency)
                """,
                [line, mount.evidence],
                remedy: [
                    line.loadingAgain, .sentence("or add nofail to the options of \(mount.mountPoint) in /etc/fstab"),
                ])
        case .unreadable(let evidence, let problem):
            return .undetermined(
                """
                \(mount.evidence.prefix)whether \(mount.mountPoint) can be mounted: vfat is switched off in modprobe.d, \
                and whether it is a part of the kernel is not known (\(problem))
                """,
                evidence + [mount.evidence],
                remedy: nofail(mount))
        }
    }

    /// A wait, where the line may keep the boot waiting and not from its end.
    private func wait(for mount: FileSystemTable.Mount) -> Verdict? {
        guard !mount.isLeftAlone, !mount.mayFail else { return nil }
        if mount.isOfNetwork {
            return Verdict.fail(
                """
                \(mount.evidence.prefix)the boot waits for \(mount.mountPoint) where its server does not answer, since the \
                line has no nofail
                """,
                [mount.evidence], remedy: nofail(mount)
            ).counting(as: .recommended)
        }
        if mount.isSwap, devices.answer(for: mount) == .isMissing {
            return Verdict.fail(
                """
                \(mount.evidence.prefix)\(lack(of: mount)), for which the boot waits 90 seconds as swap
                """,
                [mount.evidence], remedy: nofail(mount)
            ).counting(as: .recommended)
        }
        return nil
    }

    /// Places that have to be written to, or executed, and what is mounted there.
    private var held: [Verdict] {
        let mounted = fstab.mounts.filter { !$0.isLeftAlone && !$0.isSwap }
        let readOnly = (["/var/lib/docker", "/etc/ecs"] as [ImagePath]).compactMap { place in
            mounted.filter { place.isWithin($0.mountPoint) }.max {
                $0.mountPoint.text.utf8.count < $1.mountPoint.text.utf8.count
            }
            .flatMap { $0.isReadOnly ? (place: place, mount: $0) : nil }
        }
        guard let first = readOnly.first else { return [] }
        let places = readOnly.filter { $0.mount == first.mount }.map(\.place.text).joined(separator: " and ")
        let device = devices.answer(for: first.mount)
        if first.mount.mountPoint != .root, first.mount.mayFail, device == .notShown || device == .isMissing {
            return []
        }
        return [
            .fail(
                """
                \(first.mount.evidence.prefix)\(first.mount.mountPoint) is mounted read-only, and \(places) on it cannot \
                be written: \(first.place == "/etc/ecs" ? "user data cannot name the cluster" : "Docker does not start")
                """,
                [first.mount.evidence],
                remedy: [
                    first.mount.writing { $0.map { $0 == "ro" ? "rw" : $0 } }
                        ?? .sentence("write rw, or defaults, in the place of ro in the line")
                ])
        ]
    }

    /// The boot entry and fstab name different file systems as the root: one of them is no more.
    private var otherRoot: Verdict? {
        // On a disk root-device knows which of the two is right.
        guard disk == nil, let entry = fstab.rootDevice,
            let line = fstab.mounts.first(where: { $0.mountPoint == .root }),
            ["UUID=", "PARTUUID=", "LABEL="].contains(where: { entry.hasPrefix($0) && line.device.hasPrefix($0) }),
            entry.lowercased() != line.device.lowercased()
        else { return nil }
        return .undetermined(
            """
            \(line.evidence.prefix)the boot entry mounts root=\(entry) and fstab \(line.device) at /: one of them names a \
            file system that this image is not on, and with a wrong root= it does not boot
            """,
            [line.evidence],
            remedy: [
                .sentence(
                    """
                    let both name the root's file system as `blkid` shows it, and make the boot loader's configuration \
                    anew
                    """)
            ])
    }
}
