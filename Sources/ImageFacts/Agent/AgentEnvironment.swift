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

    /// A variable whose value is not known.
    public struct OpenSetting: Codable, Hashable, Sendable {
        /// Its name.
        public let key: String
        /// Where it is set, as it is written.
        public let evidence: Evidence
        /// Why its value is not known.
        public let problem: Problem
    }

    /// A further agent.
    public struct Other: Codable, Hashable, Sendable {
        /// What it is given.
        public let environment: AgentEnvironment
        /// The file and line that run it.
        public let evidence: [Evidence]
    }

    /// Whether ecs-init starts the agent; otherwise a job of the image's own does.
    public let isFromECSInit: Bool
    /// The job that runs the agent by hand; nil with ecs-init.
    public let job: String?
    /// One for each key that is set.
    public let settings: [Setting]
    /// Keys that are set to what only the boot decides.
    public internal(set) var open: [OpenSetting] = []
    /// What further agents are given that start beside this one, where several jobs run one by hand.
    public internal(set) var others: [Other] = []
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
        if let open = open.first(where: { $0.key == key }) { return .unreadable([open.evidence], open.problem) }
        if let problem { return .unreadable([Evidence(problem.path)], problem) }
        return .absent(searched: isFromECSInit ? AgentConfigFile.wants.map(\.path) : [])
    }
}

extension AgentEnvironment {
    /// What Go takes of a variable that has several names: the first that is set to more than nothing.
    public func setting(first keys: [String]) -> Observation<Setting> {
        var found = setting(keys[0])
        for key in keys.dropFirst() where found.isAbsent || found.value?.setting.value?.isEmpty == true {
            found = setting(key)
        }
        return found
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
            case .job(let job, let given): .present(byHand(job, given, besides: jobs), job.evidence)
            case .unclear(let job, let problem): .unreadable(job.evidence, problem)
            case nil: jobs.problem.map { .unreadable(jobs.evidence, $0) } ?? .absent(searched: jobs.searched)
            }
        }
    }

    private enum Runner {
        case ecsInit
        case job(AgentJob, AgentJob.Given)
        case unclear(AgentJob, Problem)
    }

    /// What starts the agent: of the jobs those that start at boot, if any do.
    private static func runner(_ agent: Agent, _ jobs: Observation<[AgentJob]>) -> Runner? {
        let all = jobs.value ?? []
        let started = all.filter { job in
            if case .started = job.start { true } else { false }
        }
        let candidates = started.isEmpty ? all : started
        let isECSInit = candidates.contains { $0.command == .ecsInit } || !candidates.contains { $0.given != nil }
        if agent.installation == .ecsInit, isECSInit { return .ecsInit }
        for job in candidates {
            if let given = job.given { return .job(job, given) }
        }
        for job in candidates {
            if case .unclear(let problem) = job.command { return .unclear(job, problem) }
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

    /// The environment of the job that counts, with those of the others that start.
    private static func byHand(
        _ job: AgentJob, _ given: AgentJob.Given, besides jobs: Observation<[AgentJob]>
    ) -> AgentEnvironment {
        var environment = byHand(job, given.environment, given.problem)
        for other in jobs.value ?? [] where other != job {
            guard case .started = other.start, let given = other.given else { continue }
            environment.others.append(
                Other(environment: byHand(other, given.environment, given.problem), evidence: other.evidence))
        }
        return environment
    }

    /// Docker lays `--env` over `--env-file`, so that what the job itself says stands although a file could not be read.
    private static func byHand(
        _ job: AgentJob, _ environment: [AgentJob.Setting], _ problem: Problem?
    ) -> AgentEnvironment {
        var last: [String: AgentJob.Setting] = [:]
        var order: [String] = []
        for setting in environment {
            if last.updateValue(setting, forKey: setting.key) == nil { order.append(setting.key) }
        }
        var settings: [Setting] = []
        var open: [OpenSetting] = []
        for found in order.compactMap({ last[$0] }) {
            if let problem = found.problem {
                open.append(OpenSetting(key: found.key, evidence: found.evidence, problem: problem))
                continue
            }
            let isOwn = job.evidence.contains { $0.path == found.evidence.path }
            guard problem == nil || isOwn, let setting = AgentSetting(found.key, found.value, found.evidence) else {
                continue
            }
            settings.append(Setting(setting: setting, layer: .job))
        }
        return AgentEnvironment(
            isFromECSInit: false, job: job.name, settings: settings, open: open, problem: problem, versionProblem: nil)
    }
}

extension Observation {
    /// The places an absent answer searched; none for another answer.
    var searched: [ImagePath] {
        if case .absent(let searched) = self { searched } else { [] }
    }
}
