/// What in the image tells hardware virtualization (HVM) from Xen's paravirtualization (PV).

public import Booting
import ByteParsing
public import ImageReading
import PackageDatabases

/// Signs of the two ways in which EC2 starts a machine. HVM runs a boot loader from the disk, as a real machine does;
/// PV has Xen load the kernel, by PV-GRUB, and needs nothing installed on the disk.
public struct VirtualizationSigns: Fact {
    /// A menu that only PV-GRUB can follow, a kernel made for Xen PV, the package of PV-GRUB's menu.
    public let paravirtual: [Evidence]
    /// A boot loader that is installed, and not only lies there as a package's files.
    public let bootChain: [Evidence]
    /// Packages of boot loaders for HVM, which say what was meant and not whether it was installed.
    public let packages: [Evidence]
    /// What could not be looked at; a sign may be hidden by it.
    public let problems: [Problem]

    /// Written by grub-install, by extlinux, and what firmware starts from an EFI system partition.
    private static let chain: [ImagePath] = [
        "/boot/grub2/i386-pc/core.img", "/boot/grub/i386-pc/core.img", "/boot/grub/stage2",
        "/boot/extlinux/ldlinux.sys", "/boot/syslinux/ldlinux.sys",
        "/boot/efi/EFI/*/*.efi", "/boot/efi/EFI/*/*.EFI", "/efi/EFI/*/*.efi", "/efi/EFI/*/*.EFI",
    ]

    /// The names of boot loaders' files, and PV-GRUB's menu.
    public static let wants: [Want] = chain.map { .names($0) } + GRUBLegacy.wants

    /// Looks for all signs; absent where there are none.
    public static func observe(
        in root: RootFilesystem, kernels: Observation<InstalledKernels>, booting: Observation<BootingKernel>,
        packages: InstalledPackages
    ) -> Observation<VirtualizationSigns> {
        var problems: [Problem] = []
        var bootChain: [Evidence] = []
        for path in chain {
            let names = root.names(.names(path))
            bootChain += names.evidence.prefix(1).filter { _ in names.value != nil }
            if let problem = names.problem { problems.append(problem) }
        }
        var paravirtual: [Evidence] = []
        switch menuSign(in: root) {
        case .present(let sign, _): paravirtual += sign.map { [$0] } ?? []
        case .absent: break
        case .unreadable(_, let problem): problems.append(problem)
        }
        paravirtual += kernelSigns(kernels, booting)
        paravirtual += packages.packages(withPrefix: "pv-grub-menu").evidence(of: "package")
        let loaders = packages.packages { package in
            ["grub-pc", "grub2-pc", "grub-efi-amd64", "grub2"].contains(package.name)
                || package.name.hasPrefix("grub2-efi-x64")
        }
        let signs = VirtualizationSigns(
            paravirtual: paravirtual, bootChain: bootChain, packages: loaders.evidence(of: "package"),
            problems: problems)
        guard !paravirtual.isEmpty || !bootChain.isEmpty || !signs.packages.isEmpty || !problems.isEmpty else {
            return .absent(searched: chain + GRUBLegacy.configurations)
        }
        return .present(signs, paravirtual + bootChain)
    }

    /// `root (hd0)` of the entry that boots: a disk without partitions, as PV machines have it and no BIOS boots from.
    private static func menuSign(in root: RootFilesystem) -> Observation<Evidence?> {
        for path in GRUBLegacy.configurations {
            let file = root[.contents(path)]
            guard !file.isAbsent else { continue }
            return file.parsed { file throws(FormatError) in
                let entry = try GRUBLegacy(file).chosen(saved: nil)
                guard let root = entry?.root, root.value == "(hd0)" else { return nil }
                return file.evidence(line: root.line, "root (hd0)")
            }
        }
        return .absent(searched: GRUBLegacy.configurations)
    }

    private static func kernelSigns(
        _ kernels: Observation<InstalledKernels>, _ booting: Observation<BootingKernel>
    ) -> [Evidence] {
        func isParavirtual(_ version: String) -> Bool { version.hasSuffix("xen") || version.hasSuffix("ec2-pv") }
        if let kernel = booting.value {
            return isParavirtual(kernel.version)
                ? [Evidence(kernel.path ?? kernel.entry?.places.first ?? "/boot", "kernel \(kernel.version)")] : []
        }
        let installed = kernels.value?.kernels ?? []
        guard installed.allSatisfy({ isParavirtual($0.version ?? "") }) else { return [] }
        return installed.map { Evidence($0.image, "kernel \($0.version ?? "")") }
    }
}

extension Observation<[Package]> {
    /// Where each of the packages is recorded, with its name.
    fileprivate func evidence(of kind: String) -> [Evidence] {
        zip(value ?? [], evidence).map { package, place in
            Evidence(place.path, realPath: place.realPath, line: place.line, "\(kind) \(package.name)")
        }
    }
}
