/// What starts the ECS agent on this image: units, upstart jobs, init scripts and the rest, and how it runs it.

public import ImageReading
import Startup

extension AgentJob: Fact {
    /// The places that scripts and environment files usually stand in; jobs are asked of `Startup`.
    public static let wants: [Want] =
        ["/usr/local/bin/*", "/usr/local/sbin/*", "/etc/ecs/*", "/opt/ecs/*"].map { ScriptFiles.want($0) }
        + ["/etc/sysconfig/*", "/etc/default/*", "/etc/ecs/*", "/var/lib/ecs/*"].map { .contents($0) }
        + BakedContainer.wants

    /// Finds every job that runs the agent.
    ///
    /// What any readable source shows is there; absent only where all of them could be read.
    static func observe(in startup: ImageStartup) -> Observation<[AgentJob]> {
        var search = AgentJobSearch(in: startup)
        search.searchUnits()
        search.searchUpstartJobs()
        search.searchInitScripts()
        search.searchBootScripts()
        search.searchContainers()
        search.lookForReaders()
        let jobs = search.decided
        guard jobs.isEmpty else { return .present(jobs, jobs.flatMap(\.evidence)) }
        if let unknown = search.unknown { return .unreadable(unknown) }
        return .absent(searched: search.searched)
    }
}
