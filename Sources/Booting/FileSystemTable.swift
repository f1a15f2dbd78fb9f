/// Which file systems /etc/fstab has mounted at boot, and what the image shows of each.

import ByteParsing
public import ImageReading

/// The lines of /etc/fstab as systemd's fstab-generator takes them (systemd, src/fstab-generator/fstab-generator.c).
public struct FileSystemTable: Fact {
    /// One line.
    public struct Mount: Codable, Hashable, Sendable {
        /// A device's path, `UUID=`, a file, a directory or a server, as it is written.
        public let device: String
        /// Where it is mounted; `/none` and the like for swap.
        public let mountPoint: ImagePath
        /// `ext4`, `nfs4`, `none`.
        public let type: String
        /// One by one.
        public let options: [String]
        /// Whether the boot waits for it, and it names a file or directory of the image that is not there.
        public fileprivate(set) var isSourceMissing = false
        /// The line.
        public let evidence: Evidence
    }

    /// In the order of the file.
    public let mounts: [Mount]
    /// What the kernel command line mounts as the root (`root=`); nil where nothing shows it.
    public let rootDevice: String?
    /// The word of the kernel command line by which systemd leaves fstab unread; nil where it reads it.
    public let switchedOff: Evidence?
    /// What keeps the kernel from loading vfat; only looked for where a vfat is mounted that the boot waits for.
    public let vfat: Observation<Evidence>

    /// /etc/fstab, and what else is asked is what KernelModules wants.
    public static let wants = [Fstab.want]

    /// Reads fstab; absent where there is none.
    public static func observe(
        in root: RootFilesystem, kernel: Observation<BootingKernel>, configuration: Observation<KernelConfiguration>
    ) -> Observation<FileSystemTable> {
        Fstab.observe(in: root).map { fstab in
            let mounts = fstab.lines.map { line in
                var mount = Mount(
                    device: line.device, mountPoint: line.mountPoint, type: line.type, options: line.options,
                    evidence: line.evidence)
                if mount.isAwaited { mount.isSourceMissing = isSourceMissing(line, among: fstab.lines, in: root) }
                return mount
            }
            let isVFATAwaited = mounts.contains { $0.type == "vfat" && $0.isAwaited }
            return FileSystemTable(
                mounts: mounts,
                rootDevice: kernel.value?.entry?.root,
                switchedOff: kernel.arguments?.argument("fstab").flatMap { evidence, value in
                    ["0", "no", "n", "false", "f", "off"].contains(value) ? evidence : nil
                },
                vfat: isVFATAwaited ? lackOfVFAT(in: root, configuration) : .absent(searched: []))
        }
    }

    /// Where the sources of bind mounts and loop devices may stand that no image shows.
    private static let madeAtBoot: [ImagePath] = ["/run", "/var/run", "/dev", "/proc", "/sys", "/tmp", "/var/tmp"]

    private static func isSourceMissing(
        _ line: Fstab.Line, among lines: [Fstab.Line], in root: RootFilesystem
    ) -> Bool {
        guard line.device.hasPrefix("/"), !line.device.contains("\\") else { return false }
        let source = ImagePath(line.device)
        let mounted = lines.map(\.mountPoint).filter { $0 != .root } + madeAtBoot
        guard !source.hasPattern, !mounted.contains(where: source.isWithin) else { return false }
        return root[.names(source)].isAbsent
    }

    /// The line of modprobe.d by which vfat is not loaded when it is mounted; absent where it is, or where it is a part
    /// of the kernel, and unreadable where that is not known.
    private static func lackOfVFAT(
        in root: RootFilesystem, _ configuration: Observation<KernelConfiguration>
    ) -> Observation<Evidence> {
        KernelModules.switchedOff(in: root, byAlias: true).flatMap { switchedOff, _ in
            guard let line = switchedOff[.vfat] else { return .absent(searched: []) }
            if let problem = configuration.problem { return .unreadable([line], problem) }
            guard let configuration = configuration.value else {
                let reason = "the kernel's configuration expected to say whether vfat is a part of it, none found"
                return .unreadable([line], Problem(.undecided, at: "/boot", reason))
            }
            if configuration.options[.vfat] == .builtIn { return .absent(searched: []) }
            return KernelModules.builtIn(in: configuration.kernel, root).flatMap { builtIn, _ in
                builtIn?.contains(.vfat) == true ? .absent(searched: []) : .present(line, [line])
            }
        }
    }
}

extension FileSystemTable.Mount {
    /// Types that systemd takes for file systems of the network (fstype_is_network in basic/mountpoint-util.c).
    private static let networkTypes: Set<String> = [
        "afs", "ceph", "cifs", "davfs", "gfs", "gfs2", "glusterfs", "lustre", "ncp", "ncpfs", "nfs", "nfs4", "ocfs2",
        "orangefs", "pvfs2", "smb3", "smbfs", "sshfs",
    ]

    /// Whether remote-fs.target has it mounted, which the boot only wants, and not local-fs.target.
    public var isOfNetwork: Bool {
        options.contains("_netdev")
            || Self.networkTypes.contains(type.hasPrefix("fuse.") ? String(type.dropFirst(5)) : type)
    }

    /// Whether it is swap, which the boot only wants too.
    public var isSwap: Bool { type == "swap" }

    /// Whether nothing mounts it at boot by itself.
    public var isLeftAlone: Bool { options.last(of: ["noauto", "auto"]) == "noauto" || isMountedOnAccess }

    /// Whether it is mounted when somebody looks into it.
    private var isMountedOnAccess: Bool {
        options.contains("x-systemd.automount") || options.contains("comment=systemd.automount")
    }

    /// Whether the boot goes on without it.
    public var mayFail: Bool { options.last(of: ["nofail", "fail"]) == "nofail" }

    /// Whether the boot ends in emergency mode where it cannot be mounted: local-fs.target requires it. The root is
    /// mounted before, and its device never waited for (mount_add_device_dependencies in core/mount.c).
    public var isAwaited: Bool {
        !isOfNetwork && !isSwap && !isLeftAlone && !mayFail && mountPoint != .root && !isOfTheKernel
            && !options.contains { $0.hasPrefix("x-systemd.wanted-by=") }
    }

    /// Whether it is mounted where systemd mounts the kernel's own file systems and passes fstab over.
    private var isOfTheKernel: Bool {
        (["/proc", "/sys", "/dev"] as [ImagePath]).contains(where: mountPoint.isWithin)
            && !mountPoint.isWithin("/dev/shm")
    }

    /// Whether nothing can be written there.
    public var isReadOnly: Bool { options.last(of: ["ro", "rw"]) == "ro" }

    /// Whether no program of it is executed: `user` and `users` say so too (mount(8)).
    public var isNotExecutable: Bool { options.forbidExecution }
}
