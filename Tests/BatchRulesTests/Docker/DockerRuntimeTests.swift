import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct DockerRuntimeTests {
    private static let options = [
        "NAMESPACES", "NET_NS", "PID_NS", "IPC_NS", "UTS_NS", "CGROUPS", "CGROUP_CPUACCT", "CGROUP_DEVICE",
        "CGROUP_FREEZER", "CGROUP_SCHED", "CPUSETS", "MEMCG", "KEYS", "VETH", "BRIDGE", "BRIDGE_NETFILTER",
        "IP_NF_FILTER", "IP_NF_MANGLE", "IP_NF_TARGET_MASQUERADE", "NETFILTER_XT_MATCH_ADDRTYPE",
        "NETFILTER_XT_MATCH_CONNTRACK", "NETFILTER_XT_MATCH_IPVS", "NETFILTER_XT_MARK", "IP_NF_RAW", "IP_NF_NAT",
        "NF_NAT", "POSIX_MQUEUE", "CGROUP_BPF", "OVERLAY_FS",
    ]

    private static func configuration(without missing: Set<String> = [], and more: [String] = []) -> LiteralEntry {
        let set = options.filter { !missing.contains($0) } + more
        return .text("# CONFIG_X is not set\n" + set.map { "CONFIG_\($0)=m\n" }.joined())
    }

    private static let elf: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 11) + [62, 0]
    private static let program = LiteralEntry.file(elf, permissions: 0o755)

    private static let good: [String: LiteralEntry] = [
        "/var/lib/dpkg/status": """
        Package: docker-ce
        Status: install ok installed
        Version: 5:27.3.1-1

        Package: iptables
        Status: install ok installed
        Version: 1.8.9-2

        """,
        "/bin": .link("usr/bin"), "/lib": .link("usr/lib"), "/usr/bin/bash": program, "/usr/bin/sh": .link("bash"),
        "/usr/lib/systemd/systemd": program, "/usr/sbin/iptables": .link("/etc/alternatives/iptables"),
        "/etc/alternatives/iptables": .link("/usr/sbin/iptables-nft"),
        "/usr/sbin/iptables-nft": .link("xtables-nft-multi"), "/usr/sbin/xtables-nft-multi": program,
        "/usr/bin/containerd": program, "/usr/sbin/runc": program, "/usr/bin/git": program, "/usr/bin/ps": program,
        "/usr/bin/xz": program, "/boot/vmlinuz-6.1.0-1": "MZ", "/boot/config-6.1.0-1": configuration(),
        "/usr/lib/modules/6.1.0-1/modules.dep": modules(),
    ]

    /// As depmod lists what the options above make, each compressed as some distribution does.
    private static func modules(without missing: Set<String> = []) -> LiteralEntry {
        let all = [
            "fs/overlayfs/overlay.ko.xz", "net/bridge/bridge.ko", "drivers/net/veth.ko.zst",
            "net/netfilter/xt_addrtype.ko.xz", "net/netfilter/xt_conntrack.ko", "net/netfilter/nf_nat.ko",
            "net/netfilter/xt_MASQUERADE.ko", "net/ipv4/netfilter/iptable_filter.ko", "net/netfilter/xt_mark.ko",
            "net/ipv4/netfilter/iptable_nat.ko", "net/bridge/br_netfilter.ko", "net/netfilter/xt_ipvs.ko",
            "net/ipv4/netfilter/iptable_mangle.ko", "net/ipv4/netfilter/iptable_raw.ko",
        ]
        let kept = all.filter { path in !missing.contains { path.contains("/\($0).ko") } }
        return .text(kept.map { "kernel/\($0): kernel/net/netfilter/x_tables.ko\n" }.joined())
    }

    struct Case: Sendable {
        let change: [String: LiteralEntry?]
        let verdict: Verdict.Kind
        let says: [String]
    }

    private static let ecsInit = """
        Package: docker-ce
        Status: install ok installed
        Version: 5:27.3.1-1

        Package: amazon-ecs-init
        Status: install ok installed
        Version: 1.106.1-1

        """

    private static func docker(_ version: String) -> LiteralEntry {
        .text("Package: docker-ce\nStatus: install ok installed\nVersion: \(version)\n")
    }

    @Test(arguments: [
        Case(
            change: [:], verdict: .pass,
            says: ["64-bit x86_64", "iptables 1.8.9", "containerd", "runc", "cgroups", "the options of kernel 6.1.0-1"]),
        Case(change: ["/usr/bin/git": nil, "/usr/bin/xz": nil], verdict: .pass, says: ["no git", "no xz"]),
        Case(
            change: ["/usr/sbin/iptables": nil], verdict: .fail,
            says: [
                "iptables, needed by Docker, is not in /usr/sbin, /usr/bin, /sbin, /bin",
                "/usr/sbin/iptables-nft is there, and nothing called iptables",
            ]),
        Case(
            change: ["/etc/alternatives/iptables": nil], verdict: .fail,
            says: [
                "iptables, needed by Docker, cannot be run: /usr/sbin/iptables: symbolic link to"
            ]),
        Case(
            change: ["/usr/sbin/xtables-nft-multi": .unreadable(.permissionDenied)], verdict: .undetermined,
            says: ["permissionDenied"]),
        Case(
            change: ["/usr/sbin": .unreadableDirectory(.permissionDenied)].merging(
                good.filter { $0.key.hasPrefix("/usr/sbin/") }.mapValues { _ in nil }
            ) { $1 }, verdict: .undetermined,
            says: ["permissionDenied"]),
        Case(change: ["/usr/bin/containerd": nil], verdict: .fail, says: ["containerd, needed by Docker,"]),
        Case(change: ["/usr/sbin/runc": nil], verdict: .fail, says: ["runc, needed by Docker,"]),
        Case(
            change: ["/usr/sbin/runc": nil, "/etc/docker/daemon.json": #"{"default-runtime": "crun"}"#], verdict: .pass,
            says: ["containers run by crun"]),
        Case(
            change: ["/usr/bin/containerd": nil, "/usr/sbin/runc": nil, "/var/lib/dpkg/status": docker("1.9.1")],
            verdict: .pass, says: ["iptables"]),
        Case(
            change: ["/usr/sbin/iptables": nil, "/etc/docker/daemon.json": #"{"iptables": false}"#], verdict: .pass,
            says: ["no iptables"]),
        Case(
            change: ["/var/lib/dpkg/status": .text(ecsInit)], verdict: .fail,
            says: ["sysctl, needed by ecs-init to start, is not in"]),
        Case(
            change: ["/var/lib/dpkg/status": .text(ecsInit), "/usr/sbin/sysctl": program], verdict: .pass,
            says: ["sysctl"]),
        Case(
            change: [
                "/var/lib/dpkg/status": .text(ecsInit), "/usr/sbin/sysctl": program, "/usr/sbin/iptables": nil,
                "/usr/local/sbin/iptables": program,
            ], verdict: .fail, says: ["is only at /usr/local/sbin/iptables"]),
        Case(
            change: [
                "/var/lib/dpkg/status": .text(ecsInit), "/usr/sbin/sysctl": program, "/usr/sbin/iptables": nil,
                "/etc/docker/daemon.json": #"{"iptables": false}"#,
            ], verdict: .fail, says: ["iptables, needed by Docker and ecs-init,"]),
        Case(
            change: [
                "/usr/bin/bash": .file(Array(elf.dropLast(2)) + [3, 0], permissions: 0o755)
            ], verdict: .fail, says: ["the system is i386, which has 32 bits"]),
        Case(change: ["/usr/lib/systemd/systemd": nil], verdict: .undetermined, says: ["what mounts the cgroup"]),
        Case(
            change: ["/boot/config-6.1.0-1": nil], verdict: .undetermined,
            says: ["no configuration of the kernel that boots found", "/boot/config-6.1.0-1"]),
        Case(
            change: ["/boot/config-6.1.0-1": nil, "/usr/bin/containerd": nil], verdict: .fail, says: ["containerd"]),
        Case(
            change: ["/boot/config-6.1.0-1": .bytes([0])], verdict: .undetermined,
            says: ["/boot/config-6.1.0-1: offset 0: text expected"]),
        Case(
            change: ["/boot/config-6.1.0-1": configuration(without: ["MEMCG", "VETH"])], verdict: .fail,
            says: ["the kernel 6.1.0-1 was built without CONFIG_MEMCG, CONFIG_VETH"]),
        Case(
            change: ["/boot/config-6.1.0-1": configuration(without: ["IP_NF_FILTER", "IP_NF_NAT"])], verdict: .fail,
            says: ["CONFIG_IP_NF_FILTER"]),
        Case(
            change: [
                "/boot/config-6.1.0-1": configuration(without: ["IP_NF_FILTER"], and: ["NF_TABLES", "NFT_COMPAT"])
            ], verdict: .pass, says: ["the kernel has no CONFIG_IP_NF_FILTER: iptables-nft has to be used"]),
        Case(
            change: ["/boot/config-6.1.0-1": configuration(without: ["OVERLAY_FS"])], verdict: .fail,
            says: ["neither CONFIG_OVERLAY_FS nor btrfs"]),
        Case(
            change: [
                "/boot/config-6.1.0-1": configuration(without: ["OVERLAY_FS"]),
                "/var/lib/dpkg/status": docker("20.10.9"),
            ], verdict: .undetermined, says: ["devicemapper"]),
        Case(
            change: [
                "/boot/config-6.1.0-1": configuration(
                    without: ["OVERLAY_FS"], and: ["BTRFS_FS", "BTRFS_FS_POSIX_ACL"])
            ], verdict: .pass, says: []),
        Case(
            change: ["/usr/lib/modules/6.1.0-1/modules.dep": modules(without: ["xt_addrtype"])], verdict: .fail,
            says: ["the kernel 6.1.0-1 has xt_addrtype as modules, and none installed"]),
        Case(
            change: [
                "/boot/vmlinuz-6.1.0-1": nil, "/boot/config-6.1.0-1": nil, "/usr/lib/modules/6.1.0-1/modules.dep": nil,
                "/boot/vmlinuz-6.12.0-211.el10.x86_64": "MZ", "/boot/config-6.12.0-211.el10.x86_64": configuration(),
                "/usr/lib/modules/6.12.0-211.el10.x86_64/modules.dep": modules(without: ["xt_addrtype"]),
            ], verdict: .fail, says: ["the package kernel-modules-extra-6.12.0-211.el10.x86_64 brings them"]),
        Case(
            change: [
                "/usr/lib/modules/6.1.0-1/modules.dep": modules(without: ["xt_addrtype"]),
                "/usr/lib/modules/6.1.0-1/modules.builtin": "kernel/net/netfilter/xt_addrtype.ko\n",
            ], verdict: .pass, says: []),
        Case(
            change: [
                "/usr/lib/modules/6.1.0-1/modules.dep": modules(without: ["xt_addrtype"]),
                "/etc/docker/daemon.json": #"{"iptables": false}"#,
            ], verdict: .pass, says: []),
        Case(
            change: ["/usr/lib/modules/6.1.0-1/modules.dep": modules(without: ["overlay", "xt_ipvs"])], verdict: .pass,
            says: []),
        Case(
            change: [
                "/usr/lib/modules/6.1.0-1/modules.dep": modules(without: ["overlay"]),
                "/etc/docker/daemon.json": #"{"storage-driver": "overlay2"}"#,
            ], verdict: .fail, says: ["overlay"]),
        Case(
            change: ["/usr/lib/modules/6.1.0-1/modules.dep": modules(without: ["iptable_nat"])], verdict: .pass,
            says: []),
        Case(
            change: [
                "/usr/lib/modules/6.1.0-1/modules.dep": modules(without: ["iptable_nat"]),
                "/usr/sbin/iptables-nft": .link("xtables-legacy-multi"), "/usr/sbin/xtables-legacy-multi": program,
            ], verdict: .fail, says: ["iptable_nat"]),
        Case(
            change: ["/usr/lib/modules/6.1.0-1/modules.dep": nil], verdict: .undetermined,
            says: ["which modules of the kernel 6.1.0-1 are installed cannot be told: no list in"]),
        Case(
            change: ["/usr/lib/modules/6.1.0-1/modules.dep": ""], verdict: .undetermined, says: ["no list in"]),
        Case(
            change: ["/etc/modprobe.d/cis.conf": "# 1.1.1\ninstall bridge /bin/false\n"], verdict: .fail,
            says: ["/etc/modprobe.d/cis.conf line 2 switches off the module bridge"]),
        Case(
            change: ["/etc/modprobe.d/cis.conf": "install overlay /bin/true\nblacklist bridge\n"], verdict: .pass,
            says: []),
        Case(
            change: [
                "/etc/modprobe.d/cis.conf": "install bridge /bin/false\n",
                "/usr/lib/modules/6.1.0-1/modules.builtin": "kernel/net/bridge/bridge.ko\n",
            ], verdict: .pass, says: []),
        Case(
            change: [
                "/usr/lib/modprobe.d/cis.conf": "install bridge /bin/false\n", "/etc/modprobe.d/cis.conf": "# empty\n",
            ], verdict: .pass, says: []),
        Case(
            change: [
                "/etc/docker/daemon.json": #"{"default-runtime": "x", "runtimes": {"x": {"path": "/opt/x"}}}"#
            ], verdict: .fail, says: ["/opt/x, the program of the default runtime x, is none"]),
        Case(
            change: [
                "/etc/docker/daemon.json": #"{"default-runtime": "x", "runtimes": {"x": {"path": "x-run"}}}"#,
                "/usr/bin/x-run": program,
            ], verdict: .pass, says: ["containers run by x"]),
        Case(change: ["/var/lib/dpkg/status": ""], verdict: .notApplicable, says: ["see docker-version"]),
        Case(change: ["/var/lib/dpkg/status": .bytes([0, 1])], verdict: .undetermined, says: ["/var/lib/dpkg/status"]),
    ])
    func `what Docker and ecs-init cannot do without fails, what the image does not show stays open`(row: Case) throws {
        var entries = Self.good
        for (path, entry) in row.change { entries[path] = entry }
        let source = LiteralSource(entries)
        let facts = try source.read(Facts.wants) { Facts(in: $0) }.value
        let policy = Policy(today: CalendarDay(year: 2026, month: 11, day: 24))
        let finding = Rule.dockerRuntime.evaluate(facts, policy)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
    }

    struct KernelCase: Sendable {
        let version: ReleaseVersion
        let more: [String]
        let missing: [String]
    }

    @Test(arguments: [
        KernelCase(
            version: ReleaseVersion(3, 10), more: [],
            missing: ["DEVPTS_MULTIPLE_INSTANCES", "NF_NAT_IPV4", "NF_NAT_NEEDED"]),
        KernelCase(
            version: ReleaseVersion(3, 10), more: ["DEVPTS_MULTIPLE_INSTANCES", "NF_NAT_IPV4", "NF_NAT_NEEDED"],
            missing: []),
        KernelCase(version: ReleaseVersion(4, 8), more: [], missing: ["NF_NAT_IPV4", "NF_NAT_NEEDED"]),
        KernelCase(version: ReleaseVersion(4, 15), more: ["NF_NAT_IPV4", "NF_NAT_NEEDED"], missing: ["CGROUP_BPF"]),
        KernelCase(version: ReleaseVersion(5, 1, 20), more: ["CGROUP_BPF"], missing: ["NF_NAT_IPV4", "NF_NAT_NEEDED"]),
        KernelCase(version: ReleaseVersion(5, 2, 1), more: ["CGROUP_BPF"], missing: ["NF_NAT_NEEDED"]),
        KernelCase(version: ReleaseVersion(5, 3), more: ["CGROUP_BPF"], missing: []),
    ])
    func `which options are needed depends on the kernel's version`(row: KernelCase) throws {
        let text = Self.options.filter { $0 != "CGROUP_BPF" } + row.more
        let root = RootFilesystem([
            "/boot/vmlinuz-\(row.version)-x": "MZ",
            "/boot/config-\(row.version)-x": .text(text.map { "CONFIG_\($0)=y\n" }.joined()),
        ])
        let configuration = try #require(Facts(in: root).kernelConfiguration.value)
        #expect(KernelNeeds(configuration, version: row.version).missing.map(\.rawValue) == row.missing)
    }
}
