/// Text from an image is data: here it loses the power to command a terminal, a log or a reader's eye.

/// `text` with every character that acts rather than shows replaced by a visible escape.
///
/// Line breaks and tabs become `\n`, `\r`, `\t`; other control characters, bidirectional overrides and isolates, zero
/// width characters, line and paragraph separators and noncharacters become `\u{202e}`. Everything else stays as it
/// is; a backslash too, so the result is for reading, not for decoding.
public func inert(_ text: String) -> String {
    if text.utf8.allSatisfy({ 0x20...0x7e ~= $0 }) { return text }
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        default:
            if scalar.isActive {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result
}

extension Unicode.Scalar {
    /// Whether the scalar acts on how other text is shown, or on the device that shows it, and is itself not seen.
    var isActive: Bool {
        if value < 0x7f { return value < 0x20 }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return properties.isNoncharacterCodePoint || properties.isDefaultIgnorableCodePoint
        }
    }
}
