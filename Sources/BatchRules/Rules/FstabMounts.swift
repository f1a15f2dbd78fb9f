/// fstab-mounts: what fstab mounts is there.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let fstabMounts = Rule(
        id: "fstab-mounts",
        level: .required,
        or: .recommended,
        title: "what fstab mounts is there",
        group: .boot,
        question: "Can everything be mounted that /etc/fstab has mounted before an instance's services start?",
        reason: """
            systemd waits 90 seconds for a local file system of fstab that does not come, then ends the boot in emergency \
            mode, where nobody logs in: no network, no agent, no job. File systems of the network and swap are only waited \
            for.
            """,
        consequence: "no host comes to take jobs, and they stay in RUNNABLE",
        decidedBy: """
            The lines of /etc/fstab with their options (nofail, noauto, x-systemd.automount, _netdev), as systemd's \
            fstab-generator takes them; the root's device there and in the boot entry; the AMI's block device mappings \
            where AMI metadata is given; lines of modprobe.d that switch vfat off, where it is no part of the kernel.
            """,
        remedy: """
            add `nofail` to the options of every line of /etc/fstab without which the host can work, and take lines of \
            disks out that its instances do not have
            """,
        reference: "https://www.freedesktop.org/software/systemd/man/latest/systemd.mount.html#fstab"
    ) { facts, policy in
        facts.fileSystemTable.verdict(absent: .pass("there is no /etc/fstab")) { fstab, _ in
            if let word = fstab.switchedOff {
                return .pass("\(word.text) on the kernel command line: fstab is not read", [word])
            }
            let judged = MountVerdicts(fstab, facts, policy.amiMetadata)
            return judged.gravest ?? .pass(judged.words, fstab.mounts.map(\.evidence))
        }
    }
}
