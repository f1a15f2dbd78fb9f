/// Splitting settings and command lines into words, as systemd does it.

import ByteParsing

/// The words of a systemd setting (`extract_first_word` with EXTRACT_UNQUOTE and EXTRACT_CUNESCAPE, systemd.syntax(7)):
/// quotes may stand anywhere and are taken off, C escapes are expanded.
///
/// Nil where a quote is not closed: systemd ignores such a line. An escape it does not know is kept as written.
package func systemdWords(_ text: some StringProtocol) -> [String]? {
    var reader = SystemdWordReader(text)
    var words: [String] = []
    while let word = reader.next() { words.append(word) }
    return reader.hasOpenQuote ? nil : words
}

/// Words of a systemd setting one by one, for lines in which some of them mean something only unquoted.
struct SystemdWordReader {
    private let bytes: [UInt8]
    private var at = 0
    /// The last word where the text ended within its quotes, with which systemd takes none.
    private(set) var openWord: String?
    /// Whether the text ended within quotes.
    var hasOpenQuote: Bool { openWord != nil }

    init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    /// Whether the next word is written exactly so; it is passed over then.
    mutating func skip(_ word: String) -> Bool {
        skipBlanks()
        let end = at + word.utf8.count
        guard bytes[at...].starts(with: word.utf8), end == bytes.count || isBlank(bytes[end]) else { return false }
        at = end
        return true
    }

    private mutating func skipBlanks() {
        while at < bytes.count, isBlank(bytes[at]) { at += 1 }
    }

    /// The next word; nil at the end, and where a quote is not closed.
    mutating func next() -> String? {
        skipBlanks()
        guard at < bytes.count else { return nil }
        var word: [UInt8] = []
        var quote: UInt8?
        while at < bytes.count, quote != nil || !isBlank(bytes[at]) {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\\"), at < bytes.count {
                at = unescape(bytes, at, into: &word)
            } else if let open = quote {
                if byte == open { quote = nil } else { word.append(byte) }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else {
                word.append(byte)
            }
        }
        let text = String(decoding: word, as: UTF8.self)
        guard quote == nil else {
            openWord = text
            return nil
        }
        return text
    }
}

/// Appends what the escape whose letter stands at `at` means; returns the place behind it.
private func unescape(_ bytes: [UInt8], _ at: Int, into word: inout [UInt8]) -> Int {
    let letter = bytes[at]
    if let plain = plainEscape(letter) {
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

/// What an escape of one letter stands for.
private func plainEscape(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "a"): 7
    case UInt8(ascii: "b"): 8
    case UInt8(ascii: "t"): 9
    case UInt8(ascii: "n"): 10
    case UInt8(ascii: "v"): 11
    case UInt8(ascii: "f"): 12
    case UInt8(ascii: "r"): 13
    case UInt8(ascii: "s"): UInt8(ascii: " ")
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): letter
    default: nil
    }
}

/// Bytes without the blanks at both ends.
func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var bytes = bytes
    while let byte = bytes.first, isBlank(byte) { bytes = bytes.dropFirst() }
    while let byte = bytes.last, isBlank(byte) { bytes = bytes.dropLast() }
    return bytes
}
