/// Which hierarchy of control groups the host boots with: what Docker and the agent make of limits depends on it.

import Booting
public import ImageReading
import Startup

/// The control groups of the host, by systemd, the distribution's build of it and the kernel command line.
public struct ControlGroups: Fact {
    /// The hierarchies, as Docker tells them apart.
    public enum Hierarchy: String, Codable, Sendable {
        /// cgroup v2 alone.
        case unified
        /// cgroup v1, also beside an empty v2 (systemd's hybrid hierarchy), whose controllers Docker finds as v1's.
        case legacy
    }

    /// What is mounted at /sys/fs/cgroup; nil where nothing shows it.
    public let hierarchy: Hierarchy?
    /// What its distribution mounts there where no argument says otherwise; nil where that is not known.
    public let byDefault: Hierarchy?
    /// The argument that decides it, else what says which distribution it is.
    public let evidence: [Evidence]
    /// The argument that asks for v1 of a systemd that refuses to boot with it; nil where none does.
    public let refusedArgument: Evidence?
    /// The argument that takes the memory controller away (`cgroup_disable=memory`); nil where none does.
    public let lackingMemory: Evidence?
}

extension ControlGroups {
    /// None of its own: it follows from other facts.
    public static let wants: [Want] = []

    private static let unifiedArgument = "systemd.unified_cgroup_hierarchy"

    /// systemd's shared/cgroup-setup.c (cg_is_unified_wanted) and its NEWS of 226, 243, 256 and 258: the argument, else
    /// `cgroup_no_v1=all`, else what it was built with. 256 and 257 boot with v1 only where
    /// SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 says so, 258 knows v2 alone.
    static func observe(
        kernel: Observation<BootingKernel>, distribution: Observation<Distribution>, systemd: SystemdVersion
    ) -> ControlGroups {
        let arguments = kernel.arguments
        let byDefault = distribution.value.flatMap { isUnifiedByDefault($0, systemd) }
        func hierarchy(_ isUnified: Bool) -> Hierarchy { isUnified ? .unified : .legacy }
        func groups(_ isUnified: Bool?, _ evidence: [Evidence], refused: Evidence? = nil) -> ControlGroups {
            ControlGroups(
                hierarchy: isUnified.map(hierarchy), byDefault: byDefault.map(hierarchy), evidence: evidence,
                refusedArgument: refused,
                lackingMemory: arguments?.last { word in
                    word.text.hasPrefix("cgroup_disable=")
                        && word.text.dropFirst("cgroup_disable=".count).split(separator: ",").contains("memory")
                })
        }
        if systemd.isAtLeast(258) == true { return groups(true, distribution.evidence) }
        guard let arguments, systemd.isAtLeast(226) != false else {
            // Without a boot entry the argument may stand where it is not seen.
            return groups(systemd.isAtLeast(226) == false ? false : nil, distribution.evidence)
        }
        if let asked = arguments.argument(unifiedArgument), let isUnified = boolean(asked.value) {
            let isForced = arguments.argument("SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE")?.value == "1"
            let isRefused = !isUnified && systemd.isAtLeast(256) == true && !isForced
            return groups(isUnified, [asked.evidence], refused: isRefused ? asked.evidence : nil)
        }
        if let none = arguments.argument("cgroup_no_v1"), none.value == "all" { return groups(true, [none.evidence]) }
        return groups(byDefault, distribution.evidence)
    }

    /// systemd's parse_boolean; an argument without a value is on.
    private static func boolean(_ text: Substring?) -> Bool? {
        switch text?.lowercased() {
        case nil, "1", "yes", "y", "true", "t", "on": true
        case "0", "no", "n", "false", "f", "off": false
        default: nil
        }
    }

    /// What a distribution builds its systemd with (`default-hierarchy` of its package); nil where that is not known.
    private static func isUnifiedByDefault(_ distribution: Distribution, _ systemd: SystemdVersion) -> Bool? {
        if systemd.isAtLeast(256) == true { return true }
        guard let version = distribution.version.flatMap({ ReleaseVersion($0) }) else { return nil }
        return switch distribution.id {
        case "amzn": version == ReleaseVersion(2) ? false : version >= ReleaseVersion(2022)
        case "debian": version >= ReleaseVersion(11)
        case "ubuntu": version >= ReleaseVersion(21, 10)
        case "fedora": version >= ReleaseVersion(31)
        case "rhel", "centos", "rocky", "almalinux", "ol": version >= ReleaseVersion(9)
        case "sles": version >= ReleaseVersion(16)
        case "opensuse-leap": version >= ReleaseVersion(16) && version < ReleaseVersion(42)
        case "flatcar": version >= ReleaseVersion(2969)
        default: nil
        }
    }
}
