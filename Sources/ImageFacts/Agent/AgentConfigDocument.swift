/// The agent's configuration as a JSON document: `/etc/ecs/ecs.config.json`, or another that the agent is told of.

import ByteParsing
import GoJSON
public import ImageReading

/// What the document sets of what rules need, and whether the agent accepts it.
public struct AgentConfigDocument: Fact {
    /// Why the agent does not start with this document.
    public struct Refusal: Codable, Hashable, Sendable {
        /// What was expected and what was found, without the place.
        public let reason: String
        /// Where.
        public let evidence: Evidence
        /// The first agent that refuses it.
        public let since: ReleaseVersion
    }

    /// AvailableLoggingDrivers as the agent stores it; nil where it is not set, or to nothing.
    public let drivers: [String]?
    /// Where AvailableLoggingDrivers stands; nil where it does not.
    public let driversEvidence: Evidence?
    /// Cluster, else ClusterArn; nil where neither is set.
    public let cluster: String?
    /// Where the cluster stands; nil where it does not.
    public let clusterEvidence: Evidence?
    /// External set to true where no variable decides it: the mode for machines outside of EC2. Nil where it is not.
    public let externalEvidence: Evidence?
    /// Nil where the agent accepts the document.
    public let refusal: Refusal?

    /// Where ecs-init has the agent look for its document.
    public static let path: ImagePath = "/etc/ecs/ecs.config.json"
    /// The document at its usual place.
    public static let wants: [Want] = [.contents(path)]
}

extension AgentConfigDocument {
    /// Reads the document that the agent reads, as it does (fileConfig in agent/config/config.go); a blank one is present
    /// and sets nothing.
    ///
    /// Absent where the agent finds none, which is no error of its: a path or a link that leads out of what its
    /// container sees of the host, and a path that is not set. Where nothing starts the agent, it is the one at the
    /// usual place.
    static func observe(
        in root: RootFilesystem, agent: Observation<Agent>, environment: Observation<AgentEnvironment>
    ) -> Observation<AgentConfigDocument> {
        let agent = agent.value
        let spelling: String
        var evidence = Evidence(path)
        switch environment.value?.setting(AgentKey.documentPath) {
        case nil: spelling = path.text
        case .absent?: return .absent(searched: [])
        case .unreadable(let evidence, let problem)?: return .unreadable(evidence, problem)
        case .present(let found, _)?:
            spelling = found.setting.value ?? ""
            if found.layer != .ecsInit { evidence = found.setting.evidence }
            // The agent looks inside of its own container then, where nothing of the image is.
            guard !goTrimmed(spelling).isEmpty else { return .absent(searched: []) }
        }
        switch AgentContainerFiles(root: root, agent: agent).place(of: spelling) {
        case .nothing: return .absent(searched: [ImagePath(spelling)])
        case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
        case .directory:
            let reason = "the agent's document expected at \(spelling), a directory found"
            let refusal = Refusal(reason: reason, evidence: evidence, since: ReleaseVersion(1, 14))
            return .present(AgentConfigDocument(refusal: agent.isAtLeast(refusal.since) ? refusal : nil), [evidence])
        case .file(let path):
            return root[.contents(path)].parsed { file throws(FormatError) in
                try AgentConfigDocument(file, agent, environment.value)
            }
        }
    }

    /// A document that sets nothing.
    private init(refusal: Refusal?) {
        drivers = nil
        driversEvidence = nil
        cluster = nil
        clusterEvidence = nil
        externalEvidence = nil
        self.refusal = refusal
    }

    private init(_ reading: AgentConfigDocumentReading) {
        drivers = reading.drivers
        driversEvidence = reading.driversEvidence
        cluster = reading.cluster.map { goTrimmed($0.text) }
        clusterEvidence = reading.cluster?.evidence
        externalEvidence = reading.externalEvidence
        refusal = reading.refusal
    }

    /// Throws only beyond the limits of the reader: what the agent itself refuses is a refusal.
    private init(_ file: File, _ agent: Agent?, _ environment: AgentEnvironment?) throws(FormatError) {
        let isBlank = String(decoding: file.bytes, as: UTF8.self).unicodeScalars.allSatisfy(\.properties.isWhitespace)
        guard !isBlank else {
            self.init(refusal: nil)
            return
        }
        do throws(FormatError) {
            let json = try GoValue.unmarshal(file.bytes)
            self.init(
                AgentConfigDocumentReading(document: json, file: file, agent: agent, environment: environment))
        } catch {
            guard error.code != .limitExceeded else { throw error }
            let since = AgentConfigDocumentReading.refusing
            let place = file.evidence(line: GoValue.line(of: error.offset ?? 0, in: file.bytes))
            let refusal = Refusal(reason: error.reason, evidence: place, since: since)
            self.init(refusal: agent.isAtLeast(since) ? refusal : nil)
        }
    }
}
