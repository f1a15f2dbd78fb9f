/// The log drivers that the agent offers to jobs: the effective value of ECS_AVAILABLE_LOGGING_DRIVERS.

import ByteParsing
import GoJSON
public import ImageReading

/// The drivers in force, and which layer decided them.
///
/// The agent decodes the first JSON value of the variable and falls back, where that is nothing or undecodable, to its
/// JSON document and then to its own default (agent/config/parse.go, config.go).
public struct LogDrivers: Fact {
    /// What decided the drivers.
    public enum Source: String, Codable, Sendable {
        /// ecs-init's own default.
        case ecsInit
        /// `/var/lib/ecs/ecs.config`.
        case instanceFile
        /// `/etc/ecs/ecs.config`.
        case userFile
        /// The arguments of `docker run` and the files they name.
        case job
        /// The agent's JSON document.
        case document
        /// The agent's own default, where nothing else gives any.
        case agent
    }

    /// As the agent takes them; an element that is no string is the empty name, as it is to the agent.
    public let names: [String]
    /// What decided them.
    public let source: Source
    /// Why the variable, although it is set, decided nothing; nil where it is not set or decided.
    public let passedOver: String?

    /// None of its own: they follow from other facts.
    public static let wants: [Want] = []

    /// The names that an agent knows, of which any other stops it, by the first release that knows each
    /// (agent/dockerclient/logging_drivers.go of all releases; awsfirelens is let through without being one).
    private static let known: [String: ReleaseVersion] = [
        "json-file": ReleaseVersion(1, 5), "syslog": ReleaseVersion(1, 5), "journald": ReleaseVersion(1, 5),
        "gelf": ReleaseVersion(1, 5), "fluentd": ReleaseVersion(1, 5), "awslogs": ReleaseVersion(1, 9),
        "splunk": ReleaseVersion(1, 11), "logentries": ReleaseVersion(1, 14, 4), "sumologic": ReleaseVersion(1, 14, 5),
        "none": ReleaseVersion(1, 15), "awsfirelens": ReleaseVersion(1, 50),
    ]

    /// Whether some agent knows a driver of this name.
    public static func isKnown(_ name: String) -> Bool { known[name] != nil }

    /// Those of the drivers that stop this agent, each with the first release that knows it; nil for a name that none
    /// does.
    public func unknownNames(to agent: Agent) -> [(name: String, since: ReleaseVersion?)] {
        // Agents before 1.5.0 do not ask for log drivers.
        guard agent.isAtLeast(ReleaseVersion(1, 5)) != false else { return [] }
        return names.map { ($0, Self.known[$0]) }.filter { _, since in
            since.map { agent.isAtLeast($0) == false } ?? true
        }
    }

    /// What the agent offers where nothing sets anything.
    private static func agentDefault(of agent: Agent?) -> [String] {
        agent.isAtLeast(ReleaseVersion(1, 15)) ? ["json-file", "none"] : ["json-file"]
    }
}

extension LogDrivers {
    /// Absent where nothing on the image starts the agent.
    static func observe(
        environment: Observation<AgentEnvironment>, document: Observation<AgentConfigDocument>,
        agent: Observation<Agent>
    ) -> Observation<LogDrivers> {
        environment.flatMap { environment, evidence in
            let setting = environment.setting(AgentKey.drivers)
            switch setting {
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .absent:
                if let problem = environment.versionProblem { return .unreadable(evidence, problem) }
                return withoutVariable(agent.value, document, passedOver: nil, evidence)
            case .present(let found, let place):
                switch decode(found.setting.value ?? "") {
                case .names(let names):
                    let drivers = LogDrivers(names: names, source: Source(found.layer), passedOver: nil)
                    return .present(drivers, place)
                case .nothing(let reason):
                    return withoutVariable(agent.value, document, passedOver: reason, place)
                }
            }
        }
    }

    /// What the agent offers where the variable gives it nothing.
    private static func withoutVariable(
        _ agent: Agent?, _ document: Observation<AgentConfigDocument>, passedOver: String?, _ evidence: [Evidence]
    ) -> Observation<LogDrivers> {
        switch document {
        case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
        case .present(let document, _):
            guard let names = document.drivers else { break }
            let drivers = LogDrivers(names: names, source: .document, passedOver: passedOver)
            return .present(
                drivers, (document.driversEvidence.map { [$0] } ?? []) + (passedOver == nil ? [] : evidence))
        case .absent: break
        }
        return .present(LogDrivers(names: agentDefault(of: agent), source: .agent, passedOver: passedOver), evidence)
    }

    /// What the agent makes of the variable's value.
    enum Decoded: Hashable {
        case names([String])
        /// As if it were not set, for this reason.
        case nothing(String)
    }

    /// Decodes the first JSON value of a text as the agent does: an element that is no string becomes the empty name,
    /// anything but an array of at least one element counts as unset.
    static func decode(_ value: String) -> Decoded {
        let isQuoted = value.utf8.first == UInt8(ascii: "'") || value.utf8.first == UInt8(ascii: "\"")
        let quoted = "the quotes around it are part of the value, so the agent finds no JSON array"
        do {
            guard let json = try GoValue.decodeFirst(Array(value.utf8)) else { return .nothing("it is blank") }
            guard let elements = json.elements else {
                return .nothing(isQuoted ? quoted : "a JSON array of names expected, \(json.kindName) found")
            }
            guard !elements.isEmpty else { return .nothing("the array is empty") }
            return .names(elements.map { $0.string ?? "" })
        } catch {
            return .nothing(isQuoted ? quoted : "the agent cannot decode it: \(error.reason)")
        }
    }
}

extension LogDrivers.Source {
    init(_ layer: AgentEnvironment.Layer) {
        self =
            switch layer {
            case .ecsInit: .ecsInit
            case .instanceFile: .instanceFile
            case .userFile: .userFile
            case .job: .job
            }
    }
}
