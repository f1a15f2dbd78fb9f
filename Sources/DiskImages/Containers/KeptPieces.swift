/// What was inflated of a disk, as long as it is likely to be asked for again.

/// Pieces of equal size by their number, those that were asked for last; of all together a bounded number of bytes.
struct KeptPieces {
    /// What was asked for since the last time that there were too many.
    private var recent: [Int: [UInt8]] = [:]
    /// What was asked for before that, and not since.
    private var former: [Int: [UInt8]] = [:]
    /// How many pieces each of them has at most.
    private let limit: Int

    /// In bytes.
    private static let most = 16 << 20

    init(ofSize size: Int) {
        limit = max(2, Self.most / 2 / max(1, size))
    }

    /// The piece with this number; nil where it is not kept.
    mutating func piece(_ number: Int) -> [UInt8]? {
        if let piece = recent[number] { return piece }
        guard let piece = former[number] else { return nil }
        keep(piece, number)
        return piece
    }

    /// Keeps a piece.
    mutating func keep(_ piece: [UInt8], _ number: Int) {
        if recent.count >= limit {
            former = recent
            recent.removeAll(keepingCapacity: true)
        }
        recent[number] = piece
    }
}
