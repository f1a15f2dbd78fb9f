/// Which modules of the kernel Docker and the agent start without, and use all the same.

import Booting
import ImageFacts

/// A module, and what hosts lack without it.
///
/// What Docker does without each is by moby: graphdriver.New for overlay, libnetwork's bridge driver for br_netfilter,
/// and its iptables code, which only logs that IPv6 chains cannot be set up. The agent's rules for the credentials of
/// tasks (`-j DNAT` and `-j REDIRECT`) are in amazon-ecs-agent, ecs-init/exec/iptables/netfilter_route.go; a kernel has
/// these targets as xt_nat and xt_REDIRECT (net/netfilter/Makefile).
struct UsefulKernelModule {
    let module: KernelModules.Module
    /// The option that makes it, where the kernel's configuration is read for it.
    let option: KernelConfiguration.Option?
    /// What is not as jobs want it; lower case.
    let effect: String

    /// Those that a Docker with these settings uses.
    static func all(
        for docker: Docker, _ settings: DaemonSettings, _ programs: RuntimePrograms
    ) -> [UsefulKernelModule] {
        var all: [UsefulKernelModule] = []
        if settings.text("storage-driver") == nil {
            all.append(
                UsefulKernelModule(
                    module: .overlay, option: .overlay,
                    effect: "Docker falls back on a storage driver that copies images whole"))
        }
        if settings.text("bridge")?.text != "none" {
            all.append(
                UsefulKernelModule(
                    module: .bridgeNetfilter, option: .bridgeNetfilter,
                    effect: "Docker's rules do not see what containers of one bridge send each other"))
        }
        guard settings.isOn("iptables")?.isOn != false, settings.text("firewall-backend")?.text != "nftables" else {
            return all
        }
        all += [
            UsefulKernelModule(
                module: .natTargets, option: nil,
                effect: "no port of a container is published, and tasks get no credentials"),
            UsefulKernelModule(
                module: .redirect, option: nil, effect: "tasks in host mode get no credentials from the agent"),
        ]
        guard programs.isIptablesLegacy else { return all }
        if let version = docker.version, version >= ReleaseVersion(28) {
            all.append(
                UsefulKernelModule(
                    module: .iptablesRaw, option: .iptablesRaw,
                    effect: "Docker cannot guard containers against packets routed to them from outside"))
        }
        let hasIPv6Rules =
            settings.isOn("ip6tables")?.isOn ?? docker.version.map { $0 >= ReleaseVersion(27) } ?? false
        if hasIPv6Rules {
            let effect = "Docker makes no network of containers with IPv6"
            all += [
                UsefulKernelModule(module: .ip6tablesFilter, option: .ip6tablesFilter, effect: effect),
                UsefulKernelModule(module: .ip6tablesNAT, option: nil, effect: effect),
            ]
        }
        return all
    }
}

extension RuntimePrograms {
    /// Whether iptables speaks to the kernel's old tables, as the name that its link leads to tells.
    var isIptablesLegacy: Bool {
        guard case .present(let program, let evidence) = iptables else { return false }
        let name = (evidence.first?.realPath ?? program.path).name
        return ["xtables-legacy-multi", "xtables-multi", "iptables-legacy"].contains(name)
    }
}
