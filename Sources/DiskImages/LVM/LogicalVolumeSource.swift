/// The bytes of a logical volume, which lie in pieces on others.

package import ByteParsing

/// A logical volume, read at any place.
package final class LogicalVolumeSource: BlockSource {
    /// Where bytes of it lie on another volume.
    struct Part {
        let source: any BlockSource
        /// In bytes.
        let start: Int
    }

    /// Bytes that lie on one part, or on several turn by turn.
    struct Piece {
        /// In the volume, in bytes.
        let start: Int
        let end: Int
        let parts: [Part]
        /// How many bytes of each, where there are several.
        let stripe: Int
    }

    private let pieces: [Piece]
    package let size: Int

    /// A volume of these pieces, which stand one behind the other.
    init(_ pieces: [Piece]) {
        self.pieces = pieces
        size = pieces.last?.end ?? 0
    }

    package func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        guard count > 0 else { return [] }
        var index = index(ofPieceAt: offset)
        var bytes = try read(pieces[index], at: offset, upTo: count)
        while bytes.count < count {
            let at = offset + bytes.count
            if at == pieces[index].end { index += 1 }
            bytes += try read(pieces[index], at: at, upTo: count - bytes.count)
        }
        return bytes
    }

    private func index(ofPieceAt offset: Int) -> Int {
        var (low, high) = (0, pieces.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if pieces[middle].start <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// As many bytes as lie one behind the other, at least one.
    private func read(_ piece: Piece, at offset: Int, upTo count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        let place = offset - piece.start
        let rest = min(count, piece.end - offset)
        guard piece.parts.count > 1 else { return try read(piece.parts[0], at: place, count: rest) }
        let (number, inside) = place.quotientAndRemainder(dividingBy: piece.stripe)
        let part = piece.parts[number % piece.parts.count]
        return try read(
            part, at: number / piece.parts.count * piece.stripe + inside, count: min(rest, piece.stripe - inside))
    }

    private func read(_ part: Part, at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        let (place, overflow) = part.start.addingReportingOverflow(offset)
        guard !overflow else { throw FormatError(.malformed, "a place on a disk expected") }
        return try part.source.read(at: place, count: count)
    }
}
