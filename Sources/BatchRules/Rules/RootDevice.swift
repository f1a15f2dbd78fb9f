/// root-device: the root that is booted is on the disk.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let rootDevice = Rule(
        id: "root-device",
        level: .required,
        or: .recommended,
        title: "the root that is booted is on the disk",
        group: .boot,
        question:
            "Do root= of the boot entry and the line of / in /etc/fstab name the root's file system as the disk has it?",
        reason: """
            A root= of another disk, as a file system made anew or a copied partition leaves it, is waited for until the \
            boot ends in a shell or a panic that nobody sees. A line of / in fstab that nothing is called keeps the root \
            read-only, where the kernel mounted it so: neither Docker nor user data can write.
            """,
        consequence: "the boot ends before anything starts, and jobs stay in RUNNABLE",
        decidedBy: """
            The UUIDs and labels of the file systems on the disk, the identifiers, names and numbers of its partitions; \
            `root=` of the entry that boots, as the initramfs or the kernel itself looks it up; the device of / in \
            /etc/fstab. A directory or an archive shows none of them: there the rule does not apply.
            """,
        remedy: """
            name the root by its UUID as `blkid` shows it, in /etc/fstab and on the kernel command line, and write the boot \
            loader's configuration anew (`grub2-mkconfig -o /boot/grub2/grub.cfg`, `grubby --update-kernel=ALL \
            --args=root=UUID=...`, `update-grub`)
            """,
        reference: "https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html"
    ) { facts, _ in
        guard let disk = facts.disk.value, let root = disk.root else {
            return .notApplicable("the disk decides which file systems root= and fstab may name, and the image is none")
        }
        return facts.bootingKernel.verdictOfBoot { kernel, evidence in
            RootNames(disk, root, facts, kernel, Array(evidence.prefix(1))).gravest
        }
    }
}
