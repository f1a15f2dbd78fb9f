/// gzip in every shape, held against gzip itself.

import Foundation
import Inflating
import TestSupport
import Testing

@testable import ImageReading

/// Bytes as a stream, in blocks of one size.
final class LiteralStream: ByteStream {
    private let bytes: [UInt8]
    private let blockSize: Int
    private let block: Block
    private var position = 0

    init(_ bytes: [UInt8], blockSize: Int = 1 << 16) {
        self.bytes = bytes
        self.blockSize = blockSize
        block = Block(size: blockSize)
    }

    func next() throws(StreamError) -> Block {
        block.count = min(blockSize, bytes.count - position)
        for index in 0..<block.count { unsafe block.memory[index] = bytes[position + index] }
        position += block.count
        return block
    }
}

/// All that a stream gives before its end or its error.
func contents(of stream: any ByteStream) -> (bytes: [UInt8], error: StreamError?) {
    var bytes: [UInt8] = []
    do throws(StreamError) {
        while true {
            let block = try stream.next()
            if block.count == 0 { return (bytes, nil) }
            bytes += block.copy(0..<block.count)
        }
    } catch {
        return (bytes, error)
    }
}

@Suite struct GzipStreamTests {
    static let inflaters: [(String, @Sendable () -> any Inflater)] = [
        ("ISA-L", { ISALInflater(.gzip) }), ("zlib", { ZlibInflater(.gzip) }),
    ]
    static let names = inflaters.map(\.0)

    static func stream(_ bytes: [UInt8], _ inflater: String, blockSize: Int = 1 << 16) -> GzipStream {
        let make = inflaters.first { $0.0 == inflater }?.1 ?? { ISALInflater(.gzip) }
        return GzipStream(LiteralStream(bytes, blockSize: blockSize), inflater: make())
    }

    static let text = Array((0..<400).map { "line \($0 * 7919 % 1000) of some text\n" }.joined().utf8)

    /// Text that compresses, noise that does not, and runs that outgrow every buffer.
    static let large: [UInt8] = {
        var state: UInt64 = 1
        let noise = (0..<300_000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        return text + noise + [UInt8](repeating: 0x61, count: 900_000) + text
    }()

    @Test(arguments: names)
    func membersOfEveryLevelAndBlockSize(inflater: String) throws {
        for level in ["-1", "-6", "-9"] {
            let gzipped = try run("gzip", ["-c", level], input: Self.large)
            for blockSize in [1 << 17, 4096, 511] {
                let found = contents(of: Self.stream(gzipped, inflater, blockSize: blockSize))
                #expect(found.error == nil && found.bytes == Self.large, "\(level), blocks of \(blockSize)")
            }
        }
    }

    /// The codes of a block stand at its beginning; where they are wrong, they may have come in several blocks of input.
    @Test(arguments: names)
    func damagedCodesSplitAnywhere(inflater: String) throws {
        let gzipped = try run("gzip", ["-nc", "-9"], input: Self.text)
        for place in 10..<70 {
            for bit in 0..<8 {
                var damaged = gzipped
                damaged[place] ^= 1 << bit
                for blockSize in [1, 3, 8, 13, 31] {
                    let found = contents(of: Self.stream(damaged, inflater, blockSize: blockSize))
                    #expect(found.error != nil, "byte \(place), bit \(bit), blocks of \(blockSize)")
                }
            }
        }
    }

    @Test(arguments: names)
    func headersSplitAnywhere(inflater: String) throws {
        let body = try run("gzip", ["-nc"], input: Self.text).dropFirst(10)
        // FHCRC | FEXTRA | FNAME | FCOMMENT
        let header: [UInt8] =
            [0x1F, 0x8B, 8, 0x1E, 1, 2, 3, 4, 0, 3] + [5, 0] + Array("extra".utf8) + Array("name\0".utf8)
            + Array("a comment\0".utf8)
        let checksum = header.reduce(UInt32(0)) { Inflating.crc32($0, $1) }
        let gzipped = header + [UInt8(checksum & 0xFF), UInt8(checksum >> 8 & 0xFF)] + body
        for blockSize in 1...40 {
            let found = contents(of: Self.stream(gzipped + gzipped, inflater, blockSize: blockSize))
            #expect(found.error == nil && found.bytes == Self.text + Self.text, "blocks of \(blockSize)")
        }
        var wrong = gzipped
        wrong[header.count] ^= 1
        #expect(contents(of: Self.stream(wrong, inflater)).error?.code == .damaged)
        #expect(contents(of: Self.stream(wrong, inflater)).bytes == [])
    }

    @Test(arguments: names)
    func aCutAtEveryLengthIsTornAndGivesWhatCameBefore(inflater: String) throws {
        let gzipped = try run("gzip", ["-c"], input: Self.text)
        for length in 0..<gzipped.count {
            let found = contents(of: Self.stream(Array(gzipped[..<length]), inflater))
            #expect(found.error?.code == .torn, "\(length)")
            #expect(Self.text.starts(with: found.bytes), "\(length)")
            if length > gzipped.count - 8 { #expect(found.bytes == Self.text, "\(length)") }
        }
    }

    @Test(arguments: names)
    func aFlippedBitIsAnErrorWhereverGzipObjects(inflater: String) throws {
        let directory = try TemporaryDirectory()
        let small = Array("a small text, a small text, and some more of it\n".utf8)
        let gzipped = try run("gzip", ["-nc"], input: small) + run("gzip", ["-c"], input: small)
        var flips: [(byte: Int, bit: Int, bytes: [UInt8])] = []
        for byte in gzipped.indices {
            for bit in [0, 4, 7] {
                var bytes = gzipped
                bytes[byte] ^= 1 << bit
                try directory.write("\(flips.count).gz", bytes)
                flips.append((byte, bit, bytes))
            }
        }
        let script = "i=0; while [ -e $i.gz ]; do gzip -qdc $i.gz >$i.out 2>/dev/null; echo $?; i=$((i+1)); done"
        let statuses = try run("sh", ["-c", script], in: directory.path)
        let answers = String(decoding: statuses, as: UTF8.self).split(separator: "\n")
        #expect(answers.count == flips.count)
        for (index, flip) in flips.enumerated() {
            let stream = Self.stream(flip.bytes, inflater)
            let found = contents(of: stream)
            let place = "byte \(flip.byte), bit \(flip.bit): gzip \(answers[index])"
            switch answers[index] {
            case "0":
                #expect(found.error == nil && stream.remarks.isEmpty, "\(place)")
                #expect(found.bytes == (try directory.read("\(index).out")), "\(place)")
            case "2":  // a warning: what follows is no gzip
                #expect(found.error != nil || !stream.remarks.isEmpty, "\(place)")
            default: #expect(found.error != nil, "\(place)")
            }
        }
    }

    @Test(arguments: names)
    func aWrongChecksumOrLengthIsAnError(inflater: String) throws {
        let gzipped = try run("gzip", ["-c"], input: Self.large)
        for place in 1...8 {
            var wrong = gzipped
            wrong[wrong.count - place] ^= 0x10
            for blockSize in [1 << 17, 1000, 7] {
                let found = contents(of: Self.stream(wrong, inflater, blockSize: blockSize))
                #expect(found.error?.code == .damaged && found.bytes == Self.large, "\(place) before the end")
            }
        }
    }

    @Test func whatFollowsIsSaidAndPaddingIsNot() throws {
        let gzipped = try run("gzip", ["-c"], input: Self.text)
        for (rest, remarks) in [([0, 0, 0], 0), ([1], 1), (Array("text".utf8), 1), ([0x1F], 1), ([0, 0x1F, 0x8B], 1)] {
            let stream = Self.stream(gzipped + rest.map { UInt8($0) }, "ISA-L")
            let found = contents(of: stream)
            #expect(found.error == nil && found.bytes == Self.text && stream.remarks.count == remarks, "\(rest)")
        }
    }

    @Test(arguments: names)
    func randomDamageIsAnErrorOrMakesNoDifference(inflater: String) throws {
        let original = Self.text + Self.large.prefix(50_000)
        let gzipped = try run("gzip", ["-nc"], input: original)
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<300 {
            var bytes = gzipped
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 10..<bytes.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            let found = contents(of: Self.stream(bytes, inflater))
            // Deflate leaves bits unused behind its end, which may be anything.
            #expect(found.error != nil || found.bytes == original)
        }
    }
}
