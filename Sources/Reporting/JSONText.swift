/// JSON whose bytes depend on the value alone, and which no terminal obeys.

/// `value` as indented JSON with sorted keys and a line feed at the end.
///
/// Every character that is not seen (control characters, bidirectional overrides, separators) is written as a
/// `\uXXXX` escape, and so is one character of what the log of a CI system would take for a command: the text is inert
/// and what a parser makes of it is unchanged.
func jsonText(_ value: some Encodable) throws -> String {
    try JSONWriter.text(of: JSONValue(encoding: value), isIndented: true)
}

/// The same in one line: what a line feed ends is one value.
func jsonLine(_ value: some Encodable) throws -> String {
    try JSONWriter.text(of: JSONValue(encoding: value), isIndented: false)
}

/// A member of an object that is there where it has no value, as null; Swift's own encoding leaves it out.
@propertyWrapper
struct OrNull<Value: Encodable>: Encodable {
    var wrappedValue: Value?

    func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

/// A text that grows by values, laid out as Foundation does.
private struct JSONWriter {
    private let isIndented: Bool
    private var text: [UInt8] = []
    /// What a line of where the text stands begins with.
    private var lineStart = [UInt8(ascii: "\n")]

    static func text(of value: JSONValue, isIndented: Bool) -> String {
        var writer = JSONWriter(isIndented: isIndented)
        writer.write(value)
        writer.write(byte: "\n")
        return String(decoding: writer.text, as: UTF8.self)
    }

    private init(isIndented: Bool) {
        self.isIndented = isIndented
    }

    private mutating func write(byte: Unicode.Scalar) { text.append(UInt8(ascii: byte)) }
    private mutating func write(raw string: String) { text += string.utf8 }

    private mutating func write(_ value: JSONValue) {
        switch value {
        case .object(let members):
            write(members, between: "{", "}") { writer, member in
                writer.write(member.key)
                writer.write(raw: writer.isIndented ? " : " : ":")
                writer.write(member.value)
            }
        case .array(let elements): write(elements, between: "[", "]") { $0.write($1) }
        case .string(let string): write(string)
        case .number(let number): write(raw: String(number))
        case .boolean(let truth): write(raw: truth ? "true" : "false")
        case .null: write(raw: "null")
        }
    }

    private mutating func write<Part>(
        _ parts: [Part], between open: Unicode.Scalar, _ close: Unicode.Scalar,
        _ write: (inout JSONWriter, Part) -> Void
    ) {
        self.write(byte: open)
        if isIndented { lineStart += [UInt8(ascii: " "), UInt8(ascii: " ")] }
        var isFirst = true
        for part in parts {
            if !isFirst { self.write(byte: ",") }
            isFirst = false
            if isIndented { text += lineStart }
            write(&self, part)
        }
        if isIndented {
            lineStart.removeLast(2)
            // With nothing in it, it has an empty line.
            if parts.isEmpty { self.write(byte: "\n") }
            text += lineStart
        }
        self.write(byte: close)
    }

    private mutating func write(_ string: String) {
        write(byte: "\"")
        if isPlain(string), !hasEscapes(string) {
            write(raw: string)
        } else {
            var command = LogCommand()
            for scalar in string.unicodeScalars { write(scalar, begins: command.begins(with: scalar)) }
        }
        write(byte: "\"")
    }

    /// Whether a plain text has a character that JSON has escapes for.
    private func hasEscapes(_ string: String) -> Bool {
        let bytes = string.utf8.span
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "\\") {
            return true
        }
        return false
    }

    private mutating func write(_ scalar: Unicode.Scalar, begins command: Bool) {
        switch scalar {
        case "\"": write(raw: "\\\"")
        case "\\": write(raw: "\\\\")
        case "\u{8}": write(raw: "\\b")
        case "\u{c}": write(raw: "\\f")
        case "\n": write(raw: "\\n")
        case "\r": write(raw: "\\r")
        case "\t": write(raw: "\\t")
        case _ where command || scalar.isActive:
            for unit in UTF16.encode(scalar) ?? .init() {
                let digits = String(unit, radix: 16)
                write(raw: "\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            }
        default: write(raw: String(scalar))
        }
    }
}
