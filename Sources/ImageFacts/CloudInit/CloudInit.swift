/// Whether cloud-init is on the image and runs at boot: AWS Batch hands every instance its cluster in user data.

public import ImageReading
import PackageDatabases
public import Startup

/// cloud-init, and what keeps it from running.
public struct CloudInit: Fact {
    /// Whether cloud-init runs on the next boot.
    public enum Activation: Codable, Hashable, Sendable {
        /// Its stages start, by these links.
        case enabled(evidence: [Evidence])
        /// Something turns it off.
        case disabled(evidence: [Evidence])
        /// It runs, and settles on a data source that is not EC2's.
        case otherDataSource(evidence: [Evidence])
        /// Nothing starts this stage of it.
        case notStarted(stage: String, evidence: [Evidence])
        /// It cannot be told.
        case undetermined(evidence: [Evidence], problem: Problem)
    }

    /// `22.4.2-1+deb12u2`, as the package database has it; nil where no package is known.
    public let version: String?
    /// Whether it runs.
    public let activation: Activation
    /// What keeps stages of it from starting, or may.
    public let hindrances: [StartHindrance]

    init(version: String?, activation: Activation, hindrances: [StartHindrance] = []) {
        self.version = version
        self.activation = activation
        self.hindrances = hindrances
    }

    private static let programs: [ImagePath] = ["/usr/bin/cloud-init", "/usr/local/bin/cloud-init"]

    /// The program and the switches; units and packages are asked of their own facts.
    public static let wants: [Want] = programs.map { .names($0) } + CloudInitSwitches.wants

    /// Looks for it: the package, else the program.
    static func observe(
        in root: RootFilesystem, packages: InstalledPackages, startup: ImageStartup, switches: CloudInitSwitches
    ) -> Observation<CloudInit> {
        let package = packages.package(named: "cloud-init")
        var program = Observation<Void>.absent(searched: programs)
        for path in programs {
            switch root.names(.names(path)) {
            case .absent: continue
            case .present(_, let evidence): program = .present((), evidence)
            case .unreadable(let evidence, let problem):
                if program.isAbsent { program = .unreadable(evidence, problem) }
            }
            if program.value != nil { break }
        }
        let evidence = package.value == nil ? program.evidence : package.evidence
        guard package.value != nil || program.value != nil else {
            switch (package, program) {
            case (.unreadable(let evidence, let problem), _), (_, .unreadable(let evidence, let problem)):
                return .unreadable(evidence, problem)
            default: return package.map { _ in () }.orElse(program).flatMap { _, _ in .absent(searched: programs) }
            }
        }
        let activation = activation(startup, switches)
        let hindrances = stages.flatMap { startup.boot.unit($0).value.map { startup.hindrances(to: $0) } ?? [] }
        return .present(
            CloudInit(version: package.value?.fullVersion, activation: activation, hindrances: hindrances), evidence)
    }
}

extension CloudInit {
    /// The units of its stages, by the names of all versions. `cloud-init.service` became `cloud-init-network.service`
    /// in 24.3, which also brought `cloud-init-main.service`.
    static let stages = [
        "cloud-init-main.service", "cloud-init-local.service", "cloud-init.service", "cloud-init-network.service",
        "cloud-config.service", "cloud-final.service",
    ]

    /// The stage that runs user data, and the target that waits for it.
    static let lastStage: Set<String> = ["cloud-final.service", "cloud-init.target"]

    /// What AWS Batch's user data writes on every instance of a managed compute environment.
    static let writtenByBatch: Set<ImagePath> = ["/etc/ecs", "/etc/ecs/ecs.config"]

    private static func activation(_ startup: ImageStartup, _ switches: CloudInitSwitches) -> Activation {
        if !switches.disabled.isEmpty { return .disabled(evidence: switches.disabled) }
        if let unknown = switches.unknown {
            return .undetermined(evidence: unknown.evidence, problem: unknown.problem)
        }
        if startup.initSystem.other != nil { return activationByScripts(startup) }
        var links: [Evidence] = []
        var found = false
        for stage in ["cloud-init.target"] + stages {
            switch startup.boot.start(of: stage) {
            case .masked(let evidence): return .disabled(evidence: evidence)
            case .undetermined(let evidence, let problem): return .undetermined(evidence: evidence, problem: problem)
            case .started(let evidence, _):
                found = true
                links += evidence.filter { !links.contains($0) }
            case .notStarted(let evidence) where stage != "cloud-init.target":
                return .notStarted(stage: stage, evidence: evidence)
            case .notStarted, .noUnit: continue
            }
        }
        guard found, case .started = startup.boot.start(of: "cloud-final.service") else {
            return .notStarted(
                stage: "cloud-final.service", evidence: [Evidence("/usr/lib/systemd/system", "no such unit")])
        }
        if let other = switches.otherDataSource { return .otherDataSource(evidence: [other] + links) }
        return .enabled(evidence: links)
    }

    /// Upstart jobs (Ubuntu 14.04) and init scripts (Amazon Linux 1).
    private static func activationByScripts(_ startup: ImageStartup) -> Activation {
        for case .present(let job, _) in startup.upstartJobs.all where job.name == "cloud-final" {
            switch startup.upstartJobs.start(of: job) {
            case .started(let evidence, _): return .enabled(evidence: evidence)
            default: return .notStarted(stage: "cloud-final", evidence: [job.file.evidence()])
            }
        }
        switch startup.initScripts.start(of: "cloud-final") {
        case .started(let evidence, _)?: return .enabled(evidence: evidence)
        case .notStarted(let evidence)?: return .notStarted(stage: "cloud-final", evidence: evidence)
        default:
            return .notStarted(
                stage: "cloud-final", evidence: [Evidence("/etc/init", "no job"), Evidence("/etc/init.d", "no script")])
        }
    }
}

/// A program other than cloud-init that reads user data, in a form that AWS Batch does not write.
public struct UserDataReader: Fact {
    /// `Ignition`.
    public let name: String
    /// The program.
    public let evidence: Evidence

    private static let known: [(name: String, path: ImagePath)] = [
        ("Ignition", "/usr/lib/dracut/modules.d/30ignition/ignition"), ("Ignition", "/usr/bin/ignition"),
        ("Ignition", "/usr/libexec/ignition"), ("coreos-cloudinit", "/usr/bin/coreos-cloudinit"),
        ("Afterburn", "/usr/bin/afterburn"), ("Bottlerocket's early-boot-config", "/usr/bin/early-boot-config"),
        ("Bottlerocket's early-boot-config", "/x86_64-bottlerocket-linux-gnu/sys-root/usr/bin/early-boot-config"),
        ("nixos-amazon-init", "/etc/ec2-metadata/user-data"),
    ]

    /// Their programs.
    public static let wants: [Want] = known.map { .names($0.path) }

    /// Those that are on the image.
    public static func observe(in root: RootFilesystem) -> [UserDataReader] {
        known.compactMap { reader in
            guard let entry = root.names(.names(reader.path)).value?.first else { return nil }
            return UserDataReader(name: reader.name, evidence: Evidence(reader.path, realPath: entry.realPath))
        }
    }
}
