/// Init scripts and the run levels that they are linked into: run by SysV init, or through systemd's generator for them.

import ByteParsing
package import ImageReading

/// Scripts linked into the run levels.
package struct SysVScripts {
    private static let levels = ["2", "3", "4", "5"]
    private static let linkDirectories: [ImagePath] = levels.flatMap { level -> [ImagePath] in
        [ImagePath("/etc/rc\(level).d"), ImagePath("/etc/rc.d/rc\(level).d")]
    }
    private static let directories: [ImagePath] = ["/etc/init.d", "/etc/rc.d/init.d"]
    private static let scripts = directories.map { ScriptFiles.want($0.appending("*")) }
    static let wants: [Want] = linkDirectories.map { .names($0.appending("S*")) } + scripts

    private let root: RootFilesystem
    private let units: UnitFiles
    private let initSystem: InitSystem
    /// The links that start a script at boot, by the script's name; of several run levels the default one counts.
    package let links: [String: Evidence]

    init(in root: RootFilesystem, units: UnitFiles, initSystem: InitSystem) {
        self.root = root
        self.units = units
        self.initSystem = initSystem
        let defaultLevel = initSystem.isSysV ? Self.defaultLevel(in: root) : nil
        var links: [String: Evidence] = [:]
        for directory in Self.linkDirectories {
            if let defaultLevel, !directory.name.hasPrefix("rc\(defaultLevel)") { continue }
            for entry in root.names(.names(directory.appending("S*"))).value ?? [] {
                // S20docker
                let name = entry.path.name.dropFirst().drop { $0.isASCII && $0.isNumber }
                let target = root.linkTarget(of: entry.path).value.map { "-> \($0)" } ?? ""
                if links[String(name)] == nil {
                    links[String(name)] = Evidence(entry.path, realPath: entry.realPath, target)
                }
            }
        }
        self.links = links
    }

    /// The run level of /etc/inittab, where that decides.
    private static func defaultLevel(in root: RootFilesystem) -> String? {
        let table = root[.contents("/etc/inittab")].parsed { file throws(FormatError) in try file.lines() }
        for line in table.value ?? [] where !line.text.hasPrefix("#") {
            let fields = line.text.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, fields[2] == "initdefault", levels.contains(String(fields[1])) {
                return String(fields[1])
            }
        }
        return nil
    }

    /// The scripts themselves.
    package var files: ScriptFiles { ScriptFiles(Self.scripts, in: root) }

    /// Whether the script of a name starts at boot; nil where there is no such script.
    package func start(of name: String) -> BootStart? {
        let paths = Self.directories.map { $0.appending(name) }
        guard let script = paths.first(where: { !root.files(ScriptFiles.want($0)).isEmpty }) else { return nil }
        if case .systemd = initSystem {
            // A unit of the same name counts before the script, a mask of it too.
            if units.directories.identity(of: "\(name).service") != nil { return nil }
            guard Generators.generator("systemd-sysv-generator", in: root) != nil else {
                return .notStarted(evidence: [Evidence(script, "systemd has no generator for init scripts here")])
            }
        }
        guard let link = links[name] else {
            return .notStarted(evidence: [Evidence(script, "no S link of it in the run level that boots")])
        }
        return .started(evidence: [link], byPresetOnFirstBoot: false)
    }
}

extension SysVScripts {
    /// What the header of an init script may ask for, as systemd's generator takes it (systemd's
    /// sysv-generator/sysv-generator.c); others are names of services.
    private static let facilities = [
        "$network": "network-online.target", "$named": "nss-lookup.target", "$portmap": "rpcbind.target",
        "$remote_fs": "remote-fs.target", "$time": "time-sync.target", "$x-display-manager": "display-manager.service",
        "$local_fs": "", "$syslog": "",
    ]

    /// The unit that systemd's generator makes of a script: before the targets of its run levels, after what its header
    /// names, and not after scripts whose link has a lower number but which are native units.
    package static func generatedUnit(of script: File) -> Unit {
        var directives: [Directive] = []
        func add(_ key: String, _ value: String, line: Int) {
            directives.append(
                Directive(
                    section: "Unit", key: key, value: value, path: script.path, realPath: script.realPath, line: line))
        }
        add("Before", "multi-user.target graphical.target", line: 1)
        let text = String(decoding: script.bytes, as: UTF8.self)
        var isHeader = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("### BEGIN INIT INFO") { isHeader = true }
            if line.hasPrefix("### END INIT INFO") { break }
            guard isHeader, let colon = line.firstIndex(of: ":") else { continue }
            let key = line[..<colon].drop { $0 == "#" || $0 == " " || $0 == "\t" }
            guard ["Required-Start", "Should-Start"].contains(key) else { continue }
            let names = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace).compactMap { word in
                facilities[String(word)] ?? (word.hasPrefix("$") ? "\(word.dropFirst()).target" : "\(word).service")
            }
            add("After", names.filter { !$0.isEmpty }.joined(separator: " "), line: index + 1)
        }
        return Unit(name: "\(script.path.name).service", path: script.path, directives: directives)
    }
}
