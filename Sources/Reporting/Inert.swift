/// Text from an image is data: here it loses the power to command a terminal, a log or a reader's eye.

/// `text` with every character that acts rather than shows replaced by a visible escape.
///
/// Line breaks and tabs become `\n`, `\r`, `\t`; other control characters, bidirectional overrides and isolates, zero
/// width characters, line and paragraph separators and noncharacters become `\u{202e}`. In what the log of a CI system
/// would take for a command (`::error::`, `##[error]`, `##vso[`, `##teamcity[`) one character is escaped likewise.
/// Everything else stays as it is; a backslash too, so the result is for reading, not for decoding.
public func inert(_ text: String) -> String {
    if isPlain(text) { return text }
    var result = ""
    result.reserveCapacity(text.utf8.count)
    var command = LogCommand()
    for scalar in text.unicodeScalars {
        let begins = command.begins(with: scalar)
        switch scalar {
        case _ where begins: result += "\\u{" + String(scalar.value, radix: 16) + "}"
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

/// Whether a text is ASCII without control characters, in which nothing can be a command; most texts are.
func isPlain(_ text: String) -> Bool {
    let bytes = text.utf8.span
    var before: UInt8 = 0
    for index in bytes.indices {
        let byte = bytes[index]
        guard 0x20...0x7e ~= byte, byte != before || byte != UInt8(ascii: ":") && byte != UInt8(ascii: "#") else {
            return false
        }
        before = byte
    }
    return true
}

/// Watches a text for what the log of a CI system obeys wherever it is printed.
///
/// GitHub's runner takes a line for a command that begins, after blanks, with `::` and a name, or holds `##[` and a name
/// anywhere (actions/runner, ActionCommand.cs); Azure Pipelines `##vso[` and `##[`, TeamCity `##teamcity[`. Here they
/// count anywhere, since a report breaks lines where it wants.
struct LogCommand {
    private var colons = 0
    private var marks = 0
    private var isName = false

    /// Whether `scalar`, behind the scalars given before, makes a command of them: the name's first letter behind `::`,
    /// the bracket behind `##`.
    mutating func begins(with scalar: Unicode.Scalar) -> Bool {
        let isLetter = "a"..."z" ~= scalar || "A"..."Z" ~= scalar
        let begins = isLetter && colons >= 2 || scalar == "[" && marks >= 2
        colons = scalar == ":" ? colons + 1 : 0
        if scalar == "#" {
            marks = isName ? 1 : marks + 1
            isName = false
        } else if isLetter, marks >= 2 {
            isName = true
        } else {
            marks = 0
            isName = false
        }
        return begins
    }
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
