/// Which packets a Batch host depends on that firewall rules of the image drop, where a unit loads them at boot.

import ByteParsing
public import ImageReading
import Startup

/// The firewalls that start with the host.
public struct Firewall: Fact {
    /// What a Batch host sends and gets.
    public enum Traffic: String, Codable, CaseIterable, Sendable {
        /// The agent's questions to the instance's metadata service.
        case metadata
        /// The agent's connections to ECS and the registry.
        case services
        /// What they answer.
        case answers
        /// A container on Docker's bridge asking 169.254.170.2 for its role's credentials, which iptables leads to the
        /// agent's port 51679.
        case credentials
        /// A container on Docker's bridge talking to another host.
        case bridge
    }

    /// Which program's rules.
    public enum Kind: String, Codable, Sendable {
        case iptables, nftables, ufw, firewalld
    }

    /// One of them.
    public struct RuleSet: Codable, Hashable, Sendable {
        /// Which program's.
        public let kind: Kind
        /// The unit that loads it.
        public let unit: String
        /// The file.
        public let path: ImagePath
        /// What it drops, by the line that does; only what is dropped for certain.
        public let dropped: [Dropped]
        /// Why some of its rules are not known; nil where all are.
        public let problem: Problem?
    }

    /// Traffic that is dropped.
    public struct Dropped: Codable, Hashable, Sendable {
        /// Which.
        public let traffic: Traffic
        /// The rule or policy that drops it.
        public let evidence: Evidence
    }

    /// In the order of the kinds.
    public let ruleSets: [RuleSet]
}

extension Firewall {
    private static let iptablesFiles = [
        ("iptables.service", "/etc/sysconfig/iptables"), ("netfilter-persistent.service", "/etc/iptables/rules.v4"),
        ("iptables-restore.service", "/var/lib/iptables/rules-save"),
    ].map { ($0.0, Want.contents(ImagePath($0.1))) }
    private static let nftablesFiles = ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf"].map {
        Want.contents(ImagePath($0))
    }
    private static let ufwSwitch = Want.contents("/etc/ufw/ufw.conf")
    private static let ufwDefaults = Want.contents("/etc/default/ufw")
    private static let ufwRules = ["/etc/ufw/before.rules", "/etc/ufw/user.rules", "/etc/ufw/after.rules"].map {
        Want.contents(ImagePath($0))
    }
    private static let firewalldSettings = Want.contents("/etc/firewalld/firewalld.conf")
    private static let zones: [Want] = [.contents("/etc/firewalld/zones/*.xml")]
    private static let includeLimit = 16

    /// The files by their usual names.
    public static let wants: [Want] =
        iptablesFiles.map(\.1) + nftablesFiles + [ufwSwitch, ufwDefaults, firewalldSettings] + ufwRules + zones

    /// Reads the rules that a unit which starts loads; where some cannot be read nothing is dropped for certain.
    static func observe(in startup: ImageStartup) -> Firewall {
        func isStarted(_ unit: String) -> Bool { startup.boot.starts(unit) }
        var sets = iptablesFiles.compactMap { unit, want in isStarted(unit) ? iptables(unit, want, startup.root) : nil }
        if isStarted("nftables.service") { sets += [nftables(startup)].compactMap(\.self) }
        if isStarted("ufw.service") { sets += [ufw(startup.root)].compactMap(\.self) }
        if isStarted("firewalld.service") { sets.append(firewalld(startup.root)) }
        return Firewall(ruleSets: sets)
    }

    private static func packet(of traffic: Traffic) -> FilteredPacket {
        switch traffic {
        case .metadata: FilteredPacket(hook: .output, destination: "169.254.169.254", destinationPort: 80)
        case .services: FilteredPacket(hook: .output, destinationPort: 443)
        case .answers: FilteredPacket(hook: .input, isNew: false)
        case .credentials:
            FilteredPacket(
                hook: .input, inInterface: "docker0", source: "172.17.0.2", destination: "127.0.0.1",
                destinationPort: 51679)
        case .bridge:
            FilteredPacket(hook: .forward, inInterface: "docker0", source: "172.17.0.2", destinationPort: 443)
        }
    }

    private static func dropped(_ fate: (FilteredPacket) -> FilterTable.Fate) -> [Dropped] {
        Traffic.allCases.compactMap { traffic in
            guard case .dropped(let evidence) = fate(packet(of: traffic)) else { return nil }
            return Dropped(traffic: traffic, evidence: evidence)
        }
    }

    private static func dropped(by table: FilterTable) -> [Dropped] {
        dropped { table.fate(of: $0, in: $0.hook.rawValue.uppercased()) }
    }

    /// Nil where there is no such file.
    private static func iptables(_ unit: String, _ want: Want, _ root: RootFilesystem) -> RuleSet? {
        var rules = IptablesRules()
        let read = root[want].parsed { file throws(FormatError) in try rules.read(file) }
        if read.isAbsent { return nil }
        return RuleSet(
            kind: .iptables, unit: unit, path: want.path, dropped: read.problem == nil ? dropped(by: rules.table) : [],
            problem: read.problem)
    }

    private static func nftables(_ startup: ImageStartup) -> RuleSet? {
        let words = startup.boot.unit("nftables.service").value?.execLines("ExecStart").flatMap(\.writtenWords) ?? []
        let named = words.firstIndex(of: "-f").flatMap { $0 + 1 < words.count ? ImagePath(words[$0 + 1]) : nil }
        let main = named ?? nftablesFiles.lazy.map(\.path).first { !startup.root[.contents($0)].isAbsent }
        guard let main, !main.hasPattern else { return nil }
        var rules = NftablesRules()
        var pending = [main]
        var problem: Problem?
        for _ in 0..<includeLimit {
            guard let path = pending.popLast() else { break }
            let former = rules.includes.count
            for file in startup.root.files(.contents(path)) {
                let read = file.parsed { file throws(FormatError) in try rules.read(file) }
                problem = problem ?? read.problem
            }
            pending += rules.includes[former...].map {
                $0.hasPrefix("/") ? ImagePath($0) : ImagePath("/etc/nftables/\($0)")
            }
        }
        if problem == nil, let path = pending.last {
            problem = Problem(.tooLarge, at: path, "at most \(includeLimit) files included one by another expected")
        }
        return RuleSet(
            kind: .nftables, unit: "nftables.service", path: main,
            dropped: problem == nil ? dropped(rules.fate(of:)) : [], problem: problem)
    }

    /// ufw's chains come before the policies of /etc/default/ufw (ufw-framework(8)); nil where it is switched off.
    private static func ufw(_ root: RootFilesystem) -> RuleSet? {
        func settings(_ want: Want) -> Observation<ShellAssignments> {
            root[want].parsed { file throws(FormatError) in ShellAssignments(try file.lines()) }
        }
        let isOn = settings(ufwSwitch)
        guard isOn.problem != nil || isOn.value?["ENABLED"]?.lowercased() == "yes" else { return nil }
        let defaults = settings(ufwDefaults)
        var problem = isOn.problem ?? defaults.problem
        var rules = IptablesRules()
        for want in ufwRules {
            let read = root[want].parsed { file throws(FormatError) in try rules.read(file) }
            problem = problem ?? read.problem
        }
        for (chain, usual) in [("INPUT", "DROP"), ("FORWARD", "DROP"), ("OUTPUT", "ACCEPT")] {
            let policy = defaults.value?["DEFAULT_\(chain)_POLICY"] ?? usual
            let evidence = Evidence(ufwDefaults.path, "DEFAULT_\(chain)_POLICY=\"\(policy)\"")
            let lower = chain.lowercased()
            rules.jump(
                from: chain, to: ["ufw-before-\(lower)", "ufw-user-\(lower)", "ufw-after-\(lower)"], evidence)
            rules.setPolicy(of: chain, droppingBy: policy == "ACCEPT" ? nil : evidence)
        }
        return RuleSet(
            kind: .ufw, unit: "ufw.service", path: ufwDefaults.path,
            dropped: problem == nil ? dropped(by: rules.table) : [], problem: problem)
    }

    /// firewalld refuses what comes in by its default zone, unless the zone accepts all or names the port; Docker from
    /// 20.10 on puts its bridges into a zone of their own (moby's libnetwork/iptables/firewalld.go).
    private static func firewalld(_ root: RootFilesystem) -> RuleSet {
        let settings = root[firewalldSettings].parsed { file throws(FormatError) in ShellAssignments(try file.lines()) }
        let zone = settings.value?["DefaultZone"] ?? "public"
        var isOpen = zone == "trusted"
        var problem = settings.problem
        for file in zones.flatMap(root.files) {
            problem = problem ?? file.problem
            guard let file = file.value else { continue }
            let text = String(decoding: file.bytes, as: UTF8.self)
            let isDefault = file.path.name == "\(zone).xml"
            let accepts = text.contains("target=\"ACCEPT\"") || text.contains("51679")
            let isOfBridge = ["docker0", "172.17."].contains { text.contains($0) }
            if isDefault || isOfBridge, accepts { isOpen = true }
        }
        let evidence = Evidence(firewalldSettings.path, "DefaultZone=\(zone)")
        return RuleSet(
            kind: .firewalld, unit: "firewalld.service", path: firewalldSettings.path,
            dropped: isOpen || problem != nil ? [] : [Dropped(traffic: .credentials, evidence: evidence)],
            problem: problem)
    }
}
