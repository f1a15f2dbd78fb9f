/// All facts of an image: the one value that every rule judges.

public import ImageReading

/// What an image says of itself. Codable, so that it can be judged again without the image.
public struct Facts: Codable, Sendable {
    public let windows: Observation<Windows>
    public let distribution: Observation<Distribution>
    public let architecture: Observation<Architecture>
    public let bootPartitions: Observation<BootPartitions>
    public let installedKernels: Observation<InstalledKernels>
    public let bootingKernel: Observation<BootingKernel>
    public let kernelConfiguration: Observation<KernelConfiguration>
    public let installedPackages: InstalledPackages
    public let docker: Observation<Docker>
    public let agent: Observation<Agent>
    public let runtimePrograms: RuntimePrograms

    /// What all facts ask of an image.
    public static var wants: [Want] {
        Windows.wants + Distribution.wants + Architecture.wants + BootPartitions.wants + InstalledKernels.wants
            + BootingKernel.wants + KernelConfiguration.wants + Units.wants + AgentJobs.wants
            + InstalledPackages.wants + Docker.wants + RuntimePrograms.wants + Agent.wants
    }

    /// What they ask once the first reading is there.
    public static func furtherWants(in root: RootFilesystem) -> [Want] {
        InstalledPackages.furtherWants(in: root) + Docker.furtherWants(in: root)
            + BootingKernel.furtherWants(in: root)
    }

    /// Observes every fact; those that follow from others are worked out here, once.
    public init(in root: RootFilesystem) {
        windows = Windows.observe(in: root)
        distribution = Distribution.observe(in: root)
        bootPartitions = BootPartitions.observe(in: root)
        installedKernels = InstalledKernels.observe(in: root)
        bootingKernel = BootingKernel.observe(in: root, kernels: installedKernels, partitions: bootPartitions)
        kernelConfiguration = KernelConfiguration.observe(in: root, kernel: bootingKernel)
        architecture = Architecture.observe(in: root, kernels: installedKernels)
        installedPackages = InstalledPackages.observe(in: root)
        let jobs = AgentJobs.observe(in: root, units: Units(in: root))
        agent = Agent.observe(in: root, packages: installedPackages, jobs: jobs)
        docker = Docker.observe(in: root, packages: installedPackages)
        runtimePrograms = RuntimePrograms.observe(in: root, packages: installedPackages)
    }
}
