/// What a GPU job needs of an image: the driver in the kernel that boots, its library, and a runtime that hands it to
/// containers.

import Booting
import ImageFacts
import ImageReading

/// What was found of it.
struct GPUNeeds {
    /// Why GPU jobs are meant to run on the image; nil where nothing says so.
    let reason: String?
    /// What is not there, each in a sentence.
    private(set) var missing: [String] = []
    /// What is not known.
    private(set) var open: [String] = []
    private(set) var found: [String] = []
    private(set) var remarks: [String] = []
    private(set) var evidence: [Evidence] = []
    private(set) var remedy: [RemedyStep] = []

    private let facts: Facts
    private let software: GPUSoftware
    private let runtime: (name: String, place: Evidence?)

    init(_ facts: Facts, _ policy: Policy) {
        self.facts = facts
        software = facts.gpuSoftware
        let environment = facts.agentEnvironment.value
        let name = environment?.nvidiaRuntime ?? "nvidia"
        runtime = (name, Self.registration(of: name, facts))
        let support = environment?.gpuSupport.value?.setting
        if let support, support.trimmedValue == "true" {
            reason = "ECS_ENABLE_GPU_SUPPORT=true"
            evidence.append(support.evidence)
        } else if let support, ["1", "t", "T", "TRUE", "True"].contains(support.trimmedValue) {
            reason = "ECS_ENABLE_GPU_SUPPORT=\(support.trimmedValue)"
            evidence.append(support.evidence)
        } else if let place = runtime.place {
            reason = "the runtime \(name) is registered"
            evidence.append(place)
        } else {
            reason = policy.needsGPU ? "GPU jobs are wanted" : nil
        }
        guard reason != nil else { return }
        judgeSetting(support)
        judgeModule()
        judgeLibrary()
        judgeRuntime()
    }

    /// Where dockerd is told of a runtime: daemon.json, its command line, Amazon Linux's directory of runtimes.
    private static func registration(of name: String, _ facts: Facts) -> Evidence? {
        let settings = DaemonSettings(
            file: facts.daemonConfiguration.value, service: facts.dockerService.value,
            version: facts.docker.value?.version)
        let member = settings.member("runtimes")
        if let member, member.value.members?.contains(where: { $0.name == name }) == true {
            return settings.evidence(of: member)
        }
        let flag = settings.texts("runtimes", flag: "add-runtime").last { $0.text.hasPrefix(name + "=") }
        let entry = facts.gpuSoftware.registeredRuntimes.first { $0.name == name }
        return flag?.evidence ?? entry.map { Evidence($0) }
    }

    private mutating func judgeSetting(_ support: AgentSetting?) {
        guard let environment = facts.agentEnvironment.value else { return }
        guard let support else {
            if let problem = environment.gpuSupport.problem {
                return open.append("whether ECS_ENABLE_GPU_SUPPORT is set is not known: \(problem)")
            }
            open.append(
                "ECS_ENABLE_GPU_SUPPORT=true, without which the agent offers no GPUs, is not set in the image; user data "
                    + "may set it")
            return
        }
        // ecs-init compares the text with "true" (ecs-init/engine/engine.go, PreStartGPU).
        if environment.isFromECSInit, support.trimmedValue != "true" {
            missing.append(
                "ECS_ENABLE_GPU_SUPPORT is \(support.trimmedValue), and ecs-init knows no other word than true")
            let place = support.evidence
            let line: RemedyText = "ECS_ENABLE_GPU_SUPPORT=true"
            if let number = place.line, place.text.hasPrefix("ECS_ENABLE_GPU_SUPPORT=") {
                remedy.append(.edit(place.path, .setLine(number: number, text: line)))
            } else {
                remedy.append(.sentence("write \(line) (\(place.shortPlace))"))
            }
        }
    }

    private mutating func judgeModule() {
        guard let kernel = facts.bootingKernel.value else {
            return open.append("whether the kernel that boots has the module nvidia is not known")
        }
        let version = kernel.version
        switch facts.kernelModules {
        case .present(let modules, let places):
            if let off = modules.switchedOff[.nvidia], modules.installed.contains(.nvidia) {
                evidence.insert(off, at: 0)
                remedy.append(off.loadingAgain)
                return missing.append("\(off.prefix)\(off.text) switches off the module nvidia")
            }
            if modules.installed.contains(.nvidia) {
                return found.append("the module nvidia is installed for kernel \(version)")
            }
            evidence += places
        case .absent, .unreadable:
            if software.kernels.contains(version) {
                return found.append("the module nvidia is installed for kernel \(version)")
            }
            guard facts.kernelModules.problem == nil else {
                return open.append(
                    "whether kernel \(version) has the module nvidia is not known: the list of its modules is not read")
            }
        }
        judgeLoading(for: version)
    }

    /// No module is installed: what starts may bring one.
    private mutating func judgeLoading(for kernel: String) {
        let lack = "no module nvidia is installed for kernel \(kernel), which boots"
        if let archive = software.archives.first, let loader = software.loaders.first(where: \.loadsArchives) {
            evidence += [Evidence(archive), loader]
            return found.append("\(loader.path.name) loads the module nvidia from \(archive.parent)")
        }
        if let source = software.dkmsSources.first, let start = software.dkmsStart.first {
            evidence += [Evidence(source), start]
            guard !software.hasKernelHeaders else {
                return found.append("dkms.service builds the module nvidia of \(source.parent) when it starts")
            }
            missing.append(
                "\(lack), and dkms.service cannot build it of \(source.parent): nothing to build with at "
                    + "/lib/modules/\(kernel)/build")
            return remedy.append(.sentence("install the headers of kernel \(kernel) (kernel-devel, linux-headers)"))
        }
        if let loader = software.loaders.first {
            evidence.append(loader)
            return open.append("\(lack); whether \(loader.path.name), which starts, installs one is not known")
        }
        if let problem = software.problem {
            return open.append("\(lack); whether something brings one is not known: \(problem)")
        }
        let others = software.kernels.filter { $0 != kernel }
        let elsewhere = others.isEmpty ? "" : ", but for \(others.joined(separator: ", "))"
        let archived = software.archives.first.map { ", \($0) is loaded by nothing that starts" } ?? ""
        missing.append("\(lack)\(elsewhere)\(archived)")
        remedy.append(
            .sentence(
                """
                build the driver for the kernel that boots (`dkms autoinstall -k \(kernel)` with that kernel's headers, or \
                the distribution's package of the module), or boot the kernel it is built for
                """))
    }

    private mutating func judgeLibrary() {
        switch software.library {
        case .present(let path, _): found.append("\(path)")
        case .unreadable(let places, let problem):
            evidence += places
            open.append("libnvidia-ml.so.1: \(problem)")
        case .absent(let searched):
            let places = searched.map(\.parent.text).prefix(3).joined(separator: ", ")
            guard software.loaders.isEmpty else {
                return open.append("libnvidia-ml.so.1 is not in \(places) and the like")
            }
            missing.append(
                "libnvidia-ml.so.1, by which ecs-init counts the GPUs, is not in \(places) and the like")
            remedy.append(.sentence("install the driver's libraries of the same version as the module"))
        }
    }

    private mutating func judgeRuntime() {
        if software.toolkit.isAbsent {
            missing.append(
                "nvidia-container-toolkit, which hands GPUs to containers, is not installed")
            let system = facts.distribution.value
            let installer = system?.id == "amzn" && system?.version != "2" ? PackageInstaller(facts) : nil
            remedy.append(
                installer?.install(["nvidia-container-toolkit"])
                    ?? .sentence("install nvidia-container-toolkit from NVIDIA's repository"))
        }
        if let place = runtime.place {
            evidence.append(place)
            return found.append("the runtime \(runtime.name) is registered")
        }
        if let description = software.deviceInterfaces.first {
            evidence.append(Evidence(description))
            return remarks.append("\(description) describes the devices, and no runtime \(runtime.name) is registered")
        }
        if let problem = facts.daemonConfiguration.problem ?? facts.dockerService.value?.flagsProblem
            ?? software.problem
        {
            return open.append("whether the runtime \(runtime.name) is registered is not known: \(problem)")
        }
        missing.append(
            "no runtime \(runtime.name) is registered with Docker: the agent asks for it for every GPU job")
        remedy.append(.command("nvidia-ctk", "runtime", "configure", "--runtime=docker"))
    }
}

extension Evidence {
    /// Whether it is the unit by which Amazon's GPU images load the module that fits the instance.
    fileprivate var loadsArchives: Bool {
        path.name == "nvidia-kmod-load.service" || text.contains("kmod-util") || text.contains("nvidia-kmod-load")
    }
}
