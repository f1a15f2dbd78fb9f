/// Where each image stands in an audit: what asks for work first.

import BatchRules

/// The verdict of a whole image, or that it could not be read.
public enum ImageStanding: String, CaseIterable, Sendable {
    case fail, unreadable, undetermined, pass

    /// `fails`, `could not be read`: what an image does that stands there.
    var words: String {
        switch self {
        case .fail: "fails"
        case .unreadable: "could not be read"
        case .undetermined: "undetermined"
        case .pass: "passes"
        }
    }

    /// The same as a label begins.
    var label: String {
        switch self {
        case .fail: "Fails"
        case .unreadable: "Unreadable"
        case .undetermined: "Undetermined"
        case .pass: "Passes"
        }
    }
}

extension AuditedImage {
    /// Where it stands.
    var standing: ImageStanding {
        guard let report else { return .unreadable }
        return switch report.summary.verdict {
        case .fail: .fail
        case .undetermined: .undetermined
        case .pass, .notApplicable: .pass
        }
    }

    /// What decided where it stands, in a few words: the required rules that fail or could not be determined, the
    /// reason why it could not be read, or that nothing did. Inert.
    var cause: String {
        switch outcome {
        case .unreadable(let failure): inert(failure.reason)
        case .judged(let report):
            report.findings.filter { $0.level == .required && $0.standing == report.summary.standing }
                .map(\.rule).joined(separator: ", ")
        }
    }
}

extension Summary {
    /// Where findings stand that decided the verdict; nil where all that counts passes.
    fileprivate var standing: Standing? {
        switch verdict {
        case .fail: .fail
        case .undetermined: .undetermined
        case .pass, .notApplicable: nil
        }
    }
}

extension AuditGroup {
    /// `5 images: 2 fail, 3 pass`.
    var sentence: String {
        let parts = ImageStanding.allCases.filter { count($0) > 0 }.map { "\(count($0)) \($0.verb(count($0)))" }
        return "\(images) image\(images == 1 ? "" : "s"): " + parts.joined(separator: ", ")
    }
}

extension ImageStanding {
    /// What so many images do that stand there.
    fileprivate func verb(_ count: Int) -> String {
        switch self {
        case .fail: count == 1 ? "fails" : "fail"
        case .unreadable: "could not be read"
        case .undetermined: count == 1 ? "is undetermined" : "are undetermined"
        case .pass: count == 1 ? "passes" : "pass"
        }
    }
}

extension AuditTotals {
    /// How many images stand there.
    func count(_ standing: ImageStanding) -> Int {
        switch standing {
        case .fail: fail
        case .unreadable: unreadable
        case .undetermined: undetermined
        case .pass: pass
        }
    }

    /// `12 of 500 images fail, 5 could not be read, 3 are undetermined, 480 pass`; where images are missing that first,
    /// and never of how many: `incomplete, 1 of 3 shards is missing: 1; 12 images fail`.
    var sentence: String {
        let beginning = scope.part.map { $0 + "; " } ?? ""
        func of(_ count: Int) -> String {
            scope.isPart ? " image\(count == 1 ? "" : "s")" : " of \(images) image\(images == 1 ? "" : "s")"
        }
        let showing = shown.map { "; \($0)\(of($0)) shown" } ?? ""
        let leavingOut = (scope.leavingOut.map { "; " + $0 } ?? "") + showing
        if images == 0 { return beginning + "no image was found" + leavingOut }
        let parts = ImageStanding.allCases.filter { count($0) > 0 }.map { (count($0), $0.verb(count($0))) }
        let words = parts.enumerated().map {
            "\($0.element.0)\($0.offset == 0 ? of($0.element.0) : "") \($0.element.1)"
        }
        return beginning + (words + [weakening].compactMap(\.self)).joined(separator: ", ") + leavingOut
    }

    /// What is to be known before the rows, a sentence each; inert.
    var notes: [String] { formerNotes + remarks.sentences(of: images) }

    /// That the former audit is no whole one.
    var formerNotes: [String] {
        formerMissing.map { "the former audit is incomplete, so that images may look new: \($0.sentence)" }
    }

    /// What of the required rules did not count, on all images or on some.
    private var weakening: String? {
        let said = weakenings.compactMap(\.self).sorted()
        guard let one = said.first else { return nil }
        return weakenings.count == 1
            ? "with " + inert(one) : "some with " + inert(said.prefix(shownPlaces).joined(separator: ", some with "))
    }

    /// `judged 2026-11-25 by data of 2026-08-20`.
    var dates: String {
        func text(_ days: Set<CalendarDay>) -> String { days.sorted().map(\.description).joined(separator: ", ") }
        return "judged \(text(days)) by data of \(text(dataDates))"
    }

    /// Rules that an image breaks or may break before the others, required ones first; among them those first that most
    /// images break, then those that could not be determined for most.
    var rulesByFailures: [RuleCounts] {
        func group(_ rule: RuleCounts) -> Int {
            rule.count(.fail) + rule.count(.undetermined) == 0 ? 2 : rule.level == .required ? 0 : 1
        }
        return rules.enumerated().sorted { a, b in
            func key(_ row: (offset: Int, element: RuleCounts)) -> (Int, Int, Int, Int) {
                (group(row.element), -row.element.count(.fail), -row.element.count(.undetermined), row.offset)
            }
            return key(a) < key(b)
        }.map(\.element)
    }

    /// What became of waivers that do not accept what they were to accept, in the order of the policy; inert. One is
    /// broken where somebody counted on it, and it no longer counts.
    var waiverNotes: [(isBroken: Bool, text: String)] {
        waivers.sorted { ($0.key.line ?? 0, $0.key.rule) < ($1.key.line ?? 0, $1.key.rule) }.flatMap { waiver, ends in
            let name = "the waiver of \(waiver.rule)" + (waiver.line.map { " (line \($0) of the policy)" } ?? "")
            func on(_ kind: WaiverOutcome.Kind) -> String {
                let count = ends[kind] ?? 0
                return "\(count) image\(count == 1 ? "" : "s")"
            }
            var notes: [(isBroken: Bool, text: String)] = []
            if ends[.expired] != nil {
                notes.append((true, "\(name) expired on \(waiver.expires) and counts no more on \(on(.expired))"))
            }
            if ends[.foundChanged] != nil {
                let why = "something else was found than what it accepts"
                notes.append((true, "\(name) does not count on \(on(.foundChanged)): \(why)"))
            }
            if Set(ends.keys).isSubset(of: [.unused, .elsewhere]) {
                notes.append((false, "\(name) accepts nothing: no image that it speaks of breaks the rule"))
            }
            return notes.map { ($0.isBroken, inert($0.text)) }
        }
    }
}
