/// With which options the kernel that boots was built, as far as Docker depends on them.

import ByteParsing
public import ImageReading

/// The options of the booting kernel that Docker's own check asks for.
public struct KernelConfiguration: Fact {
    /// How an option is set.
    public enum Setting: String, Codable, Sendable {
        case builtIn = "y"
        case module = "m"
    }

    /// The kernel's version, as the configuration file's name gives it.
    public let kernel: String
    /// By the option's name without `CONFIG_`; an option that is not here is not set.
    public let options: [String: Setting]

    /// Whether the kernel has the option, built in or as a module.
    public func isSet(_ option: String) -> Bool { options[option] != nil }

    /// The options that are kept: those of moby's contrib/check-config.sh that a container needs, the storage drivers,
    /// and nftables' own, which stand in for the old iptables ones.
    public static let known: Set<String> = [
        "NAMESPACES", "NET_NS", "PID_NS", "IPC_NS", "UTS_NS", "USER_NS",
        "CGROUPS", "CGROUP_CPUACCT", "CGROUP_DEVICE", "CGROUP_FREEZER", "CGROUP_SCHED", "CPUSETS", "MEMCG",
        "CGROUP_BPF", "CGROUP_PIDS", "KEYS", "VETH", "BRIDGE", "BRIDGE_NETFILTER", "POSIX_MQUEUE",
        "DEVPTS_MULTIPLE_INSTANCES", "SECCOMP", "SECCOMP_FILTER",
        "IP_NF_FILTER", "IP_NF_MANGLE", "IP_NF_TARGET_MASQUERADE", "IP_NF_RAW", "IP_NF_NAT", "IP_NF_IPTABLES",
        "IP6_NF_FILTER", "IP6_NF_MANGLE", "IP6_NF_TARGET_MASQUERADE", "IP6_NF_RAW", "IP6_NF_NAT", "IP6_NF_IPTABLES",
        "NETFILTER_XT_MATCH_ADDRTYPE", "NETFILTER_XT_MATCH_CONNTRACK", "NETFILTER_XT_MATCH_IPVS", "NETFILTER_XT_MARK",
        "NF_NAT", "NF_NAT_IPV4", "NF_NAT_NEEDED",
        "NF_TABLES", "NF_TABLES_INET", "NF_TABLES_IPV4", "NF_TABLES_IPV6", "NFT_CT", "NFT_FIB", "NFT_FIB_IPV4",
        "NFT_FIB_IPV6", "NFT_MASQ", "NFT_NAT", "NFT_COMPAT", "NFT_CHAIN_NAT", "NFT_REDIR", "NFT_REJECT",
        "OVERLAY_FS", "BTRFS_FS", "BTRFS_FS_POSIX_ACL", "ZFS",
    ]

    private static func places(_ version: String) -> [ImagePath] {
        ["/boot/config-\(version)", "/lib/modules/\(version)/config", "/usr/lib/modules/\(version)/config"]
            .map { ImagePath($0) }
    }

    /// The configurations of all installed kernels, since which one boots is not known yet.
    public static let wants: [Want] = places("*").map { .contents($0) }

    /// Reads the configuration of `kernel`; absent where the image holds none for it, unreadable where that kernel is
    /// not known or its configuration is no text.
    public static func observe(
        in root: RootFilesystem,
        kernel: Observation<BootingKernel>
    ) -> Observation<KernelConfiguration> {
        kernel.flatMap { kernel, _ in
            var answer: Observation<KernelConfiguration> = .absent(searched: [])
            for version in [kernel.version] + [kernel.claimedVersion].compactMap(\.self) {
                // A version comes from the image: one that is no single file name is not looked for.
                guard !version.contains("/"), !version.contains("*") else { continue }
                for place in places(version) {
                    answer = answer.orElse(read(root[.contents(place)], kernel: version))
                }
            }
            return answer
        }
    }

    private static func read(_ file: Observation<File>, kernel: String) -> Observation<KernelConfiguration> {
        file.parsed { file throws(FormatError) in
            var options: [String: Setting] = [:]
            var assignments = 0
            for line in try file.lines() where line.text.hasPrefix("CONFIG_") {
                let assignment = line.text.utf8.dropFirst("CONFIG_".utf8.count)
                guard let equals = assignment.firstIndex(of: UInt8(ascii: "=")) else { continue }
                assignments += 1
                let option = String(line.text[assignment.startIndex..<equals])
                guard known.contains(option) else { continue }
                let value = String(line.text[equals...].dropFirst())
                guard let setting = Setting(rawValue: value) else { continue }
                options[option] = setting
            }
            guard assignments > 0 else {
                throw FormatError(.malformed, "lines of CONFIG_OPTION=y expected, none found")
            }
            return KernelConfiguration(kernel: kernel, options: options)
        }
    }
}
