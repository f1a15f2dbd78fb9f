/// One option of dockerd and what may be said of it in daemon.json, by version.

import ImageFacts

/// One option of dockerd, by the key of daemon.json and by the flag of its command line.
///
/// From moby's cmd/dockerd (from 29.0 daemon/command) and daemon/config of every release from 1.10 on.
struct DaemonOption {
    /// What the option holds: how it is decoded from daemon.json and read from a flag.
    enum Shape {
        case text, texts, boolean, integer, size, address, addresses
        /// `key=value`, an object whose values are strings.
        case textMap
        /// `key`, `key=true`, an object whose values are true or false.
        case switches
        /// `driver=key=value`, objects in an object.
        case driverOptions
        case ulimits, runtimes, addressPools, builder, nodeResourceInterface
        case proxies
    }

    /// The key of daemon.json; nil for what is a flag alone.
    let key: String?
    /// The flag that sets the same; nil for a key alone.
    let flag: String?
    let shape: Shape
    /// The first version that has it.
    let since: ReleaseVersion
    /// The first version that does not have it any more; nil where there is none.
    let until: ReleaseVersion?
    /// The first version that takes the key with any value and does not read it; nil where there is none.
    let unreadSince: ReleaseVersion?

    /// An option by its key, which is also its flag's name where no other is given.
    init(
        _ key: String, _ shape: Shape, flag: String? = nil, since: ReleaseVersion, until: ReleaseVersion? = nil,
        unreadSince: ReleaseVersion? = nil
    ) {
        self.init(
            key: key, flag: flag ?? key, shape: shape, since: since, until: until, unreadSince: unreadSince)
    }

    /// An option that is a key alone or a flag alone.
    init(
        key: String?, flag: String?, shape: Shape, since: ReleaseVersion, until: ReleaseVersion? = nil,
        unreadSince: ReleaseVersion? = nil
    ) {
        self.key = key
        self.flag = flag
        self.shape = shape
        self.since = since
        self.until = until
        self.unreadSince = unreadSince
    }

    /// Whether a version of Docker knows it; nil where it cannot be told. Every version that reads daemon.json knows
    /// what the first one knew and none has removed.
    func isKnown(to version: ReleaseVersion?) -> Bool? {
        guard let version else { return since <= ReleaseVersion(1, 10) && until == nil ? true : nil }
        return version >= since && until.map { version < $0 } ?? true
    }
}

extension DaemonOption {
    /// From this version on Docker may have options that are not listed here: a key that is not listed may be one.
    static let firstVersionNotListed = ReleaseVersion(29, 8)

    /// Whether an object under this key is one option; of any other object dockerd takes the members for options, and
    /// so it does with one that this version does not know yet.
    static func isUndivided(_ key: String, in version: ReleaseVersion?) -> Bool {
        switch key {
        case "default-network-opts": version.map { $0 >= ReleaseVersion(24) } ?? true
        case "nri-opts": version.map { $0 >= ReleaseVersion(29, 2) } ?? true
        default: ["cluster-store-opts", "log-opts", "runtimes", "default-ulimits", "features", "builder"].contains(key)
        }
    }

    /// The options that a key of daemon.json names: by the key itself, or by the flag, which dockerd lets pass.
    static func named(_ key: String) -> [DaemonOption] { (byKey[key] ?? []) + (byFlag[key] ?? []) }

    /// The options that a flag of the command line sets.
    static func set(byFlag flag: String) -> [DaemonOption] { byFlag[flag] ?? [] }

    /// The option that Go stores a member in, whose names match in any case; nil for what it does not store.
    static func storing(_ member: DaemonValue.Member, in version: ReleaseVersion?) -> DaemonOption? {
        let isThere = { (option: DaemonOption) in option.isKnown(to: version) == true }
        if let option = byKey[member.name]?.first(where: isThere) { return option }
        guard byKey[member.name] == nil else { return nil }
        return (all + structAlone).first { isThere($0) && $0.key.map(member.isStored(inField:)) == true }
    }

    private static let byKey = Dictionary(grouping: (all + structAlone).filter { $0.key != nil }, by: { $0.key ?? "" })
    private static let byFlag = Dictionary(grouping: all.filter { $0.flag != nil }, by: { $0.flag ?? "" })

    /// The names that only the struct has: as a key each is unknown, unless an object stands under it.
    private static let structAlone: [DaemonOption] = [
        DaemonOption(key: "proxies", flag: nil, shape: .proxies, since: ReleaseVersion(23)),
        DaemonOption(key: "containerd-plugin-namespace", flag: nil, shape: .text, since: ReleaseVersion(18, 9)),
        DaemonOption(key: "default-init", flag: nil, shape: .text, since: ReleaseVersion(1, 13)),
        DaemonOption(key: "resolv-conf", flag: nil, shape: .text, since: ReleaseVersion(19, 3)),
        DaemonOption(key: "swarm-raft-heartbeat-tick", flag: nil, shape: .integer, since: ReleaseVersion(18, 9)),
        DaemonOption(key: "swarm-raft-election-tick", flag: nil, shape: .integer, since: ReleaseVersion(18, 9)),
    ]

    /// Whether a key names an option by itself; those of the struct alone are none.
    static func isKey(_ key: String, in version: ReleaseVersion?) -> [Bool?] {
        named(key).filter { option in !structAlone.contains { $0.key == option.key } }.map { $0.isKnown(to: version) }
    }
}

extension DaemonOption {
    /// Whether a version makes something of the key's value.
    func isRead(by version: ReleaseVersion?) -> Bool {
        unreadSince.map { since in version.map { $0 < since } ?? false } ?? true
    }

    /// The Go type of the key's value.
    func type(in version: ReleaseVersion?) -> DaemonType {
        func isFrom(_ major: Int) -> Bool { version.map { $0 >= ReleaseVersion(major) } ?? true }
        guard isRead(by: version) else { return .anything }
        switch shape {
        case .text: return .text
        case .texts: return .list(.text)
        case .boolean: return .boolean
        case .integer: return .integer
        case .size: return .size
        case .address: return .address
        case .addresses: return .list(key == "dns" && !isFrom(25) ? .text : .address)
        case .textMap: return .map(.text)
        case .switches: return .map(.boolean)
        case .driverOptions: return .map(.map(.text))
        case .ulimits: return .map(.structure(["Name": .text, "Hard": .integer, "Soft": .integer]))
        case .runtimes:
            let later: [String: DaemonType] = isFrom(23) ? ["runtimeType": .text, "options": .map(.anything)] : [:]
            return .map(.structure(["path": .text, "runtimeArgs": .list(.text)].merging(later) { $1 }))
        case .addressPools: return .list(.structure(["base": .text, "size": .integer]))
        case .builder: return .structure(Self.builder(isFrom))
        case .nodeResourceInterface:
            return .structure(
                ["enable": .boolean, "plugin-path": .text, "plugin-config-path": .text, "socket-path": .text],
                isStrict: true)
        case .proxies: return .structure(["http-proxy": .text, "https-proxy": .text, "no-proxy": .text])
        }
    }

    private static func builder(_ isFrom: (Int) -> Bool) -> [String: DaemonType] {
        let filter = DaemonType.either(.list(.text), .map(.either(.list(.text), .map(.boolean))))
        var rule: [String: DaemonType] = ["All": .boolean, "Filter": filter, "KeepStorage": .text]
        var collection: [String: DaemonType] = ["Enabled": .boolean, "DefaultKeepStorage": .text]
        if isFrom(28) {
            for space in ["ReservedSpace", "MaxUsedSpace", "MinFreeSpace"] {
                rule[space] = .text
                collection["Default" + space] = .text
            }
        }
        collection["Policy"] = .list(.structure(rule))
        var entitlements: [String: DaemonType] = ["network-host": .boolean, "security-insecure": .boolean]
        if isFrom(29) { entitlements["device"] = .boolean }
        var fields: [String: DaemonType] = ["GC": .structure(collection), "Entitlements": .structure(entitlements)]
        if isFrom(24) { fields["History"] = .structure(["MaxAge": .duration, "MaxEntries": .integer]) }
        return fields
    }
}
