/// Which options of the kernel Docker needs: moby's contrib/check-config.sh, "Generally Necessary" and storage drivers.

import ImageFacts

/// What a kernel's configuration lacks of what Docker needs.
struct KernelNeeds {
    /// Options without which containers do not run, in the order of check-config.sh.
    private(set) var missing: [String] = []
    /// Options of iptables' legacy back end that are missing where nftables can stand in for them.
    private(set) var replacedByNftables: [String] = []
    /// Whether one of the storage drivers that every Docker from 25.0 on chooses from can work.
    let hasStorageDriver: Bool

    private static let always = [
        "NAMESPACES", "NET_NS", "PID_NS", "IPC_NS", "UTS_NS", "CGROUPS", "CGROUP_CPUACCT", "CGROUP_DEVICE",
        "CGROUP_FREEZER", "CGROUP_SCHED", "CPUSETS", "MEMCG", "KEYS", "VETH", "BRIDGE", "BRIDGE_NETFILTER",
        "IP_NF_FILTER", "IP_NF_MANGLE", "IP_NF_TARGET_MASQUERADE", "NETFILTER_XT_MATCH_ADDRTYPE",
        "NETFILTER_XT_MATCH_CONNTRACK", "NETFILTER_XT_MATCH_IPVS", "NETFILTER_XT_MARK", "IP_NF_RAW", "IP_NF_NAT",
        "NF_NAT", "POSIX_MQUEUE",
    ]
    private static let legacy: Set<String> = [
        "IP_NF_FILTER", "IP_NF_MANGLE", "IP_NF_TARGET_MASQUERADE", "IP_NF_RAW", "IP_NF_NAT",
    ]

    /// Holds the options of a kernel against what its version needs.
    init(_ configuration: KernelConfiguration, version: ReleaseVersion) {
        let minor = ReleaseVersion(version.numbers.first ?? 0, version.numbers.dropFirst().first ?? 0)
        var needed = Self.always
        if minor < ReleaseVersion(4, 8) { needed.append("DEVPTS_MULTIPLE_INSTANCES") }
        if minor >= ReleaseVersion(4, 15) { needed.append("CGROUP_BPF") }
        if minor <= ReleaseVersion(5, 1) { needed.append("NF_NAT_IPV4") }
        if minor <= ReleaseVersion(5, 2) { needed.append("NF_NAT_NEEDED") }
        let hasNftables =
            configuration.isSet("NF_TABLES") && configuration.options.keys.contains { $0.hasPrefix("NFT_") }
        for option in needed where !configuration.isSet(option) {
            if hasNftables, Self.legacy.contains(option) {
                replacedByNftables.append(option)
            } else {
                missing.append(option)
            }
        }
        hasStorageDriver =
            configuration.isSet("OVERLAY_FS") || configuration.isSet("ZFS")
            || (configuration.isSet("BTRFS_FS") && configuration.isSet("BTRFS_FS_POSIX_ACL"))
    }
}
