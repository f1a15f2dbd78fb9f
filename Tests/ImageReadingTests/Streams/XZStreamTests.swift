/// xz in every shape, held against xz itself.

import Inflating
import Testing

@testable import ImageReading

@Suite struct XZStreamTests {
    static let content = GzipStreamTests.large + GzipStreamTests.large

    static func read(
        _ bytes: [UInt8], onAllCores: Bool, blockSize: Int = 1 << 16
    ) -> (bytes: [UInt8], error: StreamError?) {
        contents(of: XZStream(LiteralStream(bytes, blockSize: blockSize), onAllCores: onAllCores))
    }

    /// Blocks that say how long they are and blocks that do not, of every checksum, and more than one core may keep.
    static let shapes: [[String]] = [
        ["-0"], ["-9"], ["-T1"], ["-T2"], ["-T2", "--block-size=100000"], ["-T1", "--block-size=100000"],
        ["-T2", "--block-size=100000", "--check=none"], ["-T2", "--block-size=65536", "--check=crc32"],
        ["-T2", "--block-size=300000", "--check=sha256"], ["-T2", "--block-size=90000", "--x86", "--delta", "--lzma2"],
    ]

    @Test(arguments: shapes) func contentIsWhatWasPacked(shape: [String]) throws {
        let packed = try run("xz", ["-c"] + shape, input: Self.content)
        for onAllCores in [false, true] {
            for blockSize in [1 << 17, 4096, 511] {
                let found = Self.read(packed, onAllCores: onAllCores, blockSize: blockSize)
                #expect(
                    found.error == nil && found.bytes == Self.content, "\(onAllCores), \(blockSize): \(found.error)")
            }
        }
    }

    @Test(arguments: [false, true]) func streamsFollowEachOtherWithPadding(onAllCores: Bool) throws {
        let packed = try run("xz", ["-c", "-T2", "--block-size=4000"], input: GzipStreamTests.text)
        let padding = [UInt8](repeating: 0, count: 8)
        let found = Self.read(packed + padding + packed + padding, onAllCores: onAllCores)
        #expect(found.error == nil && found.bytes == GzipStreamTests.text + GzipStreamTests.text)
        for (rest, code) in [([0], .damaged), (Array("something else that is no xz".utf8), .damaged)]
            as [([UInt8], ImageError.Code)]
        {
            let found = Self.read(packed + rest, onAllCores: onAllCores)
            #expect(found.error?.code == code && found.bytes == GzipStreamTests.text, "\(rest): \(found.error)")
        }
    }

    @Test(arguments: [false, true]) func aStreamCutAnywhereIsTorn(onAllCores: Bool) throws {
        let packed = try run("xz", ["-c", "-T2", "--block-size=4000"], input: GzipStreamTests.text)
        for length in packed.indices {
            let (bytes, error) = Self.read(Array(packed[..<length]), onAllCores: onAllCores)
            #expect(error?.code == .torn, "\(length): \(error)")
            #expect(GzipStreamTests.text.starts(with: bytes), "\(length)")
        }
    }

    @Test(arguments: [false, true]) func damageIsAnErrorBehindTheBlocksBeforeIt(onAllCores: Bool) throws {
        let packed = try run("xz", ["-c", "-T2", "--block-size=4000"], input: GzipStreamTests.text)
        for place in packed.indices {
            var damaged = packed
            damaged[place] ^= 0x10
            let (bytes, error) = Self.read(damaged, onAllCores: onAllCores)
            #expect(error != nil, "byte \(place)")
            // A block's checksum stands behind what it holds, which was delivered by then.
            let checked = bytes.prefix(max(0, bytes.count / 4000 - 1) * 4000)
            #expect(GzipStreamTests.text.starts(with: checked), "byte \(place)")
        }
    }
}
