/// Findings as every report prints them, and as they are read back from one.

public import BatchRules
import ImageReading

extension Finding {
    /// The finding as reports print it: text from the image made inert.
    public var printed: Finding {
        let verdict = Verdict(
            kind: verdict, message: inert(message), evidence: evidence.map(\.printed),
            remedy: steps.map(\.printed))
        let printed = Finding(rule: rule, level: level, verdict: verdict, remedy: remedy.map(inert) ?? "", group: group)
        return acceptance.map { printed.accepted($0.printed) } ?? printed
    }
}

extension RemedyStep {
    /// The step as reports print it. A command or an edit that has something to escape would be another one then: it is
    /// said and no more.
    fileprivate var printed: RemedyStep {
        let isInert = (action?.texts ?? []).allSatisfy { inert($0) == $0 }
        return RemedyStep(text: inert(text), action: isInert ? action : nil)
    }
}

extension Acceptance {
    fileprivate var printed: Acceptance {
        Acceptance(reason: inert(reason), expires: expires, acceptedBy: acceptedBy.map(inert))
    }
}

extension Comparison {
    /// The comparison as reports print it.
    var printed: Comparison {
        Comparison(
            changes: changes,
            changedFacts: changedFacts.map {
                ChangedFact(name: inert($0.name), before: $0.before.map(inert), after: $0.after.map(inert))
            })
    }
}

extension Evidence {
    fileprivate var printed: Evidence {
        Evidence(
            ImagePath(inert(path.text)), realPath: (realPath?.text).map { ImagePath(inert($0)) }, line: line,
            inert(text))
    }
}

extension WaiverOutcome {
    /// The outcome as reports print it: what somebody wrote, and what the image says, made inert.
    var printed: WaiverOutcome {
        let shown = Waiver(
            rule: waiver.rule, image: waiver.image.map(inert), found: waiver.found?.map(inert),
            reason: inert(waiver.reason), expires: waiver.expires, acceptedBy: waiver.acceptedBy.map(inert),
            line: waiver.line)
        return WaiverOutcome(waiver: shown, kind: kind, unlisted: unlisted.map(inert))
    }
}
