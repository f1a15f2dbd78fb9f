/// Zlib streams (RFC 1950) that are whole in memory, as disk images keep their pieces.

package import ByteParsing

/// Inflates one piece after the other.
package final class ZlibPieces {
    private let inflater: any Inflater
    private let input = Block(size: 0)
    private let output: Block
    private let limit: Int

    /// Pieces of at most `limit` bytes, inflated by the fastest library of this machine unless another is said.
    package init(limit: Int, inflater: any Inflater = fastestInflater(.zlib)) {
        self.inflater = inflater
        self.limit = limit
        // One byte more shows what is too long.
        output = Block(size: limit + 1)
    }

    /// What the stream at the beginning of `bytes` holds; bytes behind it are not looked at.
    ///
    /// Throws where it is no zlib stream, is damaged or ends early, and where it holds more than the limit: no more than
    /// that is ever inflated.
    package func inflate(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> [UInt8] {
        let header = Array(bytes.prefix(2))
        guard header.count == 2, header[0] & 0x0F == 8, (Int(header[0]) << 8 | Int(header[1])) % 31 == 0,
            header[1] & 0x20 == 0
        else { throw FormatError(.malformed, "a zlib stream expected, other bytes found") }
        inflater.reset()
        output.count = 0
        if let failure = input.showing(bytes, { inflateShown(from: 2) }) { throw failure }
        return output.copy(0..<output.count)
    }

    private func inflateShown(from start: Int) -> FormatError? {
        var position = start
        while true {
            let step = inflater.step(input, from: position, into: output)
            position += step.consumed
            output.count += step.produced
            if output.count > limit {
                return FormatError(.limitExceeded, "at most \(limit) inflated bytes expected, more found")
            }
            if let error = step.error { return error }
            if step.isFinished { return nil }
            if step.consumed == 0, step.produced == 0 {
                return FormatError(.truncated, "the end of a zlib stream expected, the end of its bytes found")
            }
        }
    }
}
