/// How ds-identify, a shell script, reads texts: line by line, and not as YAML (cloud-init, tools/ds-identify).

/// A line as the script sees it.
struct ShellLine {
    /// 1-based, where it begins.
    let number: Int
    let text: String
}

/// What `while read line` gives of a file: blanks around a line taken off, a backslash taken away with what it does to
/// the character behind it, and no last line that has no newline.
func linesOfShellRead(_ bytes: [UInt8]) -> [ShellLine] {
    var lines: [ShellLine] = []
    var line: [UInt8] = []
    var (number, start) = (1, 1)
    var isEscaped = false
    for byte in bytes {
        if byte == UInt8(ascii: "\n") {
            number += 1
            if isEscaped {
                isEscaped = false
            } else {
                let text = IdentificationTrim.blanks.off(String(decoding: line, as: UTF8.self))
                lines.append(ShellLine(number: start, text: text))
                line = []
                start = number
            }
        } else if byte == UInt8(ascii: "\\"), !isEscaped {
            isEscaped = true
        } else {
            isEscaped = false
            line.append(byte)
        }
    }
    return lines
}

/// The lines that `grep` gives of a file, the last one too.
func linesOfGrep(_ bytes: [UInt8]) -> [ShellLine] {
    zip(1..., bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)).map {
        ShellLine(number: $0, text: String(decoding: $1, as: UTF8.self))
    }
}

/// What the script takes off around a text.
enum IdentificationTrim {
    /// Blanks and tabs, up to 24.1: a carriage return stays.
    case blanks
    /// Everything that is white, from 24.2 on.
    case whiteSpace

    func off(_ text: some StringProtocol) -> String {
        func isTaken(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || self == .whiteSpace && 0x0A...0x0D ~= byte
        }
        let rest = Substring(Substring(text).utf8.drop(while: isTaken))
        guard let last = rest.utf8.lastIndex(where: { !isTaken($0) }) else { return "" }
        return String(rest[...last])
    }
}

/// `parse_yaml_array`: the words of a list on one line, in brackets or not; nil where it holds none and the script
/// takes its own list.
func identificationWords(_ text: some StringProtocol, _ trim: IdentificationTrim) -> [String]? {
    var text = Substring(text)
    if text.hasPrefix("[") { text = text.dropFirst() }
    if text.hasSuffix("]") { text = text.dropLast() }
    var items = text.split(separator: ",", omittingEmptySubsequences: false)
    if items.last?.isEmpty == true { items.removeLast() }
    let words = items.flatMap { item in
        unquoted(trim.off(item)).split { $0 == " " || $0 == "\t" }.map { String($0) }
    }
    // Several items that are all empty make a list of blanks, which is a list.
    return words.isEmpty && items.count < 2 ? nil : words
}

/// What stands behind the last colon (`get_value`).
func identificationValue(_ text: String, _ trim: IdentificationTrim) -> String {
    trim.off(text.lastIndex(of: ":").map { text[text.index(after: $0)...] } ?? text[...])
}

/// A key and its value on a line of ds-identify.cfg, as `_read_config` takes it apart; nil where there is no colon.
func identificationSetting(_ line: ShellLine, _ trim: IdentificationTrim) -> (key: String, value: String)? {
    let text = line.text.prefix { $0 != "#" }
    guard let colon = text.firstIndex(of: ":") else { return nil }
    return (trim.off(text[..<colon]), unquoted(trim.off(text[text.index(after: colon)...])))
}

private func unquoted(_ text: String) -> String {
    guard let first = text.first, first == "\"" || first == "'", text.count > 1, text.last == first else { return text }
    return String(text.dropFirst().dropLast())
}
