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

extension ReleaseTable {
    /// The pairs in lines of a family, a Docker version and the agents shipped with it, split at blanks.
    static func pairs(in lines: String) -> [Pair] {
        lines.utf8.split(separator: UInt8(ascii: "\n")).flatMap { line -> [Pair] in
            let words = line.split(separator: UInt8(ascii: " ")).map(Substring.init)
            guard words.count > 2, let docker = ReleaseVersion(words[1]) else { return [] }
            return words.dropFirst(2).compactMap(ReleaseVersion.init).map { agent in
                Pair(family: String(words[0]), agent: agent, docker: docker)
            }
        }
    }

    /// The Docker versions shipped with an agent in a family, oldest first; empty for an agent that is not in the table.
    func dockerVersions(family: String, agent: ReleaseVersion) -> [ReleaseVersion] {
        pairs.filter { $0.family == family && $0.agent == agent }.map(\.docker).sorted()
    }
}
