/// The oldest API version that a Docker daemon answers, and the ones that agents speak: the decision behind
/// docker-agent-api.

import ImageFacts
import ImageReading

/// From which version of its API on a Docker daemon answers.
///
/// From moby's daemon/config (defaultMinAPIVersion, ValidateMinAPIVersion), the release notes of Docker Engine 25.0,
/// 26.0, 29.0 and 29.3, and what dockerd 26.1.5 and 28.5.2 say of DOCKER_MIN_API_VERSION.
struct DaemonAPI {
    /// Where the version that is in force comes from, and what it is.
    struct Minimum {
        let version: ReleaseVersion
        /// `DOCKER_MIN_API_VERSION=1.24`, or `Docker 29.0's own`.
        let source: String
        let evidence: [Evidence]
    }

    /// A setting that dockerd refuses to start on.
    struct Refusal {
        /// `DOCKER_MIN_API_VERSION=1.2`.
        let source: String
        let evidence: Evidence
        /// How to take the setting away.
        let removal: RemedyStep
    }

    /// Agents before 1.81.0 begin with this version.
    static let oldAgent = ReleaseVersion(1, 21)
    /// ecs-init before 1.82.1 speaks this version alone.
    static let oldEcsInit = ReleaseVersion(1, 25)
    /// The newest that Docker may ask for and every newer agent is known to speak.
    static let newAgent = ReleaseVersion(1, 44)

    /// What the daemon answers from, as far as it is set or built in. Two settings are two answers.
    private(set) var minima: [Minimum] = []
    /// A setting that dockerd refuses to start on.
    private(set) var refused: Refusal?
    /// Why there may be a setting that is not known; nil where there is none.
    private(set) var problem: Problem?

    /// What a Docker of this version answers from with the image's settings.
    init(docker: ReleaseVersion, facts: Facts) {
        let builtIn: ReleaseVersion =
            switch docker {
            case ReleaseVersion(29, 3)...: ReleaseVersion(1, 40)
            case ReleaseVersion(29)...: ReleaseVersion(1, 44)
            case ReleaseVersion(25)...: ReleaseVersion(1, 24)
            default: ReleaseVersion(1, 12)
            }
        if docker >= ReleaseVersion(25) { readEnvironment(facts.dockerService, docker) }
        if docker >= ReleaseVersion(29) { readFile(facts.daemonConfiguration, docker) }
        if minima.isEmpty { minima = [Minimum(version: builtIn, source: "Docker \(docker)'s own", evidence: [])] }
    }

    private mutating func readEnvironment(_ service: Observation<DockerService>, _ docker: ReleaseVersion) {
        problem = service.problem ?? service.value?.environmentProblem
        guard let variable = service.value?.minimumAPIVersion, !variable.value.isEmpty else { return }
        let removal = RemedyStep.sentence("remove DOCKER_MIN_API_VERSION=\(variable.value)")
        add(variable.value, "DOCKER_MIN_API_VERSION=\(variable.value)", variable.evidence, docker, removal)
    }

    private mutating func readFile(_ file: Observation<DaemonConfiguration>, _ docker: ReleaseVersion) {
        problem = problem ?? file.problem
        guard let file = file.value, let member = file.members.last(where: { $0.name == "min-api-version" }),
            let value = member.value.text, !value.isEmpty
        else { return }
        let removal = RemedyStep.edit(
            file.path, .removeMember(names: ["min-api-version"]),
            saying: "remove \"min-api-version\": \"\(value)\"")
        add(value, "\"min-api-version\": \"\(value)\"", file.evidence(of: member), docker, removal)
    }

    private mutating func add(
        _ text: String, _ source: String, _ evidence: Evidence, _ docker: ReleaseVersion, _ removal: RemedyStep
    ) {
        let least = docker >= ReleaseVersion(26) ? ReleaseVersion(1, 24) : ReleaseVersion(1, 12)
        if !text.hasPrefix("v"), let version = ReleaseVersion(text), version >= least {
            minima.append(Minimum(version: version, source: source, evidence: [evidence]))
        } else {
            refused = Refusal(source: source, evidence: evidence, removal: removal)
        }
    }

    /// Whether a client that speaks no version beyond `newest` is answered; nil where two settings disagree.
    func answers(upTo newest: ReleaseVersion) -> Bool? {
        let answers = Set(minima.map { $0.version <= newest })
        return answers.count == 1 ? answers.first : nil
    }

    /// The first agent, or ecs-init, that speaks a version which is answered.
    func firstAgent(isEcsInit: Bool) -> ReleaseVersion {
        isEcsInit && answers(upTo: Self.oldEcsInit) == false ? ReleaseVersion(1, 82, 1) : ReleaseVersion(1, 81)
    }

    /// How an agent that speaks no version beyond `spoken` can stay: another setting, or another Docker.
    func wayOut(for spoken: ReleaseVersion, docker: ReleaseVersion) -> [RemedyStep] {
        if let source = minima.first(where: { !$0.evidence.isEmpty })?.source {
            return [.sentence("or take \(source) away, where Docker by itself answers the agent")]
        }
        let older: RemedyText = spoken == Self.oldEcsInit ? "29.0" : "25.0"
        return [.sentence("or install a Docker older than \(older)")]
    }

    /// `API 1.44 (Docker 29.0's own)`.
    var label: String { minima.map { "API \($0.version) (\($0.source))" }.joined(separator: " or ") }

    /// Where the settings in force stand.
    var evidence: [Evidence] { minima.flatMap(\.evidence) }
}
