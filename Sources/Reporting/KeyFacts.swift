/// The few facts that a reader recognizes an image by, and that say what changed between two of them.

public import BatchRules
import Booting
public import ImageFacts
import ImageReading

/// Distribution, kernel, agent, Docker and architecture of an image, as texts.
public struct KeyFacts: Hashable, Sendable, Codable {
    /// What is known of one of them.
    public struct Value: Hashable, Sendable, Codable {
        /// The three answers of an observation.
        public enum State: String, Sendable, Codable {
            case present, absent, unreadable
        }

        /// Which of the three.
        public let state: State
        /// The version or name; nil where it is not known, though the thing itself may be there.
        public let text: String?

        fileprivate init<Fact>(_ fact: Observation<Fact>, _ text: (Fact) -> String?) {
            switch fact {
            case .present(let value, _): (state, self.text) = (.present, text(value).map(inert))
            case .absent: (state, self.text) = (.absent, nil)
            case .unreadable: (state, self.text) = (.unreadable, nil)
            }
        }

        /// As a reader is told.
        var words: String {
            switch state {
            case .present: text ?? "version not known"
            case .absent: "none found"
            case .unreadable: "could not be read"
            }
        }
    }

    /// The distribution by its full name, such as `Amazon Linux 2023`.
    public let distribution: Value
    /// The version of the kernel that boots.
    public let kernel: Value
    /// The version of the ECS agent.
    public let agent: Value
    /// The version of Docker, as its package has it.
    public let docker: Value
    /// The processors its programs are built for.
    public let architecture: Value

    /// The key facts among all facts of an image. Text from the image is made inert.
    public init(_ facts: Facts) {
        distribution = Value(facts.distribution) { $0.prettyName }
        kernel = Value(facts.bootingKernel) { $0.version }
        agent = Value(facts.agent) { $0.versionText }
        docker = Value(facts.docker) { $0.versionText }
        architecture = Value(facts.architecture) { $0.rawValue }
    }

    /// Which of them, in the order in which reports list them.
    enum Name: String, CaseIterable {
        case distribution, kernel, agent, docker, architecture

        /// As reports call it.
        var label: String {
            switch self {
            case .distribution: "Distribution"
            case .kernel: "Kernel that boots"
            case .agent: "ECS agent"
            case .docker: "Docker"
            case .architecture: "Architecture"
            }
        }
    }

    subscript(_ name: Name) -> Value {
        switch name {
        case .distribution: distribution
        case .kernel: kernel
        case .agent: agent
        case .docker: docker
        case .architecture: architecture
        }
    }

    /// Labels and values in the order in which reports list them, inert.
    var rows: [(name: String, value: String)] { Name.allCases.map { ($0.label, self[$0].words) } }

    /// What is not as it was in `former`; one that could not be read says so in the place of its value.
    public func changes(since former: KeyFacts) -> [ChangedFact] {
        let values: [(String, KeyPath<KeyFacts, Value>)] = [
            ("distribution", \.distribution), ("kernel", \.kernel), ("agent", \.agent), ("Docker", \.docker),
        ]
        return values.compactMap { name, path in
            let (before, after) = (former[keyPath: path], self[keyPath: path])
            guard before != after else { return nil }
            func text(_ value: Value) -> String? { value.state == .absent ? nil : value.words }
            return ChangedFact(name: name, before: text(before), after: text(after))
        }
    }
}
