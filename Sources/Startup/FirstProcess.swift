/// What the kernel, or its initramfs, starts as the first process, and what that finds of the root.

import Booting
public import ImageReading

/// The program that becomes the first process, the directories that it needs, and the target it goes for.
public struct FirstProcess: Fact {
    /// What stands where the program is looked for.
    public enum Program: Codable, Hashable, Sendable {
        case systemd(path: ImagePath)
        /// A shell, which starts no service.
        case shell(path: ImagePath)
        /// Another program: another init, or one that may go on to start it.
        case other(path: ImagePath)
        /// A file that cannot be executed.
        case notExecutable(path: ImagePath)
        case missing(path: ImagePath)
        case unknown(problem: Problem)
    }

    /// What `init=` names, and the word itself; nil where the kernel command line has none.
    public let requested: Program?
    /// The word `init=...`.
    public let requestedBy: Evidence?
    /// What /sbin/init is.
    public let standard: Program
    /// Whether systemd's own program is there, which an initramfs with systemd starts in the place of /sbin/init.
    public let hasSystemd: Bool
    /// The initramfs-tools that make an initramfs without systemd; nil where they are not there, or dracut is too.
    public let initramfsTools: ImagePath?
    /// Whether systemd is the init system, as far as the image shows it.
    public let isSystemd: Bool
    /// The unit that systemd begins with; nil for another init system, and without any unit.
    public let target: BootTarget?
    /// The directories /proc, /sys, /dev and /run that are there.
    public let mountPoints: [ImagePath]
    /// Those that are not.
    public let missingMountPoints: [ImagePath]
    /// Whether the root can be written to when systemd starts; nil where nothing shows it.
    public let isRootWritable: Bool?
    /// The word `ro` that counts on the kernel command line; nil where there is none, or `rw` follows.
    public let readOnly: Evidence?
    /// A unit or script that starts and mounts the root anew, beside systemd's own; looked for only where `ro` stands
    /// and fstab has no line of the root.
    public let remount: Evidence?

    private static let headLength = 20
    private static let toolsOfDebian: ImagePath = "/usr/share/initramfs-tools/init"
    private static let dracut: ImagePath = "/usr/lib/dracut/dracut-functions.sh"
    private static let kernelDirectories: [ImagePath] = ["/proc", "/sys", "/dev", "/run"]
    private static let systemd: [ImagePath] = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"]
    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh", "mksh", "sash"]

    /// The heads of the usual programs, and names.
    public static let wants: [Want] =
        (["/sbin/init", "/usr/sbin/init"] + systemd).map { .head($0, bytes: headLength) }
        + (kernelDirectories + [toolsOfDebian, dracut]).map { .names($0) }

    /// Works it out; always present.
    package static func observe(in startup: ImageStartup) -> Observation<FirstProcess> {
        .present(FirstProcess(startup), [])
    }

    private init(_ startup: ImageStartup) {
        let root = startup.root
        let arguments = KernelArguments(startup.kernel)
        let words = startup.kernel.arguments ?? []
        requestedBy = words.last { $0.text.hasPrefix("init=") && $0.text.utf8.count > 5 }
        requested = requestedBy.map { Self.program(at: ImagePath($0.text.dropFirst(5)), in: root) }
        standard = Self.program(at: "/sbin/init", in: root)
        hasSystemd = Self.systemd.contains { root.resolve($0).value?.kind == .regular }
        initramfsTools =
            root.resolve(Self.toolsOfDebian).value != nil && root.resolve(Self.dracut).isAbsent
            ? Self.toolsOfDebian : nil
        isSystemd = startup.initSystem == .systemd
        target = isSystemd && !startup.units.names.isEmpty ? BootTarget(of: startup.boot) : nil
        let directories = Self.kernelDirectories.map { ($0, root.resolve($0)) }
        mountPoints = directories.filter { $0.1.value?.kind == .directory || $0.1.problem != nil }.map(\.0)
        missingMountPoints = directories.filter { $0.1.isAbsent }.map(\.0)
        isRootWritable = arguments.isRootWritable
        let mode = words.last { $0.text == "ro" || $0.text == "rw" }
        readOnly = arguments.isRootWritable == false && mode?.text == "ro" ? mode : nil
        let hasRootLine = Fstab.observe(in: root).value?.lines.contains { $0.mountPoint == .root } ?? false
        remount = readOnly == nil || hasRootLine ? nil : Self.remount(in: startup)
    }

    /// What the kernel would execute at a path (do_execve: an ELF program or a script).
    private static func program(at path: ImagePath, in root: RootFilesystem) -> Program {
        guard !path.hasPattern else { return .missing(path: path) }
        switch root[.head(path, bytes: headLength)] {
        case .absent: return .missing(path: path)
        case .unreadable(_, let problem) where problem.isOfLink: return .missing(path: path)
        case .unreadable(_, let problem) where problem.code == .notRegularFile: return .notExecutable(path: path)
        case .unreadable(_, let problem): return .unknown(problem: problem)
        case .present(let file, _):
            let isProgram = file.bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) || file.bytes.starts(with: "#!".utf8)
            guard file.permissions & 0o111 != 0, isProgram else { return .notExecutable(path: path) }
            if file.realPath.name == "systemd" { return .systemd(path: path) }
            return shells.contains(path.name) || shells.contains(file.realPath.name)
                ? .shell(path: path) : .other(path: path)
        }
    }

    private static func remount(in startup: ImageStartup) -> Evidence? {
        for name in startup.boot.startedNames.sorted() where name != "systemd-remount-fs.service" {
            let directives = startup.boot.unit(name).value?.directives ?? []
            if let line = directives.first(where: { $0.key.hasPrefix("Exec") && $0.value.contains("remount") }) {
                return line.evidence
            }
        }
        let script = startup.bootScripts.all.first { script in
            script.commands.contains { $0.command.texts.contains { $0.contains("remount") } }
        }
        return script.map { Evidence(ImagePath($0.name)) }
    }
}
