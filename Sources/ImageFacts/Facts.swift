/// All facts of an image: the one value that every rule judges.

public import ImageReading

/// What an image says of itself. Codable, so that it can be judged again without the image.
public struct Facts: Codable, Sendable {
    public let windows: Observation<Windows>
    public let distribution: Observation<Distribution>
    public let docker: Observation<Docker>

    /// What all facts ask of an image.
    public static var wants: [Want] {
        Windows.wants + Distribution.wants + BootingKernel.wants + Units.wants + AgentJobs.wants
            + Docker.wants
    }

    /// What they ask once the first reading is there.
    public static func furtherWants(in root: RootFilesystem) -> [Want] {
        []
    }

    /// Observes every fact; those that follow from others are worked out here, once.
    public init(in root: RootFilesystem) {
        windows = Windows.observe(in: root)
        distribution = Distribution.observe(in: root)
        docker = Docker.observe(in: root)
    }
}
