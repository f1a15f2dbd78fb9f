/// JSON exactly as Go's encoding/json reads it: the ECS agent, ecs-init and dockerd are Go programs.

package import ByteParsing

/// One JSON value with the place it stands at.
///
/// What Go's package accepts, refuses and makes of a text is kept to: a byte that is not UTF-8 and half of a surrogate
/// pair become U+FFFD, a byte order mark is an error, control characters in strings are errors, members keep their
/// order and their duplicates, more than 10,000 levels of nesting are an error. Only the number of values is bounded
/// where Go has no limit, and what lies deeper than any setting does is read and not kept.
package struct GoValue: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case null
        case bool(Bool)
        /// As it is written, so that no precision is lost.
        case number(String)
        case string(String)
        case array([GoValue])
        case object([Member])
    }

    /// A name and its value, in an object.
    package struct Member: Hashable, Sendable {
        package let name: String
        /// Where the name stands: 1-based.
        package let line: Int
        package let value: GoValue
    }

    /// How many arrays and objects may enclose a value (`maxNestingDepth` in Go's encoding/json/scanner.go); read
    /// without recursion.
    package static let depthLimit = 10_000
    /// How deep values are kept; an array or object at this depth is as if it were empty, so that whoever walks
    /// through the values may do it by recursion.
    package static let keptDepth = 128
    /// How many values a text may hold.
    package static let valueLimit = 100_000

    package let kind: Kind
    /// Where its first byte stands, in bytes from the start of the text.
    package let offset: Int
    /// 1-based.
    package let line: Int

    /// What an absent text is taken for.
    package static let null = GoValue(kind: .null, offset: 0, line: 1)

    /// What `json.Unmarshal` takes: one value, and nothing but blanks after it.
    ///
    /// Throws where Go would, and beyond `valueLimit`.
    package static func unmarshal(_ bytes: [UInt8]) throws(FormatError) -> GoValue {
        var parser = GoValueParser(bytes)
        let value = try parser.value()
        parser.skipBlanks()
        guard parser.isAtEnd else { throw parser.unexpected("the end of the text") }
        return value
    }

    /// What the first call of a `json.Decoder` takes: the first value, whatever stands after it. Nil for a blank text,
    /// which Go calls end of file and no error.
    ///
    /// Throws where Go would, and beyond `valueLimit`.
    package static func decodeFirst(_ bytes: [UInt8]) throws(FormatError) -> GoValue? {
        var parser = GoValueParser(bytes)
        parser.skipBlanks()
        return parser.isAtEnd ? nil : try parser.value()
    }

    /// The line of a byte, 1-based, for the offset of an error.
    package static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        bytes.prefix(max(0, offset)).reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    }
}

extension GoValue {
    /// The members of an object; nil for any other value.
    package var members: [Member]? {
        if case .object(let members) = kind { members } else { nil }
    }

    /// The elements of an array; nil for any other value.
    package var elements: [GoValue]? {
        if case .array(let elements) = kind { elements } else { nil }
    }

    /// The text of a string; nil for any other value.
    package var string: String? {
        if case .string(let text) = kind { text } else { nil }
    }

    /// What kind of value it is, as a message calls it.
    package var kindName: String {
        switch kind {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The members that Go would store in a struct's field of this name, in their order: names match in any case. Go
    /// stores them one after the other, so that the last one wins.
    package func members(ofField name: String) -> [Member] {
        (members ?? []).filter { Self.isField($0.name, name) }
    }

    /// Whether a member called `name` is stored in the field `field`, which is ASCII: letters match in any case, and
    /// the two letters outside ASCII that fold to ASCII ones, the Kelvin sign and the long s, match too.
    package static func isField(_ name: String, _ field: String) -> Bool {
        func folded(_ text: String) -> [Unicode.Scalar] {
            text.unicodeScalars.map { scalar in
                switch scalar {
                case "A"..."Z": Unicode.Scalar(UInt8(scalar.value) + 32)
                case "\u{212A}": "k"
                case "\u{17F}": "s"
                default: scalar
                }
            }
        }
        return folded(name) == folded(field)
    }
}
