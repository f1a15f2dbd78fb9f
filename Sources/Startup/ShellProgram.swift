/// The commands of shell text and what they hang on: lists, `&&` and `||`, pipelines and `if` (sh(1), "Shell Grammar").
///
/// What is not followed here (loops, `case`, functions, subshells) is kept as one opaque command.

import ByteParsing

/// A command of shell text.
indirect enum ShellStatement {
    case simple([ShellWord])
    /// The status of the last one counts, which runs beside the others.
    case pipeline([ShellStatement])
    case negated(ShellStatement)
    /// The second runs only where the first succeeds.
    case and(ShellStatement, ShellStatement)
    /// The second runs only where the first fails.
    case or(ShellStatement, ShellStatement)
    /// `if` and `elif` with their bodies, and `else`.
    case conditional([(condition: [ShellStatement], body: [ShellStatement])], otherwise: [ShellStatement])
    /// What is not followed, as its words.
    case opaque([ShellWord])
}

/// Reads shell text; unfinished text ends with what there is of it.
func shellProgram(_ text: some StringProtocol) -> [ShellStatement] {
    var parser = ShellParser(tokens: ShellLexer(text).tokens)
    return parser.list(until: [])
}

private enum ShellToken: Hashable {
    case word(ShellWord)
    /// `;`, `&&`, `||`, `|`, `&`, `(`, `)` or a newline.
    case mark(String)
}

/// Cuts shell text into words and marks; redirections and here-documents are left out.
private struct ShellLexer {
    private(set) var tokens: [ShellToken] = []
    private var words: ShellWordReader
    /// The words that end the here-documents of this line, and whether tabs are taken off before them.
    private var hereDocuments: [(end: String, stripsTabs: Bool)] = []

    init(_ text: some StringProtocol) {
        words = ShellWordReader(text)
        while let byte = words.peek { read(byte) }
    }

    private mutating func read(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"):
            tokens.append(.mark("\n"))
            words.skip()
            for (end, stripsTabs) in hereDocuments { _ = words.hereDocument(until: end, strippingTabs: stripsTabs) }
            hereDocuments = []
        case _ where isBlank(byte): words.skip()
        case UInt8(ascii: "#"): words.skipLine()
        case UInt8(ascii: "<"), UInt8(ascii: ">"): readRedirection()
        case UInt8(ascii: "("), UInt8(ascii: ")"):
            words.skip()
            tokens.append(.mark(String(decoding: [byte], as: UTF8.self)))
        case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
            words.skip()
            if byte == UInt8(ascii: "&"), words.peek == UInt8(ascii: ">") { return readRedirection() }
            let isDoubled = words.peek == byte
            if isDoubled { words.skip() }
            tokens.append(.mark(String(decoding: isDoubled ? [byte, byte] : [byte], as: UTF8.self)))
        default:
            let word = words.word()
            let isFileNumber =
                !word.isQuoted && word.text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
                && (words.peek == UInt8(ascii: "<") || words.peek == UInt8(ascii: ">"))
            if !isFileNumber { tokens.append(.word(word)) }
        }
    }

    private mutating func readRedirection() {
        var sign = ""
        while let byte = words.peek, sign.count < 3, "<>&|-".utf8.contains(byte),
            byte != UInt8(ascii: "-") || sign == "<<"
        {
            sign.append(Character(UnicodeScalar(byte)))
            words.skip()
        }
        if sign.count == 1, let character = sign.first, words.peek == UInt8(ascii: "(") {
            return tokens.append(.word(words.processSubstitution(character)))
        }
        words.skipBlanks()
        let target = words.word()
        if sign == "<<" || sign == "<<-" { hereDocuments.append((target.text, sign == "<<-")) }
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
    mutating func list(until ends: Set<String>) -> [ShellStatement] {
        var commands: [ShellStatement] = []
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

    private mutating func andOr() -> ShellStatement {
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

    private mutating func pipeline() -> ShellStatement {
        var isNegated = false
        while keyword == "!" {
            at += 1
            isNegated.toggle()
        }
        let command = pipelineOfCommands()
        return isNegated ? .negated(command) : command
    }

    private mutating func pipelineOfCommands() -> ShellStatement {
        var commands = [command()]
        while skip("|") {
            while skip("\n") {}
            commands.append(command())
        }
        return commands.count == 1 ? commands[0] : .pipeline(commands)
    }

    private mutating func command() -> ShellStatement {
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

    private mutating func conditional() -> ShellStatement {
        var branches: [(condition: [ShellStatement], body: [ShellStatement])] = []
        var otherwise: [ShellStatement] = []
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

    private func opaque(from start: Int) -> ShellStatement {
        .opaque(
            tokens[start..<at].compactMap { token in
                if case .word(let word) = token { word } else { nil }
            })
    }

    /// A loop or a `case`, to the word that ends it.
    private mutating func compound(from start: Int) -> ShellStatement {
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

    private mutating func brackets(from start: Int) -> ShellStatement {
        var depth = 0
        while let token = next {
            at += 1
            if token == .mark("(") { depth += 1 }
            if token == .mark(")") { depth -= 1 }
            if depth == 0 { break }
        }
        return opaque(from: start)
    }

    private mutating func braces(from start: Int) -> ShellStatement {
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
