/// Looking for the jobs that run the ECS agent.

import ImageReading
import Startup

/// What has been found so far.
struct AgentJobSearch {
    let startup: ImageStartup
    var jobs: [AgentJob] = []
    var searched: [ImagePath] = []
    /// The first thing that could not be read.
    private(set) var unknown: Unknown?
    /// The order in which units start, worked out for the first unit that runs the agent.
    private(set) lazy var ordering = StartOrdering(of: startup)
    /// The start jobs of the boot.
    private(set) lazy var transaction = StartTransaction(of: ordering, in: startup.boot)

    init(in startup: ImageStartup) {
        self.startup = startup
    }

    mutating func cannotRead(_ found: Unknown?) {
        unknown = unknown ?? found
    }
}
