/// JSON whose bytes depend on the value alone, and which no terminal obeys.

import FoundationEssentials

/// `value` as indented JSON with sorted keys and a line feed at the end.
///
/// Every character that is not seen (control characters, bidirectional overrides, separators) is written as a
/// `\uXXXX` escape, and so is one character of what the log of a CI system would take for a command: the text is inert
/// and what a parser makes of it is unchanged.
func jsonText(_ value: some Encodable) throws -> String {
    try jsonText(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
}

/// The same in one line: what a line feed ends is one value.
func jsonLine(_ value: some Encodable) throws -> String {
    try jsonText(value, [.sortedKeys, .withoutEscapingSlashes])
}

private func jsonText(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    if isPlain(text, withLineFeeds: true) { return text + "\n" }
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    var command = LogCommand()
    for scalar in text.unicodeScalars {
        if command.begins(with: scalar) || scalar.value >= 0x7f && scalar.isActive {
            for unit in UTF16.encode(scalar) ?? .init() {
                let digits = String(unit, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        } else {
            escaped.unicodeScalars.append(scalar)
        }
    }
    return escaped + "\n"
}

/// A member of an object that is there where it has no value, as null; Swift's own encoding leaves it out.
@propertyWrapper
struct OrNull<Value: Encodable>: Encodable {
    var wrappedValue: Value?

    func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}
