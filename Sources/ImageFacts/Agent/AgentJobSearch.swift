/// Looking for the jobs that run the ECS agent.

import ImageReading

/// What has been found so far.
struct AgentJobSearch {
    let startup: Startup
    var jobs: [AgentJob] = []
    var searched: [ImagePath] = []
    /// The first thing that could not be read.
    private(set) var unknown: Unknown?

    init(in startup: Startup) {
        self.startup = startup
    }

    mutating func cannotRead(_ found: Unknown?) {
        unknown = unknown ?? found
    }
}
