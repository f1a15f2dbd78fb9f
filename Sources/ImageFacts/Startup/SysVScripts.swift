/// The agent and Docker among init scripts: directly, or through systemd's generator for them.

import ByteParsing
import ImageReading

/// Scripts linked into the run levels.
struct SysVScripts {
    let root: RootFilesystem
    let units: Units
    let initSystem: InitSystem

    private static let levels = ["2", "3", "4", "5"]
    private static let directories: [ImagePath] = levels.flatMap { level -> [ImagePath] in
        [ImagePath("/etc/rc\(level).d"), ImagePath("/etc/rc.d/rc\(level).d")]
    }
    private static let scripts = ["/etc/init.d/*", "/etc/rc.d/init.d/*"].map { AgentCommandReader.script($0) }
    static let wants: [Want] =
        directories.map { .names($0.appending("S*")) } + scripts + Generators.wants

    /// The links that start a script at boot, by the script's name; of several run levels the default one counts.
    private var links: [String: Evidence] {
        let defaultLevel = defaultLevel
        var links: [String: Evidence] = [:]
        for directory in Self.directories {
            if let defaultLevel, !directory.name.hasPrefix("rc\(defaultLevel)") { continue }
            for entry in root.names(.names(directory.appending("S*"))).value ?? [] {
                // S20docker
                let name = entry.path.name.dropFirst().drop { $0.isASCII && $0.isNumber }
                let target = root.linkTarget(of: entry.path).map { "-> \($0)" } ?? ""
                if links[String(name)] == nil {
                    links[String(name)] = Evidence(entry.path, realPath: entry.realPath, target)
                }
            }
        }
        return links
    }

    /// The run level of /etc/inittab, where that decides.
    private var defaultLevel: String? {
        guard case .sysV = initSystem else { return nil }
        let table = root[.contents("/etc/inittab")].parsed { file throws(FormatError) in try file.lines() }
        for line in table.value ?? [] where !line.text.hasPrefix("#") {
            let fields = line.text.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, fields[2] == "initdefault", Self.levels.contains(String(fields[1])) {
                return String(fields[1])
            }
        }
        return nil
    }

    /// Whether the script of a name starts at boot; nil where there is no such script.
    func start(of name: String) -> BootStart? {
        let directories: [ImagePath] = ["/etc/init.d", "/etc/rc.d/init.d"]
        let paths = directories.map { $0.appending(name) }
        guard let script = paths.first(where: { !root.files(AgentCommandReader.script($0)).isEmpty }) else {
            return nil
        }
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

    func search(_ search: inout AgentJobSearch) {
        search.searched.append("/etc/init.d/*")
        let links = links
        var seen: Set<ImagePath> = []
        for want in Self.scripts {
            for file in root.files(want) {
                switch file {
                case .absent: continue
                case .unreadable(_, let problem) where problem.code == .notRegularFile: continue
                case .unreadable(let evidence, let problem): search.cannotRead(evidence, problem)
                case .present(let file, _):
                    guard seen.insert(file.realPath).inserted, Mentions.agent.areIn(file.bytes) else { continue }
                    let name = file.path.name
                    guard let found = AgentCommandReader(root: root).commands(in: file, of: name),
                        let start = start(of: name)
                    else { continue }
                    search.jobs.append(
                        AgentJob(
                            name: name, manager: .sysV, command: found.command, start: start, evidence: found.evidence,
                            userDataOrder: userDataOrder(of: name, links)))
                }
            }
        }
    }

    /// Among init scripts the link's number decides, where cloud-init is one of them too.
    private func userDataOrder(of name: String, _ links: [String: Evidence]) -> AgentJob.UserDataOrder {
        guard let own = links[name] else { return .notOrdered(evidence: []) }
        guard let other = links["cloud-final"] else { return .notOrdered(evidence: [own]) }
        return own.path.name > other.path.name ? .after(evidence: [own, other]) : .notOrdered(evidence: [own, other])
    }
}
