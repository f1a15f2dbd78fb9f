/// A former audit, to hold a new one against.

/// What a former audit said of each of its images.
public struct FormerAudit: Sendable {
    /// What it said of one.
    public enum Standing: Sendable {
        /// It does not know the image.
        case unknown
        /// It could not read the image.
        case unreadable
        /// It judged the image.
        case judged(FormerReport)
    }

    private let judged: [String: FormerReport]
    private let unreadable: Set<String>
    /// Its shards that are not there, of whose images it says nothing.
    let missing: [MissingShards]

    init(judged: [String: FormerReport], unreadable: Set<String> = [], missing: [MissingShards] = []) {
        self.judged = judged
        self.unreadable = unreadable
        self.missing = missing
    }

    /// What an audit said whose images are in `lines`, and of which these shards are missing. Throws a `DecodingError` at
    /// a line that is no image's.
    public init(_ lines: AuditLines, missing: [MissingShards] = []) throws {
        var judged: [String: FormerReport] = [:]
        var unreadable: Set<String> = []
        try lines.forEach { image in
            switch image.outcome {
            case .judged(let report):
                judged[image.name] = FormerReport(
                    imageName: image.name, findings: report.findings, keyFacts: report.keyFacts)
            case .unreadable: unreadable.insert(image.name)
            }
        }
        self.init(judged: judged, unreadable: unreadable, missing: missing)
    }

    /// What it said of the image called `name`.
    public func standing(of name: String) -> Standing {
        if let report = judged[name] { return .judged(report) }
        return unreadable.contains(name) ? .unreadable : .unknown
    }

    /// The names of all images it knows.
    var names: Set<String> { unreadable.union(judged.keys) }
}
