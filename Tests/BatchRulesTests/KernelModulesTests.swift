import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// The rule kernel-modules, on a Debian with Docker whose kernel has all it uses as modules.
@Suite struct KernelModulesTests {
    private static let kernel = "6.1.0-56-cloud-amd64"
    private static let modules = "/usr/lib/modules/\(kernel)"
    private static let all = [
        "fs/overlayfs/overlay", "net/bridge/br_netfilter", "net/netfilter/xt_nat", "net/netfilter/xt_REDIRECT",
        "net/ipv4/netfilter/iptable_raw", "net/ipv6/netfilter/ip6table_filter", "net/ipv6/netfilter/ip6table_nat",
    ]
    private static let program = LiteralEntry.executable("\u{7f}ELF")

    private static func list(without missing: String...) -> LiteralEntry {
        let kept = all.filter { path in !missing.contains { path.hasSuffix("/\($0)") } }
        return .text(kept.map { "kernel/\($0).ko.xz:\n" }.joined())
    }

    private static func package(_ version: String) -> LiteralEntry {
        .text("Package: docker-ce\nStatus: install ok installed\nArchitecture: amd64\nVersion: \(version)\n\n")
    }

    private static let base: [String: LiteralEntry] = [
        "/etc/os-release": "ID=debian\nVERSION_ID=12\n", "/lib": .link("usr/lib"),
        "/var/lib/dpkg/status": package("5:28.5.2-1"), "/usr/bin/dockerd": program,
        "/boot/vmlinuz-\(kernel)": "MZ",
        "/boot/config-\(kernel)":
            "CONFIG_OVERLAY_FS=m\nCONFIG_BRIDGE_NETFILTER=m\nCONFIG_IP_NF_RAW=m\nCONFIG_IP6_NF_FILTER=m\n",
        "\(modules)/modules.dep": list(), "\(modules)/modules.builtin": "kernel/fs/ext4/ext4.ko\n",
        "/usr/sbin/iptables": .link("xtables-nft-multi"), "/usr/sbin/xtables-nft-multi": program,
    ]
    private static let legacy: [String: LiteralEntry?] = [
        "/usr/sbin/iptables": .link("xtables-legacy-multi"), "/usr/sbin/xtables-legacy-multi": program,
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let change: [String: LiteralEntry?]
        let verdict: Verdict.Kind
        var says: [String] = []
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "Debian's cloud kernel with all its modules", change: [:], verdict: .pass),
        Case(name: "the same with the legacy iptables", change: legacy, verdict: .pass),
        Case(
            name: "no br_netfilter", change: ["\(modules)/modules.dep": list(without: "br_netfilter")], verdict: .fail,
            says: ["br_netfilter is not installed for the kernel \(kernel)", "containers of one bridge"]),
        Case(
            name: "no br_netfilter and no bridge",
            change: [
                "\(modules)/modules.dep": list(without: "br_netfilter"),
                "/etc/docker/daemon.json": #"{"bridge": "none"}"#,
            ], verdict: .pass),
        Case(
            name: "br_netfilter is a part of the kernel",
            change: [
                "\(modules)/modules.dep": list(without: "br_netfilter"),
                "\(modules)/modules.builtin": "kernel/net/bridge/br_netfilter.ko\n",
            ], verdict: .pass),
        Case(
            name: "no overlay, and no driver asked for", change: ["\(modules)/modules.dep": list(without: "overlay")],
            verdict: .fail, says: ["copies images whole"]),
        Case(
            name: "no overlay where it is asked for is docker-runtime's",
            change: [
                "\(modules)/modules.dep": list(without: "overlay"),
                "/etc/docker/daemon.json": #"{"storage-driver": "overlay2"}"#,
            ], verdict: .pass),
        Case(
            name: "overlay built in, of a kernel without a list of its parts",
            change: [
                "/boot/config-\(kernel)": "CONFIG_OVERLAY_FS=y\nCONFIG_BRIDGE_NETFILTER=m\n",
                "\(modules)/modules.dep": list(without: "overlay", "xt_nat"), "\(modules)/modules.builtin": nil,
            ], verdict: .pass),
        Case(
            name: "no target of the nat table", change: ["\(modules)/modules.dep": list(without: "xt_nat")],
            verdict: .fail, says: ["xt_nat is not installed", "tasks get no credentials"]),
        Case(
            name: "no target of the nat table, and iptables off",
            change: [
                "\(modules)/modules.dep": list(without: "xt_nat", "xt_REDIRECT"),
                "/etc/docker/daemon.json": #"{"iptables": false}"#,
            ], verdict: .pass),
        Case(
            name: "br_netfilter switched off",
            change: ["/etc/modprobe.d/cis.conf": "# 3.1\ninstall br_netfilter /bin/true\n"], verdict: .fail,
            says: [
                "install br_netfilter /bin/true switches off br_netfilter", "remove line 2 of /etc/modprobe.d/cis.conf",
            ]),
        Case(
            name: "IPv6 rules of the legacy iptables",
            change: legacy.merging(["\(modules)/modules.dep": list(without: "ip6table_nat")]) { $1 }, verdict: .fail,
            says: ["ip6table_nat", "no network of containers with IPv6"]),
        Case(
            name: "IPv6 rules are off before Docker 27",
            change: legacy.merging([
                "\(modules)/modules.dep": list(without: "ip6table_nat", "iptable_raw"),
                "/var/lib/dpkg/status": package("5:26.1.4-1"),
            ]) { $1 }, verdict: .pass),
        Case(
            name: "nft has no old tables",
            change: ["\(modules)/modules.dep": list(without: "ip6table_nat", "iptable_raw")],
            verdict: .pass),
        Case(
            name: "no list", change: ["\(modules)/modules.dep": nil], verdict: .notApplicable,
            says: ["see docker-runtime"]),
        Case(
            name: "a list that is none", change: ["\(modules)/modules.dep": .bytes([0])], verdict: .undetermined,
            says: ["modules.dep"]),
        Case(
            name: "no Docker", change: ["/var/lib/dpkg/status": "", "/usr/bin/dockerd": nil], verdict: .notApplicable,
            says: ["see docker-version"]),
    ]

    @Test(arguments: cases)
    func whatJobsUseIsThere(_ one: Case) throws {
        var entries = Self.base
        for (path, entry) in one.change { entries[path] = entry }
        let facts = Facts(in: RootFilesystem(entries))
        let finding = Rule.kernelModules.evaluate(facts, .test)
        #expect(finding.verdict == one.verdict, "\(finding.message)")
        #expect(finding.level == .recommended)
        let said = finding.message + " / " + (finding.remedy ?? "")
        for words in one.says { #expect(said.contains(words), "\(said)") }
    }
}
