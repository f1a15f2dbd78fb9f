/// A job that runs the ECS agent, and how it runs it.

public import ImageReading
public import Startup

/// One job of an init system that runs the ECS agent.
public struct AgentJob: Codable, Hashable, Sendable {
    /// How the job runs the agent.
    public enum Command: Codable, Hashable, Sendable {
        /// `amazon-ecs-init start`: the agent's nanny, which builds the agent's environment itself.
        case ecsInit
        /// A container of the agent's image, which is given its environment here.
        case dockerRun(run: DockerRun)
        /// The agent as a program of the host's, with the environment of the job.
        case program(run: ProgramRun)
        /// Something that may run the agent and does not plainly show it; the problem's place is what does not.
        case unclear(problem: Problem)
    }

    /// How the agent's container is made, as far as it decides how the agent is started.
    public struct DockerRun: Codable, Hashable, Sendable {
        /// What makes the container.
        public enum Maker: String, Codable, Sendable {
            /// `docker run` or `docker create`.
            case dockerRun
            /// A service of a compose file.
            case compose
            /// The build of the image: the container is in it, with the environment of its making.
            case bakedContainer
        }

        /// `amazon/amazon-ecs-agent:latest`.
        public let image: String
        /// `--restart`; nil where there is none.
        public let restart: String?
        /// What `-e`, `--env` and `--env-file` or the like give, later ones last, only of keys that rules need
        /// (`AgentKey.isReported`).
        public let environment: [Setting]
        /// Options that are not known, or an environment file that is named and cannot be read: the environment is not
        /// known then.
        public let problem: Problem?
        /// Whether it goes on in the background (`--detach`), so that its own end says nothing of the container's.
        public let isDetached: Bool
        /// What makes the container.
        public let maker: Maker
        /// How Batch's cluster reaches the agent.
        public internal(set) var cluster: ClusterSource = .nothing
        /// What the container shares with its host.
        public internal(set) var options = ContainerOptions()

        init(
            image: String, restart: String?, environment: [Setting], problem: Problem?, isDetached: Bool = false,
            maker: Maker = .dockerRun
        ) {
            self.image = image
            self.restart = restart
            self.environment = environment
            self.problem = problem
            self.isDetached = isDetached
            self.maker = maker
        }
    }

    /// The agent run as a program of the host's.
    public struct ProgramRun: Codable, Hashable, Sendable {
        /// The program.
        public let path: ImagePath
        /// What the job gives it of keys that rules need, later ones last.
        public let environment: [Setting]
        /// Why its environment is not known; nil where it is.
        public let problem: Problem?
        /// How Batch's cluster reaches the agent.
        public internal(set) var cluster: ClusterSource = .nothing
    }

    /// One variable of the agent's environment and where it is set.
    public struct Setting: Codable, Hashable, Sendable {
        /// Its name.
        public let key: String
        /// What it is set to; where that is not known, as it is written.
        public let value: String
        /// Where it is set.
        public let evidence: Evidence
        /// Why the value is not known; nil where it is.
        public var problem: Problem?

        /// Whether the agent takes the value for true.
        public var isOn: Bool { problem == nil && isTrueToGo(value) }
    }

    /// What the init system does when the job ends.
    public struct RestartPolicy: Codable, Hashable, Sendable {
        /// `on-failure` as Restart= says it; `respawn` for upstart.
        public let name: String
        /// The line that says it.
        public let evidence: Evidence
        /// Whether the init system gives the job up when it ends again and again at once.
        public internal(set) var givesUp = false
    }

    /// `ecs.service`, `ecs` for an upstart job.
    public let name: String
    /// What runs the job.
    public let manager: JobManager
    /// How it runs the agent.
    public private(set) var command: Command
    /// Whether the job starts at boot.
    public let start: BootStart
    /// The file and line that run the agent.
    public let evidence: [Evidence]
    /// What restarts the job; nil where nothing does.
    public let restart: RestartPolicy?
    /// Whether it starts after cloud-init's last stage, which runs user data.
    public let userDataOrder: StartOrder
    /// What keeps systemd from running it although it is started.
    public let faults: [StartFault]
    /// The command before it that fails while Docker's service is not active; nil where there is none.
    public let dockerCheck: Evidence?
    /// The lines by which user data waits for the job to end, which it never does; empty where it does not wait.
    public let heldUserData: [Evidence]
    /// A command of cloud-init's that waits for the job to start while the job waits for cloud-init; nil where there is
    /// none.
    public let deadlock: Evidence?
    /// What keeps the job from starting, or may: conditions and requirements.
    public let hindrances: [StartHindrance]
    /// What ordering cycles and conflicts may cost the host; nil where there is none.
    public let deletedJobs: DeletedJobs?
    /// The line that gives the unit itself a proxy for plain http; nil where none does.
    public internal(set) var unitProxy: Evidence?
    /// The DOCKER_HOST that the unit itself gives, by which ecs-init goes; nil where none does.
    public internal(set) var unitDockerHost: Setting?
    /// The line that gives the unit itself the agent's log drivers, which reach no agent that is not handed them; nil where
    /// none does.
    public internal(set) var unitDrivers: Evidence?

    init(
        name: String, manager: JobManager, command: Command, start: BootStart, evidence: [Evidence],
        restart: RestartPolicy? = nil, userDataOrder: StartOrder = .notOrdered(evidence: []),
        faults: [StartFault] = [], dockerCheck: Evidence? = nil, heldUserData: [Evidence] = [],
        deadlock: Evidence? = nil, hindrances: [StartHindrance] = [], deletedJobs: DeletedJobs? = nil
    ) {
        self.name = name
        self.manager = manager
        self.command = command
        self.start = start
        self.evidence = evidence
        self.restart = restart
        self.userDataOrder = userDataOrder
        self.faults = faults
        self.dockerCheck = dockerCheck
        self.heldUserData = heldUserData
        self.deadlock = deadlock
        self.hindrances = hindrances
        self.deletedJobs = deletedJobs
    }
}

extension AgentJob {
    /// What an agent that is run by hand is given, whatever runs it.
    struct Given {
        let environment: [Setting]
        let problem: Problem?
        let cluster: ClusterSource
    }

    /// Nil with ecs-init, and where it is not known what runs the agent.
    var given: Given? {
        switch command {
        case .dockerRun(let run):
            Given(environment: run.environment, problem: run.problem, cluster: run.cluster)
        case .program(let run): Given(environment: run.environment, problem: run.problem, cluster: run.cluster)
        case .ecsInit, .unclear: nil
        }
    }

    /// The same job, whose agent gets its cluster in this way.
    func getting(_ cluster: ClusterSource) -> AgentJob {
        var job = self
        switch command {
        case .dockerRun(var run):
            run.cluster = cluster
            job.command = .dockerRun(run: run)
        case .program(var run):
            run.cluster = cluster
            job.command = .program(run: run)
        case .ecsInit, .unclear: break
        }
        return job
    }

    /// How Batch's cluster reaches the agent; nil with ecs-init, which reads its file, and where it is not known what
    /// runs the agent.
    public var clusterSource: ClusterSource? { given?.cluster }
}
