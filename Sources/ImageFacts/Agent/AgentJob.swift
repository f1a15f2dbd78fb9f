/// A job that runs the ECS agent, and how it runs it.

public import ImageReading
public import Startup

/// One job of an init system that runs the ECS agent.
public struct AgentJob: Codable, Hashable, Sendable {
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

    /// `ecs.service`, `ecs` for an upstart job.
    public let name: String
    /// What runs the job.
    public let manager: JobManager
    /// How it runs the agent.
    public let command: Command
    /// Whether the job starts at boot.
    public let start: BootStart
    /// The file and line that run the agent.
    public let evidence: [Evidence]
    /// What restarts the job; nil where nothing does.
    public let restart: RestartPolicy?
    /// Whether it starts after cloud-init's last stage, which runs user data.
    public let userDataOrder: StartOrder
    /// Environment files that the job demands and that are not in the image: systemd does not start it without them.
    public let missingEnvironmentFiles: [Evidence]
    /// A command of cloud-init's that waits for the job to start while the job waits for cloud-init; nil where there is
    /// none.
    public let deadlock: Evidence?
    /// What keeps the job from starting, or may: conditions and requirements.
    public let hindrances: [StartHindrance]
    /// What ordering cycles and conflicts may cost the host; nil where there is none.
    public let deletedJobs: DeletedJobs?

    init(
        name: String, manager: JobManager, command: Command, start: BootStart, evidence: [Evidence],
        restart: RestartPolicy? = nil, userDataOrder: StartOrder = .notOrdered(evidence: []),
        missingEnvironmentFiles: [Evidence] = [], deadlock: Evidence? = nil, hindrances: [StartHindrance] = [],
        deletedJobs: DeletedJobs? = nil
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
        self.hindrances = hindrances
        self.deletedJobs = deletedJobs
    }
}
