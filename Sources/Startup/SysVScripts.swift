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
                let name = Self.scriptName(entry.path.name)
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

    /// The unit that systemd's generator makes of a script, as far as it says what the script starts after and before
    /// (systemd 252 sysv-generator.c); nil under another init system.
    package func generatedUnit(of script: File) -> Unit? {
        guard case .systemd = initSystem else { return nil }
        let name = Self.unitName(script.path.name)
        func directive(_ key: String, _ value: String, _ line: Int) -> Directive {
            Directive(
                section: "Unit", key: key, value: value, path: script.path, realPath: script.realPath, line: line)
        }
        var directives: [Directive] = []
        for level in Self.levels {
            let directories = [ImagePath("/etc/rc\(level).d"), ImagePath("/etc/rc.d/rc\(level).d")]
            let entries = directories.flatMap { root.names(.names($0.appending("S*"))).value ?? [] }
            guard let link = entries.first(where: { Self.scriptName($0.path.name) == script.path.name }) else {
                continue
            }
            let target = level == "5" ? "graphical.target" : "multi-user.target"
            directives.append(
                Directive(
                    section: "Unit", key: "Before", value: target, path: link.path, realPath: link.realPath, line: 1))
        }
        let lines = String(decoding: script.bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        let header = zip(1..., lines).drop { $1 != "### BEGIN INIT INFO" }.prefix { $1 != "### END INIT INFO" }
        for (number, line) in header {
            let text = line.drop { $0 == "#" || $0 == " " || $0 == "\t" }
            guard let colon = text.firstIndex(of: ":") else { continue }
            let key: String
            switch text[..<colon].lowercased() {
            case "required-start", "should-start", "x-start-after": key = "After"
            case "x-start-before": key = "Before"
            default: continue
            }
            for word in text[text.index(after: colon)...].split(whereSeparator: \.isWhitespace) {
                if let unit = Self.unit(ofFacility: word) { directives.append(directive(key, unit, number)) }
            }
        }
        return Unit(name: name, path: script.path, directives: directives)
    }

    private static func unitName(_ script: some StringProtocol) -> String {
        "\(script.hasSuffix(".sh") ? String(script.dropLast(3)) : String(script)).service"
    }

    /// S20docker -> docker
    private static func scriptName(_ link: String) -> Substring {
        link.dropFirst().drop { $0.isASCII && $0.isNumber }
    }

    /// The unit that stands for a facility of an init script's header (sysv_translate_facility); nil for those that
    /// every boot has.
    private static func unit(ofFacility name: Substring) -> String? {
        switch name {
        case "$local_fs", "$syslog": nil
        case "$network": "network-online.target"
        case "$named": "nss-lookup.target"
        case "$portmap": "rpcbind.target"
        case "$remote_fs": "remote-fs.target"
        case "$time": "time-sync.target"
        case "$x-display-manager": "display-manager.service"
        case _ where name.hasPrefix("$"): "\(name.dropFirst()).target"
        default: unitName(name)
        }
    }

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
