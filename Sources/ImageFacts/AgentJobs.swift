/// What starts the ECS agent on this image: units, upstart jobs, init scripts and the rest, and how it runs it.

public import ImageReading

/// One job of an init system that runs the ECS agent.
public struct AgentJob: Codable, Hashable, Sendable {
    /// What would run the job.
    public enum Manager: String, Codable, Sendable {
        case systemd, upstart, sysV, rcLocal, cloudInit, cron
    }

    /// How the job runs the agent.
    public enum Command: Codable, Hashable, Sendable {
        /// `amazon-ecs-init start`: the agent's nanny, which builds the agent's environment itself.
        case ecsInit
        /// `docker run ... amazon/amazon-ecs-agent`: environment given here.
        case dockerRun(run: DockerRun)
        /// A script that does not plainly show which of the two it runs.
        case script(path: ImagePath)
    }

    /// The arguments of a `docker run` that decide how the agent is started.
    public struct DockerRun: Codable, Hashable, Sendable {
        /// `amazon/amazon-ecs-agent:latest`.
        public let image: String
        /// `--restart`; nil where there is none.
        public let restart: String?
        /// What `-e`, `--env` and `--env-file` give, later ones last, only of keys that rules need
        /// (`AgentKey.isReported`). A nil value is a key that is passed on from the caller's environment and is not
        /// set there.
        public let environment: [Setting]
        /// An environment file that is named and cannot be read: the environment is not known then.
        public let problem: Problem?
        /// Whether it goes on in the background (`--detach`), so that its own end says nothing of the container's.
        public let isDetached: Bool

        init(
            image: String, restart: String?, environment: [Setting], problem: Problem?, isDetached: Bool = false
        ) {
            self.image = image
            self.restart = restart
            self.environment = environment
            self.problem = problem
            self.isDetached = isDetached
        }
    }

    /// One variable of the agent's environment and where it is set.
    public struct Setting: Codable, Hashable, Sendable {
        /// Its name.
        public let key: String
        /// What it is set to; nil for a key that is passed on and not set.
        public let value: String?
        /// Where it is set.
        public let evidence: Evidence
    }

    /// What the init system does when the job ends.
    public struct RestartPolicy: Codable, Hashable, Sendable {
        /// `on-failure` as Restart= says it; `respawn` for upstart.
        public let name: String
        /// The line that says it.
        public let evidence: Evidence
    }

    /// When the job starts, seen from cloud-init's last stage, which runs user data.
    public enum UserDataOrder: Codable, Hashable, Sendable {
        /// After it, by these lines.
        case after(evidence: [Evidence])
        /// It is ordered after user data, and user data after it: systemd drops a job to break the cycle.
        case cycle(evidence: [Evidence])
        /// Nothing orders it; the evidence is what was looked at.
        case notOrdered(evidence: [Evidence])
        /// A unit on the way cannot be read.
        case undetermined(evidence: [Evidence], problem: Problem)
    }

    /// `ecs.service`, `ecs` for an upstart job.
    public let name: String
    /// What runs the job.
    public let manager: Manager
    /// How it runs the agent.
    public let command: Command
    /// Whether the job starts at boot.
    public let start: BootStart
    /// The file and line that run the agent.
    public let evidence: [Evidence]
    /// What restarts the job; nil where nothing does.
    public let restart: RestartPolicy?
    /// Whether it waits for user data.
    public let userDataOrder: UserDataOrder
    /// Environment files that the job demands and that are not in the image: systemd does not start it without them.
    public let missingEnvironmentFiles: [Evidence]
    /// A command of cloud-init's that waits for the job to start while the job waits for cloud-init; nil where there is
    /// none.
    public let deadlock: Evidence?

    init(
        name: String, manager: Manager, command: Command, start: BootStart, evidence: [Evidence],
        restart: RestartPolicy? = nil, userDataOrder: UserDataOrder = .notOrdered(evidence: []),
        missingEnvironmentFiles: [Evidence] = [], deadlock: Evidence? = nil
    ) {
        self.name = name
        self.manager = manager
        self.command = command
        self.start = start
        self.evidence = evidence
        self.restart = restart
        self.userDataOrder = userDataOrder
        self.missingEnvironmentFiles = missingEnvironmentFiles
        self.deadlock = deadlock
    }
}

/// Every job that runs the agent.
public struct AgentJobs: Sendable {
    /// Jobs of every init system, and the places that scripts and environment files usually stand in.
    public static let wants: [Want] =
        InitSystem.wants + UpstartJobs.wants + SysVScripts.wants + OtherStarters.wants
        + ["/usr/local/bin/*", "/usr/local/sbin/*", "/etc/ecs/*", "/opt/ecs/*"].map { AgentCommandReader.script($0) }
        + ["/etc/sysconfig/*", "/etc/default/*", "/etc/ecs/*", "/var/lib/ecs/*"].map { .contents($0) }

    /// The scripts and environment files that the units of an image name.
    public static func furtherWants(in root: RootFilesystem, units: Units) -> [Want] {
        AgentUnits.furtherWants(in: root, units: units)
    }

    /// Finds them.
    ///
    /// What any readable source shows is there; absent only where all of them could be read.
    public static func observe(in root: RootFilesystem, units: Units) -> Observation<[AgentJob]> {
        let initSystem = InitSystem(in: root, units: units)
        var search = AgentJobSearch()
        AgentUnits(root: root, units: units, initSystem: initSystem).search(&search)
        UpstartJobs(root: root, initSystem: initSystem).search(&search)
        SysVScripts(root: root, units: units, initSystem: initSystem).search(&search)
        OtherStarters(root: root, units: units, initSystem: initSystem).search(&search)
        guard search.jobs.isEmpty else {
            return .present(search.jobs, search.jobs.flatMap(\.evidence))
        }
        if let (evidence, problem) = search.problem { return .unreadable(evidence, problem) }
        return .absent(searched: search.searched)
    }
}

/// What a search for jobs has found so far.
struct AgentJobSearch {
    var jobs: [AgentJob] = []
    /// The first thing that could not be read.
    var problem: (evidence: [Evidence], problem: Problem)?
    var searched: [ImagePath] = []

    mutating func cannotRead(_ evidence: [Evidence], _ found: Problem) {
        if problem == nil { problem = (evidence, found) }
    }
}
