/// The first line of an audit that is no whole one, by which a merge knows what is there.

/// What the lines below are a part of, and how many there are.
public struct AuditHeader: Hashable, Sendable, Codable {
    /// The part of the images that one of many machines took.
    public struct Shard: Hashable, Sendable, Codable {
        /// From 0.
        public let index: Int
        /// How many shards the audit has.
        public let count: Int

        /// Shard `index` of `count`.
        public init(index: Int, count: Int) {
            self.index = index
            self.count = count
        }
    }

    /// The version of the form of the lines.
    public let formatVersion: Int
    /// How many lines follow.
    public let images: Int
    /// Which shard they are; nil where they are none.
    public let shard: Shard?
    /// Which shards a merge lacked; nil where it lacked none.
    public let incomplete: [MissingShards]?
    /// How many files and directories patterns left out; nil where they left out none.
    public let leftOut: Int?

    /// The header of an audit with so many images; nil where there is nothing to say.
    init?(_ scope: AuditScope, images: Int) {
        guard scope != AuditScope() else { return nil }
        formatVersion = Version.format
        self.images = images
        shard = scope.shard
        incomplete = scope.missing.isEmpty ? nil : scope.missing
        leftOut = scope.leftOut == 0 ? nil : scope.leftOut
    }
}
