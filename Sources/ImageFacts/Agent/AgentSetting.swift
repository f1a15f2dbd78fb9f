/// One setting of the agent as the agent itself takes it: kept, shown or refused.

import ByteParsing
import GoJSON
public import ImageReading

/// A variable of the agent's environment that rules need.
public struct AgentSetting: Codable, Hashable, Sendable {
    /// One of the keys that `AgentKey.isReported` names.
    public let key: String
    /// As the agent sees it, a proxy without its user's name and password; nil for a key of which only `refusal` is
    /// needed, and for a proxy that Go takes for none.
    public let value: String?
    /// Why the agent refuses to start with it, what was expected and what was found; nil where it does not.
    public let refusal: String?
    /// Where it is set.
    public let evidence: Evidence

    /// The value without the white space around it; empty where it is not kept.
    public var trimmedValue: String { goTrimmed(value ?? "") }

    /// Whether it switches on the mode for machines outside of EC2, ECS Anywhere.
    public var isExternalMode: Bool {
        key == AgentKey.external && value.map(isTrueToGo) == true
    }

    /// The setting of a reported key; nil for any other key, so that its value is not kept.
    init?(_ key: String, _ value: String, _ evidence: Evidence) {
        guard AgentKey.isReported(key) else { return nil }
        self.key = key
        self.evidence = evidence
        switch key {
        case AgentKey.attributes, AgentKey.tags:
            self.value = nil
            refusal = Self.refusal(value) { GoType.textMap.mismatch($0) }
        case AgentKey.localRoutes:
            self.value = nil
            refusal = Self.refusal(value) { GoType.prefixes.mismatch($0) }
        case _ where AgentKey.proxies.contains(key):
            self.value = value.isEmpty || isProxyToGo(value) ? maskedProxy(value) : nil
            refusal = nil
        default:
            self.value = AgentKey.kept(key, value)
            refusal = nil
        }
    }

    /// The first agent that knows the mode for machines outside of EC2.
    static let externalSince = ReleaseVersion(1, 52)

    /// The first agent that reads each of the variables whose values it may refuse.
    private static let refusing: [String: ReleaseVersion] = [
        AgentKey.attributes: ReleaseVersion(1, 14), AgentKey.localRoutes: ReleaseVersion(1, 14, 5),
        AgentKey.tags: ReleaseVersion(1, 22), AgentKey.external: externalSince,
    ]

    /// The setting as this agent takes it: nil where the agent is older than the variable.
    public func read(by agent: Agent) -> AgentSetting? {
        Self.refusing[key].map { agent.isAtLeast($0) != false } ?? true ? self : nil
    }

    /// The agent unmarshals these values as a whole and takes only an empty one for unset (agent/config/parse.go).
    private static func refusal(_ value: String, _ mismatch: (GoValue) -> GoType.Mismatch?) -> String? {
        guard !value.isEmpty else { return nil }
        do {
            return mismatch(try GoValue.unmarshal(Array(value.utf8)))?.reason
        } catch {
            return error.reason
        }
    }
}

/// Whether Go's strconv.ParseBool takes a text for true, blanks around it left out.
func isTrueToGo(_ text: String) -> Bool {
    ["1", "t", "T", "true", "TRUE", "True"].contains(goTrimmed(text))
}

/// Whether it takes it for true or false.
func isBooleanToGo(_ text: String) -> Bool {
    isTrueToGo(text) || ["0", "f", "F", "false", "FALSE", "False"].contains(goTrimmed(text))
}
