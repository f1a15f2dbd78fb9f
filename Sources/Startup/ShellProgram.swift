/// The commands of shell text and what they hang on: lists, `&&` and `||`, pipelines and `if` (sh(1), "Shell Grammar").
///
/// What is not followed here (loops, `case`, functions, subshells) is kept as one opaque command.

import ByteParsing

/// A word of shell text.
struct ShellWord: Hashable {
    /// Quotes taken off.
    var text = ""
    /// Whether a shell puts something else in the place of a part of it: a variable, a command's output, a pattern.
    var isExpanded = false
    /// Whether a part of it is quoted: it is no keyword then.
    var isQuoted = false
}

/// A command of shell text.
indirect enum ShellCommand {
    case simple([ShellWord])
    /// The status of the last one counts, which runs beside the others.
    case pipeline([ShellCommand])
    case negated(ShellCommand)
    /// The second runs only where the first succeeds.
    case and(ShellCommand, ShellCommand)
    /// The second runs only where the first fails.
    case or(ShellCommand, ShellCommand)
    /// `if` and `elif` with their bodies, and `else`.
    case conditional([(condition: [ShellCommand], body: [ShellCommand])], otherwise: [ShellCommand])
    /// What is not followed, as its words.
    case opaque([ShellWord])
}

/// Reads shell text; unfinished text ends with what there is of it.
func shellProgram(_ text: some StringProtocol) -> [ShellCommand] {
    var parser = ShellParser(tokens: ShellLexer(text).tokens)
    return parser.list(until: [])
}

private enum ShellToken: Hashable {
    case word(ShellWord)
    /// `;`, `&&`, `||`, `|`, `&`, `(`, `)` or a newline.
    case mark(String)
}

/// Cuts shell text into words and marks; redirections are left out.
private struct ShellLexer {
    private let bytes: [UInt8]
    private var at = 0
    private(set) var tokens: [ShellToken] = []
    private var word: ShellWord?
    private var letters: [UInt8] = []
    /// The words that end the here-documents of this line.
    private var hereDocuments: [String] = []

    init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
        while at < bytes.count { read() }
        endWord()
    }

    private func isNext(_ text: String) -> Bool { bytes[at...].starts(with: text.utf8) }

    private mutating func endWord() {
        if var word {
            word.text = String(decoding: letters, as: UTF8.self)
            tokens.append(.word(word))
        }
        word = nil
        letters = []
    }

    private mutating func change(_ change: (inout ShellWord) -> Void) {
        var word = word ?? ShellWord()
        change(&word)
        self.word = word
    }

    private mutating func read() {
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "\n"):
            endWord()
            tokens.append(.mark("\n"))
            at += 1
            skipHereDocuments()
        case UInt8(ascii: " "), UInt8(ascii: "\t"):
            endWord()
            at += 1
        case UInt8(ascii: "#") where word == nil:
            while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
        case UInt8(ascii: "\\"):
            at += 2
            guard at <= bytes.count, bytes[at - 1] != UInt8(ascii: "\n") else { return }
            change { $0.isQuoted = true }
            letters.append(bytes[at - 1])
        case UInt8(ascii: "'"):
            change { $0.isQuoted = true }
            let end = bytes[(at + 1)...].firstIndex(of: byte) ?? bytes.count
            letters += bytes[(at + 1)..<end]
            at = min(end + 1, bytes.count)
        case UInt8(ascii: "\""): readDoubleQuotes()
        case UInt8(ascii: "$"), UInt8(ascii: "`"): readExpansion()
        case UInt8(ascii: "<"), UInt8(ascii: ">"): readRedirection()
        case UInt8(ascii: "&") where isNext("&>"):
            endWord()
            at += 1
            readRedirection()
        case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"):
            endWord()
            let mark = ["&&", "||", ";;"].first(where: isNext) ?? String(decoding: [byte], as: UTF8.self)
            tokens.append(.mark(mark))
            at += mark.utf8.count
        default:
            let isPattern = byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?")
            change { $0.isExpanded = $0.isExpanded || isPattern }
            letters.append(byte)
            at += 1
        }
    }

    private mutating func readDoubleQuotes() {
        change { $0.isQuoted = true }
        at += 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            switch bytes[at] {
            case UInt8(ascii: "\\") where at + 1 < bytes.count:
                let next = bytes[at + 1]
                if !"\"\\$`\n".utf8.contains(next) { letters.append(bytes[at]) }
                if next != UInt8(ascii: "\n") { letters.append(next) }
                at += 2
            case UInt8(ascii: "$"), UInt8(ascii: "`"): readExpansion()
            default:
                letters.append(bytes[at])
                at += 1
            }
        }
        at = min(at + 1, bytes.count)
    }

    /// `$NAME`, `${...}`, `$(...)` and backquotes, kept as they are written.
    private mutating func readExpansion() {
        change { $0.isExpanded = true }
        let start = at
        if bytes[at] == UInt8(ascii: "`") {
            at = (bytes[(at + 1)...].firstIndex(of: UInt8(ascii: "`")) ?? bytes.count - 1) + 1
        } else {
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "(") || bytes[at] == UInt8(ascii: "{") {
                skipBrackets()
            }
        }
        letters += bytes[start..<at]
    }

    /// To behind the bracket that closes the one that stands here.
    private mutating func skipBrackets() {
        var depth = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return }
        }
    }

    private mutating func readRedirection() {
        // The number of a file in front of it is no word.
        if letters.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), word?.isQuoted != true {
            word = nil
            letters = []
        }
        endWord()
        let isHereDocument = isNext("<<") && !isNext("<<<")
        while at < bytes.count, "<>&|-".utf8.contains(bytes[at]) { at += 1 }
        while at < bytes.count, bytes[at] == UInt8(ascii: " ") || bytes[at] == UInt8(ascii: "\t") { at += 1 }
        let count = tokens.count
        while at < bytes.count, !" \t\n;&|()<>".utf8.contains(bytes[at]) { read() }
        endWord()
        if case .word(let target)? = tokens.dropFirst(count).first, isHereDocument { hereDocuments.append(target.text) }
        tokens.removeSubrange(count...)
    }

    private mutating func skipHereDocuments() {
        for end in hereDocuments {
            while at < bytes.count {
                let newline = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                let line = bytes[at..<newline].drop { $0 == UInt8(ascii: "\t") }
                at = min(newline + 1, bytes.count)
                if line.elementsEqual(end.utf8) { break }
            }
        }
        hereDocuments = []
    }
}

/// Builds commands of tokens.
private struct ShellParser {
    let tokens: [ShellToken]
    private var at = 0
    private var depth = 0
    /// Deeper text is not followed.
    private static let depthLimit = 50

    init(tokens: [ShellToken]) {
        self.tokens = tokens
    }

    private var next: ShellToken? { at < tokens.count ? tokens[at] : nil }

    /// The word that stands here, where it may be a keyword.
    private var keyword: String? {
        guard case .word(let word)? = next, !word.isQuoted, !word.isExpanded else { return nil }
        return word.text
    }

    private mutating func skip(_ marks: String...) -> Bool {
        guard case .mark(let mark)? = next, marks.contains(mark) else { return false }
        at += 1
        return true
    }

    /// Commands up to one of some keywords, which is not taken.
    mutating func list(until ends: Set<String>) -> [ShellCommand] {
        var commands: [ShellCommand] = []
        depth += 1
        defer { depth -= 1 }
        while next != nil {
            if skip("\n", ";", ";;", ")") { continue }
            if let keyword, ends.contains(keyword) { break }
            let start = at
            var command = andOr()
            // In the background: it says nothing of what follows.
            if skip("&") { command = opaque(from: start) }
            commands.append(command)
            if at == start { at += 1 }
        }
        return commands
    }

    private mutating func andOr() -> ShellCommand {
        let start = at
        var left = pipeline()
        var count = 0
        while true {
            let isAnd = skip("&&")
            guard isAnd || skip("||") else { return left }
            while skip("\n") {}
            let right = pipeline()
            count += 1
            // A longer list is one that nobody wrote.
            left = count > Self.depthLimit ? opaque(from: start) : isAnd ? .and(left, right) : .or(left, right)
        }
    }

    private mutating func pipeline() -> ShellCommand {
        var isNegated = false
        while keyword == "!" {
            at += 1
            isNegated.toggle()
        }
        let command = pipelineOfCommands()
        return isNegated ? .negated(command) : command
    }

    private mutating func pipelineOfCommands() -> ShellCommand {
        var commands = [command()]
        while skip("|") {
            while skip("\n") {}
            commands.append(command())
        }
        return commands.count == 1 ? commands[0] : .pipeline(commands)
    }

    private mutating func command() -> ShellCommand {
        let start = at
        if case .mark("(")? = next { return brackets(from: start) }
        switch keyword {
        case "if" where depth < Self.depthLimit: return conditional()
        case "if", "for", "while", "until", "case", "select": return compound(from: start)
        case "{", "function": return braces(from: start)
        default: break
        }
        var words: [ShellWord] = []
        while case .word(let word)? = next {
            words.append(word)
            at += 1
        }
        // name() { ... }
        if words.count == 1, case .mark("(")? = next { return braces(from: start) }
        return .simple(words)
    }

    private mutating func conditional() -> ShellCommand {
        var branches: [(condition: [ShellCommand], body: [ShellCommand])] = []
        var otherwise: [ShellCommand] = []
        while keyword == "if" && branches.isEmpty || keyword == "elif" {
            at += 1
            let condition = list(until: ["then", "fi"])
            if keyword == "then" { at += 1 }
            branches.append((condition, list(until: ["elif", "else", "fi"])))
        }
        if keyword == "else" {
            at += 1
            otherwise = list(until: ["fi"])
        }
        if keyword == "fi" { at += 1 }
        return .conditional(branches, otherwise: otherwise)
    }

    private func opaque(from start: Int) -> ShellCommand {
        .opaque(
            tokens[start..<at].compactMap { token in
                if case .word(let word) = token { word } else { nil }
            })
    }

    /// A loop or a `case`, to the word that ends it.
    private mutating func compound(from start: Int) -> ShellCommand {
        let ends = ["if": "fi", "case": "esac"]
        var open: [String] = []
        while next != nil {
            if let keyword {
                if keyword == open.last {
                    open.removeLast()
                } else if ["if", "for", "while", "until", "case", "select"].contains(keyword), isAtCommand(at) {
                    open.append(ends[keyword] ?? "done")
                }
            }
            at += 1
            if open.isEmpty { break }
        }
        return opaque(from: start)
    }

    /// Whether a command may begin at a token.
    private func isAtCommand(_ index: Int) -> Bool {
        guard index > 0 else { return true }
        switch tokens[index - 1] {
        case .mark: return true
        case .word(let word): return !word.isQuoted && ["then", "else", "do", "!", "{"].contains(word.text)
        }
    }

    private mutating func brackets(from start: Int) -> ShellCommand {
        var depth = 0
        while let token = next {
            at += 1
            if token == .mark("(") { depth += 1 }
            if token == .mark(")") { depth -= 1 }
            if depth == 0 { break }
        }
        return opaque(from: start)
    }

    private mutating func braces(from start: Int) -> ShellCommand {
        var depth = 0
        while next != nil {
            if keyword == "{" { depth += 1 }
            if keyword == "}" { depth -= 1 }
            let isEnd = depth == 0 && keyword == "}"
            at += 1
            if isEnd { break }
        }
        return opaque(from: start)
    }
}
