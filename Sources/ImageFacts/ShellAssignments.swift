/// Files of shell assignments, such as os-release, read as systemd reads them: without a shell.

import ByteParsing

/// The assignments of a text file, os-release(5) "compatible with shell assignments".
///
/// Lines that are no assignment are passed over, as are comments; of several assignments of a key the last counts.
struct ShellAssignments {
    /// One assignment.
    struct Value: Hashable {
        let text: String
        /// 1-based.
        let line: Int
    }

    let values: [String: Value]

    subscript(_ key: String) -> String? { values[key]?.text }

    /// Reads the lines of such a file.
    init(_ lines: [TextLine]) {
        var values: [String: Value] = [:]
        for line in lines {
            var text = Substring(line.text)
            if line.number == 1, text.first == "\u{FEFF}" { text = text.dropFirst() }
            text = text.drop { $0 == " " || $0 == "\t" }
            guard let equals = text.firstIndex(of: "="), text.first != "#", text.first != ";" else { continue }
            var key = text[..<equals]
            while key.last == " " || key.last == "\t" { key.removeLast() }
            guard Self.isName(key) else { continue }
            values[String(key)] = Value(text: Self.unquoted(text[text.index(after: equals)...]), line: line.number)
        }
        self.values = values
    }

    private static func isName(_ key: Substring) -> Bool {
        guard let first = key.first, first == "_" || first.isASCIILetter else { return false }
        return key.allSatisfy { $0 == "_" || $0.isASCIILetter || $0.isASCIIDigit }
    }

    /// A value with its quotes taken off: in double quotes a backslash escapes `"`, `\`, `$` and a backquote, outside of
    /// quotes any character; an open quote ends with the line.
    private static func unquoted(_ raw: Substring) -> String {
        var text = ""
        // Without the blanks at the end of a value that is not quoted.
        var significant = text.endIndex
        var quote: Character?
        var rest = raw.drop { $0 == " " || $0 == "\t" }
        while let character = rest.popFirst() {
            switch (character, quote) {
            case ("\"", nil), ("'", nil): quote = character
            case (_, character): quote = nil
            case ("\\", nil), ("\\", "\""):
                guard let escaped = rest.popFirst() else { continue }
                if quote != nil, !"\"\\$`".contains(escaped) { text.append("\\") }
                text.append(escaped)
            default: text.append(character)
            }
            if quote != nil || (character != " " && character != "\t") { significant = text.endIndex }
        }
        return String(text[..<min(significant, text.endIndex)])
    }
}
