/// Splitting command lines and assignments into words, as systemd and as a shell do it.

import ByteParsing

/// The words of a systemd setting (`extract_first_word` with EXTRACT_UNQUOTE and EXTRACT_CUNESCAPE, systemd.syntax(7)):
/// quotes may stand anywhere and are taken off, C escapes are expanded.
///
/// Nil where a quote is not closed: systemd ignores such a line. An escape it does not know is kept as written.
func systemdWords(_ text: some StringProtocol) -> [String]? {
    let bytes = Array(text.utf8)
    var words: [String] = []
    var word: [UInt8] = []
    var isInWord = false
    var quote: UInt8?
    var at = 0
    while at < bytes.count {
        let byte = bytes[at]
        at += 1
        if byte == UInt8(ascii: "\\"), at < bytes.count {
            isInWord = true
            at = unescape(bytes, at, into: &word)
        } else if let open = quote {
            if byte == open { quote = nil } else { word.append(byte) }
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            quote = byte
            isInWord = true
        } else if isBlank(byte) {
            if isInWord { words.append(String(decoding: word, as: UTF8.self)) }
            word = []
            isInWord = false
        } else {
            word.append(byte)
            isInWord = true
        }
    }
    guard quote == nil else { return nil }
    if isInWord { words.append(String(decoding: word, as: UTF8.self)) }
    return words
}

/// Appends what the escape whose letter stands at `at` means; returns the place behind it.
private func unescape(_ bytes: [UInt8], _ at: Int, into word: inout [UInt8]) -> Int {
    let simple: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
        UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, UInt8(ascii: "s"): 32,
        UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "\""): UInt8(ascii: "\""),
        UInt8(ascii: "'"): UInt8(ascii: "'"),
    ]
    let letter = bytes[at]
    if let plain = simple[letter] {
        word.append(plain)
        return at + 1
    }
    func number(_ digits: ArraySlice<UInt8>, _ radix: Int, _ count: Int) -> UInt8? {
        digits.count == count ? UInt8(String(decoding: digits, as: UTF8.self), radix: radix) : nil
    }
    if letter == UInt8(ascii: "x"), let value = number(bytes[(at + 1)...].prefix(2), 16, 2), value != 0 {
        word.append(value)
        return at + 3
    }
    if let value = number(bytes[at...].prefix(3), 8, 3), value != 0 {
        word.append(value)
        return at + 3
    }
    word += [UInt8(ascii: "\\"), letter]
    return at + 1
}

/// The simple commands of shell text, each as its words with quotes taken off (sh(1), "Quoting").
///
/// No shell is rebuilt here: variables stay as written, `;`, `&`, `|`, newlines and parentheses end a command, a `#`
/// at the beginning of a word starts a comment, a backslash before a newline joins lines.
func shellCommands(_ text: some StringProtocol) -> [(words: [String], line: Int)] {
    let bytes = Array(text.utf8)
    var commands: [(words: [String], line: Int)] = []
    var words: [String] = []
    var word: [UInt8] = []
    var isInWord = false
    var quote: UInt8?
    var line = 1
    var first = 1
    var at = 0
    func endWord() {
        if isInWord {
            if words.isEmpty { first = line }
            words.append(String(decoding: word, as: UTF8.self))
        }
        word = []
        isInWord = false
    }
    func endCommand() {
        endWord()
        if !words.isEmpty { commands.append((words, first)) }
        words = []
    }
    while at < bytes.count {
        let byte = bytes[at]
        at += 1
        if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'"), at < bytes.count {
            let escaped = bytes[at]
            at += 1
            if escaped == UInt8(ascii: "\n") {
                line += 1
            } else {
                if quote != nil,
                    ![UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`")].contains(escaped)
                {
                    word.append(byte)
                }
                word.append(escaped)
                isInWord = true
            }
        } else if let open = quote {
            if byte == open { quote = nil } else { word.append(byte) }
            if byte == UInt8(ascii: "\n") { line += 1 }
        } else {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                quote = byte
                isInWord = true
            case UInt8(ascii: "#") where !isInWord:
                while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
            case UInt8(ascii: "\n"):
                endCommand()
                line += 1
            case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"):
                endCommand()
            case _ where isBlank(byte): endWord()
            default:
                word.append(byte)
                isInWord = true
            }
        }
    }
    endCommand()
    return commands
}
