/// JSON exactly as Go's encoding/json reads it: the ECS agent, ecs-init and dockerd are Go programs.

import ByteParsing

/// One JSON value with the place it stands at.
///
/// What Go's package accepts, refuses and makes of a text is kept to: a byte that is not UTF-8 and half of a surrogate
/// pair become U+FFFD, a byte order mark is an error, control characters in strings are errors, members keep their
/// order and their duplicates. Only the depth is bounded more tightly than Go's 10,000 levels.
struct GoJSON: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case null
        case bool(Bool)
        /// As it is written, so that no precision is lost.
        case number(String)
        case string(String)
        case array([GoJSON])
        case object([Member])
    }

    /// A name and its value, in an object.
    struct Member: Hashable, Sendable {
        let name: String
        /// Where the name stands: 1-based.
        let line: Int
        let value: GoJSON
    }

    /// How many arrays and objects may enclose a value; beyond it the text is refused, never read with deep recursion.
    static let depthLimit = 128
    /// How many values a text may hold.
    static let valueLimit = 100_000

    let kind: Kind
    /// Where its first byte stands, in bytes from the start of the text.
    let offset: Int
    /// 1-based.
    let line: Int

    /// What `json.Unmarshal` takes: one value, and nothing but blanks after it.
    ///
    /// Throws where Go would, and beyond the two limits named above.
    static func unmarshal(_ bytes: [UInt8]) throws(FormatError) -> GoJSON {
        var parser = GoJSONParser(bytes)
        let value = try parser.value()
        parser.skipBlanks()
        guard parser.isAtEnd else { throw parser.unexpected("the end of the text") }
        return value
    }

    /// What the first call of a `json.Decoder` takes: the first value, whatever stands after it. Nil for a blank text,
    /// which Go calls end of file and no error.
    ///
    /// Throws where Go would, and beyond the two limits named above.
    static func decodeFirst(_ bytes: [UInt8]) throws(FormatError) -> GoJSON? {
        var parser = GoJSONParser(bytes)
        parser.skipBlanks()
        return parser.isAtEnd ? nil : try parser.value()
    }

    /// The line of a byte, 1-based, for the offset of an error.
    static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        bytes.prefix(max(0, offset)).reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    }
}

extension GoJSON {
    /// The members of an object; nil for any other value.
    var members: [Member]? {
        if case .object(let members) = kind { members } else { nil }
    }

    /// The elements of an array; nil for any other value.
    var elements: [GoJSON]? {
        if case .array(let elements) = kind { elements } else { nil }
    }

    /// The text of a string; nil for any other value.
    var string: String? {
        if case .string(let text) = kind { text } else { nil }
    }

    /// What kind of value it is, as a message calls it.
    var kindName: String {
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
    func members(ofField name: String) -> [Member] {
        (members ?? []).filter { Self.isField($0.name, name) }
    }

    /// The member that a Go map has under this key: names match exactly, the last one wins.
    func member(forKey key: String) -> Member? {
        members?.last { $0.name == key }
    }

    /// Whether a member called `name` is stored in the field `field`, which is ASCII: letters match in any case, and
    /// the two letters outside ASCII that fold to ASCII ones, the Kelvin sign and the long s, match too.
    static func isField(_ name: String, _ field: String) -> Bool {
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
