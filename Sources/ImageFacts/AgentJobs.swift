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
        case dockerRun(DockerRun)
        /// A script that does not plainly show which of the two it runs.
        case script(ImagePath)
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
    }

    /// One variable of the agent's environment and where it is set.
    public struct Setting: Codable, Hashable, Sendable {
        public let key: String
        public let value: String?
        public let evidence: Evidence
    }

    /// `ecs.service`, `ecs` for an upstart job.
    public let name: String
    public let manager: Manager
    public let command: Command
    /// Whether the job starts at boot.
    public let start: BootStart
    /// The file and line that run the agent.
    public let evidence: [Evidence]
}

/// Every job that runs the agent.
public struct AgentJobs: Sendable {
    public static let wants: [Want] = []

    /// Finds them.
    public static func observe(in root: RootFilesystem, units: Units) -> Observation<[AgentJob]> {
        .absent(searched: [])
    }
}
