/// What kind of character a byte or a text has, for readers of every format of text.

extension UInt8 {
    /// Whether it is one of `0` to `9`.
    @inlinable public var isASCIIDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    /// Whether it is one of `A` to `Z` and `a` to `z`.
    @inlinable public var isASCIILetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self | 0x20 }

    /// Whether it is a digit or a letter of ASCII.
    @inlinable public var isASCIIAlphanumeric: Bool { isASCIIDigit || isASCIILetter }
}

extension Character {
    /// Whether it is one of `0` to `9`.
    public var isASCIIDigit: Bool { asciiValue?.isASCIIDigit ?? false }

    /// Whether it is one of `A` to `Z` and `a` to `z`.
    public var isASCIILetter: Bool { asciiValue?.isASCIILetter ?? false }
}

/// Whether a byte is a blank, a tab or part of a line ending.
@inlinable public func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
}

/// A text without the white space around it, as Go's strings.TrimSpace takes it off.
public func goTrimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
}
