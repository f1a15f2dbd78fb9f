/// What reports say of acceptances, waivers and former reports, in the same words in every format.
///
/// Every sentence is inert, begins in lower case and has no full stop at its end.

import BatchRules
import ImageReading

extension Acceptance {
    /// `accepted until 2026-12-31 by the platform team: replaced in the next image`.
    var sentence: String {
        inert("accepted until \(expires)" + (acceptedBy.map { " by \($0)" } ?? "") + ": \(reason)")
    }
}

extension WaiverOutcome {
    /// What became of a waiver that accepts nothing on this image; nil for one in force, which is said at its finding,
    /// and for one that speaks of other images.
    var sentence: String? {
        let place = waiver.line.map { " (line \($0) of the policy)" } ?? ""
        let name = "the waiver of \(waiver.rule)\(place)"
        return switch kind {
        case .inForce, .elsewhere: nil
        case .expired:
            inert("\(name) expired on \(waiver.expires) and counts no more; its reason was: \(waiver.reason)")
        case .foundChanged:
            inert(
                "\(name) does not count: "
                    + (unlisted.map { "'\($0)' was found, which it does not list" }
                        ?? "something else was found than what it accepts") + "; its reason was: \(waiver.reason)")
        case .unused: inert("\(name) accepts nothing: the image keeps the rule")
        }
    }

    /// Whether somebody counted on the waiver, and it no longer counts.
    var isBroken: Bool { kind == .expired || kind == .foundChanged }
}

extension ChangedFact {
    /// `kernel: 6.1.188 now, 5.10.220 before`.
    var sentence: String { inert("\(name): \(after ?? "none") now, \(before ?? "none") before") }
}

extension Report {
    /// Ids of rules that a former report found broken and this one does not, in the catalog's order.
    var fixedRules: [String] {
        findings.map(\.rule).filter { comparison?.changes[$0] == .fixed }
    }

    /// `judged on 2026-11-24 by what was released up to 2026-08-20`.
    var dates: String { "judged on \(today) by what was released up to \(dataDate)" }
}
