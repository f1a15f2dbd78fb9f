/// The entry that the boot loader starts when nobody touches a key.

public import ImageReading

/// One entry of a boot loader's menu that boots Linux.
public struct BootEntry: Codable, Hashable, Sendable {
    /// The boot loaders whose configuration is read.
    public enum Loader: String, Codable, Sendable {
        case grub2, grubLegacy, extlinux, systemdBoot

        /// As people call it.
        public var name: String {
            switch self {
            case .grub2: "GRUB 2"
            case .grubLegacy: "GRUB legacy"
            case .extlinux: "extlinux"
            case .systemdBoot: "systemd-boot"
            }
        }
    }

    public let loader: Loader
    /// The title, or where there is none the id.
    public let title: String
    /// The kernel's path as the entry writes it: relative to the boot file system, a device in front perhaps.
    public let kernel: String
    /// The kernel's arguments, split at blanks, the boot loader's variables in them expanded.
    public let commandLine: [String]
    /// What led to this entry and the line that names the kernel, which is the last.
    public let evidence: [Evidence]

    /// An entry as its boot loader's reader found it.
    init(loader: Loader, title: String, kernel: String, commandLine: [String], evidence: [Evidence]) {
        self.loader = loader
        self.title = title
        self.kernel = kernel
        self.commandLine = commandLine
        self.evidence = evidence
    }

    /// Where in the image the kernel may lie, the likeliest first. A boot loader's paths begin at the file system it
    /// boots from, which is the root of the image, the partition mounted at /boot, or for systemd-boot the `partition`
    /// that holds the entry.
    func candidates(hasOwnBootPartition: Bool, partition: ImagePath? = nil) -> [ImagePath] {
        var path = Substring(kernel)
        if path.first == "(", let end = path.firstIndex(of: ")") { path = path[path.index(after: end)...] }
        if let partition { return [partition.appending(path)] }
        let asWritten = ImagePath(path)
        let belowBoot = ImagePath("/boot").appending(path)
        var candidates =
            hasOwnBootPartition || !asWritten.isWithin("/boot") ? [belowBoot, asWritten] : [asWritten, belowBoot]
        // A btrfs subvolume stands in front of the path: /@/boot/vmlinuz.
        let components = asWritten.components
        if components.count > 2, components[1] == "boot" {
            candidates.append(ImagePath(components.dropFirst().joined(separator: "/")))
        }
        return candidates
    }
}
