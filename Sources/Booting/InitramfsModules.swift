/// What an initramfs brings for the disk of a Nitro instance: the root is on it, and is mounted before modules can be
/// loaded from it.

import ByteParsing
public import ImageReading

/// The initramfs of the kernel that boots, looked at only where that kernel has the disk's driver as a module, or where
/// the root is called by a name that only udev could give that disk.
public struct InitramfsModules: Fact {
    /// Its file.
    public let path: ImagePath
    /// The driver of Nitro instances' disks, for this very kernel; nil where it is not in it.
    public let nvme: String?
    /// Rules by which udev gives Nitro's disks their names of Xen's (`/dev/xvda1`), as amazon-ec2-utils has them; nil
    /// where none are in it.
    public let diskNames: String?
    /// A file system image inside, in which further modules may be (dracut's module squash); nil where there is none.
    public let innerImage: String?

    /// None of its own: its name is known once the kernel is.
    public static let wants: [Want] = []

    /// Looks into it. Absent where none is found for the kernel, where nothing asks for it, and in an archive, which would
    /// have to be read once more, unless the image is for arm64, which is Nitro alone.
    ///
    /// Only the names of its members are read, and only until the driver is found.
    public static func observe(
        in root: RootFilesystem, kernel: Observation<BootingKernel>, files: Observation<BootFiles>,
        configuration: Observation<KernelConfiguration>, modules: Observation<KernelModules>,
        architecture: Architecture?
    ) -> Observation<InitramfsModules> {
        let isBuiltIn =
            configuration.value?.options[.nvme] == .builtIn || modules.value?.builtIn?.contains(.nvme) == true
        let isModule =
            !isBuiltIn
            && (configuration.value?.options[.nvme] == .module || modules.value?.installed.contains(.nvme) == true)
        let needsNames = kernel.value?.entry?.hasRootUnknownToNitro == true
        guard let kernel = kernel.value, isModule || needsNames, root.isReadOnDemand || architecture == .aarch64 else {
            return .absent(searched: [])
        }
        // The boot loader loads all that the entry names, one behind the other (microcode, then the initramfs).
        let loaded = files.value?.initramfs.filter { $0.standing == .there }.map(\.path) ?? []
        let usual = usualPlaces(of: kernel)
        var search = MemberSearch(kernel: kernel.version)
        var path: ImagePath?
        var evidence: [Evidence] = []
        func knowsEnough() -> Bool { (search.nvme != nil || !isModule) && (search.diskNames != nil || !needsNames) }
        for place in kernel.entry == nil ? usual : loaded {
            // Of the usual names the first that is there counts.
            if knowsEnough() || path != nil && kernel.entry == nil { break }
            let read = root[.contents(place, upTo: Initramfs.sizeLimit)].parsed { file throws(FormatError) in
                try Initramfs.names(in: file.bytes) { member in
                    search.look(at: member)
                    return knowsEnough()
                }
                return file.path
            }
            switch read {
            case .absent: continue
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .present(let file, let more):
                path = file
                evidence += more
            }
        }
        guard let path else { return .absent(searched: usual) }
        return .present(
            InitramfsModules(
                path: path, nvme: search.nvme, diskNames: search.diskNames, innerImage: search.innerImage), evidence)
    }

    /// Where the tools of distributions put it, if no entry names it: dracut, initramfs-tools and SUSE's dracut, beside
    /// the kernel.
    private static func usualPlaces(of kernel: BootingKernel) -> [ImagePath] {
        guard !kernel.version.contains("/"), !kernel.version.contains("*") else { return [] }
        let directories = [kernel.path?.parent, "/boot"].compactMap(\.self)
        return directories.flatMap { directory in
            ["initramfs-\(kernel.version).img", "initrd.img-\(kernel.version)", "initrd-\(kernel.version)"]
                .map { directory.appending($0) }
        }
    }
}

/// The names that are looked for among the members.
private struct MemberSearch {
    private(set) var nvme: String?
    private(set) var diskNames: String?
    private(set) var innerImage: String?
    private let modules: [UInt8]

    init(kernel: String) {
        modules = Array("lib/modules/\(kernel)/".utf8)
    }

    mutating func look(at member: ArraySlice<UInt8>) {
        let start = member.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? member.startIndex
        let name = member[start...]
        if name.starts(with: "nvme.ko".utf8) {
            let path = member.starts(with: "usr/".utf8) ? member.dropFirst(4) : member
            if path.starts(with: modules) { nvme = String(decoding: member, as: UTF8.self) }
        } else if name.starts(with: "70-ec2-nvme-devices".utf8) || name.starts(with: "51-ec2-".utf8) {
            diskNames = String(decoding: member, as: UTF8.self)
        } else if ["squash-root.img", "squashfs-root.img", "erofs-root.img"].contains(where: {
            name.elementsEqual($0.utf8)
        }) {
            innerImage = String(decoding: member, as: UTF8.self)
        }
    }
}
