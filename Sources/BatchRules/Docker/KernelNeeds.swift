/// Which options of the kernel Docker needs: moby's contrib/check-config.sh, "Generally Necessary" and storage drivers.

import Booting
import ImageFacts

/// What a kernel's configuration lacks of what Docker needs.
struct KernelNeeds {
    /// Options without which containers do not run, in the order of check-config.sh.
    private(set) var missing: [KernelConfiguration.Option] = []
    /// Options of iptables' legacy back end that are missing where nftables can stand in for them.
    private(set) var replacedByNftables: [KernelConfiguration.Option] = []
    /// Whether one of the storage drivers that every Docker from 25.0 on chooses from can work.
    let hasStorageDriver: Bool

    private static let always: [KernelConfiguration.Option] = [
        .namespaces, .networkNamespaces, .processNamespaces, .ipcNamespaces, .utsNamespaces, .cgroups,
        .cgroupCPUAccounting, .cgroupDevice, .cgroupFreezer, .cgroupSched, .cpusets, .memoryCgroup, .keys, .veth,
        .bridge, .bridgeNetfilter, .iptablesFilter, .iptablesMangle, .iptablesMasquerade, .matchAddressType,
        .matchConntrack, .matchIPVS, .mark, .iptablesRaw, .iptablesNAT, .nat, .posixMessageQueues,
    ]
    private static let legacy: Set<KernelConfiguration.Option> = [
        .iptablesFilter, .iptablesMangle, .iptablesMasquerade, .iptablesRaw, .iptablesNAT,
    ]

    /// Holds the options of a kernel against what its version needs.
    init(_ configuration: KernelConfiguration, version: ReleaseVersion) {
        let minor = ReleaseVersion(version.numbers.first ?? 0, version.numbers.dropFirst().first ?? 0)
        var needed = Self.always
        if minor < ReleaseVersion(4, 8) { needed.append(.devptsMultipleInstances) }
        if minor >= ReleaseVersion(4, 15) { needed.append(.cgroupBPF) }
        if minor <= ReleaseVersion(5, 1) { needed.append(.natIPv4) }
        if minor <= ReleaseVersion(5, 2) { needed.append(.natNeeded) }
        let hasNftables =
            configuration.isSet(.nftables) && configuration.options.keys.contains(where: \.isNftablesExpression)
        for option in needed where !configuration.isSet(option) {
            if hasNftables, Self.legacy.contains(option) {
                replacedByNftables.append(option)
            } else {
                missing.append(option)
            }
        }
        hasStorageDriver =
            configuration.isSet(.overlay) || configuration.isSet(.zfs)
            || (configuration.isSet(.btrfs) && configuration.isSet(.btrfsAccessLists))
    }
}
