/// One side of a comparison of two images: judged just now, or read back from a report that was saved.

public import BatchRules
import FoundationEssentials
import ImageFacts
import ImageReading
import PackageDatabases

/// An image with its facts, its findings, and its packages where they are known.
public struct ComparedImage: Sendable {
    /// How it is called: as it was given on the command line, be it an image or what was saved of one.
    let name: String
    /// What it is and what the rules say of it.
    let report: Report
    /// All that is known of it.
    let facts: Facts
    /// Its packages, nil where nobody kept them.
    let packages: Observation<[Package]>?

    /// An image that was read, or whose facts were saved, as `catalog` judges it under `policy`.
    public init(_ observed: ObservedImage, by catalog: RuleCatalog, under policy: Policy) {
        self.init(
            name: observed.image.name, report: observed.report(by: catalog, under: policy), facts: observed.facts,
            packages: observed.packages?.all)
    }

    fileprivate init(name: String, report: Report, facts: Facts, packages: Observation<[Package]>?) {
        self.name = name
        self.report = report
        self.facts = facts
        self.packages = packages
    }
}

/// What `check -o json` or `inspect -o json` wrote of one image.
public struct SavedReport: Sendable {
    /// The findings, with what they were judged by; nil where only the facts were written.
    public let report: Report?
    private let image: ImageDescription
    private let facts: Facts
    private let packages: Observation<[Package]>?

    /// Reads a report. Throws a `DecodingError` where `bytes` are none, a `SavedReportError` for one of another format.
    public init(_ bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(SavedReport.self, from: Data(bytes))
    }

    /// The image, called `name`, with the findings that were saved; facts that were saved without any are judged now.
    public func compared(as name: String, by catalog: RuleCatalog, under policy: Policy) -> ComparedImage {
        let report =
            report
            ?? ObservedImage(image: image, facts: facts, packages: nil).report(by: catalog, under: policy)
        return ComparedImage(name: name, report: report, facts: facts, packages: packages)
    }
}

/// Why a report is none that this version reads.
public enum SavedReportError: Error {
    /// It was written by a version with this other format.
    case format(Int)
}

extension SavedReport: Decodable {
    private enum Key: String, CodingKey {
        case formatVersion, today, dataDate, image, facts, policy, findings, waivers, comparison
    }

    private struct Packages: Decodable {
        let packages: [Package]?
        let packagesProblem: Problem?

        /// Nil where the report has no packages: nobody asked for them.
        var known: Observation<[Package]>? {
            packagesProblem.map { .unreadable([], $0) } ?? packages.map { .present($0, []) }
        }
    }

    /// Reads what `JSONReport.swift` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let format = try container.decode(Int.self, forKey: .formatVersion)
        guard format == Version.format else { throw SavedReportError.format(format) }
        image = try container.decode(ImageDescription.self, forKey: .image)
        facts = try container.decode(Facts.self, forKey: .facts)
        packages = try container.decode(Packages.self, forKey: .facts).known
        guard container.contains(.findings) else {
            report = nil
            return
        }
        report = Report(
            image: image, keyFacts: KeyFacts(facts), remarks: [],
            policy: try container.decodeIfPresent(PolicyInForce.self, forKey: .policy),
            findings: try container.decode([Finding].self, forKey: .findings),
            waivers: try container.decodeIfPresent([WaiverOutcome].self, forKey: .waivers) ?? [],
            comparison: try container.decodeIfPresent(Comparison.self, forKey: .comparison),
            rules: .batch,
            today: try container.decode(CalendarDay.self, forKey: .today),
            dataDate: try container.decode(CalendarDay.self, forKey: .dataDate))
    }
}
