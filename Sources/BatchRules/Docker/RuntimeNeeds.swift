/// What Docker and ecs-init need of the image around them: the decision behind docker-runtime.

import Booting
import ImageFacts
import ImageReading

/// What an image lacks of what its Docker needs, part by part.
struct RuntimeNeeds {
    let facts: Facts
    let docker: Docker
    private(set) var missing: [String] = []
    /// How to mend just what is missing: sentences and edits; what packages bring is in `lacking`.
    private(set) var mending: [RemedyStep] = []
    /// What packages bring of what is missing.
    private(set) var lacking: [PackageInstaller.Need] = []
    private(set) var open: [String] = []
    private(set) var found: [String] = []
    private(set) var remarks: [String] = []
    private(set) var evidence: [Evidence] = []
    /// The places of what is missing, of those above.
    private(set) var faults: [Evidence] = []

    init(_ facts: Facts, _ docker: Docker) {
        self.facts = facts
        self.docker = docker
        judgeMachine()
        judgePrograms()
        judgeContainerRuntime()
        judgeCgroups()
        judgeKernel()
    }

    /// How to come to all that is missing.
    var remedy: [RemedyStep] {
        let names = lacking.map(\.program).joined(separator: ", ")
        return (lacking.isEmpty ? [] : facts.installing(lacking, or: "install \(names)")) + mending
    }

    private var programs: RuntimePrograms { facts.runtimePrograms }
    private var settings: DaemonSettings {
        DaemonSettings(
            file: facts.daemonConfiguration.value, service: facts.dockerService.value, version: docker.version)
    }
    private var hasEcsInit: Bool { facts.agent.value?.installation == .ecsInit }
    /// A snap brings what it needs with it.
    private var isSnap: Bool { docker.installation == .snap }

    private mutating func judgeMachine() {
        switch facts.architecture {
        case .present(let machine, let places):
            guard machine == .i386 || machine == .arm else { return found.append("64-bit \(machine.rawValue)") }
            missing.append("the system is \(machine.rawValue), which has 32 bits")
            faults += places
            mending.append(.sentence("build the image on a 64-bit base: Docker and the agent are built for no other"))
            evidence += places
        case .absent: open.append("whether the system is 64-bit cannot be told: no program that shows it found")
        case .unreadable(_, let problem): open.append("whether the system is 64-bit cannot be told: \(problem)")
        }
    }

    private mutating func judgePrograms() {
        let isIptablesOff = settings.isOn("iptables")?.isOn == false
        if hasEcsInit {
            judge(
                .sysctl, programs.sysctl, for: "ecs-init to start", inSystemDirectory: true)
            judge(.iptables, programs.iptables, for: "Docker and ecs-init", inSystemDirectory: true)
        } else if isSnap || isIptablesOff {
            remark("iptables", programs.iptables, "needed by ecs-init")
        } else {
            judge(.iptables, programs.iptables, for: "Docker", inSystemDirectory: false)
            if facts.agent.problem != nil {
                remark("sysctl", programs.sysctl, "needed where the agent is run by ecs-init")
            }
        }
        if let version = programs.iptables.value?.version, version < ReleaseVersion(1, 4) {
            missing.append("iptables is \(version), older than 1.4")
            mending.append(.sentence("build the image on a release of the distribution that has iptables 1.4 or newer"))
        }
        remark("git", programs.git, "needed for builds from a repository", oldest: ReleaseVersion(1, 7))
        remark("ps", programs.ps, "needed for docker top")
        remark("xz", programs.xz, "needed for images compressed with it", oldest: ReleaseVersion(4, 9))
    }

    private mutating func judge(
        _ need: PackageInstaller.Need, _ program: Observation<Program>, for reason: String, inSystemDirectory: Bool
    ) {
        let name = need.program
        let needed = "\(name), needed by \(reason),"
        switch program {
        case .present(let program, let places):
            guard program.isInSystemDirectory || !inSystemDirectory else {
                missing.append("\(needed) is only at \(program.path), and not in /usr/sbin, /usr/bin, /sbin or /bin")
                mending.append(.command("ln", "-s", "\(program.path)", "/usr/sbin/\(name)"))
                faults += places
                return evidence += places
            }
            found.append(program.version.map { "\(name) \($0)" } ?? name)
            evidence += places
        case .absent:
            let variants = programs.iptablesVariants.map(\.text).joined(separator: ", ")
            let hint =
                name == "iptables" && !variants.isEmpty ? "; \(variants) is there, and nothing called iptables" : ""
            missing.append("\(needed) is not in \(program.searchedDirectories)\(hint)")
            if hint.isEmpty {
                lacking.append(need)
            } else if let variant = programs.iptablesVariants.first {
                mending.append(.command("ln", "-s", "\(variant)", "/usr/sbin/iptables"))
            }
        case .unreadable(let places, let problem):
            evidence += places
            if problem.isNoProgram {
                missing.append("\(needed) cannot be run: \(problem)")
                lacking.append(need)
                faults += places
            } else {
                open.append("whether \(needed) can be run cannot be told: \(problem)")
            }
        }
    }

    /// A program that Docker runs without.
    private mutating func remark(
        _ name: String, _ program: Observation<Program>, _ reason: String, oldest: ReleaseVersion? = nil
    ) {
        guard let version = program.value else { return remarks.append("no \(name), \(reason)") }
        if let oldest, let version = version.version, version < oldest {
            remarks.append("\(name) \(version), \(oldest) \(reason)")
        }
    }

    private mutating func judgeContainerRuntime() {
        // Before 1.11 dockerd ran containers by itself.
        guard !isSnap, docker.version.map({ $0 >= ReleaseVersion(1, 11) }) ?? true else { return }
        judgeHelper(.containerd, programs.containerd)
        guard let runtime = settings.text("default-runtime"), runtime.text != "runc" else {
            return judgeHelper(.runc, programs.runc)
        }
        remarks.append("containers run by \(runtime.text)")
        // One that nothing defines is docker-config's; its program is what every container is started by.
        let members = settings.member("runtimes")?.value.members
        let path =
            members?.last { $0.name == runtime.text }?.value.member("path")?.value.text
            ?? settings.texts("runtimes", flag: "add-runtime").map(\.text)
            .last { $0.lowercased().hasPrefix(runtime.text + "=") }.map { String($0.drop { $0 != "=" }.dropFirst()) }
        guard let path, facts.daemonFiles.named[path] == .absent || facts.daemonFiles.named[path] == .file else {
            return
        }
        missing.append(
            "\(path), the program of the default runtime \(runtime.text), is none that can be run")
        mending.append(.sentence("install \(path), or take default-runtime away (\(runtime.evidence.shortPlace))"))
        evidence.append(runtime.evidence)
        faults.append(runtime.evidence)
    }

    private mutating func judgeHelper(_ need: PackageInstaller.Need, _ program: Observation<Program>) {
        if docker.version == nil, program.isAbsent {
            open.append(
                "\(need.program), which Docker 1.11 and newer need, was not found, and Docker's version is not known")
        } else {
            judge(need, program, for: "Docker", inSystemDirectory: false)
        }
    }

    private mutating func judgeCgroups() {
        switch programs.cgroupMount {
        case .present(let mount, _): found.append("cgroups mounted by \(mount.rawValue)")
        case .absent(let searched):
            let places = searched.map(\.text).joined(separator: ", ")
            open.append("what mounts the cgroup hierarchy cannot be told: none of \(places) does")
        case .unreadable(_, let problem): open.append("what mounts the cgroup hierarchy cannot be told: \(problem)")
        }
    }

    private mutating func judgeKernel() {
        switch facts.kernelConfiguration {
        case .absent(let searched):
            let places = searched.isEmpty ? "" : "; looked at \(searched.map(\.text).joined(separator: ", "))"
            open.append("the kernel's options cannot be told: no configuration of the kernel that boots found\(places)")
        case .unreadable(let places, let problem):
            evidence += places
            open.append("the kernel's options cannot be told: \(problem)")
        case .present(let configuration, let places):
            evidence += places
            defer { if missing.contains(where: { $0.hasPrefix("the kernel ") }) { faults += places } }
            guard let version = ReleaseVersion(configuration.kernel) else {
                return open.append("the kernel's options cannot be told: version \(configuration.kernel)")
            }
            judge(KernelNeeds(configuration, version: version), of: configuration.kernel)
            judgeModules(KernelModuleNeeds(configuration, version, settings, programs), of: configuration.kernel)
        }
    }

    private mutating func judge(_ needs: KernelNeeds, of kernel: String) {
        func names(_ options: [KernelConfiguration.Option]) -> String {
            options.map { "CONFIG_\($0.rawValue)" }.joined(separator: ", ")
        }
        if !needs.missing.isEmpty {
            missing.append("the kernel \(kernel) was built without \(names(needs.missing))")
            bootAnother(than: kernel)
        }
        if !needs.replacedByNftables.isEmpty {
            remarks.append("the kernel has no \(names(needs.replacedByNftables)): iptables-nft has to be used")
        }
        if !needs.hasStorageDriver {
            let lack = "the kernel \(kernel) has neither CONFIG_OVERLAY_FS nor btrfs with access lists nor ZFS"
            if docker.version.map({ $0 >= ReleaseVersion(25) }) ?? false {
                missing.append("\(lack) for Docker's storage")
                bootAnother(than: kernel)
            } else {
                open.append("\(lack); whether devicemapper or aufs serves cannot be told")
            }
        } else if needs.missing.isEmpty {
            found.append("the options of kernel \(kernel)")
        }
    }
}

extension RuntimeNeeds {
    /// What is not in a kernel comes with another one: the distribution's own has all of it.
    private mutating func bootAnother(than kernel: String) {
        guard !mending.contains(where: { $0.text.contains("no package adds options") }) else { return }
        let installed = (facts.installedKernels.value?.kernels ?? []).compactMap(\.version).filter { $0 != kernel }
        mending.append(
            .sentence(
                """
                boot \(installed.isEmpty ? "" : "another of the kernels installed (\(shortened(installed))), or ")the \
                distribution's own kernel, since no package adds options to the one that is there:
                """))
        mending += facts.installing(.kernel, or: "install the kernel of the distribution")
    }

    /// Modules that are not installed, or switched off: a start of dockerd or of a container ends on the needed ones.
    private mutating func judgeModules(_ needs: KernelModuleNeeds, of kernel: String) {
        guard !needs.needed.isEmpty else { return }
        switch facts.kernelModules {
        case .absent(let searched):
            let places = searched.map(\.text).joined(separator: ", ")
            open.append("which modules of the kernel \(kernel) are installed cannot be told: no list in \(places)")
        case .unreadable(let places, let problem):
            evidence += places
            open.append("which modules of the kernel \(kernel) are installed cannot be told: \(problem)")
        case .present(let modules, let places):
            let lacking = needs.needed.filter { !modules.installed.contains($0) }
            if !lacking.isEmpty {
                evidence += places
                faults += places
                missing.append(
                    """
                    the kernel \(kernel) has \(names(lacking)) as modules, and none installed; \
                    \(KernelModuleNeeds.package(of: kernel)) brings them
                    """)
                mending.append(.sentence("install \(KernelModuleNeeds.package(of: kernel))"))
            }
            let off = needs.needed.filter { modules.installed.contains($0) && modules.switchedOff[$0] != nil }
            for (module, place) in off.compactMap({ module in modules.switchedOff[module].map { (module, $0) } }) {
                evidence.append(place)
                faults.append(place)
                missing.append(
                    "\(place.path) line \(place.line ?? 0) switches off the module \(module.rawValue), which Docker needs: "
                        + "remove \"\(place.text)\"")
                if let line = place.line { mending.append(.edit(place.path, .removeLine(number: line))) }
            }
        }
    }

    private func names(_ modules: [KernelModules.Module]) -> String { modules.map(\.rawValue).joined(separator: ", ") }
}

extension PackageInstaller.Need {
    /// The program that is lacking.
    fileprivate var program: String {
        switch self {
        case .docker: "dockerd"
        case .containerd: "containerd"
        case .runc: "runc"
        case .iptables: "iptables"
        case .sysctl: "sysctl"
        case .cloudInit: "cloud-init"
        case .kernel: "the kernel"
        }
    }
}

extension Problem {
    /// Whether what stands in a program's place can be known not to run.
    fileprivate var isNoProgram: Bool {
        switch code {
        case .danglingLink, .linkLoop, .notRegularFile, .malformed: true
        default: false
        }
    }
}

extension Observation {
    /// The directories of the places searched, each once.
    fileprivate var searchedDirectories: String {
        guard case .absent(let searched) = self else { return "" }
        var directories: [String] = []
        for directory in searched.map(\.parent.text) where !directories.contains(directory) {
            directories.append(directory)
        }
        return directories.joined(separator: ", ")
    }
}
