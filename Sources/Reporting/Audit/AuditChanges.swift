/// What is not as a former audit had it.

import BatchRules

/// Changes of an audit's images, in the order of their names.
struct AuditChanges {
    /// An image, and what changed in it, in a few words; both inert.
    typealias Entry = (image: String, words: String)

    /// Images with rules that are broken now, or broken by something else than before.
    private(set) var worse: [Entry] = []
    /// Images with rules that are broken no more.
    private(set) var better: [Entry] = []
    /// Images with other versions of what a reader knows them by.
    private(set) var facts: [Entry] = []

    /// Takes in the next image of an audit.
    mutating func add(_ image: AuditedImage, of audit: Audit) {
        let name = inert(image.name)
        switch (image.outcome, audit.former?.standing(of: image.name)) {
        case (.unreadable, .judged): worse.append((name, "could not be read"))
        case (.judged, .unreadable): better.append((name, "can be read"))
        default: break
        }
        guard let report = image.report, let comparison = report.comparison else { return }
        let worse = report.findings.map(\.rule).filter { comparison.changes[$0] == .new }
        if !worse.isEmpty { self.worse.append((name, worse.joined(separator: ", "))) }
        if !report.fixedRules.isEmpty { better.append((name, report.fixedRules.joined(separator: ", "))) }
        if !comparison.changedFacts.isEmpty {
            facts.append((name, comparison.changedFacts.map(\.sentence).joined(separator: "; ")))
        }
    }

    /// All there is to say, kind by kind, with the images that only one of both audits has; kinds without any are left
    /// out. Nil where no former audit was given.
    func groups(_ totals: AuditTotals) -> [(title: String, entries: [Entry])]? {
        guard let fresh = totals.fresh, let gone = totals.gone else { return nil }
        func names(_ names: [String]) -> [Entry] { names.map { (inert($0), "") } }
        return [
            ("worse", worse), ("better", better), ("changed", facts), ("new", names(fresh)), ("gone", names(gone)),
        ].filter { !$0.1.isEmpty }
    }
}
