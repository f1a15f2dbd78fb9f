/// What came of reading one image, in the form in which the process that reads it says so and in which it is kept.

import FoundationEssentials
public import ImageFacts
public import ImageReading
public import Reporting

/// The facts of an image, or why it could not be read.
public enum ReadOutcome: Sendable {
    case observed(ImageDescription, Facts)
    case failed(ReadingFailure)

    /// The version of `Facts` and of how they are observed: raised with every change after which an image may show other
    /// facts, so that what was kept by an older version is read again.
    static let version = 1

    /// Whether reading the same bytes again would come to the same.
    var isLasting: Bool {
        guard case .failed(let failure) = self else { return true }
        return switch ImageError.Code(rawValue: failure.code) {
        case .notAnImage, .diskImage, .containerImage, .torn, .damaged, .empty, .noRoot, .limitExceeded: true
        case .missing, .permissionDenied, .inputOutput, nil: false
        }
    }
}

extension ReadOutcome: Codable {
    private enum Key: String, CodingKey { case image, facts, error }

    /// Writes `image` and `facts`, or `error`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .observed(let image, let facts):
            try container.encode(image, forKey: .image)
            try container.encode(facts, forKey: .facts)
        case .failed(let failure): try container.encode(failure, forKey: .error)
        }
    }

    /// Reads what `encode` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let failure = try container.decodeIfPresent(ReadingFailure.self, forKey: .error) {
            self = .failed(failure)
        } else {
            self = .observed(
                try container.decode(ImageDescription.self, forKey: .image),
                try container.decode(Facts.self, forKey: .facts))
        }
    }
}

extension ReadOutcome {
    /// Reads the image at `path` of this machine and gives what came of it as JSON. Throws only where that cannot be
    /// encoded, which is a defect of this program.
    public static func json(readingImageAt path: String) throws -> [UInt8] {
        let outcome: ReadOutcome
        do throws(ImageError) {
            let observed = try observe(openImage(at: path))
            outcome = .observed(observed.image, observed.facts)
        } catch {
            outcome = .failed(ReadingFailure(error))
        }
        return [UInt8](try JSONEncoder().encode(outcome))
    }

    /// Reads what `json` gives.
    init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(ReadOutcome.self, from: Data(json))
    }
}
