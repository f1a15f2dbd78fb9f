/// The words of shell text, byte by byte: quotes, variables and substitutions.

import ByteParsing

/// A place in shell text, and the word that begins there (sh(1), "Quoting", "Word Expansions").
struct ShellWordReader {
    private let bytes: [UInt8]
    private var at = 0
    /// 1-based.
    private(set) var line = 1

    /// Substitutions within each other that are followed; deeper ones end the word.
    private static let depthLimit = 32

    init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    /// The next byte, joined lines passed over; nil at the end.
    var peek: UInt8? {
        mutating get {
            while at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "\n") {
                at += 2
                line += 1
            }
            return at < bytes.count ? bytes[at] : nil
        }
    }

    mutating func skip() { _ = take() }

    mutating func skipBlanks() {
        while let byte = peek, isBlank(byte), byte != UInt8(ascii: "\n") { skip() }
    }

    mutating func skipLine() {
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
    }

    private mutating func take() -> UInt8? {
        guard let byte = peek else { return nil }
        at += 1
        if byte == UInt8(ascii: "\n") { line += 1 }
        return byte
    }

    /// The lines up to the one that is `end`, which is taken too.
    mutating func hereDocument(until end: String, strippingTabs: Bool) -> String {
        var text: [UInt8] = []
        while at < bytes.count {
            let stop = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var content = bytes[at..<stop]
            at = min(stop + 1, bytes.count)
            line += 1
            if strippingTabs { content = content.drop { $0 == UInt8(ascii: "\t") } }
            if content.elementsEqual(end.utf8) { break }
            text += content
            text.append(UInt8(ascii: "\n"))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `<(command)`, whose parenthesis comes next.
    mutating func processSubstitution(_ sign: Character) -> ShellWord {
        var word = ShellWord()
        word.parts = [.unknown(String(sign) + balanced(from: at))]
        return word
    }

    /// The word that begins here; empty where none does.
    mutating func word() -> ShellWord {
        var builder = WordBuilder()
        while let byte = peek {
            switch byte {
            case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: "<"), UInt8(ascii: ">"):
                return builder.word
            case _ where isBlank(byte): return builder.word
            case UInt8(ascii: "\\"):
                skip()
                if let escaped = take() { builder.add(escaped, isQuoted: true) }
            case UInt8(ascii: "'"):
                skip()
                builder.quote()
                while at < bytes.count, bytes[at] != UInt8(ascii: "'") {
                    if bytes[at] == UInt8(ascii: "\n") { line += 1 }
                    builder.add(bytes[at], isQuoted: true)
                    at += 1
                }
                at = min(at + 1, bytes.count)
            case UInt8(ascii: "\""):
                skip()
                readQuoted(into: &builder)
            case UInt8(ascii: "$"): readExpansion(into: &builder, isQuoted: false)
            case UInt8(ascii: "`"): builder.add(.unknown(backquoted()))
            default:
                skip()
                builder.add(byte, isQuoted: false)
            }
        }
        return builder.word
    }

    /// What stands within double quotes.
    private mutating func readQuoted(into builder: inout WordBuilder) {
        builder.quote()
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                skip()
                return
            case UInt8(ascii: "\\"):
                skip()
                guard let escaped = take() else { return }
                if ![UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`")].contains(escaped) {
                    builder.add(byte, isQuoted: true)
                }
                builder.add(escaped, isQuoted: true)
            case UInt8(ascii: "$"): readExpansion(into: &builder, isQuoted: true)
            case UInt8(ascii: "`"): builder.add(.unknown(backquoted()))
            default:
                skip()
                builder.add(byte, isQuoted: true)
            }
        }
    }

    /// What a dollar sign begins.
    private mutating func readExpansion(into builder: inout WordBuilder, isQuoted: Bool) {
        let start = at
        skip()
        guard let next = peek else { return builder.add(UInt8(ascii: "$"), isQuoted: isQuoted) }
        switch next {
        case UInt8(ascii: "("): builder.add(.unknown(balanced(from: start)))
        case UInt8(ascii: "{"): builder.add(Self.variable(balanced(from: start), isQuoted: isQuoted))
        case UInt8(ascii: "'") where !isQuoted, UInt8(ascii: "\"") where !isQuoted: break
        case _ where next.isASCIILetter || next == UInt8(ascii: "_"):
            let end = bytes[at...].firstIndex { !isVariableByte($0) } ?? bytes.count
            let name = String(decoding: bytes[at..<end], as: UTF8.self)
            at = end
            builder.add(.variable(name: name, substitute: nil, written: "$\(name)", isQuoted: isQuoted))
        case _ where next.isASCIIDigit || "@*#?-$!".utf8.contains(next):
            skip()
            builder.add(.unknown(String(decoding: [UInt8(ascii: "$"), next], as: UTF8.self)))
        default: builder.add(UInt8(ascii: "$"), isQuoted: isQuoted)
        }
    }

    /// `${NAME}`, `${NAME:-word}`; another form is unknown.
    private static func variable(_ written: String, isQuoted: Bool) -> ShellWord.Part {
        let inner = written.dropFirst(2).dropLast()
        let end = inner.utf8.firstIndex { !isVariableByte($0) } ?? inner.endIndex
        let name = inner[..<end]
        guard isVariableName(name), written.hasSuffix("}") else { return .unknown(written) }
        var rest = inner[end...]
        guard let sign = rest.first else {
            return .variable(name: String(name), substitute: nil, written: written, isQuoted: isQuoted)
        }
        let passesOverEmpty = sign == ":"
        if passesOverEmpty { rest = rest.dropFirst() }
        guard let kind = rest.first, "-=+?".contains(kind) else { return .unknown(written) }
        var word = rest.dropFirst()
        if word.count > 1, word.first == "\"", word.last == "\"" { word = word.dropFirst().dropLast() }
        guard !word.contains("\"") else { return .unknown(written) }
        var reader = ShellWordReader("\"\(word)\"")
        let substitute = ShellWord.Substitute(
            countsWhereSet: kind == "+", passesOverEmpty: passesOverEmpty,
            parts: kind == "?" ? [.unknown(written)] : reader.word().parts)
        return .variable(name: String(name), substitute: substitute, written: written, isQuoted: isQuoted)
    }

    /// The text from `start` to the bracket that closes the first one behind it, quotes and further ones passed over.
    private mutating func balanced(from start: Int) -> String {
        var closing: [UInt8] = []
        var quote: UInt8?
        while let byte = take() {
            if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
                skip()
            } else if byte == quote {
                quote = nil
            } else if byte == UInt8(ascii: "'") && quote == nil || byte == UInt8(ascii: "\"") && quote == nil {
                quote = byte
            } else if quote == nil, byte == UInt8(ascii: "(") || byte == UInt8(ascii: "{") {
                closing.append(byte == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}"))
            } else if quote == nil, byte == closing.last {
                closing.removeLast()
                if closing.isEmpty { break }
            }
            if closing.count > Self.depthLimit { break }
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func backquoted() -> String {
        let start = at
        skip()
        while let byte = take(), byte != UInt8(ascii: "`") {
            if byte == UInt8(ascii: "\\") { skip() }
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }
}

/// Puts a word together.
private struct WordBuilder {
    private var parts: [ShellWord.Part] = []
    private var text: [UInt8] = []
    private var isQuoted = false

    mutating func add(_ byte: UInt8, isQuoted: Bool) {
        if isQuoted != self.isQuoted, !text.isEmpty { endText() }
        self.isQuoted = isQuoted
        text.append(byte)
    }

    /// Begins quoted text, which makes a word even where it is empty.
    mutating func quote() {
        endText()
        if parts.isEmpty { parts.append(.text("", isQuoted: true)) }
    }

    mutating func add(_ part: ShellWord.Part) {
        endText()
        parts.append(part)
    }

    private mutating func endText() {
        guard !text.isEmpty else { return }
        parts.append(.text(String(decoding: text, as: UTF8.self), isQuoted: isQuoted))
        text = []
    }

    var word: ShellWord {
        var builder = self
        builder.endText()
        var word = ShellWord()
        word.parts = builder.parts
        return word
    }
}
