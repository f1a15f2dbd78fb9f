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

    /// The boot loader whose configuration holds it.
    public let loader: Loader
    /// The title, of a submenu's entry with the submenu's before it; the id where there is none.
    public let title: String
    /// The kernel's path as the entry writes it: relative to the boot file system, a device in front perhaps.
    public let kernel: String
    /// Where in the image that may be, the likeliest first.
    public let places: [ImagePath]
    /// The kernel's arguments, split at blanks, the boot loader's variables in them expanded.
    public let commandLine: [String]
    /// The files that the boot loader loads as the initramfs, one after the other; none where the entry has none.
    public let initramfs: [LoadedFile]

    /// A file that the entry names.
    public struct LoadedFile: Codable, Hashable, Sendable {
        /// Its path as the entry writes it.
        public let name: String
        /// Where in the image that may be, the likeliest first.
        public let places: [ImagePath]
    }

    /// Where in the image a kernel path may lead, the likeliest first. A boot loader's paths begin at the file system it
    /// boots from: the root of the image, or the partition mounted at /boot.
    static func places(of kernel: String, hasOwnBootPartition: Bool) -> [ImagePath] {
        var path = Substring(kernel)
        if path.first == "(", let end = path.firstIndex(of: ")") { path = path[path.index(after: end)...] }
        let asWritten = ImagePath(path)
        let belowBoot = ImagePath("/boot").appending(path)
        var places: [ImagePath] =
            hasOwnBootPartition
            ? [belowBoot, asWritten] : asWritten.isWithin("/boot") ? [asWritten, belowBoot] : [belowBoot, asWritten]
        // A btrfs subvolume stands in front of the path: /@/boot/vmlinuz, /@/.snapshots/1/snapshot/boot/vmlinuz.
        let components = asWritten.components
        if let boot = components.firstIndex(of: "boot"), boot > 0, boot < components.count - 1 {
            places.append(ImagePath(components[boot...].joined(separator: "/")))
        }
        return places
    }

    /// The files of an initramfs by their names in the entry, in order.
    static func initramfs(_ names: [String], hasOwnBootPartition: Bool) -> [LoadedFile] {
        names.map { LoadedFile(name: $0, places: places(of: $0, hasOwnBootPartition: hasOwnBootPartition)) }
    }

    /// Whether a boot loader that is told to load `kernel` loads something that is certainly no Linux: the memory tests
    /// that distributions put into the menu as if they were kernels, and the modules by which extlinux starts others.
    static func isNoLinux(_ kernel: String) -> Bool {
        let name = ImagePath(kernel).name.lowercased()
        return name.hasPrefix("memtest") || name.hasPrefix("mt86plus") || name.hasSuffix(".c32")
    }

    /// Why no entry is known where the one that boots by itself is no Linux; `what` says which it is. What is installed
    /// does not count then, since it does not boot.
    static func noLinux(_ what: String, at path: ImagePath) -> Problem {
        Problem(.noLinux, at: path, "an entry that boots Linux expected as the default, \(what) boots none")
    }

    /// The kernel file of the entry and where it stands; nil where it is not in the image.
    func kernelFile(in root: RootFilesystem) -> (path: ImagePath, file: Observation<File>)? {
        for place in places where !place.hasPattern {
            let file = root[.head(place, bytes: KernelImage.headLength)]
            if !file.isAbsent { return (place, file) }
        }
        return nil
    }
}
