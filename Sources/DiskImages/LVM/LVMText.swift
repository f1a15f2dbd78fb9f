/// The text in which LVM describes a volume group: sections in braces, of keys with numbers, strings and lists of both.

import ByteParsing

/// One section of such a text. (lvm2 libdm/libdm-config.c)
struct LVMText {
    enum Value: Hashable {
        case number(Int)
        case string(String)
    }

    struct Named {
        let name: String
        let section: LVMText
    }

    /// By their keys; a value that is no list is a list of one. Of several with one key the first counts.
    private var values: [String: [Value]] = [:]
    /// In the order of the text.
    private(set) var sections: [Named] = []

    /// Sections in sections, where those of a volume group are four deep.
    private static let depthLimit = 16

    /// The outermost section of a whole text, which ends with its first NUL where it has one. Throws where it is none.
    init(_ text: ArraySlice<UInt8>) throws(FormatError) {
        var reader = TokenReader(text.prefix { $0 != 0 })
        self = try Self.section(&reader, depth: 0)
    }

    private init() {}

    private static func section(_ reader: inout TokenReader, depth: Int) throws(FormatError) -> LVMText {
        guard depth < depthLimit else {
            throw FormatError(
                .limitExceeded, "at most \(depthLimit) sections in each other expected, more found", at: reader.offset)
        }
        var found = LVMText()
        while true {
            switch try reader.next() {
            case .end where depth == 0, .mark(UInt8(ascii: "}")) where depth > 0: return found
            case .word(let name), .string(let name):
                switch try reader.next() {
                case .mark(UInt8(ascii: "{")):
                    found.sections.append(Named(name: name, section: try section(&reader, depth: depth + 1)))
                case .mark(UInt8(ascii: "=")):
                    let values = try Self.values(&reader)
                    if found.values[name] == nil { found.values[name] = values }
                default: throw reader.unexpected("a value or a section of '\(name)'")
                }
            default: throw reader.unexpected("a name")
            }
        }
    }

    private static func values(_ reader: inout TokenReader) throws(FormatError) -> [Value] {
        switch try reader.next() {
        case .word(let word): return [try value(word, reader)]
        case .string(let text): return [.string(text)]
        case .mark(UInt8(ascii: "[")): break
        default: throw reader.unexpected("a value")
        }
        var list: [Value] = []
        while true {
            switch try reader.next() {
            case .word(let word): list.append(try value(word, reader))
            case .string(let text): list.append(.string(text))
            case .mark(UInt8(ascii: ",")): continue
            case .mark(UInt8(ascii: "]")): return list
            default: throw reader.unexpected("a value in a list")
            }
        }
    }

    private static func value(_ word: String, _ reader: TokenReader) throws(FormatError) -> Value {
        guard let first = word.utf8.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= first || first == UInt8(ascii: "-")
        else { return .string(word) }
        // Fractions are in no description of a volume group.
        guard let number = Int(word) else { throw reader.unexpected("a number, not '\(word)'") }
        return .number(number)
    }
}

extension LVMText {
    /// The section with this name; nil where there is none.
    func section(_ name: String) -> LVMText? { sections.first { $0.name == name }?.section }

    /// All values of a key; nil where there is none.
    func list(_ key: String) -> [Value]? { values[key] }

    /// Whether a list of words has this one.
    func list(_ key: String, has word: String) -> Bool { values[key]?.contains(.string(word)) ?? false }

    /// The string of a key; nil where there is none.
    func word(_ key: String) -> String? {
        if case .string(let text)? = values[key]?.first { text } else { nil }
    }

    /// The string of a key. Throws where there is none.
    func string(_ key: String) throws(FormatError) -> String {
        guard let text = word(key) else {
            throw FormatError(.malformed, "a string as '\(key)' expected, none found")
        }
        return text
    }

    /// The number of a key, which is not negative. Throws where there is none.
    func number(_ key: String) throws(FormatError) -> Int {
        guard case .number(let number)? = values[key]?.first, number >= 0 else {
            throw FormatError(.malformed, "a number as '\(key)' expected, none found")
        }
        return number
    }
}

/// The words, strings and marks of a text, one after the other.
private struct TokenReader {
    enum Token {
        case word(String)
        case string(String)
        /// One of `{ } [ ] = ,`.
        case mark(UInt8)
        case end
    }

    private let bytes: ArraySlice<UInt8>
    private var at: Int
    /// How many were read so far.
    private var count = 0

    /// Four thousand logical volumes have as many.
    private static let limit = 400_000

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
    }

    /// Where in the text the next one is looked for, in bytes.
    var offset: Int { at - bytes.startIndex }

    func unexpected(_ expected: String) -> FormatError {
        FormatError(.malformed, "\(expected) expected in the text of a volume group", at: offset)
    }

    mutating func next() throws(FormatError) -> Token {
        skipBlanks()
        count += 1
        guard count <= Self.limit else {
            throw FormatError(.limitExceeded, "at most \(Self.limit) words of a text expected, more found", at: offset)
        }
        guard at < bytes.endIndex else { return .end }
        let first = bytes[at]
        if Self.marks.contains(first) {
            at += 1
            return .mark(first)
        }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") { return .string(try string(to: first)) }
        let word = bytes[at...].prefix { !Self.isBlank($0) && !Self.marks.contains($0) && $0 != UInt8(ascii: "#") }
        at = word.endIndex
        return .word(String(decoding: word, as: UTF8.self))
    }

    private mutating func string(to quote: UInt8) throws(FormatError) -> String {
        var text: [UInt8] = []
        var next = at + 1
        while next < bytes.endIndex, bytes[next] != quote {
            if bytes[next] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), next + 1 < bytes.endIndex { next += 1 }
            text.append(bytes[next])
            next += 1
        }
        guard next < bytes.endIndex else { throw unexpected("the end of a string") }
        at = next + 1
        return String(decoding: text, as: UTF8.self)
    }

    /// Blanks, and comments to the end of their line.
    private mutating func skipBlanks() {
        while at < bytes.endIndex {
            if bytes[at] == UInt8(ascii: "#") {
                at = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            } else if Self.isBlank(bytes[at]) {
                at += 1
            } else {
                return
            }
        }
    }

    private static let marks = Array("{}[]=,".utf8)

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
}
