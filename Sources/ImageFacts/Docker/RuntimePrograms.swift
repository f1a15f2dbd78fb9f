/// The programs beside dockerd that containers need, and what mounts the cgroup hierarchy.

import Booting
import ByteParsing
public import ImageReading
import PackageDatabases

/// A program that can be run: a regular file, not empty, with permission to execute it, links followed.
public struct Program: Codable, Hashable, Sendable {
    /// Where it is found first, in the order of the search path.
    public let path: ImagePath
    /// Whether it stands below /sbin, /usr/sbin, /bin or /usr/bin, the only places where ecs-init looks.
    public let isInSystemDirectory: Bool
    /// The upstream version of the package that brings it; nil where no package that is known to do so is installed.
    public let version: ReleaseVersion?
}

/// What a container host needs at run time (docs.docker.com, "Install Docker Engine from binaries").
///
/// A program whose place is taken by what cannot be executed, a link that leads nowhere above all, is unreadable and
/// not absent: the problem says which it is.
public struct RuntimePrograms: Fact {
    /// procps or busybox; ecs-init's first act is to run it.
    public let sysctl: Observation<Program>
    /// By this very name, whichever variant it leads to: Docker and ecs-init run `iptables`.
    public let iptables: Observation<Program>
    /// Variants of iptables that are there by their own names.
    public let iptablesVariants: [ImagePath]
    /// For builds from a repository.
    public let git: Observation<Program>
    /// For `docker top`.
    public let ps: Observation<Program>
    /// For images whose layers are compressed with it.
    public let xz: Observation<Program>
    /// `containerd`, or `docker-containerd` of Docker 1.11 to 18.06.
    public let containerd: Observation<Program>
    /// `runc`, or `docker-runc` of Docker 1.11 to 18.06.
    public let runc: Observation<Program>
    /// What mounts the cgroup hierarchy at boot.
    public let cgroupMount: Observation<CgroupMount>

    /// What mounts the cgroup hierarchy.
    public enum CgroupMount: String, Codable, Sendable {
        /// systemd does so itself, before anything else.
        case systemd
        /// A line of /etc/fstab.
        case fstab
        /// Debian's cgroupfs-mount, Ubuntu's cgroup-lite, libcgroup's cgconfig.
        case service
    }
}

extension RuntimePrograms {
    /// Where ecs-init looks (amazon-ecs-agent, ecs-init/exec), in no particular order of its own.
    private static let systemDirectories: [ImagePath] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    /// Where a service's PATH leads besides.
    private static let localDirectories: [ImagePath] = ["/usr/local/sbin", "/usr/local/bin"]
    private static let searchPath = systemDirectories + localDirectories
    /// Where RHEL's and newer Docker packages keep helpers that are in nobody's PATH.
    private static let helperDirectories: [ImagePath] = [
        "/usr/libexec/docker", "/usr/lib/docker", "/opt/containerd/bin",
    ]

    private static let containerdNames = ["containerd", "docker-containerd", "docker-containerd-current"]
    private static let runcNames = ["runc", "docker-runc", "docker-runc-current"]
    private static let variantNames = ["iptables-nft", "iptables-legacy"]
    /// What the names above usually link to: wanted by name too, so that an ordinary image is read once.
    private static let linkTargets = [
        "xtables-nft-multi", "xtables-legacy-multi", "xtables-multi", "busybox", "toybox",
    ]
    private static let alternatives = ["iptables", "ps", "sysctl", "git", "xz"].map {
        ImagePath("/etc/alternatives/\($0)")
    }
    private static let systemd: [ImagePath] = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"]
    private static let cgroupServices: [ImagePath] = [
        "/usr/bin/cgroupfs-mount", "/bin/cgroups-mount", "/etc/init/cgroup-lite.conf", "/etc/init.d/cgconfig",
    ]

    /// A program's name is asked for with no byte of its content, which follows links where asking for names would not.
    private static func want(_ path: ImagePath) -> Want { .head(path, bytes: 0) }

    /// Every name the programs go by, and what those names usually link to.
    public static let wants: [Want] = {
        let names =
            ["sysctl", "iptables", "git", "ps", "xz"] + variantNames + containerdNames + runcNames + linkTargets
        let programs = searchPath.flatMap { directory in names.map { directory.appending($0) } }
        let helpers = helperDirectories.flatMap { directory in
            (containerdNames + runcNames).map { directory.appending($0) }
        }
        return (programs + helpers + alternatives + systemd + cgroupServices).map(want) + [Fstab.want]
    }()

    /// Looks for each program; `packages` say which version it is.
    public static func observe(in root: RootFilesystem, packages: InstalledPackages) -> RuntimePrograms {
        func program(_ names: [String], _ directories: [ImagePath], packages owners: [String]) -> Observation<Program> {
            let version = owners.lazy.compactMap { packages.package(named: $0).value }.first
            return find(names, in: directories, version: version.flatMap { ReleaseVersion($0.version) }, root)
        }
        return RuntimePrograms(
            sysctl: program(["sysctl"], searchPath, packages: ["procps", "procps-ng"]),
            iptables: program(["iptables"], searchPath, packages: ["iptables", "iptables-nft", "iptables-legacy"]),
            iptablesVariants: variantNames.compactMap { name in
                find([name], in: searchPath, version: nil, root).value?.path
            },
            git: program(["git"], searchPath, packages: ["git", "git-core"]),
            ps: program(["ps"], searchPath, packages: ["procps", "procps-ng"]),
            xz: program(["xz"], searchPath, packages: ["xz-utils", "xz"]),
            containerd: program(
                containerdNames, searchPath + helperDirectories, packages: ["containerd", "containerd.io"]),
            runc: program(runcNames, searchPath + helperDirectories, packages: ["runc"]),
            cgroupMount: cgroupMount(root)
        )
    }

    /// The first of `names` that can be run from one of `directories`; where none can, the first that is there.
    private static func find(
        _ names: [String], in directories: [ImagePath], version: ReleaseVersion?, _ root: RootFilesystem
    ) -> Observation<Program> {
        var places: [ImagePath] = []
        var unusable: Observation<Program>?
        for name in names {
            for directory in directories {
                let path = directory.appending(name)
                places.append(path)
                let file = executable(root[want(path)])
                switch file {
                case .absent: continue
                case .unreadable(let evidence, let problem): unusable = unusable ?? .unreadable(evidence, problem)
                case .present(let file, let evidence):
                    let program = Program(
                        path: path, isInSystemDirectory: systemDirectories.contains(directory), version: version)
                    return .present(program, evidence.map { Evidence($0.path, realPath: file.realPath, "executable") })
                }
            }
        }
        return unusable ?? .absent(searched: places)
    }

    private static func executable(_ file: Observation<File>) -> Observation<File> {
        file.flatMap { file, evidence in
            guard file.permissions & 0o111 != 0 else {
                let found = "an executable file expected, permissions \(String(file.permissions, radix: 8)) found"
                return .unreadable(evidence, Problem(.malformed, at: file.realPath, found))
            }
            guard file.size > 0 else {
                return .unreadable(
                    evidence, Problem(.malformed, at: file.realPath, "a program expected, 0 bytes found"))
            }
            return .present(file, evidence)
        }
    }

    private static func cgroupMount(_ root: RootFilesystem) -> Observation<CgroupMount> {
        var unreadable: Observation<CgroupMount>?
        for path in systemd {
            switch executable(root[want(path)]) {
            case .absent: continue
            case .present(_, let evidence): return .present(.systemd, evidence)
            case .unreadable(let evidence, let problem): unreadable = unreadable ?? .unreadable(evidence, problem)
            }
        }
        for path in cgroupServices {
            if case .present(_, let evidence) = root[want(path)] { return .present(.service, evidence) }
        }
        switch Fstab.observe(in: root) {
        case .present(let fstab, _):
            if let mount = fstab.lines.first(where: { $0.type.hasPrefix("cgroup") }) {
                return .present(.fstab, [mount.evidence])
            }
        case .absent: break
        case .unreadable(let evidence, let problem): unreadable = unreadable ?? .unreadable(evidence, problem)
        }
        return unreadable ?? .absent(searched: systemd + cgroupServices + [Fstab.want.path])
    }
}
