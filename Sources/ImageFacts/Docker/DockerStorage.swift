/// What stands where Docker keeps its data: a directory or none, what earlier storage drivers left, what is mounted there.

import Booting
public import ImageReading
import Startup

/// Docker's data directory on the image, `/var/lib/docker` unless daemon.json or a flag names another.
public struct DockerStorage: Fact {
    /// What is in the way of the directory.
    public enum Obstacle: Codable, Hashable, Sendable {
        /// A file.
        case file(place: Evidence)
        /// A link to what is not in the image; `maker` is what may make it, nil where nothing does.
        case danglingLink(place: Evidence, target: ImagePath, maker: String?)
        /// A link into a directory that an empty file system is mounted over.
        case hiddenTarget(place: Evidence, target: ImagePath, mount: Evidence)
    }

    /// A file system that the directory lies on.
    public struct FileSystem: Codable, Hashable, Sendable {
        /// `/` for the root.
        public let mountPoint: ImagePath
        /// `xfs`, `nfs4`; empty where the mount does not say.
        public let type: String
        /// `pquota`, `noexec`.
        public let options: [String]
        /// The line that mounts it.
        public let evidence: Evidence
    }

    /// The directory.
    public let root: ImagePath
    /// The setting that names it; nil for the usual one.
    public let setting: Evidence?
    /// What is in the way of it; nil where a directory or nothing stands there.
    public let obstacle: Obstacle?
    /// The storage drivers that have left a directory with something in it; nil where they cannot be listed.
    public let drivers: [String]?
    /// What it lies on, as the image mounts it; nil where nothing says so.
    public let fileSystem: FileSystem?
    /// `rootflags=` of the kernel command line, with which the root is mounted first.
    public let rootFlags: [String]
    /// Containers in it that dockerd starts again on every host.
    public let restartedContainers: [String]
}

extension DockerStorage {
    private static let usualRoot: ImagePath = "/var/lib/docker"
    /// The drivers that leave a directory of their own, which counts where something is in it (moby's
    /// daemon/graphdriver/driver.go, scanPriorDrivers).
    private static let allDrivers = ["aufs", "btrfs", "devicemapper", "fuse-overlayfs", "overlay", "overlay2", "zfs"]

    private static func want(_ driver: String, in root: ImagePath) -> Want { .names(ImagePath("\(root)/\(driver)/*")) }

    /// The usual directory and what drivers leave in it; containers are asked for with the agent's.
    public static let wants: [Want] = [.names(usualRoot)] + allDrivers.map { want($0, in: usualRoot) }

    /// Looks at the directory that dockerd is told to use.
    static func observe(
        in startup: ImageStartup, configuration: Observation<DaemonConfiguration>, service: Observation<DockerService>
    ) -> DockerStorage {
        let named = setting(configuration.value, service.value)
        let path = named.map { ImagePath($0.text) } ?? usualRoot
        let mounts = startup.mounts.value ?? []
        let image = startup.root
        // All questions on the directory together: an archive is read once more for those of an unusual one.
        let drivers = self.drivers(in: path, image)
        let containers = path == usualRoot ? BakedContainer.observe(in: image).value ?? [] : []
        let realPath = image.resolve(path).value?.realPath ?? path
        return DockerStorage(
            root: path, setting: named?.evidence, obstacle: obstacle(at: path, in: startup, mounts),
            drivers: drivers,
            fileSystem: mounts.holding(realPath).map {
                FileSystem(mountPoint: $0.point, type: $0.type, options: $0.options, evidence: $0.evidence)
            },
            rootFlags: (startup.kernel.arguments?.argument("rootflags")?.value ?? "").split(separator: ",")
                .map(String.init),
            restartedContainers: containers.filter(\.isRestarted).map { $0.name }.sorted())
    }

    private static func setting(
        _ configuration: DaemonConfiguration?, _ service: DockerService?
    ) -> (text: String, evidence: Evidence)? {
        for name in ["data-root", "graph"] {
            if let flag = service?.flags(named: name).last, let value = flag.value, value.hasPrefix("/") {
                return (value, flag.evidence)
            }
            if let configuration, let member = configuration.member(name), let value = member.value.text,
                value.hasPrefix("/"), !value.contains("*")
            {
                return (value, configuration.evidence(of: member))
            }
        }
        return nil
    }

    /// Sorted; nil where one of the directories cannot be listed.
    private static func drivers(in path: ImagePath, _ image: RootFilesystem) -> [String]? {
        var found: [String] = []
        var isKnown = true
        for driver in allDrivers {
            switch image.names(want(driver, in: path)) {
            case .present: found.append(driver)
            case .absent: continue
            case .unreadable(_, let problem): isKnown = isKnown && problem.isOfLink
            }
        }
        return isKnown ? found : nil
    }

    private static func obstacle(
        at path: ImagePath, in startup: ImageStartup, _ mounts: [MountedFileSystem]
    ) -> Obstacle? {
        let link = startup.root.linkTarget(of: path)
        let place = Evidence(path, link.value.map { "-> \($0)" } ?? "a file")
        func isUnmade(below mount: MountedFileSystem, _ target: ImagePath) -> Bool {
            mount.isEmptyAtFirst && mount.point != target && !startup.isMade(target, before: "docker.service")
        }
        switch startup.root.resolve(path) {
        case .present(let entry, _):
            guard entry.kind == .directory else {
                return .file(place: Evidence(path, realPath: entry.realPath, "a file"))
            }
            guard link.value != nil, let mount = mounts.holding(entry.realPath), isUnmade(below: mount, entry.realPath)
            else { return nil }
            return .hiddenTarget(place: place, target: entry.realPath, mount: mount.evidence)
        case .unreadable(_, let problem) where problem.code == .danglingLink:
            guard let text = link.value else { return nil }
            let target = text.hasPrefix("/") ? ImagePath(text) : path.parent.appending(text)
            if let mount = mounts.holding(target), mount.point != .root {
                return isUnmade(below: mount, target)
                    ? .hiddenTarget(place: place, target: target, mount: mount.evidence) : nil
            }
            switch startup.presence(of: path, before: "docker.service") {
            case .there: return nil
            case .missing:
                // A mount that cannot be read may bring it.
                let maker = startup.mounts.problem.map { "\($0.path)" }
                return .danglingLink(place: place, target: target, maker: maker)
            case .mayBeMade(let maker): return .danglingLink(place: place, target: target, maker: maker)
            }
        case .absent, .unreadable: return nil
        }
    }
}
