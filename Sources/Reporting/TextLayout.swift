/// Lines of text for a terminal: wrapping, columns and the few colors.

/// How text is to look; what it says never depends on it.
public struct TextStyle: Sendable {
    /// Whether colors and bold type are used.
    public let isColored: Bool
    /// The columns that lines are wrapped to.
    public let width: Int
    /// Whether it is read on a terminal, where what is too long for a line may be cut.
    public let isTerminal: Bool
    /// Whether rules that ask for nothing are counted, not listed, and failures stand last, for a screen that shows the end.
    public let isBrief: Bool

    /// Plain text of 80 columns, for files and pipes.
    public static let plain = TextStyle(isColored: false)

    /// A style of `width` columns.
    public init(isColored: Bool, width: Int = 80, isTerminal: Bool = false, isBrief: Bool = false) {
        self.isColored = isColored
        self.width = width
        self.isTerminal = isTerminal
        self.isBrief = isBrief
    }

    /// Colors that are told apart on a dark and on a light background; yellow, blue and dim are not.
    enum Color: String {
        case red = "31", green = "32", magenta = "35", cyan = "36"
    }

    func bold(_ text: String, _ color: Color? = nil) -> String {
        isColored ? "\u{1b}[1" + (color.map { ";" + $0.rawValue } ?? "") + "m" + text + "\u{1b}[0m" : text
    }

    func colored(_ text: String, _ color: Color) -> String {
        isColored ? "\u{1b}[" + color.rawValue + "m" + text + "\u{1b}[0m" : text
    }
}

/// `text` in lines of at most `width` columns, broken at blanks; a word longer than a line stays whole, so that a path
/// can be copied, unless it is over `longest` columns.
func wrapped(_ text: String, width: Int, longest: Int = 160) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).lazy.map(Substring.init)
    {
        for piece in displayWidth(word) > longest ? pieces(word, width: width) : [word] {
            let columns = displayWidth(piece)
            if used > 0, used + 1 + columns > width {
                lines.append(line)
                line = ""
                used = 0
            } else if used > 0 {
                line += " "
                used += 1
            }
            line += piece
            used += columns
        }
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
}

/// `word` cut into pieces of at most `width` columns.
private func pieces(_ word: Substring, width: Int) -> [Substring] {
    var result: [Substring] = []
    var start = word.startIndex
    var used = 0
    for index in word.unicodeScalars.indices {
        let columns = displayWidth(word.unicodeScalars[index])
        if used + columns > width {
            result.append(word[start..<index])
            start = index
            used = 0
        }
        used += columns
    }
    result.append(word[start...])
    return result
}

/// `text` filled up with blanks to `width` columns.
func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - displayWidth(text)))
}

/// `text` cut at `width` columns; an ellipsis says that it was.
public func clipped(_ text: String, to width: Int) -> String {
    if displayWidth(text) <= width { return text }
    var result = ""
    var used = 0
    for scalar in text.unicodeScalars {
        used += displayWidth(scalar)
        if used > width - 1 { break }
        result.unicodeScalars.append(scalar)
    }
    return result + "…"
}

extension String {
    /// Adds lines, each after `indent` blanks.
    mutating func add(_ lines: [String], indent: Int = 0) {
        for line in lines {
            if !line.isEmpty { self += String(repeating: " ", count: indent) + line }
            self += "\n"
        }
    }

    /// Adds a paragraph of at most `width` columns. `label` stands before its first line; the others begin at column
    /// `hanging`, below the text unless given.
    mutating func add(
        _ text: String,
        label: String = "",
        labelAs styled: String? = nil,
        indent: Int,
        hanging: Int? = nil,
        width: Int
    ) {
        let first = indent + displayWidth(label)
        let hanging = hanging ?? first
        // The words of the first line that the label takes away are set as one word that cannot be broken.
        let room = String(repeating: "\u{2007}", count: max(0, first - hanging))
        for (number, line) in wrapped(room + text, width: width - hanging).enumerated() {
            if number == 0 {
                self += String(repeating: " ", count: indent) + (styled ?? label) + line.dropFirst(room.count) + "\n"
            } else {
                self += String(repeating: " ", count: hanging) + line + "\n"
            }
        }
    }
}
