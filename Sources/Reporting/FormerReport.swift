/// A former report on an image, to hold a new one against.

public import BatchRules

/// The findings and key facts that a former report has of one image.
public struct FormerReport: Sendable {
    private let imageName: String
    private let findings: [Finding]
    private let keyFacts: KeyFacts

    /// What a report on the image called `imageName` said, its text inert as reports print it.
    public init(imageName: String, findings: [Finding], keyFacts: KeyFacts) {
        self.imageName = imageName
        self.findings = findings
        self.keyFacts = keyFacts
    }

    /// What a report that is at hand said.
    public init(_ report: Report) {
        self.init(
            imageName: report.image.name, findings: report.findings.map(\.printed), keyFacts: report.keyFacts)
    }

    /// `report` with how it differs from this one.
    public func compared(with report: Report) -> Report {
        report.compared(
            Comparison(
                of: report.findings.map(\.printed), since: findings,
                changedFacts: report.keyFacts.changes(since: keyFacts)))
    }

    /// Whether this report has a broken rule that the waiver speaks of, whatever its date.
    public func uses(_ waiver: Waiver) -> Bool {
        let outcome = waiver.outcome(among: findings, of: imageName, today: waiver.expires)
        return outcome.kind == .inForce
    }
}
