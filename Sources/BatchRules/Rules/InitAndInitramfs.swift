/// init-and-initramfs: the boot gets from its kernel to the services.

import Booting
import ImageFacts
import ImageReading
import Startup

extension Rule {
    static let initAndInitramfs = Rule(
        id: "init-and-initramfs",
        level: .required,
        title: "the boot gets from its kernel to the services",
        group: .boot,
        question:
            "Is everything there between the boot loader and the services: kernel, initramfs, init, a root that can be written?",
        reason: """
            A kernel that is cut off, an initramfs that is not there, a command line that asks for a shell or a rescue \
            system, or a root that stays read-only end in a panic or in a shell that nobody sees: the instance runs, and no \
            job ever does.
            """,
        consequence: "no host comes to take jobs, and they stay in RUNNABLE",
        decidedBy: """
            The length that the kernel's header names; the files that the default boot entry loads as its initramfs; init= \
            and systemd.unit=, single, rescue, emergency of its arguments, as whole words; what /sbin/init and \
            default.target lead to; the directories /proc, /sys, /dev and /run; ro on the command line without a line of \
            the root in /etc/fstab; noexec where the agent lies; the directory of modules where Docker needs one.
            """,
        remedy: """
            make the initramfs anew (`dracut --force --regenerate-all`, `update-initramfs -u -k all`), take what was meant \
            for debugging off the kernel command line, and boot the image once before it is published
            """,
        reference: "https://www.freedesktop.org/software/systemd/man/latest/bootup.html"
    ) { facts, _ in
        facts.bootingKernel.verdictOfBoot { kernel, evidence in
            return facts.firstProcess.verdict(absent: .notApplicable("no init")) { process, _ in
                let objections = BootObjections(facts, kernel, process).all
                let fatal = objections.filter { $0.kind == .fail }
                if let first = fatal.first, fatal.count > 1 {
                    return .fail(
                        fatal.map(\.message).joined(separator: "; "), fatal.flatMap(\.evidence),
                        remedy: fatal.dropFirst().reduce(first.remedy) { steps, next in
                            steps + next.remedy.filter { !steps.contains($0) }
                        })
                }
                return objections.worst
                    ?? .pass("\(process.way(from: kernel)), and nothing stands between them", evidence)
            }
        }
    }
}

extension FirstProcess {
    /// `kernel 6.1.0, its initramfs and systemd lead to multi-user.target`.
    fileprivate func way(from kernel: BootingKernel) -> String {
        let initramfs =
            switch kernel.entry?.initramfs.count {
            case 0?: " without an initramfs"
            case nil: ""
            default: ", its initramfs"
            }
        guard let target else { return "kernel \(kernel.version)\(initramfs) and /sbin/init lead to the services" }
        return "kernel \(kernel.version)\(initramfs) and systemd lead to \(target.unit)"
    }
}
