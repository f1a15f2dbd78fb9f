/// The bytes of an archive as they flow from the file through decompression to the reader of members.

import Inflating

/// Bytes that can be read once, forwards, block by block.
protocol ByteStream: AnyObject {
    /// The next bytes, none at the end, good until the next call. Bytes before an error are delivered before it is
    /// thrown.
    func next() throws(StreamError) -> Block
    /// Passes over up to `count` bytes without reading them; how many were passed over, 0 where it cannot.
    func skip(_ count: Int) -> Int
    /// Whether `skip` can.
    var canSkip: Bool { get }
    /// What was odd and no error, known once the end was reached.
    var remarks: [String] { get }
}

extension ByteStream {
    func skip(_ count: Int) -> Int { 0 }
    var canSkip: Bool { false }
    var remarks: [String] { [] }
}

extension ByteStream {
    /// What this stream holds, decompressed; on all cores, where asked and the compression can.
    func decompressed(_ compression: Compression, onAllCores: Bool) -> any ByteStream {
        switch compression {
        case .gzip: GzipStream(self)
        case .xz: XZStream(self, onAllCores: onAllCores)
        case .zstd, .bzip2, .lz4, .lzma: FilteredStream(self, compression)
        }
    }
}

/// Why a stream cannot be read on.
struct StreamError: Error, Hashable {
    let code: ImageError.Code
    let reason: String

    init(_ code: ImageError.Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// The same as an error of the image, with what to do.
    func imageError(_ image: String) -> ImageError {
        switch code {
        case .torn, .damaged: ImageError(code, image: image, reason + "; copy or export the image again")
        default: ImageError(code, image: image, reason)
        }
    }
}

/// A stream whose first bytes were looked at before it was read.
final class PeekedStream: ByteStream {
    /// The first bytes, as many as were asked for or there are.
    let head: [UInt8]
    private let rest: any ByteStream
    private let block: Block
    private var position = 0
    /// What went wrong behind the first bytes.
    private var failure: StreamError?

    /// Reads at least the first `count` bytes of `stream`. An error behind the first of them is kept until they are
    /// read.
    init(_ stream: any ByteStream, first count: Int) {
        rest = stream
        var head: [UInt8] = []
        do throws(StreamError) {
            while head.count < count {
                let block = try stream.next()
                if block.count == 0 { break }
                head += block.copy(0..<block.count)
            }
        } catch {
            failure = error
        }
        self.head = head
        block = Block(size: head.count)
        unsafe block.memory.copyBytes(from: head)
    }

    func next() throws(StreamError) -> Block {
        if position < head.count {
            unsafe block.show(UnsafeRawBufferPointer(rebasing: block.memory[position...]))
            position = head.count
            return block
        }
        if let failure { throw failure }
        return try rest.next()
    }

    func skip(_ count: Int) -> Int {
        let here = min(count, head.count - position)
        position += here
        return here + (count > here && failure == nil ? rest.skip(count - here) : 0)
    }

    /// Reads `count` bytes or to the end, for the errors on the way.
    func skipThrough(_ count: Int) throws(StreamError) {
        var left = count
        while left > 0 {
            let block = try next()
            if block.count == 0 { return }
            left -= block.count
        }
    }

    var canSkip: Bool { rest.canSkip }
    var remarks: [String] { rest.remarks }
}
