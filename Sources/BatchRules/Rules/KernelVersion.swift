/// kernel-version: Linux kernel 3.10 or newer.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let kernelVersion = Rule(
        id: "kernel-version",
        level: .required,
        title: "Linux kernel 3.10 or newer",
        group: .specification,
        clause: .kernel,
        question: "Is the kernel that boots 3.10 or newer?",
        reason: """
            Docker needs kernel 3.10; on an older one it does not start, the agent never registers the instance, and \
            jobs stay in RUNNABLE. A newer kernel that is installed does not help while the boot loader starts an old \
            one.
            """,
        consequence: "before 3.10 Docker does not start, and jobs stay in RUNNABLE",
        decidedBy: """
            The entry that the boot loader starts (grub.cfg with grubenv and the entries below /boot/loader where it \
            calls blscfg, menu.lst, extlinux.conf, systemd-boot's loader.conf) and the version in the header of the \
            kernel that it names, else in its name. Without a readable boot loader configuration the kernels installed: \
            /boot/vmlinuz-*, /lib/modules/*/vmlinuz.
            """,
        remedy: """
            install a current kernel and make it the one that boots: `grubby --set-default /boot/vmlinuz-VERSION` on \
            Amazon Linux and Red Hat, `grub-set-default` and `update-grub` on Debian and Ubuntu
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/batch-ami-spec.html",
        parameter: .version("oldest", example: "5.10")
    ) { facts, _, oldestAllowed in
        let oldest = max(ReleaseVersion(3, 10), oldestAllowed ?? ReleaseVersion(3, 10))
        switch facts.bootingKernel {
        case .present(let kernel, let evidence):
            let verdict = verdict(on: kernel, evidence, oldest)
            return verdict.kind == .fail ? verdict.mended(by: facts.booting(kernelOfAtLeast: oldest)) : verdict
        case .absent:
            return verdictWithoutKernel(facts)
        case .unreadable(let evidence, let problem) where problem.code == .noLinux:
            return .undetermined(
                "which kernel boots is not known: \(problem)", evidence,
                remedy: [
                    .sentence(
                        """
                        make an entry that boots Linux the default: GRUB_DEFAULT in /etc/default/grub with \
                        `update-grub` or `grub2-mkconfig`, `grub-set-default`, or `default` in the boot loader's own \
                        configuration
                        """)
                ])
        case .unreadable(let evidence, let problem):
            return verdict(onAllOf: facts.installedKernels.value?.kernels ?? [], oldest, problem, evidence)
        }
    }

    fileprivate static func isAtLeast(_ oldest: ReleaseVersion, _ version: String) -> Bool {
        ReleaseVersion(version).map { $0 >= oldest } ?? false
    }

    private static func verdict(
        on kernel: BootingKernel, _ evidence: [Evidence], _ oldest: ReleaseVersion
    ) -> Verdict {
        let title = kernel.label
        guard let version = ReleaseVersion(kernel.version) else {
            return .undetermined("\(title): what stands for its version does not begin with a number", evidence)
        }
        guard version >= oldest else {
            return .fail("\(title), and is older than \(oldest)", evidence)
        }
        guard kernel.path != nil else {
            let places = kernel.entry?.places.map(\.text).joined(separator: ", ") ?? "/boot"
            return .undetermined(
                "\(title), which is not in the image; looked at \(places)", evidence,
                remedy: [
                    .sentence(
                        """
                        export the image with /boot mounted; if it was, let the boot loader's default entry name a \
                        kernel that is installed
                        """)
                ])
        }
        // What nobody may read is still a kernel; what is no file is none, whatever it is called.
        let isNoKernel: Set<Problem.Code> = [.malformed, .danglingLink, .linkLoop, .notRegularFile]
        if let problem = kernel.problem, isNoKernel.contains(problem.code) {
            return .undetermined(
                "\(title) is damaged: \(problem)", evidence,
                remedy: [.sentence("install the kernel's package again")])
        }
        let remark = kernel.problem.map { "; by its name alone: \($0)" } ?? ""
        return .pass(title + remark, evidence)
    }

    private static func verdictWithoutKernel(_ facts: Facts) -> Verdict {
        let modules = facts.installedKernels.value?.modulesOnly ?? []
        let found =
            modules.isEmpty
            ? "there is no kernel" : "there is no kernel, only the modules of \(modules.joined(separator: ", "))"
        switch facts.bootPartitions {
        case .present(let partitions, _):
            guard let boot = partitions.boot else { break }
            return .undetermined(
                "\(found): fstab mounts \(boot.device) at /boot, which the export left out",
                [boot.evidence],
                remedy: [
                    .sentence(
                        """
                        mount \(fileSystem: boot.device) at boot below the root before exporting it, and pass the \
                        image again
                        """)
                ])
        case .unreadable(let evidence, let problem):
            return .undetermined(
                "\(found), and whether /boot was left out is not known: \(problem)", evidence)
        case .absent: break
        }
        return .fail(
            "\(found): this is the root of a container or an unfinished image, no AMI boots from it; "
                + "looked at \(facts.bootingKernel.searchedPlaces)",
            remedy: [
                .sentence(
                    """
                    install a kernel package (kernel on Amazon Linux and Red Hat, linux-image-cloud-amd64 on Debian, \
                    linux-aws on Ubuntu); if the image has one, export it with /boot mounted
                    """)
            ])
    }

    /// Which of several kernels boots is not known: the clause holds where it holds for each of them.
    private static func verdict(
        onAllOf kernels: [InstalledKernel], _ oldest: ReleaseVersion, _ problem: Problem, _ evidence: [Evidence]
    ) -> Verdict {
        let names = kernels.map { $0.version ?? $0.image.text }.joined(separator: ", ")
        let versions = kernels.compactMap { $0.version.flatMap { ReleaseVersion($0) } }
        guard !kernels.isEmpty, versions.count == kernels.count else { return .undetermined(problem, evidence) }
        let places = kernels.map { Evidence($0.image, "kernel \($0.version ?? "")") }
        if versions.allSatisfy({ $0 >= oldest }) {
            return .pass("\(names) are installed, each \(oldest) or newer, whichever boots (\(problem))", places)
        }
        if versions.allSatisfy({ $0 < oldest }) {
            return .fail("every kernel is older than \(oldest): \(names)", places)
        }
        return .undetermined(
            "\(names) are installed, not all of them \(oldest) or newer, and which boots is not known: \(problem)",
            places,
            remedy: [
                .sentence(
                    """
                    remove the old kernels, or export the image with the boot loader's configuration (/boot, and the \
                    EFI partition at /boot/efi)
                    """)
            ])
    }
}

extension BootingKernel {
    /// `kernel 6.1.0 boots (GRUB 2, entry "Debian GNU/Linux")`.
    fileprivate var label: String {
        let claim = claimedVersion.map { " by its header (its name says \($0))" } ?? ""
        if let entry {
            return "kernel \(version)\(claim) boots (\(entry.loader.name), entry \"\(entry.title)\")"
        }
        let reason = loaderProblem.map { ", as the only one installed (\($0))" } ?? ", as the only one installed"
        return "kernel \(version)\(claim) boots\(reason)"
    }
}

extension Facts {
    /// How another kernel comes to boot: one that is installed and new enough, else the distribution's own.
    fileprivate func booting(kernelOfAtLeast oldest: ReleaseVersion) -> [RemedyStep] {
        let installed = (installedKernels.value?.kernels ?? []).compactMap(\.version)
        let family = distribution.value.map { [$0.id] + $0.like } ?? []
        let isDebian = family.contains("debian") || family.contains("ubuntu")
        let new = installed.last { Rule.isAtLeast(oldest, $0) }
        var steps = new == nil ? installing(.kernel, or: "install a kernel \(oldest) or newer of the distribution") : []
        let name: RemedyText = new.map { "/boot/vmlinuz-\($0)" } ?? "/boot/vmlinuz-VERSION"
        if isDebian {
            steps.append(
                .sentence("set GRUB_DEFAULT in /etc/default/grub to the entry of \(name), and write the menu anew:"))
            steps.append(.command("update-grub"))
        } else if family.contains(where: { ["amzn", "fedora", "rhel", "centos"].contains($0) }), new != nil {
            steps.append(.command("grubby", "--set-default", name))
        } else {
            steps.append(
                .sentence(
                    "make \(name) the one that boots, by `grubby --set-default`, `grub-set-default` or the boot loader's own file"
                ))
        }
        return steps
    }
}
