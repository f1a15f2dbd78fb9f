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

    /// An audit of the images in `lines`, of which `scope` tells the part, held against a `former` one where that is
    /// given.
    ///
    /// Throws a `DecodingError` at a line that is no image's.
    public init(
        _ lines: AuditLines,
        scope: AuditScope = AuditScope(),
        since former: FormerAudit? = nil
    ) throws {
        self.lines = lines
        self.former = former
        var totals = AuditTotals(rules: .batch, scope: scope, since: former)
        var gone = former?.names ?? []
        func count(_ image: AuditedImage) {
            totals.count(image.compared(with: former), formerly: former?.standing(of: image.name))
            gone.remove(image.name)
        }
        // What changed shows by what was found; all else is in the outline.
        if former == nil { try lines.forEachOutline(count) } else { try lines.forEach(count) }
        totals.gone = former.map { _ in gone.sorted() }
        self.totals = totals
    }

    /// Calls `body` with each image in the order of their names.
    func forEach(_ body: (AuditedImage) throws -> Void) throws {
        try lines.forEach { try body($0.compared(with: former)) }
    }

    /// Calls `body` with each image in the same order, of whose findings it needs no evidence, but how they changed.
    func forEachOutline(_ body: (AuditedImage) throws -> Void) throws {
        if former == nil { try lines.forEachOutline(body) } else { try forEach(body) }
    }
}

extension AuditedImage {
    /// The same image, held against what a former audit says of it.
    fileprivate func compared(with former: FormerAudit?) -> AuditedImage {
        guard case .judged(let former)? = former?.standing(of: name), let report else { return self }
        return AuditedImage(former.compared(with: report))
    }
}
