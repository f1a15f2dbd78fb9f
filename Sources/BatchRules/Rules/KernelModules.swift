/// kernel-modules: modules of the kernel that jobs use. What Docker's start needs is docker-runtime's.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let kernelModules = Rule(
        id: "kernel-modules",
        level: .recommended,
        title: "modules of the kernel that jobs use",
        group: .host,
        question: "Are the modules there that Docker and the agent load after their start?",
        reason: """
            Docker starts without them and says so in its log alone: without overlay it copies every image whole, \
            without br_netfilter its rules do not see what containers of one bridge send each other, without the targets of the \
            nat table no port is published and no task gets credentials.
            """,
        decidedBy: """
            modules.dep and modules.builtin of the kernel that boots, and modprobe.d, for what its configuration makes a \
            module or these lists leave out: overlay where no storage-driver is set, br_netfilter unless bridge is \
            none, xt_nat and xt_REDIRECT unless iptables is off or nftables are Docker's back end; where iptables is the \
            legacy one iptable_raw from Docker 28 on, and ip6table_filter and ip6table_nat where ip6tables is on. Without \
            lists nothing is said. What the start of Docker needs is docker-runtime's question.
            """,
        remedy: "install the kernel's package with all its modules, and take `install` lines out of modprobe.d",
        reference: "https://docs.docker.com/engine/network/packet-filtering-firewalls/"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { docker, _ in
            switch facts.kernelModules {
            case .absent: .notApplicable("no list of the modules of the kernel that boots (see docker-runtime)")
            case .unreadable(let places, let problem): .undetermined(problem, places)
            case .present(let modules, let places): facts.verdict(on: modules, places, for: docker)
            }
        }
    }
}

extension Facts {
    fileprivate func verdict(on modules: KernelModules, _ places: [Evidence], for docker: Docker) -> Verdict {
        let settings = DaemonSettings(
            file: daemonConfiguration.value, service: dockerService.value, version: docker.version)
        let useful = UsefulKernelModule.all(for: docker, settings, runtimePrograms)
        let options = kernelConfiguration.value?.options ?? [:]
        let lacking = useful.filter { need in
            guard !modules.installed.contains(need.module) else { return false }
            // What the configuration does not make a module may be a part of the kernel, unless its list says otherwise.
            return need.option.map { options[$0] == .module } ?? (modules.builtIn != nil)
        }
        let off = useful.compactMap { need in
            modules.installed.contains(need.module) ? modules.switchedOff[need.module].map { (need, $0) } : nil
        }
        guard !lacking.isEmpty || !off.isEmpty else {
            return .pass("nothing that jobs use is missing among the kernel's modules", places)
        }
        let kernel = kernelConfiguration.value?.kernel ?? bootingKernel.value?.version ?? ""
        var parts = lacking.map { "\($0.module.rawValue) is not installed for the kernel \(kernel): \($0.effect)" }
        parts += off.map { "\($1.text) switches off \($0.module.rawValue): \($0.effect)" }
        var remedy: [RemedyStep] = []
        if !lacking.isEmpty { remedy.append(.sentence("install \(KernelModuleNeeds.package(of: kernel))")) }
        for (_, place) in off {
            if let number = place.line { remedy.append(.edit(place.path, .removeLine(number: number))) }
        }
        return .fail(parts.joined(separator: "; "), (lacking.isEmpty ? [] : places) + off.map(\.1), remedy: remedy)
    }
}
