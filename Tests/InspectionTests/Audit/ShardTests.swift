/// Shards part the images between them: every one is taken, and by one alone.

import Inspection
import Testing

@Suite struct ShardTests {
    static let names = (0..<5000).map { "region-\($0 % 7)/ami-\($0).tar.gz" }

    @Test("every image falls to exactly one shard, and shards are about as large", arguments: [1, 2, 3, 8, 100])
    func parts(count: Int) throws {
        let shards = try (0..<count).map { try Shard(index: $0, count: count) }
        var sizes = [Int](repeating: 0, count: count)
        for name in Self.names {
            let takers = shards.filter { $0.takes(name) }.map(\.index)
            #expect(takers.count == 1, "\(name): \(takers)")
            for taker in takers { sizes[taker] += 1 }
        }
        let fair = Self.names.count / count
        #expect(sizes.allSatisfy { $0 > fair / 2 && $0 < fair * 2 }, "\(sizes)")
    }

    @Test("which shard takes a name never changes: machines with other versions share one audit")
    func isStable() throws {
        let taken = try ["a.tar", "b.tar", "sub/c.tar.gz", "ä.tar", ""].map { name in
            try (0..<8).first { try Shard(index: $0, count: 8).takes(name) }
        }
        #expect(taken == Self.recorded)
    }

    /// Worked out by FNV-1a and the finalizer of MurmurHash3 as published, in Python:
    /// h = 0xcbf29ce484222325; for b in name.encode() + b"\xff": h = (h ^ b) * 0x100000001b3 % 2**64
    /// h = (h ^ h >> 33) * 0xff51afd7ed558ccd % 2**64; h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53 % 2**64; h ^= h >> 33
    static let recorded: [Int?] = [4, 6, 4, 1, 7]

    @Test(
        "what --shard may say",
        arguments: [
            ("0/1", "0/1"), ("3/8", "3/8"), ("7/8", "7/8"),
            ("8/8", "an index from 0 to 7 expected among 8 shards, 8 found"),
            ("0/0", "a number of shards from 1 on expected, 0 found"),
            ("-1/8", "I/N (I from 0), auto or auto/N expected, '-1/8' found"),
            ("1", "I/N (I from 0), auto or auto/N expected, '1' found"),
            ("1/2/3", "I/N (I from 0), auto or auto/N expected, '1/2/3' found"),
            ("/8", "I/N (I from 0), auto or auto/N expected, '/8' found"),
            ("a/8", "I/N (I from 0), auto or auto/N expected, 'a/8' found"),
            ("auto/0", "I/N (I from 0), auto or auto/N expected, 'auto/0' found"),
            ("auto/", "I/N (I from 0), auto or auto/N expected, 'auto/' found"),
            ("1/99999999999999999999", "I/N (I from 0), auto or auto/N expected, '1/99999999999999999999' found"),
            ("", "I/N (I from 0), auto or auto/N expected, '' found"),
        ])
    func option(text: String, said: String) throws {
        let answer: String
        do throws(ShardError) {
            switch try ShardOption(text) {
            case .fixed(let shard): answer = shard.description
            case .ofEngine: answer = "auto"
            }
        } catch {
            answer = error.description
        }
        #expect(answer == said)
    }

    @Test("auto stands alone or with a number of shards")
    func auto() throws {
        #expect(try ShardOption("auto") == .ofEngine(count: nil))
        #expect(try ShardOption("auto/12") == .ofEngine(count: 12))
    }
}
