/// What a remedy says: words of this program, in which text of the image cannot stand unfiltered.

import ImageFacts

/// A text written as a literal. What is interpolated is taken for text of the image, and what may be a credential in it
/// is left out, as it is in evidence.
public struct RemedyText: Hashable, Sendable {
    /// The text with `…` for what was left out.
    public let text: String
    /// Whether nothing was left out; else it is for reading alone.
    let isWhole: Bool
}

extension RemedyText: ExpressibleByStringInterpolation {
    /// A text without anything of the image.
    public init(stringLiteral text: String) {
        self.init(text: text, isWhole: true)
    }

    /// A text from its literal and interpolated parts.
    public init(stringInterpolation parts: StringInterpolation) {
        self.init(text: parts.text, isWhole: parts.isWhole)
    }

    /// The parts that a text is made of.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var isWhole = true

        /// No parts yet.
        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        /// Adds words of this program.
        public mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        /// Adds text of the image without what may be a credential.
        public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            let found = value.description
            let shown = withoutCredentials(found)
            text += shown
            isWhole = isWhole && shown == found
        }

        /// Adds a file system as fstab names it: `UUID=` and its like assign nothing.
        mutating func appendInterpolation(fileSystem name: String) {
            let tag = ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="].first { name.hasPrefix($0) } ?? ""
            text += tag
            appendInterpolation(name.dropFirst(tag.count))
        }

        /// Adds another text as it is.
        mutating func appendInterpolation(_ other: RemedyText) {
            text += other.text
            isWhole = isWhole && other.isWhole
        }
    }
}

extension RemedyText: Codable {
    /// From what `encode` wrote.
    public init(from decoder: any Decoder) throws {
        self.init(text: try decoder.singleValueContainer().decode(String.self), isWhole: true)
    }

    /// As the text alone.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
