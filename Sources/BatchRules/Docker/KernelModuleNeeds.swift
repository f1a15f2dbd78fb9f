/// Which modules of the kernel the start of dockerd, and of a container on its bridge, loads.

import Booting
import ImageFacts
import ImageReading

/// The modules that are built apart from the kernel and have to be there.
///
/// What each option makes is by Linux' net/netfilter/Makefile and net/ipv4/netfilter/Makefile: ipt_MASQUERADE became
/// xt_MASQUERADE in 5.2, nf_nat_ipv4 a part of nf_nat in 5.1. What dockerd loads was tried by booting without each.
struct KernelModuleNeeds {
    /// Those without which dockerd, or every container on its bridge, does not start; what it starts without is
    /// kernel-modules' question.
    private(set) var needed: [KernelModules.Module] = []

    init(
        _ configuration: KernelConfiguration, _ version: ReleaseVersion, _ settings: DaemonSettings,
        _ programs: RuntimePrograms
    ) {
        func modules(_ options: [(KernelConfiguration.Option, KernelModules.Module)]) -> [KernelModules.Module] {
            options.filter { configuration.options[$0.0] == .module }.map(\.1)
        }
        if settings.text("bridge")?.text != "none" { needed += modules([(.bridge, .bridge), (.veth, .veth)]) }
        if settings.isOn("iptables")?.isOn != false, settings.text("firewall-backend")?.text != "nftables" {
            needed += modules([(.matchAddressType, .matchAddressType), (.matchConntrack, .matchConntrack)])
            needed += modules(
                version < ReleaseVersion(5, 2)
                    ? [(.iptablesMasquerade, .oldMasquerade)] : [(.masquerade, .masquerade)])
            needed += modules([(.nat, .nat)])
            if version < ReleaseVersion(5, 1) { needed += modules([(.natIPv4, .natIPv4)]) }
            if programs.isIptablesLegacy {
                needed += modules([(.iptablesFilter, .iptablesFilter), (.iptablesNAT, .iptablesNAT)])
            }
        }
        let driver = settings.text("storage-driver")?.text
        // Where no driver is asked for, dockerd falls back on another.
        if driver == "overlay2" || driver == "overlay" { needed += modules([(.overlay, .overlay)]) }
        if driver == "btrfs" { needed += modules([(.btrfs, .btrfs)]) }
    }

    /// The package that brings the modules which a kernel's smaller ones leave out.
    static func package(of kernel: String) -> String {
        switch kernel {
        case _ where [".el", ".fc", ".amzn"].contains(where: kernel.contains):
            "the package kernel-modules-extra-\(kernel)"
        case _ where kernel.hasSuffix("-default"): "the package kernel-default"
        case _ where ["-generic", "-aws", "-virtual"].contains(where: kernel.hasSuffix):
            "the package linux-modules-extra-\(kernel)"
        case _ where ["-amd64", "-arm64"].contains(where: kernel.hasSuffix): "the package linux-image-\(kernel)"
        default: "the package of that kernel with all its modules"
        }
    }
}
