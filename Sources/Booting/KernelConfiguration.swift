/// With which options the kernel that boots was built, as far as Docker and Nitro instances depend on them.

import ByteParsing
public import ImageReading

/// The options of the booting kernel that Docker's own check asks for, and those of a Nitro instance's devices.
public struct KernelConfiguration: Fact {
    /// How an option is set.
    public enum Setting: String, Codable, Sendable {
        case builtIn = "y"
        case module = "m"
    }

    /// The options that are kept, by their names without `CONFIG_`: those of moby's contrib/check-config.sh that a
    /// container needs, the storage drivers, and nftables' own, which stand in for the old iptables ones.
    public enum Option: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
        case namespaces = "NAMESPACES"
        case networkNamespaces = "NET_NS"
        case processNamespaces = "PID_NS"
        case ipcNamespaces = "IPC_NS"
        case utsNamespaces = "UTS_NS"
        case userNamespaces = "USER_NS"

        case cgroups = "CGROUPS"
        case cgroupCPUAccounting = "CGROUP_CPUACCT"
        case cgroupDevice = "CGROUP_DEVICE"
        case cgroupFreezer = "CGROUP_FREEZER"
        case cgroupSched = "CGROUP_SCHED"
        case cpusets = "CPUSETS"
        case memoryCgroup = "MEMCG"
        case cgroupBPF = "CGROUP_BPF"
        case cgroupPIDs = "CGROUP_PIDS"

        case keys = "KEYS"
        case veth = "VETH"
        case bridge = "BRIDGE"
        case bridgeNetfilter = "BRIDGE_NETFILTER"
        case posixMessageQueues = "POSIX_MQUEUE"
        case devptsMultipleInstances = "DEVPTS_MULTIPLE_INSTANCES"
        case seccomp = "SECCOMP"
        case seccompFilter = "SECCOMP_FILTER"

        case iptablesFilter = "IP_NF_FILTER"
        case iptablesMangle = "IP_NF_MANGLE"
        case iptablesMasquerade = "IP_NF_TARGET_MASQUERADE"
        case iptablesRaw = "IP_NF_RAW"
        case iptablesNAT = "IP_NF_NAT"
        case iptables = "IP_NF_IPTABLES"
        case ip6tablesFilter = "IP6_NF_FILTER"
        case ip6tablesMangle = "IP6_NF_MANGLE"
        case ip6tablesMasquerade = "IP6_NF_TARGET_MASQUERADE"
        case ip6tablesRaw = "IP6_NF_RAW"
        case ip6tablesNAT = "IP6_NF_NAT"
        case ip6tables = "IP6_NF_IPTABLES"
        case matchAddressType = "NETFILTER_XT_MATCH_ADDRTYPE"
        case matchConntrack = "NETFILTER_XT_MATCH_CONNTRACK"
        case matchIPVS = "NETFILTER_XT_MATCH_IPVS"
        case mark = "NETFILTER_XT_MARK"
        case masquerade = "NETFILTER_XT_TARGET_MASQUERADE"
        case nat = "NF_NAT"
        case natIPv4 = "NF_NAT_IPV4"
        case natNeeded = "NF_NAT_NEEDED"

        case nftables = "NF_TABLES"
        case nftablesInet = "NF_TABLES_INET"
        case nftablesIPv4 = "NF_TABLES_IPV4"
        case nftablesIPv6 = "NF_TABLES_IPV6"
        case nftCT = "NFT_CT"
        case nftFIB = "NFT_FIB"
        case nftFIBIPv4 = "NFT_FIB_IPV4"
        case nftFIBIPv6 = "NFT_FIB_IPV6"
        case nftMasquerade = "NFT_MASQ"
        case nftNAT = "NFT_NAT"
        case nftCompat = "NFT_COMPAT"
        case nftChainNAT = "NFT_CHAIN_NAT"
        case nftRedirect = "NFT_REDIR"
        case nftReject = "NFT_REJECT"

        case overlay = "OVERLAY_FS"
        case btrfs = "BTRFS_FS"
        case btrfsAccessLists = "BTRFS_FS_POSIX_ACL"
        case zfs = "ZFS"
        /// Of kernels that were patched: Ubuntu's up to 18.04.
        case aufs = "AUFS_FS"

        /// Disks and network of Nitro instances.
        case nvme = "BLK_DEV_NVME"
        case ena = "ENA_ETHERNET"

        case selinux = "SECURITY_SELINUX"
        case selinuxByDefault = "DEFAULT_SECURITY_SELINUX"

        case ext4 = "EXT4_FS"
        case xfs = "XFS_FS"
        case vfat = "VFAT_FS"

        /// Whether it is a part of nftables (`NFT_...`), of which one has to be there for them to be of use.
        public var isNftablesExpression: Bool { rawValue.hasPrefix("NFT_") }
    }

    /// Options that are texts.
    public enum TextOption: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable {
        /// The security modules that are switched on where the command line says nothing, from Linux 5.1 on.
        case securityModules = "LSM"
        /// What an initramfs inside the kernel was made from.
        case initramfsSource = "INITRAMFS_SOURCE"
    }

    /// The kernel's version, as the configuration file's name gives it.
    public let kernel: String
    /// An option that is not here is not set.
    public let options: [Option: Setting]
    /// Options of an instance's devices of which it says that they are not set, as every whole configuration does.
    public let refused: [Option]
    /// Texts without their quotes; one that is not here is not set.
    public let texts: [TextOption: String]

    /// Whether the kernel has the option, built in or as a module.
    public func isSet(_ option: Option) -> Bool { options[option] != nil }

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

    private static let optionsByName = Dictionary(uniqueKeysWithValues: Option.allCases.map { ($0.rawValue, $0) })

    /// Whether an option has a trait.
    private static let traits: [Bool] = {
        var traits = [Bool](repeating: false, count: 4096)
        for name in Option.allCases.map(\.rawValue) + TextOption.allCases.map(\.rawValue) {
            traits[trait(of: Array(name.utf8).span)] = true
        }
        return traits
    }()

    /// A number below 4096 that most names have to themselves.
    private static func trait(of name: Span<UInt8>) -> Int {
        guard let last = name.indices.last else { return 0 }
        return (name.count << 7 ^ Int(name[last / 2]) << 4 ^ Int(name[last]) ^ Int(name[last - last / 4]) << 2) & 4095
    }

    private static func read(_ file: Observation<File>, kernel: String) -> Observation<KernelConfiguration> {
        file.parsed { file throws(FormatError) in
            let bytes = file.bytes.span
            let prefix = Array("CONFIG_".utf8)
            var options: [Option: Setting] = [:]
            var texts: [TextOption: String] = [:]
            var assignments = 0
            var refused: [Option] = []
            let traits = Self.traits
            let refusals = Self.refusals
            for line in try textLineRanges(file.bytes) where line.count > prefix.count {
                for refusal in refusals where refusal.text.count == line.count && refusal.isLine(of: bytes, line) {
                    refused.append(refusal.option)
                }
                guard prefix.indices.allSatisfy({ bytes[line.lowerBound + $0] == prefix[$0] }) else { continue }
                let start = line.lowerBound + prefix.count
                var equals = start
                while equals < line.upperBound, bytes[equals] != UInt8(ascii: "=") { equals += 1 }
                guard equals < line.upperBound else { continue }
                assignments += 1
                // Of some thousand options a few dozen matter: a text is made of what may be one of them.
                guard traits[Self.trait(of: bytes.extracting(start..<equals))] else { continue }
                let name = String(decoding: file.bytes[start..<equals], as: UTF8.self)
                let value = String(decoding: file.bytes[(equals + 1)..<line.upperBound], as: UTF8.self)
                if let option = optionsByName[name], let setting = Setting(rawValue: value) {
                    options[option] = setting
                } else if let text = TextOption(rawValue: name) {
                    texts[text] = value.filter { $0 != "\"" }
                }
            }
            guard assignments > 0 else {
                throw FormatError(.malformed, "lines of CONFIG_OPTION=y expected, none found")
            }
            return KernelConfiguration(kernel: kernel, options: options, refused: refused, texts: texts)
        }
    }

    /// `# CONFIG_BLK_DEV_NVME is not set`.
    private struct Refusal {
        let option: Option
        let text: [UInt8]

        init(_ option: Option) {
            self.option = option
            text = Array("# CONFIG_\(option.rawValue) is not set".utf8)
        }

        /// Whether a line of as many bytes is it.
        func isLine(of bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
            text.indices.allSatisfy { bytes[line.lowerBound + $0] == text[$0] }
        }
    }

    private static let refusals = [Refusal(.nvme), Refusal(.ena)]
}
