/// The difference that programs read; its schema is testdata/schema/diff.schema.json.

import BatchRules
import PackageDatabases

/// A difference as JSON: every key of every object is there, with null where there is nothing to say. All text of the
/// images is inert, as in every report.
func differenceJSON(_ difference: ImageDifference) throws -> String {
    try jsonText(DifferenceJSON(difference))
}

private struct DifferenceJSON: Encodable {
    struct Side: Encodable {
        let image: ImageJSON
        let today: CalendarDay
        let dataDate: CalendarDay
        @OrNull var policy: PolicyInForce?
        let keyFacts: KeyFacts
        let summary: Summary

        init(_ report: Report) {
            image = ImageJSON(report.image)
            today = report.today
            dataDate = report.dataDate
            policy = report.policy
            keyFacts = report.keyFacts
            summary = report.summary
        }
    }

    struct Verdict: Encodable {
        let rule: String
        @OrNull var change: Change?
        @OrNull var before: FindingJSON?
        @OrNull var after: FindingJSON?

        init(_ verdict: ImageDifference.ChangedVerdict) {
            rule = verdict.rule
            change = verdict.change
            let reference = RuleCatalog.batch.rule(verdict.rule)?.reference
            before = verdict.before.map { FindingJSON($0, reference: reference) }
            after = verdict.after.map { FindingJSON($0, reference: reference) }
        }
    }

    struct Fact: Encodable {
        let name: String
        @OrNull var before: String?
        @OrNull var after: String?

        init(_ fact: ChangedFact) {
            name = fact.name
            before = fact.before
            after = fact.after
        }

        init(_ fact: FactDifferences.Unknown) {
            name = fact.name
            before = fact.before
            after = fact.after
        }
    }

    struct Packages: Encodable {
        let added: [Package]
        let removed: [Package]
        let changed: [ChangedPackage]

        init(_ packages: PackageDifferences) {
            added = packages.added.map(\.printed)
            removed = packages.removed.map(\.printed)
            changed = packages.changed.map(ChangedPackage.init)
        }
    }

    struct ChangedPackage: Encodable {
        let manager: PackageManager
        let name: String
        @OrNull var architecture: String?
        let before: [String]
        let after: [String]

        init(_ package: PackageDifferences.Changed) {
            manager = package.manager
            name = inert(package.name)
            architecture = package.architecture.map(inert)
            before = package.before.map(inert)
            after = package.after.map(inert)
        }
    }

    let formatVersion = Version.format
    let tool = ToolJSON()
    let answer: ImageDifference.Answer
    let remarks: [String]
    let before: Side
    let after: Side
    let comparison: Comparison
    let verdicts: [Verdict]
    let facts: [Fact]
    let unknownFacts: [Fact]
    @OrNull var packages: Packages?

    init(_ difference: ImageDifference) {
        answer = difference.answer
        remarks = difference.remarks
        before = Side(difference.before.report)
        after = Side(difference.after.report)
        comparison = difference.comparison.printed
        verdicts = difference.verdicts.map(Verdict.init)
        facts = difference.facts.changed.map(Fact.init)
        unknownFacts = difference.facts.unknown.map(Fact.init)
        if case .compared(let packages) = difference.packages {
            self.packages = Packages(packages)
        } else {
            packages = nil
        }
    }
}

extension Package {
    /// The package as reports on differences print it.
    fileprivate var printed: Package {
        Package(
            manager: manager, name: inert(name), epoch: epoch, version: inert(version), release: release.map(inert),
            architecture: architecture.map(inert), source: source.map(inert), vendor: vendor.map(inert))
    }
}
