/// An audit of more images than one page can hold, as an index and a page for each group.

import BatchRules

/// A page's place among the others.
struct AuditIndex {
    /// Whether it is the index, which lists groups and no images.
    let isOverview: Bool

    /// The name of the file of the group with this number, from 0.
    func page(_ number: Int) -> String { auditPage(number) }

    /// The way back, as markup.
    var way: String { isOverview ? "" : " &middot; <a href=\"index.html\">All groups</a>" }
}

private func auditPage(_ number: Int) -> String { "group-\(number + 1).html" }

/// So many pages are made at most.
public let mostAuditPages = 1000

extension Audit {
    /// The pages of the audit, which `write` is given one after the other with the names of their files: those of the
    /// groups, then `index.html`, which links to them. Images are grouped by directory where they are not grouped.
    ///
    /// Gives the number of groups; where they are more than `mostAuditPages` nothing is written. Throws as
    /// `AuditFormat.render` does.
    public func pages(
        _ write: (_ name: String, _ content: ((String) throws -> Void) throws -> Void) throws -> Void
    ) throws -> Int {
        let grouping = view.grouping ?? .directory
        let whole = view.grouping == nil ? try grouped(by: grouping) : self
        let groups = whole.totals.groups
        guard groups.count <= mostAuditPages else { return groups.count }
        let members = try whole.members(by: grouping)
        for (number, group) in groups.enumerated() {
            let part = try only(members[group.name] ?? [])
            try write(auditPage(number)) { write in
                try auditHTML(part, within: AuditIndex(isOverview: false), to: write)
            }
        }
        try write("index.html") { try auditHTML(whole, within: AuditIndex(isOverview: true), to: $0) }
        return groups.count
    }

    /// The numbers of the lines of each group's images.
    private func members(by grouping: AuditGrouping) throws -> [String: [Int]] {
        var members: [String: [Int]] = [:]
        var number = 0
        try lines.forEachOutline { image in
            members[grouping.group(of: image), default: []].append(number)
            number += 1
        }
        return members
    }
}
