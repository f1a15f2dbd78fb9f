/// The agent and Docker versions that AWS released together in its ECS-optimized AMIs.

public import ImageFacts

/// Releases of the ECS-optimized AMI, as its changelog gives them.
public struct ReleaseTable: Sendable {
    /// One agent with one Docker, as seen in at least one release of a family.
    public struct Pair: Hashable, Sendable {
        /// `al2` or `al2023`.
        public let family: String
        /// The ECS agent's version.
        public let agent: ReleaseVersion
        /// The Docker version shipped with it.
        public let docker: ReleaseVersion

        /// A pair as the table gives it.
        public init(family: String, agent: ReleaseVersion, docker: ReleaseVersion) {
            self.family = family
            self.agent = agent
            self.docker = docker
        }
    }

    /// When the data was taken.
    public let date: CalendarDay
    /// The latest agent that was released by then.
    public let latestAgent: ReleaseVersion
    /// Every pair seen, once.
    public let pairs: [Pair]

    /// A table of releases as they stood at `date`.
    public init(date: CalendarDay, latestAgent: ReleaseVersion, pairs: [Pair]) {
        self.date = date
        self.latestAgent = latestAgent
        self.pairs = pairs
    }
}
