/// All facts of an image: the one value that every rule judges.

public import Booting
public import ImageReading
public import Startup

/// What an image says of itself. Codable, so that it can be judged again without the image.
public struct Facts: Codable, Sendable {
    /// The disk that it was read from.
    public let disk: Observation<DiskLayout>
    /// Whether it is Windows.
    public let windows: Observation<Windows>
    /// Which distribution it is, and its version.
    public let distribution: Observation<Distribution>
    /// The processors its programs are built for.
    public let architecture: Observation<Architecture>
    /// Partitions of its own that fstab names for booting, which an export may have left out.
    public let bootPartitions: Observation<BootPartitions>
    /// The file systems that fstab has mounted.
    public let fileSystemTable: Observation<FileSystemTable>
    /// The initramfs and the modules of the kernel that boots.
    public let bootFiles: Observation<BootFiles>
    /// What becomes the first process, and what it goes for.
    public let firstProcess: Observation<FirstProcess>
    /// What the programs without which no job runs are built for.
    public let programArchitectures: Observation<ProgramArchitectures>
    /// SELinux on the next boot.
    public let selinux: Observation<SELinux>
    /// The kernels that are there.
    public let installedKernels: Observation<InstalledKernels>
    /// The kernel that boots, and what chose it.
    public let bootingKernel: Observation<BootingKernel>
    /// The options that kernel was built with.
    public let kernelConfiguration: Observation<KernelConfiguration>
    /// Which modules that kernel has, so far as Docker and an instance's devices need them.
    public let kernelModules: Observation<KernelModules>
    /// What the initramfs brings for the disk of a Nitro instance.
    public let initramfsModules: Observation<InitramfsModules>
    /// Interfaces that are named by the address of the machine on which the image was made.
    public let persistentNetRules: Observation<PersistentNetRules>
    /// What speaks for HVM and for paravirtualization.
    public let virtualizationSigns: Observation<VirtualizationSigns>
    /// Which package databases there are; the list of packages stands beside the facts.
    public let installedPackages: PackageDatabaseSummary
    /// The Docker daemon.
    public let docker: Observation<Docker>
    /// The ECS agent.
    public let agent: Observation<Agent>
    /// `/var/lib/ecs/ecs.config`.
    public let agentInstanceConfig: Observation<AgentConfigFile>
    /// `/etc/ecs/ecs.config`.
    public let agentConfig: Observation<AgentConfigFile>
    /// The agent's JSON document, `/etc/ecs/ecs.config.json` unless it is told of another.
    public let agentConfigDocument: Observation<AgentConfigDocument>
    /// The agent's environment, layer on layer.
    public let agentEnvironment: Observation<AgentEnvironment>
    /// What lets tasks reach the credentials of an agent that is run by hand.
    public let localRouting: Observation<LocalRouting>
    /// The log drivers that the agent ends up with.
    public let logDrivers: Observation<LogDrivers>
    /// State that an agent left when it ran on this root.
    public let agentState: Observation<AgentState>
    /// The programs that Docker and ecs-init run.
    public let runtimePrograms: RuntimePrograms
    /// The unit or job that starts Docker, with its flags.
    public let dockerService: Observation<DockerService>
    /// `/etc/docker/daemon.json`, as the installed version reads it.
    public let daemonConfiguration: Observation<DaemonConfiguration>
    /// The files that dockerd's configuration names, and its helpers.
    public let daemonFiles: DaemonFiles
    /// What stands in the place of Docker's data.
    public let dockerStorage: DockerStorage
    /// The control groups that the host boots with.
    public let controlGroups: ControlGroups
    /// The firewall rules that start with the host.
    public let firewall: Firewall
    /// What hardening has changed that containers feel.
    public let hardening: Hardening
    /// Everything that starts the agent.
    public let agentJobs: Observation<[AgentJob]>
    /// Whether Docker starts at boot.
    public let dockerStart: Observation<DockerStart>
    /// cloud-init, and whether it runs.
    public let cloudInit: Observation<CloudInit>
    /// What keeps cloud-init from running again on a new instance.
    public let cloudInitState: Observation<CloudInitState>
    /// Access keys in files where people leave them.
    public let bakedCredentials: BakedCredentials
    /// Identities and remains of the machine that the image was made on.
    public let bakedIdentity: BakedIdentity
    /// AppArmor's own files.
    public let appArmor: AppArmor
    /// Programs other than cloud-init that take user data.
    public let userDataReaders: [UserDataReader]
    /// What the image brings for NVIDIA's GPUs.
    public let gpuSoftware: GPUSoftware
    /// What it brings for AWS's own accelerators and for EFA.
    public let deviceSoftware: DeviceSoftware

    /// The type of every property, which says what it asks of an image; a test holds the two against each other.
    static let types: [any Fact.Type] = [
        DiskLayout.self, Windows.self, Distribution.self, Architecture.self, BootPartitions.self, FileSystemTable.self,
        BootFiles.self,
        FirstProcess.self, ProgramArchitectures.self, SELinux.self, InstalledKernels.self, BootingKernel.self,
        KernelConfiguration.self, KernelModules.self, InitramfsModules.self, PersistentNetRules.self,
        VirtualizationSigns.self,
        PackageDatabaseSummary.self, Docker.self, Agent.self, AgentConfigFile.self, AgentConfigDocument.self,
        AgentEnvironment.self, LogDrivers.self, AgentState.self, RuntimePrograms.self, DockerService.self,
        DaemonConfiguration.self,
        DaemonFiles.self, DockerStorage.self, ControlGroups.self, Firewall.self, Hardening.self, AgentJob.self,
        DockerStart.self, CloudInit.self, CloudInitState.self, UserDataReader.self, LocalRouting.self, AppArmor.self,
        BakedCredentials.self, BakedIdentity.self, GPUSoftware.self, DeviceSoftware.self,
    ]

    /// What all facts ask of an image, and what several of them are worked out from.
    public static var wants: [Want] {
        types.flatMap { $0.wants } + ImageStartup.wants + CloudInitStarts.wants + DataSourceIdentification.wants
            + ExportedPart.wants
    }

    /// Observes every fact of an image whose list of packages nobody wants.
    public init(in root: RootFilesystem) {
        self.init(in: root, packages: .observe(in: root))
    }

    /// Observes every fact; those that follow from others are worked out here, once. `packages` is what stands beside
    /// them.
    public init(in root: RootFilesystem, packages: InstalledPackages) {
        disk = DiskLayout.observe(in: root)
        windows = Windows.observe(in: root)
        distribution = Distribution.observe(in: root)
        bootPartitions = BootPartitions.observe(in: root)
        let part = ExportedPart(in: root, packages: packages.summary)
        installedKernels = part.known(InstalledKernels.observe(in: root))
        bootingKernel = part.known(
            BootingKernel.observe(in: root, kernels: installedKernels, partitions: bootPartitions))
        kernelConfiguration = KernelConfiguration.observe(in: root, kernel: bootingKernel)
        kernelModules = KernelModules.observe(in: root, kernel: bootingKernel, configuration: kernelConfiguration)
        fileSystemTable = FileSystemTable.observe(in: root, kernel: bootingKernel, configuration: kernelConfiguration)
        bootFiles = BootFiles.observe(in: root, kernel: bootingKernel)
        programArchitectures = ProgramArchitectures.observe(in: root)
        selinux = SELinux.observe(in: root, kernel: bootingKernel, configuration: kernelConfiguration)
        architecture = Architecture.observe(in: root, kernels: installedKernels)
        initramfsModules = InitramfsModules.observe(
            in: root, kernel: bootingKernel, files: bootFiles, configuration: kernelConfiguration,
            modules: kernelModules, architecture: architecture.value)
        persistentNetRules = PersistentNetRules.observe(in: root)
        installedPackages = packages.summary
        virtualizationSigns = VirtualizationSigns.observe(
            in: root, kernels: installedKernels, booting: bootingKernel, packages: packages)
        let cloudInitFiles = CloudInitConfiguration.files(in: root)
        let cloudInitConfiguration = CloudInitConfiguration.observe(in: root, files: cloudInitFiles)
        let cloudInitVersion = packages.package(named: "cloud-init").value.flatMap { ReleaseVersion($0.version) }
        let identification = DataSourceIdentification(
            in: root, files: cloudInitFiles, kernel: bootingKernel, architecture: architecture.value,
            version: cloudInitVersion)
        let cloudInitSwitches = CloudInitSwitches(
            in: root, kernel: bootingKernel, identification: identification, version: cloudInitVersion)
        let startup = ImageStartup(
            in: root, kernel: bootingKernel, systemd: packages.systemdVersion,
            cloudInit: cloudInitConfiguration.value, switches: cloudInitSwitches, architecture: architecture.value)
        firstProcess = FirstProcess.observe(in: startup)
        agentJobs = part.known(AgentJob.observe(in: startup))
        dockerStart = DockerStart.observe(in: startup)
        cloudInit = part.known(
            CloudInit.observe(in: root, packages: packages, startup: startup, switches: cloudInitSwitches))
        cloudInitState = CloudInitState.observe(
            in: root, configuration: cloudInitConfiguration, identification: identification,
            version: cloudInitVersion)
        userDataReaders = UserDataReader.observe(in: root)
        appArmor = AppArmor.observe(in: root)
        localRouting = LocalRouting.observe(in: root, jobs: agentJobs)
        bakedCredentials = BakedCredentials.observe(in: root)
        bakedIdentity = BakedIdentity.observe(in: root, distribution: distribution)
        agent = part.known(Agent.observe(in: root, packages: packages, jobs: agentJobs))
        agentInstanceConfig = AgentConfigFile.observeInstanceFile(in: root)
        agentConfig = AgentConfigFile.observeUserFile(in: root)
        agentEnvironment = AgentEnvironment.observe(
            agent: agent, jobs: agentJobs, instanceFile: agentInstanceConfig, userFile: agentConfig)
        agentConfigDocument = AgentConfigDocument.observe(in: root, agent: agent, environment: agentEnvironment)
        logDrivers = LogDrivers.observe(environment: agentEnvironment, document: agentConfigDocument, agent: agent)
        agentState = part.known(AgentState.observe(in: root))
        docker = part.known(Docker.observe(in: root, packages: packages))
        runtimePrograms = RuntimePrograms.observe(in: root, packages: packages)
        dockerService = DockerService.observe(in: startup)
        daemonConfiguration = DaemonConfiguration.observe(in: root, docker: docker, service: dockerService)
        daemonFiles = DaemonFiles.observe(in: startup, configuration: daemonConfiguration, service: dockerService)
        dockerStorage = DockerStorage.observe(
            in: startup, configuration: daemonConfiguration, service: dockerService)
        firewall = Firewall.observe(in: startup)
        hardening = Hardening.observe(in: startup, storage: dockerStorage)
        controlGroups = ControlGroups.observe(
            kernel: bootingKernel, distribution: distribution, systemd: packages.systemdVersion)
        gpuSoftware = GPUSoftware.observe(
            in: startup, modules: kernelModules, isAskedFor: agentEnvironment.value?.asksForGPU == true)
        deviceSoftware = DeviceSoftware.observe(in: startup, packages: packages)
    }
}
