/// What keeps a boot from its services although its kernel is there.

import Booting
import ImageFacts
import ImageReading
import Startup

/// The objections to a boot, in its order.
struct BootObjections {
    private let facts: Facts
    private let kernel: BootingKernel
    private let process: FirstProcess

    init(_ facts: Facts, _ kernel: BootingKernel, _ process: FirstProcess) {
        self.facts = facts
        self.kernel = kernel
        self.process = process
    }

    var all: [Verdict] {
        var verdicts = [cutKernel] + initramfs + [noInitramfs, firstProgram, target]
        if process.isSystemd { verdicts += [mountPoints, readOnlyRoot] }
        return (verdicts + [notExecutable, modules]).compactMap(\.self)
    }

    private var cutKernel: Verdict? {
        guard let missing = kernel.missingBytes, let path = kernel.path else { return nil }
        return .fail(
            "\(path): the kernel is cut off: \(missing) bytes that its header names are missing at its end, and it panics",
            [Evidence(path, "\(missing) bytes are missing")],
            remedy: [.sentence("install the kernel's package again; the disk may have been full")])
    }

    private var initramfs: [Verdict?] {
        (facts.bootFiles.value?.initramfs ?? []).map { file in
            let entry = kernel.entry?.title ?? "default"
            let why: String
            switch file.standing {
            case .there: return nil
            case .unknown(let problem):
                return .undetermined(
                    "whether the initramfs of \"\(entry)\" is there: \(problem)", [Evidence(file.path)])
            case .empty: why = "is empty"
            case .missing: why = "is not in the image"
            case .noFile: why = "is no file"
            }
            return .fail(
                """
                \(file.path): the initramfs that the boot entry "\(entry)" loads (\(file.name)) \(why): the kernel finds no \
                root and panics
                """,
                facts.bootingKernel.evidence.prefix(1) + [Evidence(file.path, why)],
                remedy: [
                    .sentence(
                        """
                        see that /boot has room, and make it:
                        """),
                    file.path.name.hasPrefix("initrd.img-")
                        ? .command("update-initramfs", "-c", "-k", "\(kernel.version)")
                        : .command("dracut", "--force", "\(file.path)", "\(kernel.version)"),
                ])
        }
    }

    /// Without an initramfs the kernel itself has to find and to read the root; it knows no UUID= or LABEL=
    /// (Linux init/do_mounts.c).
    private var noInitramfs: Verdict? {
        guard let entry = kernel.entry, entry.initramfs.isEmpty, kernel.path != nil,
            let configuration = facts.kernelConfiguration.value, configuration.texts[.initramfsSource]?.isEmpty == true,
            !entry.commandLine.contains("panic=-1")
        else { return nil }
        let evidence = facts.bootingKernel.evidence
        let remedy: [RemedyStep] = [
            .sentence(
                "make an initramfs and name it in the boot entry, or root=PARTUUID= on a kernel with all built in")
        ]
        let root = entry.root ?? ""
        if let tag = ["UUID=", "LABEL=", "/dev/disk/", "/dev/mapper/"].first(where: root.hasPrefix) {
            return .fail(
                """
                the boot entry "\(entry.title)" has no initramfs, and root=\(tag)... is found by one alone: the kernel \
                panics
                """, evidence, remedy: remedy)
        }
        let type =
            entry.commandLine.last { $0.hasPrefix("rootfstype=") }.map { String($0.dropFirst("rootfstype=".count)) }
            ?? facts.fileSystemTable.value?.mounts.first { $0.mountPoint == .root }?.type ?? ""
        let options: [String: KernelConfiguration.Option] = ["ext4": .ext4, "xfs": .xfs, "btrfs": .btrfs]
        guard let option = options[type], configuration.options[option] == .module else { return nil }
        return .fail(
            """
            the boot entry "\(entry.title)" has no initramfs, and \(type), which the root is, is a module of kernel \
            \(kernel.version) that lies on the root: the kernel panics
            """, evidence, remedy: remedy)
    }

    /// init= of the command line, else /sbin/init.
    private var firstProgram: Verdict? {
        guard let word = process.requestedBy, let requested = process.requested else { return standardInit }
        let remedy: [RemedyStep] = [
            .sentence("take \(word.text) off the kernel command line, in /etc/default/grub or the boot entry")
        ]
        switch requested {
        case .systemd: return nil
        case .other(let path) where path.name == "init": return nil
        case .other(let path):
            return .undetermined(
                "\(word.text) on the kernel command line: whether \(path) goes on to start the services cannot be told",
                [word], remedy: remedy)
        case .unknown(let problem): return .undetermined("\(word.text): \(problem)", [word], remedy: remedy)
        case .shell(let path):
            return .fail(
                "\(word.text) on the kernel command line: \(path) becomes the first process, and no service starts",
                [word], remedy: remedy)
        case .missing(let path), .notExecutable(let path):
            // initramfs-tools goes on with /sbin/init (its script init).
            if process.initramfsTools != nil, kernel.entry?.initramfs.isEmpty == false { return standardInit }
            return .fail(
                "\(word.text) on the kernel command line: \(path) is no program of the image, and nothing is started",
                [word], remedy: remedy)
        }
    }

    private var standardInit: Verdict? {
        let why: String
        switch process.standard {
        case .systemd, .other, .unknown: return nil
        case .shell(let path): why = "\(path) leads to a shell"
        case .missing(let path): why = "\(path) is not in the image"
        case .notExecutable(let path): why = "\(path) is no program that can be executed"
        }
        let isStartedByInitramfs =
            process.hasSystemd && process.initramfsTools == nil && kernel.entry?.initramfs.isEmpty != true
        if isStartedByInitramfs { return nil }
        return .fail(
            "\(why): the kernel finds no first process and panics, or a shell becomes it",
            [Evidence("/sbin/init", why)],
            remedy: [
                PackageInstaller(facts)?.reinstallInit
                    ?? .sentence("install the package of the init system again (systemd-sysv on Debian and Ubuntu)")
            ])
    }

    private static let idleTargets: Set<String> = [
        "rescue.target", "emergency.target", "halt.target", "poweroff.target", "reboot.target", "kexec.target",
        "shutdown.target", "exit.target", "initrd.target", "sysinit.target", "local-fs.target", "system-update.target",
    ]

    private var target: Verdict? {
        guard let target = process.target, target.isKnown, !target.startsMultiUser else { return nil }
        let isStarted = facts.agentJobs.value?.contains { job in
            if case .started = job.start { job.manager == .systemd } else { false }
        }
        if isStarted == true, !Self.idleTargets.contains(target.unit) { return nil }
        let by =
            target.evidence.first.map { $0.prefix + ($0.text.isEmpty || $0.text.hasPrefix("->") ? "" : $0.text + ": ") }
            ?? ""
        return .fail(
            "\(by)the boot goes for \(target.unit), which does not lead to multi-user.target: no service starts",
            target.evidence.isEmpty ? [Evidence("/etc/systemd/system/default.target")] : target.evidence,
            remedy: [
                .command("systemctl", "set-default", "multi-user.target"),
                .sentence("and take systemd.unit=, single, rescue and emergency off the kernel command line"),
            ])
    }

    /// systemd makes them itself where the root can be written to.
    private var mountPoints: Verdict? {
        guard !process.missingMountPoints.isEmpty, process.isRootWritable != true else { return nil }
        let missing = process.missingMountPoints.map(\.text).joined(separator: ", ")
        let evidence = process.missingMountPoints.map { Evidence($0, "not there") }
        let remedy: [RemedyStep] = [
            .command(["mkdir", "-p"] + process.missingMountPoints.map { "\($0)" }),
            .sentence("and leave them in an export, empty (`tar --exclude='./proc/*'` keeps /proc)"),
        ]
        guard !process.mountPoints.isEmpty else {
            return .undetermined(
                """
                \(missing) are not in the image: either the export left them out, or the kernel's file systems have \
                nowhere to be mounted
                """, evidence, remedy: remedy)
        }
        return .fail(
            """
            \(missing) \(process.missingMountPoints.count == 1 ? "is" : "are") not in the image: on a root that is mounted \
            read-only first, the kernel's file systems have nowhere to be mounted
            """, evidence, remedy: remedy)
    }

    /// systemd-remount-fs makes the root writable by its line of fstab alone (systemd, src/remount-fs/remount-fs.c).
    private var readOnlyRoot: Verdict? {
        guard let word = process.readOnly, process.remount == nil, facts.fileSystemTable.problem == nil,
            facts.fileSystemTable.value?.mounts.contains(where: { $0.mountPoint == .root }) != true,
            kernel.commandLine?.contains(where: { $0.hasPrefix("systemd.volatile=") || $0.hasPrefix("overlayroot") })
                != true
        else { return nil }
        let fstab = facts.fileSystemTable.isAbsent ? "there is no /etc/fstab" : "/etc/fstab has no line of it"
        return .fail(
            """
            the kernel command line mounts the root read-only (ro), and \(fstab) that makes it writable: neither Docker nor \
            user data can write
            """, [word, Evidence("/etc/fstab")],
            remedy: kernel.entry?.root.map { root in
                [
                    .edit("/etc/fstab", .addLine(text: "\(fileSystem: root) / auto defaults 0 1")),
                    .sentence("or write rw for ro on the kernel command line"),
                ]
            } ?? [
                .sentence(
                    "add the line of the root to /etc/fstab, as `LABEL=/ / ext4 defaults 0 1`, or write rw for ro")
            ])
    }

    /// A file system without execution where the agent's or Docker's program lies.
    private var notExecutable: Verdict? {
        let mounts = facts.fileSystemTable.value?.mounts.filter { !$0.isLeftAlone && !$0.isSwap && !$0.mayFail } ?? []
        guard mounts.contains(where: \.isNotExecutable) else { return nil }
        let programs = facts.agentJobs.value?.flatMap(\.programs) ?? []
        for program in programs + (programs.isEmpty ? [] : ["/usr/bin/dockerd"]) {
            let holding = mounts.filter { program.isWithin($0.mountPoint) }
                .max { $0.mountPoint.text.utf8.count < $1.mountPoint.text.utf8.count }
            guard let holding, holding.isNotExecutable else { continue }
            return .fail(
                "\(holding.evidence.prefix)\(holding.mountPoint) is mounted noexec, and \(program) on it cannot be executed",
                [holding.evidence],
                remedy: [
                    holding.writing { $0.filter { $0 != "noexec" } }
                        ?? .sentence("take noexec out of the line, or write exec behind it")
                ])
        }
        return nil
    }

    private var modules: Verdict? {
        guard let files = facts.bootFiles.value, files.hasModules == false,
            let configuration = facts.kernelConfiguration.value,
            let option = ([.bridge, .veth, .overlay, .matchAddressType, .nat] as [KernelConfiguration.Option])
                .first(where: { configuration.options[$0] == .module })
        else { return nil }
        return .fail(
            """
            \(files.modulesPath) is not in the image, and kernel \(kernel.version) has CONFIG_\(option.rawValue) as a \
            module: Docker does not start
            """, [Evidence(files.modulesPath, "not there")],
            remedy: [
                .sentence("install the package of that kernel again, or export the image with /lib/modules")
            ])
    }
}

extension AgentJob {
    /// The programs that its lines name by their whole paths.
    fileprivate var programs: [ImagePath] {
        if case .program(let run) = command { return [run.path] }
        return evidence.flatMap { $0.text.split { $0.isWhitespace || $0 == "=" || $0 == "\"" || $0 == "'" } }
            .filter { $0.hasPrefix("/usr/") || $0.hasPrefix("/opt/") }.map { ImagePath($0) }
    }
}
