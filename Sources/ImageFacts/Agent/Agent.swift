/// The ECS agent on the image, and which version of it.

public import ImageReading
import PackageDatabases

/// The Amazon ECS container agent: as ecs-init with the agent it caches, or run by hand.
public struct Agent: Fact {
    /// In which form the agent is there.
    public enum Installation: String, Codable, Sendable {
        /// ecs-init, which runs the agent and watches over it.
        case ecsInit
        /// A job of the image's own that runs the agent's container.
        case byHand
        /// The agent's container image in Docker's storage; nothing on the image that runs it was found.
        case loadedImage
    }

    /// What a version was taken from.
    public enum VersionSource: String, Codable, Sendable {
        /// The package, which has the version of the agent it caches.
        case package
        /// The name of the cached archive of the agent.
        case archive
        /// The tag that a job runs.
        case tag
        /// The tags of the images loaded into Docker.
        case loadedImage
    }

    /// The agent that ecs-init has at hand for the first boot.
    public enum Cache: Codable, Hashable, Sendable {
        /// ecs-init loads it from the image's own files.
        case cached
        /// ecs-init downloads its own default version at the first boot.
        case notCached(reason: String)
        case unreadable(problem: Problem)
    }

    /// In which form it is there.
    public let installation: Installation
    /// `ecs-init` on Amazon Linux, `amazon-ecs-init` elsewhere; nil where no package is known to be installed.
    public let package: String?
    /// Why it is not known whether a package is installed; nil where it is known.
    public let packageProblem: Problem?
    /// As its source writes it, release included: `1.106.1-1.amzn2023`, `v1.62.1`; nil where nothing shows it.
    public let versionText: String?
    /// The version of the agent, and with ecs-init of ecs-init too; nil where nothing shows it.
    public let version: ReleaseVersion?
    /// What the version was taken from; nil where there is none.
    public let versionSource: VersionSource?
    /// What ecs-init has cached; nil for an agent without ecs-init.
    public let cache: Cache?
    /// Whether a job runs the tag `latest` of AWS's own image, which is not on the image and so is pulled by the instance.
    public private(set) var isPulledAsLatest = false

    /// `ecs-init 1.106.1-1.amzn2023`, `the ECS agent v1.62.1`: how messages call it.
    public var label: String {
        let version = versionText.map { " \($0)" } ?? " of unknown version"
        return installation == .ecsInit ? (package ?? "ecs-init") + version : "the ECS agent" + version
    }

    /// Whether it is `version` or newer, as what is pulled as `latest` is; nil where its version is not known.
    public func isAtLeast(_ version: ReleaseVersion) -> Bool? {
        self.version.map { $0 >= version } ?? (isPulledAsLatest ? true : nil)
    }
}

extension Agent {
    /// What ecs-init is packaged as: by Amazon Linux, and for all others.
    static let packageNames = ["ecs-init", "amazon-ecs-init"]

    /// What shows the agent beside packages and jobs.
    public static let wants: [Want] = AgentInstallationReading.wants

    /// Looks for the agent in packages, programs, the jobs that start something at boot and Docker's storage.
    ///
    /// What any readable source shows is there; it is absent only where all of them could be read.
    public static func observe(
        in root: RootFilesystem, packages: InstalledPackages, jobs: Observation<[AgentJob]>
    ) -> Observation<Agent> {
        AgentInstallationReading(root: root, packages: packages, jobs: jobs).agent
    }
}
