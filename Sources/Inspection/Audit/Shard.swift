/// The part of an audit that one of many machines takes.

import ByteParsing

/// Shard `index` of `count`: the images whose names hash to it.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
    /// From 0, below `count`.
    public let index: Int
    /// At least 1.
    public let count: Int

    /// Throws where there is no such shard.
    public init(index: Int, count: Int) throws(ShardError) {
        guard count >= 1 else { throw ShardError("a number of shards from 1 on expected, \(count) found") }
        guard 0..<count ~= index else {
            throw ShardError("an index from 0 to \(count - 1) expected among \(count) shards, \(index) found")
        }
        self.index = index
        self.count = count
    }

    /// `3/8`: the shard with index 3 of 8.
    public var description: String { "\(index)/\(count)" }

    /// Whether the image of this name falls to this shard: the same on every machine and in every version.
    public func takes(_ name: String) -> Bool {
        StableHash(name).remainder(by: count) == index
    }
}

/// Why there is no shard to take.
public struct ShardError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what was found, lower case.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What `--shard` may say.
public enum ShardOption: Hashable, Sendable {
    /// `I/N`.
    case fixed(Shard)
    /// `auto` or `auto/N`: what the engine that runs this task says.
    case ofEngine(count: Int?)

    /// Throws where `text` is none of them.
    public init(_ text: String) throws(ShardError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let count = parts.count == 2 ? number(parts[1]) : nil
        if parts.first == "auto", parts.count == 1 || (count ?? 0) >= 1 {
            self = .ofEngine(count: count)
        } else if parts.count == 2, let index = number(parts[0]), let count {
            self = .fixed(try Shard(index: index, count: count))
        } else {
            throw ShardError("I/N (I from 0), auto or auto/N expected, '\(text)' found")
        }
    }
}

/// A number of digits alone; nil for anything else.
func number(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Int(text) : nil
}
