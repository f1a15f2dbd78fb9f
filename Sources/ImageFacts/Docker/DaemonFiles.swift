/// The files and programs that dockerd's configuration names, and those that dockerd looks for by itself.

import ByteParsing
public import ImageReading
import Startup

/// What lies where dockerd looks.
public struct DaemonFiles: Fact {
    /// What stands at a path.
    public enum State: String, Codable, Sendable {
        /// A regular file that is not empty and can be executed.
        case program
        /// A regular file.
        case file
        case absent
        /// It is not in the image, and another unit or a script may make it before Docker starts.
        case mayBeMade
        /// What cannot be read, or is no regular file.
        case unreadable
    }

    /// Files that the configuration names, by the text that names them.
    public let named: [String: State]
    /// Where docker-proxy can be run from.
    public let proxies: [ImagePath]
    /// Whether dockerd's own program is in the image, and no stand-in of a few bytes.
    public let hasDaemon: Bool
    /// The runtimes that Amazon Linux's docker.service registers at boot, one for each file of /etc/docker-runtimes.d; nil
    /// where it cannot be listed.
    public let runtimes: [String]?
    /// Whether the user that userns-remap names is there: `.absent`, `.mayBeMade`, else `.file`.
    public let remappedUser: State
    /// Whether something of the image makes the bridge that the setting `bridge` names: `.absent` where nothing speaks of
    /// it, else `.file`.
    public let bridge: State
}

extension DaemonFiles {
    private static let runtimeScripts = Want.names("/etc/docker-runtimes.d/*")
    private static let users = Want.contents("/etc/passwd")
    private static let daemons = ["/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd"].map(ImagePath.init)
    private static let searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    /// Where Docker from 27.0 on looks for its helpers before the PATH (daemon/config, lookupBinPath).
    private static let helperDirectories = [
        "/usr/local/libexec/docker", "/usr/libexec/docker", "/usr/local/lib/docker", "/usr/lib/docker",
        "/usr/local/libexec", "/usr/libexec",
    ]
    /// In bytes; more than any stand-in, where a dockerd takes 30 to 110 MB.
    private static let leastDaemon = 1 << 20

    private static func want(_ path: ImagePath) -> Want { .head(path, bytes: 0) }

    /// docker-proxy by every name, and what a configuration may name by its usual ones.
    public static let wants: [Want] =
        [runtimeScripts, users]
        + ["/root/.docker/cert.pem", "/root/.docker/key.pem"].map { want(ImagePath($0)) }
        + (daemons + (searchPath + helperDirectories).map { ImagePath($0 + "/docker-proxy") }).map(want)

    /// Looks for what the configuration and the command line name.
    static func observe(
        in startup: ImageStartup, configuration: Observation<DaemonConfiguration>, service: Observation<DockerService>
    ) -> DaemonFiles {
        let root = startup.root
        var named: [String: State] = [:]
        for text in texts(configuration.value, service.value) where named[text] == nil {
            let state = state(of: text, in: root)
            let isPath = text.hasPrefix("/") && !ImagePath(text).hasPattern
            named[text] =
                state == .absent && isPath
                    && startup.presence(of: ImagePath(text), before: "docker.service") != .missing
                ? .mayBeMade : state
        }
        let proxies = (helperDirectories + searchPath).map { ImagePath($0 + "/docker-proxy") }
        return DaemonFiles(
            named: named,
            proxies: proxies.filter { state(root[want($0)]) == .program },
            hasDaemon: daemons.contains { (root[want($0)].value?.size ?? 0) >= leastDaemon },
            runtimes: names(runtimeScripts, in: root),
            remappedUser: remappedUser(configuration.value, service.value, in: startup),
            bridge: bridge(configuration.value, service.value, in: startup))
    }

    /// Sorted; nil where they cannot be listed.
    private static func names(_ want: Want, in root: RootFilesystem) -> [String]? {
        switch root.names(want) {
        case .present(let entries, _): entries.map(\.path.name).sorted()
        case .absent: []
        case .unreadable: nil
        }
    }

    private static func text(
        _ name: String, _ configuration: DaemonConfiguration?, _ service: DockerService?
    ) -> String {
        service?.flags(named: name).last?.value ?? configuration?.member(name)?.value.text ?? ""
    }

    /// `default` makes its own user, a number or a name has to be there (daemon/daemon_unix.go, parseRemappedRoot).
    private static func remappedUser(
        _ configuration: DaemonConfiguration?, _ service: DockerService?, in startup: ImageStartup
    ) -> State {
        let user = text("userns-remap", configuration, service).prefix { $0 != ":" }
        guard !user.isEmpty, user != "default",
            let lines = startup.root[users].parsed({ file throws(FormatError) in try file.lines() }).value
        else { return .file }
        let isThere = lines.contains { line in
            let fields = line.text.split(separator: ":", omittingEmptySubsequences: false)
            return fields[0] == user || (fields.count > 2 && fields[2] == user)
        }
        if isThere { return .file }
        if user.allSatisfy(\.isNumber) { return .absent }
        switch startup.presence(ofUser: String(user)) {
        case .there: return .file
        case .mayBeMade: return .mayBeMade
        case .missing: return .absent
        }
    }

    /// Where bridges are made: systemd-networkd, ifcfg files, ifupdown, netplan, NetworkManager, cloud-init.
    private static let networkFiles: [Want] = [
        "/etc/systemd/network/*", "/usr/lib/systemd/network/*.netdev", "/etc/sysconfig/network-scripts/ifcfg-*",
        "/etc/sysconfig/network/ifcfg-*", "/etc/network/interfaces", "/etc/network/interfaces.d/*",
        "/etc/netplan/*.yaml", "/etc/NetworkManager/system-connections/*", "/etc/cloud/cloud.cfg.d/*.cfg",
    ].map { .contents($0) }

    /// dockerd makes docker0 by itself and ends where another bridge is not there (libnetwork's
    /// drivers/bridge/setup_device.go).
    private static func bridge(
        _ configuration: DaemonConfiguration?, _ service: DockerService?, in startup: ImageStartup
    ) -> State {
        let name = text("bridge", configuration, service)
        guard !["", "none", "docker0"].contains(name) else { return .file }
        // All files together: an archive is read once more for them.
        let files = networkFiles.flatMap(startup.root.files)
        let isNamed =
            startup.boot.startedNames.contains { unit in
                startup.boot.unit(unit).value?.directives.contains { $0.value.contains(name) } == true
                    && unit != "docker.service"
            }
            || startup.bootScripts.all.contains {
                $0.commands.contains { $0.command.texts.contains(where: { $0.contains(name) }) }
            }
            || files.contains { String(decoding: $0.value?.bytes ?? [], as: UTF8.self).contains(name) }
        return isNamed ? .file : .absent
    }

    /// Every text that names a file: of the configuration, and of the command line.
    private static func texts(_ configuration: DaemonConfiguration?, _ service: DockerService?) -> [String] {
        let keys = ["data-root", "seccomp-profile", "tlscacert", "tlscert", "tlskey", "userland-proxy-path"]
        let flags = (service?.flags ?? []).compactMap { flag -> String? in
            if keys.contains(flag.name) { return flag.value }
            return flag.name == "add-runtime" ? flag.value.map { String($0.drop { $0 != "=" }.dropFirst()) } : nil
        }
        let members = keys.compactMap { configuration?.member($0)?.value.text }
        let runtimes = (configuration?.member("runtimes")?.value.members ?? []).compactMap { runtime in
            runtime.value.members?.last { $0.isStored(inField: "path") }?.value.text
        }
        // The names that certificates have where none is given.
        let names = (configuration?.members ?? []).flatMap { [$0.name] + ($0.value.members ?? []).map(\.name) }
        let usesTLS = (names + (service?.flags ?? []).map(\.name)).contains { ["tls", "tlsverify"].contains($0) }
        let usual = usesTLS ? ["cert", "key"].map { "/root/.docker/\($0).pem" } : []
        // Drivers that run a program of their own name.
        let driver =
            service?.flags(named: "storage-driver").last?.value ?? configuration?.member("storage-driver")?.value.text
        let programs = [driver].compactMap(\.self).filter { ["zfs", "fuse-overlayfs"].contains($0) }
        return (flags + members + runtimes + programs + usual).filter { !$0.isEmpty }
    }

    private static func state(of text: String, in root: RootFilesystem) -> State {
        guard !text.contains("*"), !text.contains("\0") else { return .unreadable }
        if text.hasPrefix("/") { return state(root[want(ImagePath(text))]) }
        guard !text.contains("/") else { return .absent }
        let states = searchPath.map { state(root[want(ImagePath("\($0)/\(text)"))]) }
        return states.first { $0 == .program } ?? states.first { $0 == .unreadable } ?? .absent
    }

    private static func state(_ file: Observation<File>) -> State {
        switch file {
        case .present(let file, _): file.permissions & 0o111 != 0 && file.size > 0 ? .program : .file
        case .absent: .absent
        case .unreadable: .unreadable
        }
    }
}
