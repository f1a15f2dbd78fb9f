/// The files beside the kernel that the boot cannot do without: the initramfs that its entry names, and its modules.

public import ImageReading

/// What stands where the boot entry and the kernel look for files.
public struct BootFiles: Fact {
    /// One file that the boot loader loads as a part of the initramfs.
    public struct Initramfs: Codable, Hashable, Sendable {
        /// What stands there.
        public enum Standing: Codable, Hashable, Sendable {
            case there
            case empty
            /// Nothing, or a link that leads nowhere.
            case missing
            /// A directory or a device.
            case noFile
            case unknown(Problem)
        }

        /// Its path as the entry writes it.
        public let name: String
        /// Where it stands, or where it was expected.
        public let path: ImagePath
        /// What stands there.
        public let standing: Standing
    }

    /// In the order of the entry; none where it has none, where no entry is known, and where its kernel is not in the
    /// image either.
    public let initramfs: [Initramfs]
    /// Whether the kernel has a directory of modules; nil where that is not known.
    public let hasModules: Bool?
    /// Where they were looked for.
    public let modulesPath: ImagePath

    /// Names alone: what lies in /boot, beside the kernels of systemd-boot, and links in the root directory.
    public static let wants: [Want] = [
        "/boot/*", "/initrd*", "/boot/*/*/initrd*", "/efi/*/*/initrd*", "/boot/efi/*/*/initrd*",
    ].map { .names($0) }

    /// Looks for the files of the kernel that boots; absent where none is known.
    public static func observe(in root: RootFilesystem, kernel: Observation<BootingKernel>) -> Observation<BootFiles> {
        kernel.map { kernel in
            let versions = [kernel.version, kernel.claimedVersion].compactMap(\.self)
                .filter { !$0.contains("/") && !$0.contains("*") }
            let places = versions.flatMap { version in
                ["/lib/modules", "/usr/lib/modules"].map { ImagePath("\($0)/\(version)") }
            }
            let found = places.map(root.resolve)
            return BootFiles(
                initramfs: kernel.path == nil ? [] : (kernel.entry?.initramfs ?? []).map { file(of: $0, in: root) },
                hasModules: found.contains { $0.value?.kind == .directory }
                    ? true : found.isEmpty || found.contains { $0.problem?.isOfLink == false } ? nil : false,
                modulesPath: places.first ?? "/lib/modules")
        }
    }

    private static func file(of named: BootEntry.LoadedFile, in root: RootFilesystem) -> Initramfs {
        var missing: ImagePath?
        for place in named.places where !place.hasPattern {
            let standing: Initramfs.Standing
            switch root.resolve(place) {
            case .absent:
                missing = missing ?? place
                continue
            case .unreadable(_, let problem) where problem.isOfLink: standing = .missing
            case .unreadable(_, let problem): standing = .unknown(problem)
            case .present(let entry, _):
                standing = entry.kind != .regular ? .noFile : entry.size == 0 ? .empty : .there
            }
            return Initramfs(name: named.name, path: place, standing: standing)
        }
        return Initramfs(name: named.name, path: missing ?? "/boot", standing: .missing)
    }
}
