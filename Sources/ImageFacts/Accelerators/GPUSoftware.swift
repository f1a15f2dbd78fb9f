/// What an image brings for NVIDIA's GPUs: its driver's library, the container toolkit, and what loads the driver.

import Booting
import ByteParsing
public import ImageReading
import Startup

/// The parts of NVIDIA's software outside of the kernel, and what installs or loads the kernel's part at boot.
public struct GPUSoftware: Fact {
    /// libnvidia-ml.so.1, by which ecs-init counts the GPUs (ecs-init/gpu/nvidia_gpu_manager.go).
    public let library: Observation<ImagePath>
    /// A program of nvidia-container-toolkit, by whichever of its names.
    public let toolkit: Observation<ImagePath>
    /// Runtimes of /etc/docker-runtimes.d, which Amazon Linux's docker.service registers when it starts.
    public let registeredRuntimes: [ImagePath]
    /// A description of the GPUs that dockerd 25 and later read (container device interface).
    public let deviceInterfaces: [ImagePath]
    /// Archives of modules as Amazon's GPU images have them, and the unit that loads one at boot.
    public let archives: [ImagePath]
    /// Sources of the driver that dkms builds for another kernel.
    public let dkmsSources: [ImagePath]
    /// What starts dkms at boot; empty where nothing does.
    public let dkmsStart: [Evidence]
    /// Whether what a module is built with is there for the kernel that boots.
    public let hasKernelHeaders: Bool
    /// Units that start and may load or install the driver, by the line that says so.
    public let loaders: [Evidence]
    /// Kernels for which the driver is installed.
    public let kernels: [String]
    /// Why some of these files may be there unseen; nil where all were looked for.
    public let problem: Problem?
}

extension GPUSoftware {
    private static let libraries = [
        "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib/x86_64-linux-gnu",
        "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib", "/usr/lib64/nvidia", "/usr/lib/nvidia", "/usr/local/lib",
        "/usr/local/nvidia/lib64", "/opt/nvidia/lib64",
    ].map { ImagePath("\($0)/libnvidia-ml.so.1") }

    private static let programs = ["/usr/bin", "/usr/local/bin", "/usr/local/nvidia/toolkit"].flatMap { directory in
        ["nvidia-container-runtime", "nvidia-container-runtime-hook", "nvidia-container-toolkit", "nvidia-ctk"]
            .map { ImagePath("\(directory)/\($0)") }
    }
    private static let runtimes: ImagePath = "/etc/docker-runtimes.d/*"
    private static let interfaces: ImagePath = "/etc/cdi/*"
    private static let archives: ImagePath = "/var/lib/dkms-archive/*/*"
    private static let sources: ImagePath = "/usr/src/nvidia*/dkms.conf"
    private static let headers = ["/lib/modules", "/usr/lib/modules"]
    /// Where drivers from outside of the distribution's kernel are installed: by dkms, kmod packages and Ubuntu's.
    private static let modules = headers.flatMap { directory in
        ["extra", "updates", "updates/dkms", "weak-updates", "kernel/drivers/video"].map {
            ImagePath("\(directory)/*/\($0)/nvidia.ko*")
        }
    }

    /// Names alone.
    public static let wants: [Want] =
        (libraries + programs + [runtimes, interfaces, archives, sources] + modules
        + headers.map { ImagePath("\($0)/*/build") }).map { .names($0) }

    /// Looks for all parts; what loads the driver only where it is not installed and anything asks for it.
    static func observe(
        in startup: ImageStartup, modules: Observation<KernelModules>, isAskedFor: Bool
    ) -> GPUSoftware {
        let root = startup.root
        var problem: Problem?
        func all(_ pattern: ImagePath) -> [ImagePath] {
            switch root.names(.names(pattern)) {
            case .present(let entries, _): return entries.map(\.path)
            case .absent: return []
            case .unreadable(_, let found):
                if !found.isOfLink { problem = problem ?? found }
                return []
            }
        }
        func first(_ paths: [ImagePath]) -> Observation<ImagePath> {
            var answer: Observation<ImagePath> = .absent(searched: [])
            for path in paths {
                answer = answer.orElse(root.names(.names(path)).map { _ in path })
            }
            return answer
        }
        let library = first(libraries)
        let toolkit = first(programs)
        let registered = all(runtimes)
        let archived = all(archives).filter { $0.parent.name.contains("nvidia") }
        let sourced = all(sources)
        let isThere =
            isAskedFor || library.value != nil || toolkit.value != nil || !archived.isEmpty || !sourced.isEmpty
        let isInstalled = modules.value?.installed.contains(.nvidia) == true
        let needsLoader = isThere && !isInstalled
        let version = startup.kernel.value.map(\.version).flatMap { $0.contains("*") ? nil : $0 } ?? "none"
        let interfaces = all(Self.interfaces)
        let kernels = needsLoader ? Set(Self.modules.flatMap(all).compactMap(kernel)).sorted() : []
        return GPUSoftware(
            library: library, toolkit: toolkit, registeredRuntimes: registered,
            deviceInterfaces: interfaces, archives: archived, dkmsSources: sourced,
            dkmsStart: sourced.isEmpty ? [] : startup.boot.start(of: "dkms.service").startedBy ?? [],
            hasKernelHeaders: headers.contains { directory in
                root.resolve(ImagePath("\(directory)/\(version)/build")).value?.kind == .directory
            },
            loaders: needsLoader ? loaders(in: startup) : [],
            kernels: kernels, problem: problem)
    }

    /// `6.1.0` of `/lib/modules/6.1.0/extra/nvidia.ko`.
    private static func kernel(of path: ImagePath) -> String? {
        let components = path.components
        return components.firstIndex(of: "modules").flatMap { index in
            components.indices.contains(index + 1) ? String(components[index + 1]) : nil
        }
    }

    /// Services of NVIDIA's that need a driver and load none.
    private static let users = [
        "nvidia-persistenced", "nvidia-fabricmanager", "nvidia-mps", "nvidia-dcgm", "nvidia-cdi-refresh",
        "nvidia-suspend", "nvidia-resume", "nvidia-hibernate", "nvidia-powerd", "nvidia-gridd", "dcgm",
        "set-nvidia-clocks",
    ]
    /// Those that hand GPUs on, and dkms, which is asked about by its name.
    private static let others: Set = ["dkms.service", "ecs.service", "docker.service", "containerd.service"]
    private static let words = ["nvidia", "gpu", "cuda", "kmod-util"]

    private static func loaders(in startup: ImageStartup) -> [Evidence] {
        var loaders: [Evidence] = []
        for name in startup.boot.startedNames.sorted() where name.hasSuffix(".service") {
            guard !others.contains(name), !users.contains(where: name.hasPrefix),
                let unit = startup.boot.unit(name).value
            else { continue }
            let lines = ["ExecStartPre", "ExecStart", "ExecStartPost"].flatMap { unit.values("Service", $0) }
            guard
                let line = lines.first(where: { line in
                    let text = (name + " " + line.value).lowercased()
                    return words.contains { text.contains($0) } && !text.contains("amazon-ecs-")
                })
            else { continue }
            loaders.append(line.evidence(showing: .ofRules))
        }
        return loaders
    }
}

extension BootStart {
    /// What starts it; nil where it does not start for certain.
    var startedBy: [Evidence]? {
        if case .started(let evidence, _) = self { evidence } else { nil }
    }
}

extension AgentEnvironment {
    /// What ECS_ENABLE_GPU_SUPPORT is set to.
    public var gpuSupport: Observation<Setting> { setting(AgentKey.gpuSupport) }

    /// What ECS_ENABLE_INF_SUPPORT is set to, by which Amazon's Neuron images say what they are.
    public var neuronSupport: Observation<Setting> { setting(AgentKey.neuronSupport) }

    /// The runtime that the agent gives GPU jobs (agent/config/config_unix.go).
    public var nvidiaRuntime: String {
        let name = setting(AgentKey.nvidiaRuntime).value?.setting.trimmedValue ?? ""
        return name.isEmpty ? "nvidia" : name
    }

    /// Whether the image says that it is for GPU jobs.
    var asksForGPU: Bool { gpuSupport.value.map { isTrueToGo($0.setting.trimmedValue) } == true }
}
