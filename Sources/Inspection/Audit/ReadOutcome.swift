/// What came of reading one image, in the form in which the process that reads it says so and in which it is kept.

import FoundationEssentials
public import ImageFacts
public import ImageReading
public import Reporting

/// The facts of an image, or why it could not be read.
public enum ReadOutcome: Sendable {
    case observed(ImageDescription, Facts)
    case failed(ReadingFailure)

    /// Whether reading the same bytes again would come to the same.
    var isLasting: Bool {
        guard case .failed(let failure) = self else { return true }
        return switch ImageError.Code(rawValue: failure.code) {
        case .notAnImage, .diskImage, .containerImage, .torn, .damaged, .empty, .noRoot, .limitExceeded: true
        case .missing, .permissionDenied, .inputOutput, .noScratch, nil: false
        }
    }
}

extension ReadOutcome: Codable {
    private enum Key: String, CodingKey { case build, image, facts, error }

    /// Writes which build of this program it is, then `image` and `facts`, or `error`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(buildID, forKey: .build)
        switch self {
        case .observed(let image, let facts):
            try container.encode(image, forKey: .image)
            try container.encode(facts, forKey: .facts)
        case .failed(let failure): try container.encode(failure, forKey: .error)
        }
    }

    /// Reads what `encode` writes. Throws where another build of this program wrote it: that one may know other facts, or
    /// observe them otherwise.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard try container.decodeIfPresent(String.self, forKey: .build) == buildID else {
            throw DecodingError.dataCorruptedError(forKey: .build, in: container, debugDescription: "another build")
        }
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
    /// Reads the image at `path` of this machine and gives what came of it as JSON; a disk that has to be decompressed
    /// goes into the directory `scratch`. `enterSandbox` is called when all files are open, before any is read.
    ///
    /// Throws only what `enterSandbox` throws, and where the outcome cannot be encoded, which is a defect of this program.
    public static func json(
        readingImageAt path: String, scratch: String? = nil, enterSandbox: (ImageFiles) throws -> Void = { _ in }
    ) throws -> [UInt8] {
        let outcome: ReadOutcome
        do {
            let files = try ImageFiles(at: path, choice: .ofBooting(scratch: scratch))
            try enterSandbox(files)
            let observed = try observe(files.image())
            outcome = .observed(observed.image, observed.facts)
        } catch let error as ImageError {
            outcome = .failed(ReadingFailure(error))
        }
        return [UInt8](try JSONEncoder().encode(outcome))
    }

    /// Reads what `json` gives.
    init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(ReadOutcome.self, from: Data(json))
    }
}
