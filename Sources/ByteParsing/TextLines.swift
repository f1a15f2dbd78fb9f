/// A text file as numbered lines, the form in which every configuration file of an image is read and quoted.

/// One line of a text file.
public struct TextLine: Hashable, Sendable {
    /// 1-based.
    public let number: Int
    /// Without its line ending; a carriage return before the newline is kept out too. Bytes that are not UTF-8 come
    /// as U+FFFD.
    public let text: String

    /// A line as a literal, for tests and for lines joined by a reader.
    public init(number: Int, text: String) {
        self.number = number
        self.text = text
    }
}

/// Splits a text file into lines.
///
/// A NUL byte means that the file is no text: `FormatError(.malformed)` with its offset. A last line without a newline
/// counts; an empty remainder after the last newline does not.
public func textLines(_ bytes: [UInt8]) throws(FormatError) -> [TextLine] {
    let lines = try textLineRanges(bytes)
    return zip(1..., lines).map { TextLine(number: $0, text: String(decoding: bytes[$1], as: UTF8.self)) }
}

/// Where the lines of a text file stand, by the same rules: for files of which most lines are nobody's, since making
/// texts of them all costs more than reading the file.
public func textLineRanges(_ bytes: [UInt8]) throws(FormatError) -> [Range<Int>] {
    if let nul = bytes.firstIndex(of: 0, from: 0) {
        throw FormatError(.malformed, "text expected, a NUL byte found", at: nul)
    }
    var lines: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
        let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start)
        var end = newline ?? bytes.count
        let next = newline.map { $0 + 1 } ?? bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        lines.append(start..<end)
        start = next
    }
    return lines
}
