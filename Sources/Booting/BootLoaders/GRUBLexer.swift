/// The words of GRUB 2's configuration language (GRUB manual, "Shell-like scripting").

import ByteParsing

/// Splits a grub.cfg into words and what separates commands.
struct GRUBLexer {
    struct Token {
        enum Kind: CustomStringConvertible {
            case word(GRUBScript.Word)
            /// A newline or a semicolon.
            case separator
            case open
            case close

            var description: String {
                switch self {
                case .word(let word): word.bare.map { "\($0.prefix(40))" } ?? "a word"
                case .separator: "the end of the command"
                case .open: "{"
                case .close: "}"
                }
            }
        }
        let kind: Kind
        /// 1-based.
        let line: Int
    }

    /// A grub.cfg with a hundred kernels has 10,000.
    private static let tokenLimit = 100_000

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var tokens: [Token] = []
    private var word: GRUBScript.Word?
    private var text: [UInt8] = []
    private var wordLine = 1

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// All tokens of a file. Throws at a NUL byte, at an operator that GRUB keeps for itself, and at an open quote.
    static func tokens(of bytes: [UInt8]) throws(FormatError) -> [Token] {
        var lexer = GRUBLexer(bytes)
        try lexer.run()
        return lexer.tokens
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func run() throws(FormatError) {
        while let byte {
            guard tokens.count < Self.tokenLimit else {
                throw FormatError(
                    .limitExceeded, "line \(line): at most \(Self.tokenLimit) words expected", at: position)
            }
            switch byte {
            case 0:
                throw FormatError(.malformed, "text expected, a NUL byte found", at: position)
            case UInt8(ascii: "\n"):
                finish(with: .separator)
                line += 1
                position += 1
            case UInt8(ascii: ";"):
                finish(with: .separator)
                position += 1
            case UInt8(ascii: "{"):
                finish(with: .open)
                position += 1
            case UInt8(ascii: "}"):
                finish(with: .close)
                position += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                finish(with: nil)
                position += 1
            case UInt8(ascii: "#") where word == nil:
                while let byte = self.byte, byte != UInt8(ascii: "\n") { position += 1 }
            case UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"):
                throw FormatError(
                    .malformed,
                    "line \(line): a word expected, \(Character(Unicode.Scalar(byte))) found",
                    at: position
                )
            default:
                begin()
                try piece(byte)
            }
        }
        finish(with: nil)
    }

    /// One piece of a word: a quoted text, an escaped byte, a variable, or a byte that stands for itself.
    private mutating func piece(_ byte: UInt8) throws(FormatError) {
        switch byte {
        case UInt8(ascii: "'"): try singleQuoted()
        case UInt8(ascii: "\""): try doubleQuoted()
        case UInt8(ascii: "\\"):
            position += 1
            guard let escaped = self.byte else { return }
            position += 1
            // An escaped newline joins two lines.
            if escaped == UInt8(ascii: "\n") { line += 1 } else { text.append(escaped) }
        case UInt8(ascii: "$"): variable(isQuoted: false)
        default:
            text.append(byte)
            position += 1
        }
    }

    private mutating func singleQuoted() throws(FormatError) {
        word?.isQuoted = true
        let start = line
        position += 1
        while let byte, byte != UInt8(ascii: "'") {
            guard byte != 0 else { throw FormatError(.malformed, "text expected, a NUL byte found", at: position) }
            if byte == UInt8(ascii: "\n") { line += 1 }
            text.append(byte)
            position += 1
        }
        guard byte != nil else { throw FormatError(.truncated, "line \(start): a closing ' expected, none found") }
        position += 1
    }

    private mutating func doubleQuoted() throws(FormatError) {
        word?.isQuoted = true
        let start = line
        position += 1
        while let byte, byte != UInt8(ascii: "\"") {
            switch byte {
            case 0:
                throw FormatError(.malformed, "text expected, a NUL byte found", at: position)
            case UInt8(ascii: "$"):
                variable(isQuoted: true)
            case UInt8(ascii: "\\"):
                position += 1
                guard let escaped = self.byte else { continue }
                position += 1
                if escaped == UInt8(ascii: "\n") {
                    line += 1
                } else {
                    // Within double quotes a backslash escapes only these and stands for itself otherwise.
                    if !"$\"\\".utf8.contains(escaped) { text.append(UInt8(ascii: "\\")) }
                    text.append(escaped)
                }
            default:
                if byte == UInt8(ascii: "\n") { line += 1 }
                text.append(byte)
                position += 1
            }
        }
        guard byte != nil else { throw FormatError(.truncated, "line \(start): a closing \" expected, none found") }
        position += 1
    }

    /// `$name`, `${name}`, `$1`, `$?`; a `$` before anything else is itself.
    private mutating func variable(isQuoted: Bool) {
        position += 1
        var end = position
        let isBraced = byte == UInt8(ascii: "{")
        if isBraced { end += 1 }
        let start = end
        func isName(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        while end < bytes.count, isName(bytes[end]) { end += 1 }
        if end == start, end < bytes.count, "?@*#".utf8.contains(bytes[end]) { end += 1 }
        let name = bytes[start..<end]
        if isBraced {
            guard end < bytes.count, bytes[end] == UInt8(ascii: "}"), !name.isEmpty else {
                text.append(UInt8(ascii: "$"))
                return
            }
            end += 1
        }
        guard !name.isEmpty else {
            text.append(UInt8(ascii: "$"))
            return
        }
        flush()
        word?.parts.append(.variable(String(decoding: name, as: UTF8.self), isQuoted: isQuoted))
        position = end
    }

    private mutating func begin() {
        guard word == nil else { return }
        word = GRUBScript.Word()
        wordLine = line
    }

    private mutating func flush() {
        guard !text.isEmpty else { return }
        word?.parts.append(.text(String(decoding: text, as: UTF8.self)))
        text = []
    }

    /// Ends the word that is being read, and adds what ended it.
    private mutating func finish(with kind: Token.Kind?) {
        flush()
        if let word, !word.parts.isEmpty || word.isQuoted { tokens.append(Token(kind: .word(word), line: wordLine)) }
        word = nil
        if let kind { tokens.append(Token(kind: kind, line: line)) }
    }
}
