/// The first line of what a shard of an audit found, by which a merge knows whether all are there.

/// Which shard the lines below are, and how many there are.
public struct ShardHeader: Hashable, Sendable, Codable {
    /// The shard itself.
    public struct Shard: Hashable, Sendable, Codable {
        /// From 0.
        public let index: Int
        /// How many shards the audit has.
        public let count: Int

        init(index: Int, count: Int) {
            self.index = index
            self.count = count
        }
    }

    /// The version of the form of the lines.
    public let formatVersion: Int
    /// Which shard.
    public let shard: Shard
    /// How many lines follow.
    public let images: Int

    init(_ shard: Shard, images: Int) {
        formatVersion = Version.format
        self.shard = shard
        self.images = images
    }
}
