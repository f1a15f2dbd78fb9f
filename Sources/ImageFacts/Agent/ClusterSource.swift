/// How the name of the cluster reaches an agent that is run by hand.

public import ImageReading
import Startup

/// Where such an agent gets the ECS_CLUSTER that the user data of AWS Batch adds to `/etc/ecs/ecs.config`.
///
/// The agent itself never reads that file: ecs-init does, or whoever starts the agent hands it on.
public enum ClusterSource: Codable, Hashable, Sendable {
    /// The file is handed to the agent, or its ECS_CLUSTER is; `isThere` says whether the image has the file, without
    /// which `docker run` fails until user data has written it.
    case userFile(evidence: [Evidence], isThere: Bool)
    /// Something else sets the cluster, whatever the file says; as it is written.
    case fixed(cluster: String, evidence: Evidence)
    /// The container was made while the image was built, and keeps the environment of its making, with this cluster in
    /// it.
    case baked(container: String, cluster: String?, evidence: [Evidence])
    /// Nothing on the way to the agent reads the file.
    case nothing
    /// It cannot be told.
    case unknown(evidence: [Evidence], problem: Problem)

    /// The file that Batch's user data adds a line to.
    static let userFile: ImagePath = "/etc/ecs/ecs.config"

    /// What stands for the name of the cluster that user data writes: no image holds it.
    static let written = "\u{E000}cluster"
}

extension ClusterSource {
    /// A text in which the name that user data writes stands as its variable, as whoever wrote the text knows it.
    static func shown(_ text: String) -> String {
        text.replacing(written, with: "$ECS_CLUSTER")
    }

    /// Whether Batch's cluster reaches the agent; nil where that is not known.
    var isReached: Bool? {
        switch self {
        case .userFile: true
        case .fixed, .baked, .nothing: false
        case .unknown: nil
        }
    }

    /// What decides it.
    public var evidence: [Evidence] {
        switch self {
        case .userFile(let evidence, _), .baked(_, _, let evidence), .unknown(let evidence, _): evidence
        case .fixed(_, let place): [place]
        case .nothing: []
        }
    }

    /// The source, from the environment that the agent gets once Batch's line stands in the file.
    init(_ environment: [AgentJob.Setting], problem: Problem?, isThere: Bool) {
        let last = environment.last { $0.key == AgentKey.cluster }
        if let last, let problem = last.problem {
            self = .unknown(evidence: [last.evidence], problem: problem)
        } else if let last, last.value == Self.written {
            // Options that are not known may set another one.
            self =
                problem.map { .unknown(evidence: [last.evidence], problem: $0) }
                ?? .userFile(evidence: [last.evidence], isThere: isThere)
        } else if let last {
            self = .fixed(cluster: Self.shown(last.value), evidence: last.evidence)
        } else if let problem {
            self = .unknown(evidence: [], problem: problem)
        } else {
            self = .nothing
        }
    }
}

extension RootFilesystem {
    /// Where a path leads, the target of its last link too where that is not in the image: whoever writes to the path
    /// makes it there.
    func destination(of path: ImagePath) -> ImagePath {
        var path = path
        for _ in 0..<40 {
            if let found = resolve(path).value { return found.realPath }
            let directory = resolve(path.parent).value?.realPath ?? path.parent
            let here = directory.appending(path.name)
            guard let target = linkTarget(of: here).value else { return here }
            path = target.hasPrefix("/") ? ImagePath(target) : directory.appending(target)
        }
        return path
    }

    /// Whether a path leads to the file that Batch's user data adds to.
    func isUserFile(_ path: ImagePath) -> Bool {
        path == ClusterSource.userFile || destination(of: path) == destination(of: ClusterSource.userFile)
    }
}
