/// The environment that the agent is started with, worked out once from all its layers.

import ByteParsing
public import ImageReading

/// The variables that the agent sees, of those that rules need.
///
/// With ecs-init the agent's container gets ecs-init's own defaults, then `/var/lib/ecs/ecs.config`, then
/// `/etc/ecs/ecs.config`, and nothing of the unit's environment (ecs-init/docker/docker.go). Run by hand it gets what
/// `docker run` is told.
public struct AgentEnvironment: Fact {
    /// What sets a variable.
    public enum Layer: String, Codable, Sendable {
        /// ecs-init itself.
        case ecsInit
        /// `/var/lib/ecs/ecs.config`.
        case instanceFile
        /// `/etc/ecs/ecs.config`.
        case userFile
        /// The arguments of `docker run` and the files they name.
        case job
    }

    /// A variable and the layer that decided it.
    public struct Setting: Codable, Hashable, Sendable {
        /// The variable.
        public let setting: AgentSetting
        /// The layer that won.
        public let layer: Layer
    }

    /// Whether ecs-init starts the agent; otherwise a job of the image's own does.
    public let isFromECSInit: Bool
    /// The job that runs the agent by hand; nil with ecs-init.
    public let job: String?
    /// One for each key that is set.
    public let settings: [Setting]
    /// Why it is not known whether keys beside `settings` are set; nil where they are not.
    public let problem: Problem?
    /// Why ecs-init's own log drivers are not known, where nothing else sets any; nil where they are.
    public let versionProblem: Problem?

    /// None of its own: it follows from other facts.
    public static let wants: [Want] = []

    /// What a key is set to. Absent where nothing sets it, unreadable where a layer that could could not be read.
    public func setting(_ key: String) -> Observation<Setting> {
        if let found = settings.first(where: { $0.setting.key == key }) {
            return .present(found, [found.setting.evidence])
        }
        if let problem { return .unreadable([Evidence(problem.path)], problem) }
        return .absent(searched: isFromECSInit ? AgentConfigFile.wants.map(\.path) : [])
    }
}

extension AgentEnvironment {
    /// Absent where nothing on the image starts the agent.
    static func observe(
        agent: Observation<Agent>, jobs: Observation<[AgentJob]>, instanceFile: Observation<AgentConfigFile>,
        userFile: Observation<AgentConfigFile>
    ) -> Observation<AgentEnvironment> {
        agent.flatMap { agent, evidence in
            switch runner(agent, jobs) {
            case .ecsInit:
                .present(ecsInit(agent, evidence, instanceFile: instanceFile, userFile: userFile), evidence)
            case .job(let job, let run): .present(byHand(job, run), job.evidence)
            case .script(let job, let path):
                .unreadable(
                    job.evidence,
                    Problem(.unsupported, at: path, "a script, which does not plainly show what environment it gives")
                )
            case nil: jobs.problem.map { .unreadable(jobs.evidence, $0) } ?? .absent(searched: jobs.searched)
            }
        }
    }

    private enum Runner {
        case ecsInit
        case job(AgentJob, AgentJob.DockerRun)
        case script(AgentJob, ImagePath)
    }

    /// What starts the agent: of the jobs those that start at boot, if any do.
    private static func runner(_ agent: Agent, _ jobs: Observation<[AgentJob]>) -> Runner? {
        let all = jobs.value ?? []
        let started = all.filter { job in
            if case .started = job.start { true } else { false }
        }
        let candidates = started.isEmpty ? all : started
        let isECSInit = candidates.contains { $0.command == .ecsInit } || !candidates.contains(where: \.isDockerRun)
        if agent.installation == .ecsInit, isECSInit { return .ecsInit }
        for job in candidates {
            if case .dockerRun(let run) = job.command { return .job(job, run) }
        }
        for job in candidates {
            if case .script(let path) = job.command { return .script(job, path) }
        }
        return nil
    }
}

extension AgentEnvironment {
    private static func ecsInit(
        _ agent: Agent, _ evidence: [Evidence], instanceFile: Observation<AgentConfigFile>,
        userFile: Observation<AgentConfigFile>
    ) -> AgentEnvironment {
        var settings: [Setting] = []
        var problem: Problem?
        var versionProblem: Problem?
        let isInstanceFileRead = agent.isAtLeast(AgentConfigFile.instanceFileSince) != false
        let instanceFile = isInstanceFileRead ? instanceFile : .absent(searched: [])
        for (layer, file) in [(Layer.userFile, userFile), (.instanceFile, instanceFile)] where problem == nil {
            problem = file.problem
            for setting in file.value?.settings ?? [] where !settings.contains(where: { $0.setting.key == setting.key })
            {
                settings.append(Setting(setting: setting, layer: layer))
            }
        }
        if problem == nil {
            problem = userFile.value?.nulProblem ?? instanceFile.value?.nulProblem
            // What a line with a NUL byte would set is not known; where the document stands it hardly says.
            for (key, value) in defaults(of: agent) where problem == nil || key == AgentKey.documentPath {
                guard !settings.contains(where: { $0.setting.key == key }) else { continue }
                let place = evidence.first ?? Evidence("/etc/ecs/ecs.config")
                if let setting = AgentSetting(key, value, place) {
                    settings.append(Setting(setting: setting, layer: .ecsInit))
                }
            }
            if agent.version == nil, !settings.contains(where: { $0.setting.key == AgentKey.drivers }) {
                let place = evidence.first?.path ?? "/usr/libexec/amazon-ecs-init"
                versionProblem = Problem(
                    .unsupported, at: place, "the version of ecs-init decides its defaults and is not known")
            }
        }
        return AgentEnvironment(
            isFromECSInit: true,
            job: nil,
            settings: settings,
            problem: problem,
            versionProblem: versionProblem
        )
    }

    /// What ecs-init sets by itself (getContainerConfig in ecs-init/docker/docker.go of its releases).
    private static func defaults(of agent: Agent) -> [(String, String)] {
        let path = [(AgentKey.documentPath, AgentConfigDocument.path.text)]
        guard let version = agent.version, version >= ReleaseVersion(1, 5) else { return path }
        let drivers =
            switch version {
            case ReleaseVersion(1, 45)...: #"["json-file","syslog","awslogs","fluentd","none"]"#
            case ReleaseVersion(1, 15)...: #"["json-file","syslog","awslogs","none"]"#
            case ReleaseVersion(1, 9)...: #"["json-file","syslog","awslogs"]"#
            default: #"["json-file","syslog"]"#
            }
        return path + [(AgentKey.drivers, drivers)]
    }

    /// Docker lays `--env` over `--env-file`, so that what the job itself says stands although a file could not be read.
    private static func byHand(_ job: AgentJob, _ run: AgentJob.DockerRun) -> AgentEnvironment {
        var last: [String: AgentJob.Setting] = [:]
        var order: [String] = []
        for setting in run.environment {
            if last.updateValue(setting, forKey: setting.key) == nil { order.append(setting.key) }
        }
        let settings = order.compactMap { key -> Setting? in
            guard let found = last[key], let value = found.value else { return nil }
            let isOwn = job.evidence.contains { $0.path == found.evidence.path }
            guard run.problem == nil || isOwn else { return nil }
            return AgentSetting(key, value, found.evidence).map { Setting(setting: $0, layer: .job) }
        }
        return AgentEnvironment(
            isFromECSInit: false,
            job: job.name,
            settings: settings,
            problem: run.problem,
            versionProblem: nil
        )
    }
}

extension AgentJob {
    fileprivate var isDockerRun: Bool {
        if case .dockerRun = command { true } else { false }
    }
}

extension Observation {
    /// The places an absent answer searched; none for another answer.
    var searched: [ImagePath] {
        if case .absent(let searched) = self { searched } else { [] }
    }
}
