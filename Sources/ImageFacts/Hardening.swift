/// What hardening guides change that a container host feels: options of mounts, kernel settings, directories, auditd.

import Booting
import ByteParsing
public import ImageReading
import Startup

/// Settings of a hardened image that may keep Docker, user data or jobs from running.
public struct Hardening: Fact {
    /// The mount with noexec on which cloud-init keeps the scripts of user data; nil where they can be executed.
    public let unexecutableUserData: Evidence?
    /// The line of sysctl.d that forbids loading modules from then on; nil where none does.
    public let noMoreModules: Evidence?
    /// Modules that are loaded before that line takes effect, `-` as `_`.
    public let modulesLoadedEarly: [String]
    /// What auditd does when its disk is full, where that ends the host (`halt`, `single`); nil where it goes on.
    public let haltingAudit: Evidence?
    /// Directories above Docker's data that only root may pass.
    public let closedDirectories: [Evidence]
    /// What could not be read of all this; nil where everything was.
    public let problem: Problem?
}

extension Hardening {
    private static let sysctl: [Want] = [
        "/etc/sysctl.d/*.conf", "/usr/local/lib/sysctl.d/*.conf", "/usr/lib/sysctl.d/*.conf", "/lib/sysctl.d/*.conf",
        "/etc/sysctl.conf",
    ].map { .contents($0) }
    private static let modulesLoad: [Want] = [
        "/etc/modules-load.d/*.conf", "/usr/local/lib/modules-load.d/*.conf", "/usr/lib/modules-load.d/*.conf",
        "/lib/modules-load.d/*.conf", "/etc/modules",
    ].map { .contents($0) }
    private static let audit = Want.contents("/etc/audit/auditd.conf")
    private static let userData: ImagePath = "/var/lib/cloud/instance/scripts"

    /// Small files of settings.
    public static let wants: [Want] = sysctl + modulesLoad + [audit]

    /// Reads them; what cannot be read shows nothing, and is told.
    static func observe(in startup: ImageStartup, storage: DockerStorage) -> Hardening {
        let root = startup.root
        let noMoreModules = moduleSwitch(in: root)
        let mounts = startup.mounts.value ?? []
        let read = sysctl.flatMap(root.files) + (startup.boot.starts("auditd.service") ? [root[audit]] : [])
        let problem = read.lazy.compactMap(\.problem).first { !$0.isOfLink && $0.code != .notRegularFile }
        return Hardening(
            unexecutableUserData: mounts.holding(userData).flatMap { $0.isNotExecutable ? $0.evidence : nil },
            noMoreModules: noMoreModules,
            modulesLoadedEarly: noMoreModules == nil ? [] : modulesLoadedEarly(in: root),
            haltingAudit: haltingAudit(in: startup),
            closedDirectories: closedDirectories(above: storage.root, in: root),
            problem: startup.mounts.problem ?? problem)
    }

    private static func lines(_ file: Observation<File>) -> [(file: File, line: TextLine)] {
        guard let file = file.value,
            let lines = Observation.present(file, []).parsed({ file throws(FormatError) in
                try file.lines()
            }).value
        else { return [] }
        return lines.map { (file, $0) }
    }

    private static let moduleSetting = Mentions(["modules_disabled"])

    /// `kernel.modules_disabled=1`, which nothing takes back before the next boot; a file of /etc hides its namesakes
    /// (sysctl.d(5)).
    private static func moduleSwitch(in root: RootFilesystem) -> Evidence? {
        var seen: Set<String> = []
        for file in sysctl.flatMap(root.files) {
            guard let path = file.value?.path, seen.insert(path.name).inserted,
                let bytes = file.value?.bytes, Self.moduleSetting.areIn(bytes)
            else { continue }
            for (file, line) in lines(file) {
                let parts = line.text.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isWhitespace } }
                guard parts.count == 2, parts[1] == "1" else { continue }
                let key = parts[0].drop { $0 == "-" }.split { $0 == "." || $0 == "/" }
                if key == ["kernel", "modules_disabled"] { return file.evidence(line: line.number, line.text) }
            }
        }
        return nil
    }

    /// systemd-modules-load runs before systemd-sysctl.
    private static func modulesLoadedEarly(in root: RootFilesystem) -> [String] {
        modulesLoad.flatMap(root.files).flatMap(lines).compactMap { _, line in
            let word = line.text.split(whereSeparator: \.isWhitespace).first
            guard let word, !word.hasPrefix("#"), !word.hasPrefix(";") else { return nil }
            return String(word.map { $0 == "-" ? "_" : $0 })
        }
    }

    /// auditd.conf(5): names match in any case, the last line counts.
    private static func haltingAudit(in startup: ImageStartup) -> Evidence? {
        guard startup.boot.starts("auditd.service") else { return nil }
        let keys = ["admin_space_left_action", "disk_full_action", "disk_error_action", "space_left_action"]
        var found: [String: Evidence] = [:]
        for (file, line) in lines(startup.root[audit]) {
            let parts = line.text.split(separator: "=", maxSplits: 1).map {
                $0.filter { !$0.isWhitespace }.lowercased()
            }
            guard parts.count == 2, keys.contains(parts[0]) else { continue }
            found[parts[0]] =
                ["halt", "single"].contains(parts[1]) ? file.evidence(line: line.number, line.text) : nil
        }
        return keys.lazy.compactMap { found[$0] }.first
    }

    private static func closedDirectories(above path: ImagePath, in root: RootFilesystem) -> [Evidence] {
        var closed: [Evidence] = []
        var directory = path.parent
        while directory != .root {
            if let entry = root.names(.names(directory)).value?.first, entry.kind == .directory,
                entry.permissions & 0o001 == 0
            {
                closed.append(Evidence(directory, "permissions \(String(entry.permissions, radix: 8))"))
            }
            directory = directory.parent
        }
        return closed
    }
}
