/// Raw deflate data (RFC 1951) of pieces whose size is known, as QCOW2 keeps its clusters.

package import ByteParsing

/// Inflates one piece after the other, each to the same size.
package final class DeflatePieces {
    private let inflater: any Inflater
    private let input = Block(size: 0)
    private let output: Block

    /// Pieces of `size` bytes, inflated by the fastest library of this machine unless another is said.
    package init(size: Int, inflater: any Inflater = fastestInflater(.raw)) {
        self.inflater = inflater
        output = Block(size: size)
    }

    /// The piece that `bytes` begin with; what stands behind it is not looked at, be it deflate data or not.
    ///
    /// Throws where the data are damaged or end before the piece is whole: no more than a piece is ever inflated.
    package func inflate(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> [UInt8] {
        inflater.reset()
        output.count = 0
        if let failure = input.showing(bytes, { inflateShown() }) { throw failure }
        return output.copy(0..<output.count)
    }

    private func inflateShown() -> FormatError? {
        let size = unsafe output.memory.count
        var position = 0
        while output.count < size {
            let step = inflater.step(input, from: position, into: output)
            position += step.consumed
            output.count += step.produced
            if output.count == size { return nil }
            if let error = step.error { return error }
            if step.isFinished || step.consumed == 0 && step.produced == 0 {
                return FormatError(
                    .truncated, "\(size) inflated bytes expected, \(output.count) found before the end of the data")
            }
        }
        return nil
    }
}
