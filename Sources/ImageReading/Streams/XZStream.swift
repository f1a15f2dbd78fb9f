/// xz, stream after stream.

import ByteParsing
import Inflating

/// Decompressed xz. What was decoded before an error is delivered before the error is thrown.
final class XZStream: ByteStream {
    private let source: any ByteStream
    private let decoder: XZDecoder
    private var input = Block(size: 0)
    private let output = Block()
    private var position = 0
    private var isLast = false
    private var end: Result<Void, StreamError>?

    /// On all cores, if asked, which is much memory for a file of little.
    init(_ source: any ByteStream, onAllCores: Bool) {
        self.source = source
        decoder = XZDecoder(onAllCores: onAllCores)
    }

    func next() throws(StreamError) -> Block {
        output.count = 0
        while end == nil, output.count < Block.size {
            do throws(StreamError) {
                try decode()
            } catch {
                end = .failure(error)
            }
        }
        if output.count == 0, case .failure(let error) = end { throw error }
        return output
    }

    private func decode() throws(StreamError) {
        if position == input.count, !isLast {
            input = try source.next()
            position = 0
            isLast = input.count == 0
        }
        let step = decoder.step(input, from: position, isLast: isLast, into: output)
        position += step.consumed
        output.count += step.produced
        if step.isFinished { end = .success(()) }
        guard let error = step.error else { return }
        let code: ImageError.Code =
            switch error.code {
            case .truncated: .torn
            case .limitExceeded: .limitExceeded
            case .inputOutput: .inputOutput
            default: .damaged
            }
        throw StreamError(code, error.reason)
    }
}
