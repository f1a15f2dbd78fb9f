/// Many images, judged: what every format of an audit prints.

import BatchRules

/// The result of an audit, ready to print.
public struct Audit: Sendable {
    /// Its images.
    let lines: AuditLines
    /// What a former audit said by the name of the image, nil of one it could not read; nil where none was given.
    let former: [String: FormerReport?]?
    /// What they come to.
    public let totals: AuditTotals
    /// Which part of a larger audit it is; nil where it is a whole one.
    let shard: ShardHeader.Shard?

    /// An audit of the images in `lines`, of which `shard` tells the part where it is one, held against a `former` one where that is given. `each` sees every image
    /// once, as reports print it.
    ///
    /// Throws a `DecodingError` at a line that is no image's.
    public init(
        _ lines: AuditLines,
        shard: (index: Int, count: Int)? = nil,
        since former: [String: FormerReport?]? = nil,
        each: (AuditedImage) -> Void = { _ in }
    ) throws {
        self.lines = lines
        self.former = former
        self.shard = shard.map { ShardHeader.Shard(index: $0.index, count: $0.count) }
        var totals = AuditTotals(rules: .batch, isCompared: former != nil)
        var unseen = Set((former ?? [:]).keys)
        try lines.forEach { image in
            let image = image.compared(with: former)
            totals.count(image, isNew: former.map { !$0.keys.contains(image.name) } ?? false)
            unseen.remove(image.name)
            each(image)
        }
        totals.gone = former == nil ? nil : unseen.sorted()
        self.totals = totals
    }

    /// Whether the former audit could not read the image of a name; nil where it knows none, or none was given.
    func formerlyUnreadable(_ name: String) -> Bool? {
        guard let report = former?[name] else { return nil }
        return report == nil
    }

    /// Calls `body` with each image in the order of their names.
    func forEach(_ body: (AuditedImage) throws -> Void) throws {
        try lines.forEach { try body($0.compared(with: former)) }
    }
}

extension AuditedImage {
    /// The same image, held against what a former audit says of it.
    fileprivate func compared(with former: [String: FormerReport?]?) -> AuditedImage {
        guard let former = former?[name] ?? nil, let report else { return self }
        return AuditedImage(former.compared(with: report))
    }
}
