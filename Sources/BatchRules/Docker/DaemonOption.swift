/// The options that dockerd knows, by version: what daemon.json may say and what it must not.

import ImageFacts

/// One option of dockerd, by the key of daemon.json and by the flag of its command line.
///
/// From moby's cmd/dockerd and daemon/config, the release notes of Docker Engine, and dockerd 20.10.5, 20.10.24, 26.1.5
/// and 28.5.2 themselves, which name every key that they do not know.
struct DaemonOption {
    /// What the key's value has to be for Go to decode it; null does for every one of them but a size.
    enum Shape {
        case string, strings, boolean, integer, size
        /// An object whose values are strings.
        case texts
        /// An object whose values are true or false.
        case switches
        /// An object whose values are objects.
        case groups
        case object, objects
        /// dockerd knows the name as a flag and does not read it from the file.
        case ignored
    }

    /// The key of daemon.json.
    let name: String
    /// The flag that sets the same, where it is called otherwise.
    let flag: String
    let shape: Shape
    /// The first version that has it; where only a range is known, from the first that might to the first that does.
    let since: ClosedRange<ReleaseVersion>
    /// The first version that does not have it any more, likewise; nil where there is none.
    let until: ClosedRange<ReleaseVersion>?

    init(
        _ name: String, _ shape: Shape, flag: String? = nil, since: ClosedRange<ReleaseVersion>,
        until: ClosedRange<ReleaseVersion>? = nil
    ) {
        self.name = name
        self.flag = flag ?? name
        self.shape = shape
        self.since = since
        self.until = until
    }

    /// Whether a version of Docker knows it; nil where it cannot be told. Every version that reads daemon.json knows
    /// what the first one knew and none has removed.
    func isKnown(to version: ReleaseVersion?) -> Bool? {
        guard let version else { return since.upperBound <= ReleaseVersion(1, 10) && until == nil ? true : nil }
        if version < since.lowerBound { return false }
        if let until, version >= until.upperBound { return false }
        if version < since.upperBound { return nil }
        if let until, version >= until.lowerBound { return nil }
        return true
    }
}

extension DaemonOption {
    /// From this version on Docker has options that are not listed here: a key that is not listed may be one.
    static let firstVersionNotListed = ReleaseVersion(29)

    /// The object in which daemon.json gives the proxies: the same names at the top are let pass and not read.
    static let proxies = "proxies"

    /// Whether an object under this key is one option; of any other object dockerd takes the members for options, and
    /// so it does with one that this version does not know yet.
    static func isUndivided(_ key: String, in version: ReleaseVersion?) -> Bool {
        if key == "default-network-opts" { return version.map { $0 >= ReleaseVersion(24) } ?? true }
        return ["cluster-store-opts", "log-opts", "runtimes", "default-ulimits", "features", "builder"].contains(key)
    }

    /// The options that a key of daemon.json names: by the key itself, or by the flag, which dockerd lets pass.
    static func named(_ key: String) -> [DaemonOption] { byName[key] ?? [] }

    /// The options that a flag of the command line sets.
    static func set(byFlag flag: String) -> [DaemonOption] { byFlag[flag] ?? [] }

    private static let byName: [String: [DaemonOption]] = {
        var names: [String: [DaemonOption]] = [:]
        for option in all {
            names[option.name, default: []].append(option)
            guard option.flag != option.name else { continue }
            let flag = DaemonOption(option.flag, .ignored, since: option.since, until: option.until)
            names[option.flag, default: []].append(flag)
        }
        return names
    }()
    private static let byFlag = Dictionary(grouping: all, by: \.flag)

    private static func from(_ major: Int, _ minor: Int = 0) -> ClosedRange<ReleaseVersion> {
        ReleaseVersion(major, minor)...ReleaseVersion(major, minor)
    }

    private static func between(_ earliest: (Int, Int), _ latest: (Int, Int)) -> ClosedRange<ReleaseVersion> {
        ReleaseVersion(earliest.0, earliest.1)...ReleaseVersion(latest.0, latest.1)
    }

    private static let all: [DaemonOption] = firstOptions + laterOptions

    /// Those of Docker 1.10, the first version that reads daemon.json, and the flags that every version has.
    private static let firstOptions: [DaemonOption] = [
        DaemonOption("api-cors-header", .string, since: from(1, 10), until: between((28, 6), (29, 0))),
        DaemonOption("authorization-plugins", .strings, flag: "authorization-plugin", since: from(1, 10)),
        DaemonOption("bip", .string, since: from(1, 10)),
        DaemonOption("bridge", .string, since: from(1, 10)),
        DaemonOption("cgroup-parent", .string, since: from(1, 10)),
        DaemonOption("cluster-advertise", .string, since: from(1, 10), until: between((20, 11), (23, 0))),
        DaemonOption("cluster-store", .string, since: from(1, 10), until: between((20, 11), (23, 0))),
        DaemonOption(
            "cluster-store-opts", .texts, flag: "cluster-store-opt", since: from(1, 10),
            until: between((20, 11), (23, 0))),
        DaemonOption("config-file", .ignored, since: from(1, 10)),
        DaemonOption("debug", .boolean, since: from(1, 10)),
        DaemonOption("default-gateway", .string, since: from(1, 10)),
        DaemonOption("default-gateway-v6", .string, since: from(1, 10)),
        DaemonOption("default-ulimits", .object, flag: "default-ulimit", since: from(1, 10)),
        DaemonOption("disable-legacy-registry", .boolean, since: from(1, 10), until: between((17, 12), (20, 10))),
        DaemonOption("dns", .strings, since: from(1, 10)),
        DaemonOption("dns-opts", .strings, flag: "dns-opt", since: from(1, 10)),
        DaemonOption("dns-search", .strings, since: from(1, 10)),
        DaemonOption("exec-opts", .strings, flag: "exec-opt", since: from(1, 10)),
        DaemonOption("exec-root", .string, since: from(1, 10)),
        DaemonOption("fixed-cidr", .string, since: from(1, 10)),
        DaemonOption("fixed-cidr-v6", .string, since: from(1, 10)),
        DaemonOption("graph", .string, since: from(1, 10), until: between((20, 11), (23, 0))),
        DaemonOption("group", .string, since: from(1, 10)),
        DaemonOption("help", .ignored, since: from(1, 10)),
        DaemonOption("hosts", .strings, flag: "host", since: from(1, 10)),
        DaemonOption("icc", .boolean, since: from(1, 10)),
        DaemonOption("insecure-registries", .strings, flag: "insecure-registry", since: between((1, 10), (1, 12))),
        DaemonOption("ip", .string, since: from(1, 10)),
        DaemonOption("ip-forward", .boolean, since: from(1, 10)),
        DaemonOption("ip-masq", .boolean, since: from(1, 10)),
        DaemonOption("iptables", .boolean, since: from(1, 10)),
        DaemonOption("ipv6", .boolean, since: from(1, 10)),
        DaemonOption("labels", .strings, flag: "label", since: from(1, 10)),
        DaemonOption("log-driver", .string, since: from(1, 10)),
        DaemonOption("log-level", .string, since: from(1, 10)),
        DaemonOption("log-opts", .texts, flag: "log-opt", since: from(1, 10)),
        DaemonOption("mtu", .integer, since: from(1, 10)),
        DaemonOption("pidfile", .string, since: from(1, 10)),
        DaemonOption("raw-logs", .boolean, since: between((1, 10), (1, 12))),
        DaemonOption("registry-mirrors", .strings, flag: "registry-mirror", since: between((1, 10), (1, 12))),
        DaemonOption("restart", .ignored, since: from(1, 10)),
        DaemonOption("selinux-enabled", .boolean, since: from(1, 10)),
        DaemonOption("storage-driver", .string, since: from(1, 10)),
        DaemonOption("storage-opts", .strings, flag: "storage-opt", since: from(1, 10)),
        DaemonOption("tls", .boolean, since: from(1, 10)),
        DaemonOption("tlscacert", .string, since: from(1, 10)),
        DaemonOption("tlscert", .string, since: from(1, 10)),
        DaemonOption("tlskey", .string, since: from(1, 10)),
        DaemonOption("tlsverify", .boolean, since: from(1, 10)),
        DaemonOption("userland-proxy", .boolean, since: from(1, 10)),
        DaemonOption("userns-remap", .string, since: from(1, 10)),
        DaemonOption("version", .ignored, since: from(1, 10)),
    ]

    private static let laterOptions: [DaemonOption] = [
        DaemonOption("containerd", .string, since: from(1, 11)),
        DaemonOption("default-runtime", .string, since: from(1, 12)),
        DaemonOption("live-restore", .boolean, since: from(1, 12)),
        DaemonOption("max-concurrent-downloads", .integer, since: from(1, 12)),
        DaemonOption("max-concurrent-uploads", .integer, since: from(1, 12)),
        DaemonOption("oom-score-adjust", .integer, since: from(1, 12), until: from(25)),
        DaemonOption("runtimes", .object, flag: "add-runtime", since: from(1, 12)),
        DaemonOption("swarm-default-advertise-addr", .string, since: between((1, 12), (17, 3))),
        DaemonOption("cpu-rt-period", .integer, since: from(1, 13)),
        DaemonOption("cpu-rt-runtime", .integer, since: from(1, 13)),
        DaemonOption("experimental", .boolean, since: from(1, 13)),
        DaemonOption("init", .boolean, since: from(1, 13)),
        DaemonOption("init-path", .string, since: from(1, 13)),
        DaemonOption("metrics-addr", .string, since: from(1, 13)),
        DaemonOption("seccomp-profile", .string, since: from(1, 13)),
        DaemonOption("shutdown-timeout", .integer, since: from(1, 13)),
        DaemonOption("userland-proxy-path", .string, since: between((1, 13), (17, 3))),
        DaemonOption("data-root", .string, since: from(17, 5)),
        DaemonOption("allow-nondistributable-artifacts", .strings, since: between((17, 5), (17, 6))),
        DaemonOption("default-shm-size", .size, since: between((17, 5), (17, 6))),
        DaemonOption("network-control-plane-mtu", .integer, since: between((17, 5), (17, 7))),
        DaemonOption("no-new-privileges", .boolean, since: between((17, 4), (17, 7))),
        DaemonOption("default-ipc-mode", .string, since: between((17, 7), (17, 12))),
        DaemonOption("network-diagnostic-port", .integer, since: between((17, 6), (18, 9))),
        DaemonOption(
            "node-generic-resources", .strings, flag: "node-generic-resource", since: between((17, 10), (18, 3))),
        DaemonOption("deprecated-key-path", .string, since: between((17, 12), (18, 9))),
        DaemonOption("default-address-pools", .objects, flag: "default-address-pool", since: from(18, 6)),
        DaemonOption("builder", .object, since: from(18, 9)),
        DaemonOption("features", .switches, since: from(18, 9)),
        DaemonOption("cri-containerd", .boolean, since: between((18, 6), (19, 3))),
        DaemonOption("rootless", .boolean, since: from(19, 3)),
        DaemonOption("containerd-namespace", .string, since: between((18, 9), (20, 10))),
        DaemonOption("containerd-plugins-namespace", .string, since: between((18, 9), (20, 10))),
        DaemonOption("default-cgroupns-mode", .string, since: from(20, 10)),
        DaemonOption("host-gateway-ip", .string, since: from(20, 10)),
        DaemonOption("ip6tables", .boolean, since: from(20, 10)),
        DaemonOption("max-download-attempts", .integer, since: from(20, 10)),
        DaemonOption("http-proxy", .ignored, since: from(23)),
        DaemonOption("https-proxy", .ignored, since: from(23)),
        DaemonOption("no-proxy", .ignored, since: from(23)),
        DaemonOption("validate", .ignored, since: from(23)),
        DaemonOption("default-network-opts", .groups, flag: "default-network-opt", since: from(24)),
        DaemonOption("cdi-spec-dirs", .strings, flag: "cdi-spec-dir", since: from(25)),
        DaemonOption("log-format", .string, since: from(25)),
        DaemonOption("bip6", .string, since: between((27, 0), (28, 0))),
        DaemonOption("feature", .ignored, since: between((27, 0), (28, 5))),
        DaemonOption("host-gateway-ips", .strings, flag: "host-gateway-ip", since: between((27, 0), (28, 5))),
        DaemonOption("ip-forward-no-drop", .boolean, since: between((27, 0), (28, 5))),
        DaemonOption("allow-direct-routing", .boolean, since: from(28, 2)),
        DaemonOption("bridge-accept-fwmark", .string, since: between((28, 6), (29, 1))),
        DaemonOption("firewall-backend", .string, since: between((28, 6), (29, 0))),
        DaemonOption("min-api-version", .string, since: between((28, 6), (29, 0))),
        DaemonOption("nri-opts", .object, since: between((28, 6), (29, 5))),
    ]
}

extension DaemonConfiguration.Setting {
    /// What a value of this shape had to be, where it is something else; nil where Go can decode it.
    func mismatch(_ shape: DaemonOption.Shape) -> String? {
        if kind == .null, shape != .size { return nil }
        func holds(_ element: DaemonConfiguration.Kind) -> Bool {
            Set(elementKinds).isSubset(of: [element, .null])
        }
        let (fits, expected): (Bool, String) =
            switch shape {
            case .string: (kind == .string, "a string")
            case .strings: (kind == .array && holds(.string), "an array of strings")
            case .boolean: (kind == .boolean, "true or false")
            case .integer: (kind == .number && value.flatMap { Int64($0) } != nil, "a whole number")
            case .size: (kind == .string, "a string like \"64M\"")
            case .texts: (kind == .object && holds(.string), "an object whose values are strings")
            case .switches: (kind == .object && holds(.boolean), "an object whose values are true or false")
            case .groups: (kind == .object && holds(.object), "an object whose values are objects")
            case .object: (kind == .object, "an object")
            case .objects: (kind == .array && holds(.object), "an array of objects")
            case .ignored: (true, "")
            }
        return fits ? nil : expected
    }
}
