/// The reading of JSON text, without recursion.

import ByteParsing

/// A position in a JSON text and the arrays and objects that are open there.
struct GoValueParser {
    /// An array or object whose end has not been reached.
    private struct Open {
        let isObject: Bool
        let offset: Int
        let line: Int
        var elements: [GoValue] = []
        var members: [GoValue.Member] = []
        /// The name whose value comes next.
        var name = ""
        var nameLine = 0
    }

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var open: [Open] = []
    private var count = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Passes over the four characters that JSON counts as blank.
    mutating func skipBlanks() {
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            position += 1
        }
    }

    /// The error of finding something else than `expected` at the next byte.
    func unexpected(_ expected: String) -> FormatError {
        guard let byte = next else {
            return FormatError(.truncated, "\(expected) expected, the end of the text found", at: position)
        }
        let found = typographicQuote ?? Self.name(of: byte)
        return FormatError(.malformed, "\(expected) expected, \(found) found", at: position)
    }

    /// A quote that an editor or a web page has made of a plain one, which nobody sees in a terminal.
    private var typographicQuote: String? {
        guard bytes[position...].starts(with: [0xE2, 0x80]), position + 2 < bytes.count,
            [0x98, 0x99, 0x9C, 0x9D].contains(bytes[position + 2])
        else { return nil }
        let quote = String(decoding: bytes[position...].prefix(3), as: UTF8.self)
        return "the typographic quote \(quote) in place of a plain one"
    }

    private static func name(of byte: UInt8) -> String {
        if 0x21...0x7E ~= byte { return "\"\(Character(Unicode.Scalar(byte)))\"" }
        if byte == UInt8(ascii: " ") { return "a blank" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (digits.count == 1 ? "0" : "") + digits
    }

    /// The next value, blanks before it passed over.
    mutating func value() throws(FormatError) -> GoValue {
        while true {
            guard let begun = try beginValue() else { continue }
            if let whole = try complete(begun) { return whole }
        }
    }

    /// Reads a scalar or an empty container and returns it, or opens a container and returns nil.
    private mutating func beginValue() throws(FormatError) -> GoValue? {
        skipBlanks()
        let offset = position
        count += 1
        guard count <= GoValue.valueLimit else {
            throw FormatError(.limitExceeded, "at most \(GoValue.valueLimit) values expected, more found", at: offset)
        }
        let line = line
        func value(_ kind: GoValue.Kind) -> GoValue { GoValue(kind: kind, offset: offset, line: line) }
        guard let byte = next else { throw unexpected("a JSON value") }
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            let isObject = byte == UInt8(ascii: "{")
            guard open.count < GoValue.depthLimit else {
                let reason = "at most \(GoValue.depthLimit) levels of nesting expected, more found"
                throw FormatError(.malformed, reason, at: offset)
            }
            position += 1
            let start = Open(isObject: isObject, offset: offset, line: line)
            skipBlanks()
            if next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                position += 1
                return close(start)
            }
            open.append(start)
            if isObject { try name() }
            return nil
        case UInt8(ascii: "\""): return value(.string(try string()))
        case UInt8(ascii: "t"): return value(try word("true", .bool(true)))
        case UInt8(ascii: "f"): return value(try word("false", .bool(false)))
        case UInt8(ascii: "n"): return value(try word("null", .null))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return value(.number(try number()))
        default: throw unexpected("a JSON value")
        }
    }

    /// Puts a value where it belongs; returns the outermost one once it is whole.
    private mutating func complete(_ value: GoValue) throws(FormatError) -> GoValue? {
        var value = value
        while let last = open.indices.last {
            if last < GoValue.keptDepth { keep(value, in: last) }
            skipBlanks()
            switch (next, open[last].isObject) {
            case (UInt8(ascii: ","), let isObject):
                position += 1
                if isObject {
                    skipBlanks()
                    try name()
                }
                return nil
            case (UInt8(ascii: "}"), true), (UInt8(ascii: "]"), false):
                position += 1
                value = close(open.removeLast())
            case (_, true): throw unexpected("\",\" or \"}\" after a member")
            case (_, false): throw unexpected("\",\" or \"]\" after an element")
            }
        }
        return value
    }

    private mutating func keep(_ value: GoValue, in container: Int) {
        if open[container].isObject {
            open[container].members.append(
                GoValue.Member(name: open[container].name, line: open[container].nameLine, value: value)
            )
        } else {
            open[container].elements.append(value)
        }
    }

    private func close(_ container: Open) -> GoValue {
        let kind: GoValue.Kind = container.isObject ? .object(container.members) : .array(container.elements)
        return GoValue(kind: kind, offset: container.offset, line: container.line)
    }

    /// Reads a member's name and the colon after it.
    private mutating func name() throws(FormatError) {
        guard next == UInt8(ascii: "\""), let last = open.indices.last else {
            throw unexpected("a member's name in double quotes")
        }
        let nameLine = line
        let text = try string()
        open[last].name = text
        open[last].nameLine = nameLine
        skipBlanks()
        guard next == UInt8(ascii: ":") else { throw unexpected("\":\" after a member's name") }
        position += 1
    }

    private mutating func word(_ word: String, _ kind: GoValue.Kind) throws(FormatError) -> GoValue.Kind {
        for byte in word.utf8 {
            guard next == byte else { throw unexpected("\"\(word)\"") }
            position += 1
        }
        return kind
    }

    private mutating func number() throws(FormatError) -> String {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(FormatError) {
        let start = position
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        guard position > start else { throw unexpected("a digit") }
    }

    /// Reads a string; the next byte is its opening quote.
    private mutating func string() throws(FormatError) -> String {
        position += 1
        var text = String.UnicodeScalarView()
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(text)
            case UInt8(ascii: "\\"): try text.append(escape())
            case 0..<0x20: throw unexpected("a printable character or an escape in a string")
            case 0x20..<0x80:
                text.append(Unicode.Scalar(byte))
                position += 1
            default: text.append(multibyteScalar())
            }
        }
        throw unexpected("a closing double quote")
    }

    private mutating func escape() throws(FormatError) -> Unicode.Scalar {
        position += 1
        guard let byte = next else { throw unexpected("a character after a backslash") }
        let scalar: Unicode.Scalar
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(byte)
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw unexpected("one of \"\\/bfnrtu after a backslash")
        }
        position += 1
        return scalar
    }

    /// Reads `uXXXX`, and the second half of a surrogate pair with its first; a half without the other is U+FFFD.
    private mutating func unicodeEscape() throws(FormatError) -> Unicode.Scalar {
        let first = try codeUnit()
        guard 0xD800..<0xDC00 ~= first, next == UInt8(ascii: "\\"), position + 1 < bytes.count,
            bytes[position + 1] == UInt8(ascii: "u")
        else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        let beforeSecond = position
        position += 1
        let second = try codeUnit()
        guard 0xDC00..<0xE000 ~= second else {
            position = beforeSecond
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func codeUnit() throws(FormatError) -> UInt32 {
        position += 1
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected("a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// Reads one character outside ASCII; of bytes that are not UTF-8, one at a time as U+FFFD.
    private mutating func multibyteScalar() -> Unicode.Scalar {
        var decoder = UTF8()
        var rest = bytes[position..<min(position + 4, bytes.count)].makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&rest) {
            position += UTF8.width(scalar)
            return scalar
        }
        position += 1
        return "\u{FFFD}"
    }
}
