/// Where the names lead by which the boot entry and fstab call the root.

import Booting
import ImageFacts
import ImageReading

/// The verdicts on the names of a root.
struct RootNames {
    private let disk: DiskLayout
    let root: DiskLayout.Volume
    let facts: Facts
    private let kernel: BootingKernel
    /// The boot entry.
    let evidence: [Evidence]

    init(
        _ disk: DiskLayout, _ root: DiskLayout.Volume, _ facts: Facts, _ kernel: BootingKernel, _ evidence: [Evidence]
    ) {
        self.disk = disk
        self.root = root
        self.facts = facts
        self.kernel = kernel
        self.evidence = evidence
    }

    /// The failure that no host survives, both where there are two; else what is open, else advice.
    var gravest: Verdict {
        let (entry, table) = (ofEntry, ofTable)
        guard let table else { return entry }
        switch (entry.kind, table.level) {
        case (.fail, nil):
            return .fail(
                "\(entry.message); \(table.message)", entry.evidence + table.evidence, remedy: entry.remedy)
        case (.fail, _?), (.undetermined, _?): return entry
        default: return table
        }
    }

    /// What `root=` leads to.
    private var ofEntry: Verdict {
        guard let entry = kernel.entry else {
            return .undetermined(
                "no boot entry was found that says by root= which file system becomes the root", evidence,
                remedy: [.sentence("write the boot loader's configuration, in which an entry has root=UUID=...")])
        }
        guard let name = entry.root else { return unnamed(entry) }
        switch answer(to: name) {
        case .volumes(let found) where found == [root]:
            return ofSubvolume(entry, name) ?? .pass("root=\(name) is \(root.name), the root", evidence)
        case .volumes(let found) where found.contains(root):
            return .undetermined(
                "\(found.map(\.name).joined(separator: " and ")) are all called root=\(name), and which becomes the root is "
                    + "not decided", evidence,
                remedy: [
                    .sentence("give one of them another UUID and label (`tune2fs -U random`, `xfs_admin -U generate`)")
                ])
        case .volumes(let found): return other(found, "root=\(name) of the boot entry \"\(entry.title)\"")
        case .missing:
            return .fail(
                "\(mention(entry)) mounts root=\(name), and no volume of the disk is called so (\(names(like: name))): the "
                    + "boot waits for it and ends before any service", evidence, remedy: rename)
        case .unknown:
            return .undetermined(
                "whether root=\(name) leads to \(root.name), the root: the disk does not show it", evidence,
                remedy: rename)
        }
    }

    func mention(_ entry: BootEntry) -> String { "the boot entry \"\(entry.title)\"" }

    /// The kernel panics where nobody tells it, and an initramfs may know it by itself: by the hidden copy of a command
    /// line in it, by the partition's type, by its own rules.
    private func unnamed(_ entry: BootEntry) -> Verdict {
        let remedy: [RemedyStep] = [.sentence("add root=UUID=... to the arguments of the boot entry")]
        let isAlone =
            entry.initramfs.isEmpty && facts.kernelConfiguration.value?.texts[.initramfsSource]?.isEmpty == true
        guard isAlone else {
            return .undetermined(
                "\(mention(entry)) has no root=: whether its initramfs finds \(root.name), the root, by itself is not known",
                evidence, remedy: remedy)
        }
        return .fail(
            "\(mention(entry)) has neither root= nor an initramfs: the kernel panics", evidence, remedy: remedy)
    }

    /// PARTUUID=X/PARTNROFF=N is the kernel's own: so many partitions behind the one of that name (Linux
    /// block/early-lookup.c).
    private func answer(to name: String) -> DiskLayout.Answer {
        let parts = name.components(of: "/PARTNROFF=")
        guard parts.count == 2, name.hasPrefix("PARTUUID=") else { return disk.answer(to: name) }
        guard kernel.entry?.initramfs.isEmpty == true, let offset = Int(parts[1]) else { return .unknown }
        guard case .volumes(let found) = disk.answer(to: parts[0]), let first = found.first, let number = first.number
        else {
            return .missing
        }
        let meant = disk.volumes.filter { $0.disk == first.disk && $0.number == number &+ offset }
        return meant.isEmpty ? .missing : .volumes(meant)
    }

    /// A volume that is there and is not the root.
    private func other(_ found: [DiskLayout.Volume], _ who: String) -> Verdict {
        let names = found.map(\.name).joined(separator: " and ")
        let elsewhere = found.compactMap(\.mountPoint).first
        if elsewhere != nil || found.allSatisfy({ $0.format == "vfat" || $0.format == "swap" }) {
            let what = elsewhere.map { "which is mounted at \($0)" } ?? "which is no root"
            return .fail(
                "\(who) is \(names), \(what), and the root is on \(root.name): the boot finds no system", evidence,
                remedy: rename)
        }
        return .undetermined(
            "\(who) is \(names), and the root that was read is on \(root.name): another system boots than the one judged",
            evidence,
            remedy: [
                .sentence(
                    """
                    judge the other by --partition \(found.first?.logicalVolume?.path ?? "NUMBER"), or name \(root.name) by \
                    root=
                    """)
            ])
    }

    /// `partition 1, the root, has UUID=...`.
    private func names(like name: String) -> String {
        let own: String? =
            switch DeviceName(name) {
            case .uuid: root.uuid.map { "UUID=\($0)" }
            case .label: root.label.map { "LABEL=\($0)" }
            case .partitionUUID: root.partitionUUID.map { "PARTUUID=\($0)" }
            case .partitionLabel: root.partitionLabel.map { "PARTLABEL=\($0)" }
            case .partition, .logicalVolume, .logicalVolumeUUID, .other: "the root is \(root.name)"
            }
        guard let own else { return "\(root.name), the root, has none of that kind" }
        return own.contains("=") ? "\(root.name), the root, is \(own)" : own
    }

    private var rename: [RemedyStep] {
        guard let uuid = root.uuid else { return [] }
        return [
            .sentence(
                """
                let root= and the line of / in /etc/fstab name UUID=\(uuid), and write the boot loader's configuration anew \
                (`grub2-mkconfig -o /boot/grub2/grub.cfg`, `grubby --update-kernel=ALL --args=root=UUID=\(uuid)`, \
                `update-grub`)
                """)
        ]
    }

    /// The line of / in fstab, by which the root is mounted anew with its options. A tag that nobody has ends that in an
    /// error (util-linux, libmount: "can't find UUID="), and the root stays as the kernel mounted it.
    private var ofTable: Verdict? {
        guard let line = facts.fileSystemTable.value?.mounts.last(where: { $0.mountPoint == .root && !$0.isSwap }),
            facts.fileSystemTable.value?.switchedOff == nil
        else { return nil }
        let place = "\(line.evidence.prefix)\(line.device) at /"
        switch disk.answer(to: line.device) {
        case .volumes(let found) where found.contains(root): return nil
        case .unknown: return nil
        case .volumes(let found):
            return Verdict.fail(
                "\(place) is \(found.map(\.name).joined(separator: " and ")), and the root is on \(root.name)",
                [line.evidence], remedy: rename
            ).counting(as: .recommended)
        case .missing: break
        }
        let what = "\(place), and no volume of the disk is called so (\(names(like: line.device)))"
        if case .partition = DeviceName(line.device) {
            return Verdict.fail(what, [line.evidence], remedy: rename).counting(as: .recommended)
        }
        let isTag = !line.device.hasPrefix("/dev/")
        guard isTag, facts.firstProcess.value?.isRootWritable != true else {
            return Verdict.fail(
                "\(what): the root is not mounted anew with its options", [line.evidence], remedy: rename
            ).counting(as: .recommended)
        }
        return .fail(
            "\(what): it is not mounted anew, and stays read-only as the kernel mounts it: neither Docker nor user data can "
                + "write", [line.evidence], remedy: rename)
    }
}

extension String {
    /// What stands before and behind a mark that stands there once.
    fileprivate func components(of mark: String) -> [String] {
        guard let range = firstRange(of: mark) else { return [self] }
        return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
    }
}
