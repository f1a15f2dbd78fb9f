/// Many images, judged: what every format of an audit prints.

import BatchRules

/// The result of an audit, ready to print.
public struct Audit: Sendable {
    /// Its images.
    let lines: AuditLines
    /// What it is held against; nil where none was given.
    let former: FormerAudit?
    /// What they come to.
    public let totals: AuditTotals
    /// Which part of a larger audit it is; nil where it is a whole one.
    let shard: ShardHeader.Shard?

    /// An audit of the images in `lines`, of which `shard` tells the part where it is one, held against a `former` one
    /// where that is given.
    ///
    /// Throws a `DecodingError` at a line that is no image's.
    public init(
        _ lines: AuditLines,
        shard: (index: Int, count: Int)? = nil,
        since former: FormerAudit? = nil
    ) throws {
        self.lines = lines
        self.former = former
        self.shard = shard.map { ShardHeader.Shard(index: $0.index, count: $0.count) }
        var totals = AuditTotals(rules: .batch, isCompared: former != nil)
        var gone = former?.names ?? []
        try lines.forEach { image in
            totals.count(image.compared(with: former), formerly: former?.standing(of: image.name))
            gone.remove(image.name)
        }
        totals.gone = former.map { _ in gone.sorted() }
        self.totals = totals
    }

    /// Calls `body` with each image in the order of their names.
    func forEach(_ body: (AuditedImage) throws -> Void) throws {
        try lines.forEach { try body($0.compared(with: former)) }
    }
}

extension AuditedImage {
    /// The same image, held against what a former audit says of it.
    fileprivate func compared(with former: FormerAudit?) -> AuditedImage {
        guard case .judged(let former)? = former?.standing(of: name), let report else { return self }
        return AuditedImage(former.compared(with: report))
    }
}
