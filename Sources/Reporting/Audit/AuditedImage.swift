/// One image of an audit, and the line that it is written as and read back from.

public import BatchRules
import FoundationEssentials
import ImageFacts
public import ImageReading

/// Why an image could not be read.
public struct ReadingFailure: Hashable, Sendable, Codable {
    /// A stable name of the kind of failure: those of `ImageError.Code`, and `timeLimit`, `memoryLimit`, `readerEnded`.
    public let code: String
    /// What was expected, what was found, and what to do, lower case, without the image's name.
    public let reason: String

    /// A failure of a kind that is no `ImageError`.
    public init(code: String, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// What stopped the reading of an image.
    public init(_ error: ImageError) {
        self.init(code: error.code.rawValue, reason: error.reason)
    }
}

/// What an audit says of one image.
public struct AuditedImage: Sendable {
    /// The two ends that looking at an image can come to.
    public enum Outcome: Sendable {
        /// It was read and judged.
        case judged(Report)
        /// It could not be read.
        case unreadable(ReadingFailure)
    }

    /// How reports call the image: its path below the directory that is audited.
    public let name: String
    /// The date that images were judged at.
    public let today: CalendarDay
    /// The date of the data in use.
    public let dataDate: CalendarDay
    /// What became of it.
    public let outcome: Outcome

    /// An image that was judged.
    public init(_ report: Report) {
        name = report.image.name
        today = report.today
        dataDate = report.dataDate
        outcome = .judged(report)
    }

    /// An image called `name` that could not be read in an audit by `policy`.
    public init(_ name: String, unreadable failure: ReadingFailure, policy: Policy) {
        self.init(name, unreadable: failure, today: policy.today, dataDate: policy.dataDate)
    }

    init(_ name: String, unreadable failure: ReadingFailure, today: CalendarDay, dataDate: CalendarDay) {
        self.name = name
        self.today = today
        self.dataDate = dataDate
        outcome = .unreadable(failure)
    }

    /// Its report; nil where it could not be read.
    public var report: Report? {
        if case .judged(let report) = outcome { report } else { nil }
    }

    /// The image as one line of JSON, a line feed at its end: what `check -o json` says of it with the key facts in the
    /// place of all facts, or why it could not be read.
    public func line() throws -> String {
        switch outcome {
        case .judged(let report): try jsonLine(ReportJSON(report.withoutFacts))
        case .unreadable(let failure):
            try jsonLine(UnreadableJSON(name, failure, today: today, dataDate: dataDate))
        }
    }

    /// Reads such a line. Throws a `DecodingError` where it is none.
    public init(line: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(AuditedImage.self, from: Data(line))
    }
}

extension Report {
    /// The same report as it is kept in a line of an audit.
    fileprivate var withoutFacts: Report {
        Report(
            image: image, keyFacts: keyFacts, remarks: remarks, policy: policy, findings: findings,
            waivers: waivers, comparison: comparison, rules: rules, today: today, dataDate: dataDate)
    }
}

/// The line of an image that could not be read.
private struct UnreadableJSON: Encodable {
    struct Image: Encodable { let name: String }

    let formatVersion = Version.format
    let tool = ToolJSON()
    let dataDate: CalendarDay
    let today: CalendarDay
    let image: Image
    let error: ReadingFailure

    init(_ name: String, _ failure: ReadingFailure, today: CalendarDay, dataDate: CalendarDay) {
        self.dataDate = dataDate
        self.today = today
        image = Image(name: name)
        error = ReadingFailure(code: failure.code, reason: inert(failure.reason))
    }
}

extension AuditedImage: Decodable {
    private enum Key: String, CodingKey {
        case formatVersion, today, dataDate, image, error, keyFacts, remarks, policy, findings, waivers, comparison
    }

    private struct Name: Decodable { let name: String }

    /// Reads what `line` writes, of this version of the format.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard try container.decode(Int.self, forKey: .formatVersion) == Version.format else {
            throw DecodingError.dataCorruptedError(
                forKey: .formatVersion, in: container, debugDescription: "format \(Version.format) expected")
        }
        name = try container.decode(Name.self, forKey: .image).name
        today = try container.decode(CalendarDay.self, forKey: .today)
        dataDate = try container.decode(CalendarDay.self, forKey: .dataDate)
        if let failure = try container.decodeIfPresent(ReadingFailure.self, forKey: .error) {
            outcome = .unreadable(failure)
            return
        }
        outcome = .judged(
            Report(
                image: try container.decode(ImageDescription.self, forKey: .image),
                keyFacts: try container.decode(KeyFacts.self, forKey: .keyFacts),
                remarks: try container.decode([String].self, forKey: .remarks),
                policy: try container.decodeIfPresent(PolicyInForce.self, forKey: .policy),
                findings: try container.decode([Finding].self, forKey: .findings),
                waivers: try container.decodeIfPresent([WaiverOutcome].self, forKey: .waivers) ?? [],
                comparison: try container.decodeIfPresent(Comparison.self, forKey: .comparison),
                rules: .batch, today: today, dataDate: dataDate))
    }
}
