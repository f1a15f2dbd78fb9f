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

extension AgentJobSearch {
    /// What `read` makes of a job, and for an agent that is run by hand how Batch's cluster reaches it: what the agent
    /// is given once the line of Batch's user data stands in its file.
    func knowingCluster(_ read: (AgentCommandReader) -> AgentCommand?) -> AgentCommand? {
        var reader = AgentCommandReader(root: startup.root)
        guard var found = read(reader) else { return nil }
        reader.isWritten = true
        switch found.command {
        case .ecsInit, .unclear: break
        case .dockerRun(var run):
            if case .dockerRun(let later)? = read(reader)?.command { run.cluster = later.cluster }
            found.command = .dockerRun(run: run)
        case .program(var run):
            if case .program(let later)? = read(reader)?.command { run.cluster = later.cluster }
            found.command = .program(run: run)
        }
        return found
    }

    /// Containers that dockerd starts by itself: made while the image was built, with a restart policy.
    mutating func searchContainers() {
        let containers = BakedContainer.observe(in: startup.root)
        if let problem = containers.problem { cannotRead(Unknown(containers.evidence, problem)) }
        searched += containers.searched
        for container in containers.value ?? [] where container.isRestarted {
            guard let run = container.run, let restart = container.restart else { continue }
            jobs.append(
                AgentJob(
                    name: container.name, manager: .docker, command: .dockerRun(run: run),
                    start: .started(evidence: container.evidence, byPresetOnFirstBoot: false),
                    evidence: container.evidence,
                    restart: container.evidence.last.map { AgentJob.RestartPolicy(name: restart, evidence: $0) },
                    userDataOrder: .notOrdered(evidence: container.evidence)))
        }
    }

    /// Jobs to which nothing plainly hands Batch's cluster, where something else on the image reads its file: what that
    /// makes of it is not followed.
    mutating func lookForReaders() {
        let readers = UserFileReaders(startup: startup)
        jobs = jobs.map { job in
            switch job.clusterSource {
            case .nothing: break
            // A file that the job names may be made of the other at boot.
            case .fixed(_, let place) where !job.evidence.contains { $0.path == place.path }: break
            default: return job
            }
            guard let place = readers.first(beside: job) else { return job }
            let reason = "reads /etc/ecs/ecs.config, and what it makes of it is not followed"
            return job.getting(
                .unknown(evidence: [place], problem: Problem(.undecided, at: place.realPath ?? place.path, reason)))
        }
    }

    /// The jobs that count: one that may run the agent is passed over where another that starts plainly does.
    var decided: [AgentJob] {
        func isUnclear(_ job: AgentJob) -> Bool {
            if case .unclear = job.command { true } else { false }
        }
        let isDecided = jobs.contains { job in
            if case .started = job.start { !isUnclear(job) } else { false }
        }
        return isDecided ? jobs.filter { !isUnclear($0) } : jobs
    }
}
