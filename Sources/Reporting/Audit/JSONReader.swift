/// JSON read forwards, part by part: of a hundred thousand lines most of what they say is passed over, not decoded.

import ByteParsing

/// A reader of one JSON text (RFC 8259) that decodes what is asked for and checks the form of all the rest.
///
/// It never traps, and nests at most 64 deep. Every error is a `DecodingError` with the place, in bytes.
struct JSONReader {
    private let bytes: ArraySlice<UInt8>
    /// The next byte to be read, an index of `bytes`.
    private(set) var position: Int
    private var depth = 0

    private static let deepest = 64

    /// A reader at the beginning of `bytes`. Throws where they are not UTF-8.
    init(_ bytes: ArraySlice<UInt8>) throws {
        self.bytes = bytes
        position = bytes.startIndex
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw fault("UTF-8")
        }
    }

    /// Reads an object; `member` is called with each key, in front of its value, which it has to read or pass over.
    mutating func object(_ member: (inout JSONReader, String) throws -> Void) throws {
        try parts("{", "}") { reader in
            let key = try reader.string()
            try reader.take(":")
            try member(&reader, key)
        }
    }

    /// Reads an array; `element` is called in front of each element, which it has to read or pass over.
    mutating func array(_ element: (inout JSONReader) throws -> Void) throws {
        try parts("[", "]", element)
    }

    /// Reads a text.
    mutating func string() throws -> String {
        let (text, hasEscapes) = try quoted()
        if !hasEscapes { return String(decoding: text, as: UTF8.self) }
        return try unescaped(text)
    }

    /// Reads a whole number.
    mutating func number() throws -> Int {
        let start = position
        let digits = try value()
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
            position = start
            throw fault("a whole number")
        }
        return number
    }

    /// Reads the name of a case.
    mutating func name<Name: RawRepresentable<String>>(of type: Name.Type) throws -> Name {
        let start = position
        guard let name = Name(rawValue: try string()) else {
            position = start
            throw fault("a \(type)")
        }
        return name
    }

    /// Passes over a null, where one is next.
    mutating func takeNull() throws -> Bool {
        passOverBlanks()
        guard next == UInt8(ascii: "n") else { return false }
        try word("null")
        return true
    }

    /// Passes over a value of any kind, whose form is checked, and gives its bytes.
    @discardableResult mutating func value() throws -> ArraySlice<UInt8> {
        passOverBlanks()
        let start = position
        switch next {
        case UInt8(ascii: "{"): try object { reader, _ in try reader.value() }
        case UInt8(ascii: "["): try array { try $0.value() }
        case UInt8(ascii: "\""):
            let (text, hasEscapes) = try quoted()
            if hasEscapes { _ = try unescaped(text) }
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try passOverNumber()
        }
        return bytes[start..<position]
    }

    /// Throws where anything but blanks follows.
    mutating func end() throws {
        passOverBlanks()
        guard next == nil else { throw fault("the end of the line") }
    }

    private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private func fault(_ expected: String) -> DecodingError {
        .dataCorrupted(
            DecodingError.Context(
                codingPath: [], debugDescription: "byte \(position - bytes.startIndex): \(expected) expected"))
    }

    private mutating func passOverBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) throws {
        passOverBlanks()
        guard next == UInt8(ascii: scalar) else { throw fault("\(scalar)") }
        position += 1
    }

    private mutating func parts(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ part: (inout JSONReader) throws -> Void
    ) throws {
        try take(open)
        guard depth < Self.deepest else { throw fault("at most \(Self.deepest) levels") }
        depth += 1
        defer { depth -= 1 }
        passOverBlanks()
        if next == UInt8(ascii: close) {
            position += 1
            return
        }
        while true {
            try part(&self)
            passOverBlanks()
            guard next == UInt8(ascii: ",") else { return try take(close) }
            position += 1
        }
    }

    private mutating func word(_ word: String) throws {
        guard bytes[position...].starts(with: word.utf8) else { throw fault(word) }
        position += word.utf8.count
    }

    private mutating func passOverNumber() throws {
        func digits(_ reader: inout JSONReader) throws {
            guard let first = reader.next, first.isASCIIDigit else { throw reader.fault("a value") }
            while let byte = reader.next, byte.isASCIIDigit { reader.position += 1 }
        }
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits(&self) }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits(&self)
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits(&self)
        }
    }

    /// What stands between quotes, and whether there are escapes in it.
    private mutating func quoted() throws -> (text: ArraySlice<UInt8>, hasEscapes: Bool) {
        try take("\"")
        let start = position
        var hasEscapes = false
        let bytes = bytes
        let span = bytes.span
        var offset = position - bytes.startIndex
        while offset < span.count {
            let byte = span[offset]
            if byte == UInt8(ascii: "\"") {
                position = bytes.startIndex + offset + 1
                return (bytes[start..<position - 1], hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                offset += 1
            } else if byte < 0x20 {
                break
            }
            offset += 1
        }
        position = min(bytes.startIndex + offset, bytes.endIndex)
        throw fault("the end of a text")
    }

    /// A text with its escapes resolved. Half of a surrogate pair is no character, and an error.
    private func unescaped(_ text: ArraySlice<UInt8>) throws -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var rest = text
        /// The four digits of a `\u` escape.
        func unit(_ rest: inout ArraySlice<UInt8>) throws -> UInt16 {
            let digits = rest.prefix(4)
            guard digits.count == 4, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
                let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw fault("four hexadecimal digits") }
            rest = rest.dropFirst(4)
            return unit
        }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            switch rest.popFirst().map({ Unicode.Scalar($0) }) {
            case "\"": result.append(UInt8(ascii: "\""))
            case "\\": result.append(UInt8(ascii: "\\"))
            case "/": result.append(UInt8(ascii: "/"))
            case "b": result.append(0x08)
            case "f": result.append(0x0c)
            case "n": result.append(0x0a)
            case "r": result.append(0x0d)
            case "t": result.append(0x09)
            case "u":
                var units = [try unit(&rest)]
                if UTF16.isLeadSurrogate(units[0]), rest.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
                    rest = rest.dropFirst(2)
                    units.append(try unit(&rest))
                }
                guard let character = String(validating: units, as: UTF16.self) else {
                    throw fault("a character of Unicode")
                }
                result += character.utf8
            default: throw fault("an escape of JSON")
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
