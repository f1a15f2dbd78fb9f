/// What an instance of the Nitro system needs of an image: a driver for its disks, one for its network, and a root that
/// is not called by a name of Xen's.

import Booting
import ImageFacts
import ImageReading

/// What was found of it.
struct NitroNeeds {
    /// What is not there, each in a sentence.
    private(set) var missing: [String] = []
    /// What is not known although the image should show it.
    private(set) var open: [String] = []
    /// What nothing in the image speaks of, as where /boot or /lib/modules was left out.
    private(set) var unspoken: [String] = []
    private(set) var found: [String] = []
    private(set) var remarks: [String] = []
    private(set) var evidence: [Evidence] = []
    private(set) var remedy: [RemedyStep] = []

    private let facts: Facts
    private let kernel: BootingKernel

    /// How the kernel has a driver.
    private enum Standing {
        case builtIn, installed
        /// Built as a module, which is not among those installed.
        case notInstalled
        case leftOut
        case unknown
    }

    init(_ facts: Facts, _ kernel: BootingKernel) {
        self.facts = facts
        self.kernel = kernel
        evidence = facts.kernelConfiguration.evidence
        judgeDisk()
        judgeNetwork()
        judgeRoot()
        if let rule = facts.persistentNetRules.value?.rule {
            remarks.append(
                "\(rule.path) names an interface by the address of another machine, which no instance has")
        }
    }

    /// Why all instances of the image are of Nitro; nil where that is not known.
    static func reason(_ facts: Facts, _ policy: Policy) -> String? {
        if policy.isForNitro { return "it is for Nitro instances alone" }
        if policy.amiMetadata?.architecture == "arm64" { return "the AMI metadata says arm64, which is Nitro alone" }
        if policy.amiMetadata?.bootMode?.lowercased() == "uefi" {
            return "the AMI metadata says boot mode uefi, which Xen instances have not"
        }
        return facts.architecture.value == .aarch64 ? "it is for arm64, which is Nitro alone" : nil
    }

    private func standing(_ option: KernelConfiguration.Option, _ module: KernelModules.Module) -> Standing {
        let configuration = facts.kernelConfiguration.value
        let modules = facts.kernelModules.value
        if configuration?.options[option] == .builtIn || modules?.builtIn?.contains(module) == true { return .builtIn }
        if modules?.installed.contains(module) == true { return .installed }
        // A driver that the kernel itself left out may be built apart, and is in the list of modules then.
        let hasLists = modules?.builtIn != nil
        if configuration?.options[option] == .module { return modules == nil ? .unknown : .notInstalled }
        if configuration?.refused.contains(option) == true { return modules == nil && hasModules ? .unknown : .leftOut }
        return hasLists && configuration == nil ? .leftOut : .unknown
    }

    /// Whether the image has modules for the kernel, whose list could not be read.
    private var hasModules: Bool { facts.kernelModules.problem != nil }

    private mutating func judgeDisk() {
        let initramfs = facts.initramfsModules
        switch standing(.nvme, .nvme) {
        case .builtIn: found.append("nvme is a part of kernel \(kernel.version)")
        case .leftOut:
            missing.append(
                "kernel \(kernel.version) has no driver nvme (CONFIG_BLK_DEV_NVME), by which a Nitro instance finds its "
                    + "disks")
            remedy.append(.sentence("take a kernel of the distribution that has nvme and ena"))
        case .unknown: unspoken.append("whether kernel \(kernel.version) has the driver nvme is not known")
        case .notInstalled where initramfs.value?.nvme == nil:
            missing.append(
                "kernel \(kernel.version) has nvme, by which a Nitro instance finds its disks, as a module, and the "
                    + "module is not installed")
            evidence += facts.kernelModules.evidence
            remedy.append(.sentence("install \(KernelModuleNeeds.package(of: kernel.version))"))
        case .installed, .notInstalled: judge(initramfs)
        }
    }

    /// The root is mounted before its modules can be loaded: nvme has to be in the initramfs.
    private mutating func judge(_ initramfs: Observation<InitramfsModules>) {
        if let root = kernel.entry?.root, ["/dev/nfs", "nfs"].contains(where: root.hasPrefix) {
            return found.append("the root comes by network")
        }
        switch initramfs {
        case .present(let modules, let place):
            evidence = place + evidence
            if let nvme = modules.nvme {
                found.append("\(nvme) is in \(modules.path)")
            } else if let image = modules.innerImage {
                open.append("whether nvme is in \(modules.path) is not known: \(image) in it is not read")
            } else {
                missing.append(
                    "nvme for kernel \(kernel.version) is not in \(modules.path), and it is no part of the kernel: a "
                        + "Nitro instance does not find its root")
                remedy += Self.rebuild(modules.path, kernel.version)
            }
        case .absent(let searched) where searched.isEmpty:
            open.append(
                "whether nvme, a module of kernel \(kernel.version), is in its initramfs is not known: the initramfs in an "
                    + "archive is not read")
        case .absent(let searched):
            remarks.append("no initramfs found at \(searched.map(\.text).joined(separator: ", "))")
        case .unreadable(let place, let problem):
            evidence = place + evidence
            open.append("whether nvme is in the initramfs is not known: \(problem)")
        }
    }

    private static func rebuild(_ path: ImagePath, _ kernel: String) -> [RemedyStep] {
        if path.name.hasPrefix("initrd.img-") {
            return [
                .edit("/etc/initramfs-tools/modules", .addLine(text: "nvme")),
                .command("update-initramfs", "-u", "-k", "\(kernel)"),
            ]
        }
        return [.command("dracut", "--force", "--add-drivers", "nvme ena", "\(path)", "\(kernel)")]
    }

    private mutating func judgeNetwork() {
        switch standing(.ena, .ena) {
        case .builtIn: found.append("ena is a part of it")
        case .installed:
            guard let off = facts.kernelModules.value?.switchedOff[.ena] else {
                return found.append("ena is installed as a module")
            }
            evidence.insert(off, at: 0)
            missing.append(
                "\(off.prefix)\(off.text) switches off ena, without which a Nitro instance has no network")
            remedy.append(off.loadingAgain)
        case .leftOut:
            missing.append(
                "kernel \(kernel.version) has no driver ena (CONFIG_ENA_ETHERNET), without which a Nitro instance has no "
                    + "network")
            remedy.append(.sentence("take a kernel of the distribution that has ena"))
        case .notInstalled:
            missing.append(
                "kernel \(kernel.version) has ena, without which a Nitro instance has no network, as a module, and the "
                    + "module is not installed")
            evidence += facts.kernelModules.evidence
            remedy.append(.sentence("install \(KernelModuleNeeds.package(of: kernel.version))"))
        case .unknown: unspoken.append("whether kernel \(kernel.version) has the driver ena is not known")
        }
    }

    private mutating func judgeRoot() {
        guard let entry = kernel.entry, entry.hasRootUnknownToNitro, let root = entry.root else { return }
        if let names = facts.initramfsModules.value?.diskNames {
            return remarks.append("root=\(root) depends on \(names) in the initramfs")
        }
        evidence = facts.bootingKernel.evidence.prefix(1) + evidence
        missing.append(
            "the boot entry names its root \(root), and no disk of a Nitro instance is called so (they are /dev/nvme0n1 "
                + "and the like)")
        remedy.append(
            .sentence(
                """
                name the root by UUID=, PARTUUID= or LABEL= on the kernel's command line (and in /etc/fstab), and write \
                the boot loader's configuration again: `grub2-mkconfig -o /boot/grub2/grub.cfg` or `update-grub`
                """))
    }
}
