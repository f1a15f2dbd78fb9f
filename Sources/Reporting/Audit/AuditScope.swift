/// What belongs to an audit and has no row in it, so that nobody takes a part for the whole.

/// Shards of an audit that are not there.
public struct MissingShards: Hashable, Sendable, Codable {
    /// How many shards the audit has.
    public let shards: Int
    /// Which of them are missing, from 0, in their order.
    public let missing: [Int]

    /// Of so many shards these are missing.
    public init(of shards: Int, _ missing: [Int]) {
        self.shards = shards
        self.missing = missing
    }

    /// `1 of 3 shards is missing: 1`.
    public var sentence: String {
        let shown = missing.prefix(20).map(String.init) + (missing.count > 20 ? ["..."] : [])
        let verb = missing.count == 1 ? "is" : "are"
        return "\(missing.count) of \(shards) shards \(verb) missing: \(shown.joined(separator: ", "))"
    }
}

/// Which part of the images that were asked for an audit has.
public struct AuditScope: Hashable, Sendable {
    /// The one shard that was run; nil where all images were, or where results were merged.
    public let shard: AuditHeader.Shard?
    /// What a merge lacks; empty where nothing is missing.
    public let missing: [MissingShards]
    /// How many files and directories patterns left out, of which nobody knows whether they are images.
    public let leftOut: Int

    /// All images, but for what is given.
    public init(shard: AuditHeader.Shard? = nil, missing: [MissingShards] = [], leftOut: Int = 0) {
        self.shard = shard
        self.missing = missing
        self.leftOut = leftOut
    }

    /// Whether images are missing that belong to the audit.
    var isPart: Bool { shard != nil || !missing.isEmpty }

    /// Of a group of the images: what was left out is none of it.
    var ofGroup: AuditScope { AuditScope(shard: shard, missing: missing) }

    /// `incomplete, 1 of 3 shards is missing: 1`, `shard 0 of 3`; nil where no image is missing.
    var part: String? {
        if let shard { return "shard \(shard.index) of \(shard.count)" }
        return missing.isEmpty ? nil : "incomplete, " + missing.map(\.sentence).joined(separator: "; ")
    }

    /// `3 files or directories left out by --include or --exclude`; nil where none were.
    var leavingOut: String? {
        leftOut == 0
            ? nil
            : "\(leftOut) \(leftOut == 1 ? "file or directory" : "files or directories") left out by --include or --exclude"
    }
}
