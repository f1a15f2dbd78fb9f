/// GRUB 2's configuration language as a tree of commands (GRUB manual, "Writing full configuration files directly").

import ByteParsing

/// A parsed grub.cfg.
struct GRUBScript: Sendable {
    /// A part of a word.
    enum Part: Hashable, Sendable {
        case text(String)
        /// `$name`. One that is not quoted is split at blanks, and is no word at all where it is empty.
        case variable(String, isQuoted: Bool)
    }

    /// One word of a command, not expanded yet.
    struct Word: Hashable, Sendable {
        var parts: [Part] = []
        /// Whether anything in it stands in quotes: such a word is never a keyword and is kept where it is empty.
        var isQuoted = false

        /// Its text where it is a bare one without variables.
        var bare: String? {
            guard !isQuoted, parts.count == 1, case .text(let text) = parts[0] else { return nil }
            return text
        }
    }

    indirect enum Command: Sendable {
        case simple([Word], block: [Command]?, line: Int)
        case conditional([(condition: [Command], body: [Command])], otherwise: [Command])
        case forEach(variable: String, in: [Word], body: [Command])
        case loop(condition: [Command], isUntil: Bool, body: [Command])
        case function(name: String, body: [Command])
    }

    let commands: [Command]

    /// How deep blocks and compound commands may nest; grub-mkconfig writes five levels.
    static let depthLimit = 64

    /// Parses a whole file; throws where GRUB would report a syntax error.
    init(_ bytes: [UInt8]) throws(FormatError) {
        var parser = GRUBParser(tokens: try GRUBLexer.tokens(of: bytes))
        commands = try parser.commands(until: [], depth: 0)
    }
}

private struct GRUBParser {
    let tokens: [GRUBLexer.Token]
    var next = 0

    private var token: GRUBLexer.Token? { next < tokens.count ? tokens[next] : nil }

    private func unexpected(_ expected: String) -> FormatError {
        guard let token else { return FormatError(.truncated, "\(expected) expected, the end of the file found") }
        return FormatError(.malformed, "line \(token.line): \(expected) expected, \(token.kind.description) found")
    }

    /// Whether the next token is this keyword, which only a bare word can be.
    private func isAt(_ keyword: String) -> Bool {
        if case .word(let word) = token?.kind { word.bare == keyword } else { false }
    }

    private mutating func take(_ keyword: String) throws(FormatError) {
        guard isAt(keyword) else { throw unexpected(keyword) }
        next += 1
    }

    private mutating func skipSeparators() {
        while case .separator = token?.kind { next += 1 }
    }

    /// Commands up to one of the keywords, a closing brace (spelled "}"), or the end of the file where none is given.
    mutating func commands(until ends: [String], depth: Int) throws(FormatError) -> [GRUBScript.Command] {
        guard depth < GRUBScript.depthLimit else {
            throw FormatError(
                .limitExceeded,
                "line \(token?.line ?? 0): at most \(GRUBScript.depthLimit) nested blocks expected"
            )
        }
        var commands: [GRUBScript.Command] = []
        while true {
            skipSeparators()
            switch token?.kind {
            case nil:
                guard ends.isEmpty else { throw unexpected(ends.joined(separator: " or ")) }
                return commands
            case .close:
                guard ends == ["}"] else { throw unexpected("a command") }
                return commands
            case .word:
                if ends.contains(where: { isAt($0) }) { return commands }
                commands.append(try command(depth: depth + 1))
            case .open, .separator:
                throw unexpected("a command")
            }
        }
    }

    private mutating func command(depth: Int) throws(FormatError) -> GRUBScript.Command {
        if isAt("if") { return try conditional(depth: depth) }
        if isAt("for") { return try forEach(depth: depth) }
        if isAt("while") || isAt("until") {
            let isUntil = isAt("until")
            next += 1
            let condition = try commands(until: ["do"], depth: depth)
            return .loop(condition: condition, isUntil: isUntil, body: try doneBody(depth: depth))
        }
        if isAt("function") {
            next += 1
            guard case .word(let word) = token?.kind, let name = word.bare else {
                throw unexpected("a function's name")
            }
            next += 1
            skipSeparators()
            guard case .open = token?.kind else { throw unexpected("{") }
            return .function(name: name, body: try block(depth: depth))
        }
        for keyword in ["then", "elif", "else", "fi", "do", "done"] where isAt(keyword) {
            throw unexpected("a command")
        }
        let line = token?.line ?? 0
        let words = words()
        guard case .open = token?.kind else { return .simple(words, block: nil, line: line) }
        return .simple(words, block: try block(depth: depth), line: line)
    }

    private mutating func words() -> [GRUBScript.Word] {
        var words: [GRUBScript.Word] = []
        while case .word(let word) = token?.kind {
            words.append(word)
            next += 1
        }
        return words
    }

    private mutating func block(depth: Int) throws(FormatError) -> [GRUBScript.Command] {
        next += 1
        let body = try commands(until: ["}"], depth: depth)
        next += 1
        return body
    }

    private mutating func conditional(depth: Int) throws(FormatError) -> GRUBScript.Command {
        var branches: [(condition: [GRUBScript.Command], body: [GRUBScript.Command])] = []
        var otherwise: [GRUBScript.Command] = []
        repeat {
            next += 1  // if, elif
            let condition = try commands(until: ["then"], depth: depth)
            try take("then")
            branches.append((condition, try commands(until: ["elif", "else", "fi"], depth: depth)))
        } while isAt("elif")
        if isAt("else") {
            next += 1
            otherwise = try commands(until: ["fi"], depth: depth)
        }
        try take("fi")
        return .conditional(branches, otherwise: otherwise)
    }

    private mutating func forEach(depth: Int) throws(FormatError) -> GRUBScript.Command {
        next += 1
        guard case .word(let word) = token?.kind, let variable = word.bare else {
            throw unexpected("a variable's name")
        }
        next += 1
        try take("in")
        let words = words()
        skipSeparators()
        return .forEach(variable: variable, in: words, body: try doneBody(depth: depth))
    }

    private mutating func doneBody(depth: Int) throws(FormatError) -> [GRUBScript.Command] {
        try take("do")
        let body = try commands(until: ["done"], depth: depth)
        try take("done")
        return body
    }
}
