/// The words of shell text: what they are made of, and what becomes of them where variables are known.

import ImageReading

/// One word of a shell command (sh(1), "Word Expansions"): text, variables, and what only a running shell works out.
package struct ShellWord: Hashable, Sendable {
    /// A piece of a word.
    enum Part: Hashable, Sendable {
        /// Text that stands for itself; quoted text makes a word even where it is empty.
        case text(String, isQuoted: Bool)
        /// A variable, with what stands in its place where it is not set.
        case variable(name: String, substitute: Substitute?, written: String, isQuoted: Bool)
        /// What is not worked out here, as it is written: `$(hostname)`, `$1`, `${NAME%.*}`.
        case unknown(String)
    }

    /// What follows the name in `${NAME:-word}`.
    struct Substitute: Hashable, Sendable {
        /// `-` and `=`: the words count where the variable is not set; `+`: where it is.
        let countsWhereSet: Bool
        /// Behind a `:` an empty variable is as one that is not set.
        let passesOverEmpty: Bool
        let parts: [Part]
    }

    var parts: [Part] = []

    /// The word as it is written, quotes taken off.
    package var text: String {
        parts.map { part in
            switch part {
            case .text(let text, _): text
            case .variable(_, _, let written, _): written
            case .unknown(let written): written
            }
        }.joined()
    }

    /// Whether it is exactly this text, without quotes: reserved words and operators are.
    func isPlain(_ text: String) -> Bool {
        parts == [.text(text, isQuoted: false)]
    }

    /// A word of text that stands for itself.
    package init(_ text: String) {
        parts = [.text(text, isQuoted: true)]
    }

    /// A word that is not worked out, as it is written.
    init(unknown written: String) {
        parts = [.unknown(written)]
    }

    init() {}

    /// Whether a part of it is quoted: it is no reserved word then.
    var isQuoted: Bool {
        parts.contains { if case .text(_, isQuoted: true) = $0 { true } else { false } }
    }

    /// Whether a shell puts something else in the place of a part of it: a variable, a command's output, a pattern.
    var isExpanded: Bool {
        parts.contains { part in
            switch part {
            case .text(let text, isQuoted: false):
                text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
            case .text(_, isQuoted: true): false
            case .variable, .unknown: true
            }
        }
    }
}

extension ShellWord {
    /// What becomes of the word: none, one or, of a variable without quotes, several.
    ///
    /// A variable that is not set is nothing; where the environment is open it stays as it is written, and the word is
    /// not known.
    package func words(in environment: Environment) -> [CommandWord] {
        var fields = Fields()
        fields.add(parts, in: environment)
        return fields.ended
    }

    /// The word as the value of an assignment, which is never split.
    package func value(in environment: Environment) -> CommandWord {
        var fields = Fields()
        fields.splits = false
        fields.add(parts, in: environment)
        return fields.ended.first ?? CommandWord("")
    }

    /// `NAME=VALUE` taken apart; nil where the word is no assignment.
    package var assignment: (key: String, value: ShellWord)? {
        guard case .text(let text, isQuoted: false)? = parts.first,
            let (key, value) = Startup.assignment(text)
        else { return nil }
        var rest = self
        rest.parts[0] = .text(value, isQuoted: false)
        return (key, rest)
    }

    /// `NAME+=VALUE` taken apart; nil where the word is no such assignment.
    package var appendingAssignment: (key: String, value: ShellWord)? {
        guard case .text(let text, isQuoted: false)? = parts.first, let plus = text.firstIndex(of: "+"),
            text[text.index(after: plus)...].first == "=", isVariableName(text[..<plus])
        else { return nil }
        var rest = self
        rest.parts[0] = .text(String(text[plus...].dropFirst(2)), isQuoted: false)
        return (String(text[..<plus]), rest)
    }

    /// Words in the making.
    private struct Fields {
        var splits = true
        private var done: [CommandWord] = []
        private var text: String?
        private var origin: Evidence?
        private var isKnown = true

        mutating func add(_ parts: [Part], in environment: Environment) {
            for part in parts {
                switch part {
                case .text(let more, let isQuoted):
                    if isQuoted || !more.isEmpty { text = (text ?? "") + more }
                case .unknown(let written):
                    text = (text ?? "") + written
                    isKnown = false
                case .variable(let name, let substitute, let written, let isQuoted):
                    add(name, substitute, written, isQuoted: isQuoted, in: environment)
                }
            }
        }

        private mutating func add(
            _ name: String, _ substitute: Substitute?, _ written: String, isQuoted: Bool, in environment: Environment
        ) {
            let setting = environment[name]
            guard setting != nil || !environment.isOpen else {
                text = (text ?? "") + written
                isKnown = false
                return
            }
            if let substitute {
                let isSet = setting.map { !substitute.passesOverEmpty || !$0.value.isEmpty } ?? false
                if substitute.countsWhereSet == isSet { return add(substitute.parts, in: environment) }
                if substitute.countsWhereSet { return }
            }
            guard let setting else {
                if isQuoted { text = text ?? "" }
                return
            }
            origin = setting.evidence
            guard splits, !isQuoted else {
                text = (text ?? "") + setting.value
                return
            }
            let pieces = setting.value.split(whereSeparator: \.isWhitespace)
            if setting.value.first?.isWhitespace == true { end() }
            for (index, piece) in pieces.enumerated() {
                if index > 0 { end() }
                text = (text ?? "") + piece
                origin = setting.evidence
            }
            if !pieces.isEmpty, setting.value.last?.isWhitespace == true { end() }
        }

        private mutating func end() {
            if let text { done.append(CommandWord(text, from: origin, isKnown: isKnown)) }
            text = nil
            origin = nil
            isKnown = true
        }

        var ended: [CommandWord] {
            var fields = self
            fields.end()
            return fields.done
        }
    }
}
