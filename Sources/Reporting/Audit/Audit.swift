/// Many images, judged: what every format of an audit prints.

import BatchRules

/// The result of an audit, ready to print.
public struct Audit: Sendable {
    /// Its images.
    let lines: AuditLines
    /// What it is held against; nil where none was given.
    let former: FormerAudit?
    /// Which of them are listed, and how.
    let view: AuditView
    /// What they come to.
    public private(set) var totals: AuditTotals

    /// An audit of the images in `lines`, of which `scope` tells the part and `view` which are listed, held against a
    /// `former` one where that is given.
    ///
    /// Throws a `DecodingError` at a line that is no image's.
    public init(
        _ lines: AuditLines,
        scope: AuditScope = AuditScope(),
        view: AuditView = AuditView(),
        since former: FormerAudit? = nil
    ) throws {
        self.lines = lines
        self.former = former
        self.view = view
        var totals = AuditTotals(rules: .batch, scope: scope, view: view, since: former)
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

    /// Calls `body` with each image that is listed, in the order of their names; with `wanted` only with those of whose
    /// outline that is true.
    func forEach(
        where wanted: (AuditedImage) throws -> Bool = { _ in true }, _ body: (AuditedImage) throws -> Void
    ) throws {
        try forEachListed { outline, line in
            if try wanted(outline) { try body(AuditedImage(line: line).compared(with: former)) }
        }
    }

    /// Calls `body` with each image that is listed in the same order, of whose findings it needs no evidence, but how
    /// they changed.
    func forEachOutline(_ body: (AuditedImage) throws -> Void) throws {
        guard former == nil else { return try forEach(body) }
        try forEachListed { outline, _ in try body(outline) }
    }

    /// Calls `body` with the line of each image that is listed, without its line feed.
    func forEachLine(_ body: (ArraySlice<UInt8>) throws -> Void) throws {
        if view.listsAll { return try lines.forEachLine(body) }
        try forEachListed { try body($1) }
    }

    /// The same, grouped so.
    func grouped(by grouping: AuditGrouping) throws -> Audit {
        try Audit(lines, scope: totals.scope, view: view.grouped(by: grouping), since: former)
    }

    /// An audit of the images alone whose lines have these numbers; what a former one had besides is not gone.
    func only(_ numbers: [Int]) throws -> Audit {
        var audit = try Audit(
            lines.only(numbers), scope: totals.scope.ofGroup, view: view.grouped(by: nil), since: former)
        audit.totals.gone = former.map { _ in [] }
        return audit
    }

    private func forEachListed(_ body: (AuditedImage, ArraySlice<UInt8>) throws -> Void) throws {
        var outlines = AuditOutlines()
        try lines.forEachLine { line in
            let outline = try outlines.image(line)
            if view.lists(outline) { try body(outline, line) }
        }
    }

}

extension AuditedImage {
    /// The same image, held against what a former audit says of it.
    fileprivate func compared(with former: FormerAudit?) -> AuditedImage {
        guard case .judged(let former)? = former?.standing(of: name), let report else { return self }
        return AuditedImage(former.compared(with: report))
    }
}
