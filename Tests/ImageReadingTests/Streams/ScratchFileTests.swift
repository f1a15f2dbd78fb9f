/// A stream in a file without a name: all of its bytes, room for those that are not zeros alone, and nothing left.

import Foundation
import Inflating
import Testing

@testable import ImageReading

@Suite struct ScratchFileTests {
    /// Blocks one after the other, and an error at the end where one is given.
    final class Blocks: ByteStream {
        private var blocks: ArraySlice<[UInt8]>
        private let failure: StreamError?
        private let block = Block()

        init(_ blocks: [[UInt8]], _ failure: StreamError? = nil) {
            self.blocks = blocks[...]
            self.failure = failure
        }

        func next() throws(StreamError) -> Block {
            guard let bytes = blocks.popFirst() else {
                if let failure { throw failure }
                block.count = 0
                return block
            }
            unsafe block.memory.copyBytes(from: bytes)
            block.count = bytes.count
            return block
        }
    }

    private func filled(
        _ stream: Blocks, in directory: String, limit: Int = ReadingLimits.diskBytes
    ) throws(StreamError) -> ScratchFile {
        let file = ScratchFile(in: directory)
        try file.fill(from: stream, limit: limit)
        return file
    }

    static func emptyDirectory() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "amilint-scratch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        return url
    }

    @Test func allBytesAndNoRoomForZeros() throws {
        let directory = try Self.emptyDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let zeros = [UInt8](repeating: 0, count: 128 << 10)
        var mixed = zeros
        for place in [5, 4095, 4096, 70_000, 131_071] { mixed[place] = 7 }
        // Blocks that do not begin at pages, data over their borders, zeros at the end.
        let blocks = [mixed, Array(mixed.prefix(999)), zeros, [1], zeros, mixed] + Array(repeating: zeros, count: 40)
        let file = try filled(Blocks(blocks), in: directory.path)
        let expected = Array(blocks.joined())
        var bytes = [UInt8](repeating: 9, count: expected.count + 1)
        #expect(unsafe pread(file.descriptor, &bytes, bytes.count, 0) == expected.count)
        #expect(Array(bytes.dropLast()) == expected)
        var status = stat()
        #expect(unsafe fstat(file.descriptor, &status) == 0)
        #expect(status.st_size == expected.count && status.st_nlink == 0)
        #expect(Int(status.st_blocks) * 512 < 128 << 10, "\(status.st_blocks) sectors of \(expected.count / 512)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test func nothingAtAll() throws {
        let file = try filled(Blocks([]), in: FileManager.default.temporaryDirectory.path)
        #expect(lseek(file.descriptor, 0, SEEK_END) == 0)
    }

    @Test func moreThanTheLimitIsAnError() throws {
        let blocks = Array(repeating: [UInt8](repeating: 0, count: 100_000), count: 11)
        let directory = FileManager.default.temporaryDirectory.path
        _ = try filled(Blocks(blocks), in: directory, limit: 1_100_000)
        let error = #expect(throws: StreamError.self) {
            try filled(Blocks(blocks), in: directory, limit: 1_099_999)
        }
        #expect(error?.code == .limitExceeded && error?.reason.contains("1099999") == true)
    }

    @Test func errorsOfTheStreamAndOfTheDirectory() throws {
        let directory = FileManager.default.temporaryDirectory.path
        let torn = #expect(throws: StreamError.self) {
            try filled(Blocks([[1, 2, 3]], StreamError(.torn, "cut")), in: directory)
        }
        #expect(torn == StreamError(.torn, "cut"))
        for place in ["/nonexistent/directory", "/dev/null", "/proc", String(repeating: "d", count: 9000)] {
            let error = #expect(throws: StreamError.self) { try filled(Blocks([[1]]), in: place) }
            #expect(error?.code == .noScratch, "\(place): \(error?.reason ?? "-")")
            #expect(error?.reason.contains("\(place) expected") == true && error?.reason.contains("--scratch") == true)
        }
    }
}
