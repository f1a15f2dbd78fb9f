/// Shell text as far as it shows which programs it runs: its commands, one after the other.

import ByteParsing

/// One simple command of shell text.
package struct ShellCommand: Hashable, Sendable {
    /// Its words, redirections left out.
    package let words: [ShellWord]
    /// 1-based, where it begins.
    package let line: Int
    /// Whether it runs only where a boot decides so: within `if`, `case` or a loop, or behind `&&` or `||`.
    package let isConditional: Bool
    /// The files that it reads from.
    package var inputs: [ShellWord] = []
    /// The files that it writes to.
    package var outputs: [ShellWord] = []
    /// The text that it is given on its standard input; nil where there is none.
    package var hereDocument: HereDocument?

    /// The lines between `<<EOF` and `EOF`, which are text and no commands.
    package struct HereDocument: Hashable, Sendable {
        /// Variables in it as they are written.
        package var text: String
        /// 1-based, its first line.
        package var line: Int
    }

    /// Its words as they are written, quotes taken off.
    package var texts: [String] { words.map(\.text) }

    /// A command of words that stand for themselves.
    package init(literal words: [String], line: Int) {
        self.init(words: words.map { ShellWord($0) }, line: line, isConditional: false)
    }

    init(words: [ShellWord], line: Int, isConditional: Bool) {
        self.words = words
        self.line = line
        self.isConditional = isConditional
    }
}

/// The simple commands of shell text (sh(1), "Shell Grammar").
///
/// No shell is rebuilt here: `;`, `&`, `|`, newlines and parentheses end a command, reserved words before it are left
/// out, here-documents are text, what stands in `$(...)` stays part of its word.
package func shellCommands(_ text: some StringProtocol) -> [ShellCommand] {
    var reader = ShellReader(text)
    return reader.commands()
}

/// Reads commands one by one.
private struct ShellReader {
    private var words: ShellWordReader
    private var found: [ShellCommand] = []
    private var current: [ShellWord] = []
    private var inputs: [ShellWord] = []
    private var outputs: [ShellWord] = []
    private var first = 1
    /// How many `if`, `case` and loops are open.
    private var depth = 0
    private var openParentheses = 0
    private var followsCondition = false
    /// Here-documents that begin behind this line: the command, the word that ends them, whether tabs are taken off.
    private var pending: [(command: Int, end: String, stripsTabs: Bool)] = []

    init(_ text: some StringProtocol) {
        words = ShellWordReader(text)
    }

    mutating func commands() -> [ShellCommand] {
        while let byte = words.peek {
            switch byte {
            case UInt8(ascii: "\n"):
                endCommand()
                words.skip()
                readHereDocuments()
            case _ where isBlank(byte): words.skip()
            case UInt8(ascii: "#"): words.skipLine()
            case UInt8(ascii: ";"):
                endCommand()
                words.skip()
            case UInt8(ascii: "&"), UInt8(ascii: "|"): readOperator(byte)
            case UInt8(ascii: "("), UInt8(ascii: ")"): readParenthesis(byte)
            case UInt8(ascii: "<"), UInt8(ascii: ">"): readRedirection()
            default: readWord()
            }
        }
        endCommand()
        return found
    }

    private mutating func readWord() {
        let line = words.line
        let word = words.word()
        if let digit = word.text.utf8.first, digit.isASCIIDigit, word.isPlain(word.text),
            word.text.utf8.allSatisfy(\.isASCIIDigit),
            words.peek == UInt8(ascii: ">") || words.peek == UInt8(ascii: "<")
        {
            return readRedirection()
        }
        if current.isEmpty {
            first = line
            guard !readReserved(word) else { return }
        }
        current.append(word)
    }

    /// Takes a word that begins or ends a compound command.
    private mutating func readReserved(_ word: ShellWord) -> Bool {
        guard case .text(let text, isQuoted: false)? = word.parts.first, word.parts.count == 1 else { return false }
        switch text {
        case "if", "while", "until": depth += 1
        case "for", "select", "case":
            depth += 1
            return false
        case "fi", "done", "esac": depth = max(0, depth - 1)
        case "then", "else", "elif", "do", "{", "}", "!", "function": break
        default: return false
        }
        return true
    }

    private mutating func readOperator(_ byte: UInt8) {
        words.skip()
        if byte == UInt8(ascii: "&"), words.peek == UInt8(ascii: ">") { return readRedirection() }
        endCommand()
        if words.peek == byte {
            words.skip()
            followsCondition = true
        } else if words.peek == UInt8(ascii: "&") {
            words.skip()
        }
    }

    private mutating func readParenthesis(_ byte: UInt8) {
        words.skip()
        if byte == UInt8(ascii: "(") {
            if current.count == 1, words.peek == UInt8(ascii: ")") {
                // name() { ... }
                words.skip()
                current = []
                return
            }
            openParentheses += 1
            endCommand()
        } else if openParentheses > 0 {
            openParentheses -= 1
            endCommand()
        } else {
            // A pattern of `case`.
            current = []
        }
    }

    /// `<`, `>>`, `2>&1`, `<<EOF` and the like, with the word behind it.
    private mutating func readRedirection() {
        var sign: [UInt8] = []
        while let byte = words.peek, sign.count < 3,
            [UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "-")].contains(
                byte)
        {
            if byte == UInt8(ascii: "-"), sign != Array("<<".utf8) { break }
            sign.append(byte)
            words.skip()
        }
        if sign.count == 1, words.peek == UInt8(ascii: "(") {
            // <(command) is the name of a file that the shell makes.
            current.append(words.processSubstitution(Character(UnicodeScalar(sign[0]))))
            return
        }
        words.skipBlanks()
        if current.isEmpty, inputs.isEmpty, outputs.isEmpty { first = words.line }
        let target = words.word()
        switch String(decoding: sign, as: UTF8.self) {
        case "<<", "<<-": pending.append((found.count, target.text, sign.count == 3))
        case "<": inputs.append(target)
        case ">&", "<&", "<<<": break
        default: outputs.append(target)
        }
    }

    private mutating func endCommand() {
        let hasDocument = pending.last?.command == found.count
        guard !current.isEmpty || !inputs.isEmpty || !outputs.isEmpty || hasDocument else { return }
        let isConditional = depth > 0 || followsCondition
        followsCondition = false
        var command = ShellCommand(words: current, line: first, isConditional: isConditional)
        command.inputs = inputs
        command.outputs = outputs
        found.append(command)
        current = []
        inputs = []
        outputs = []
    }

    private mutating func readHereDocuments() {
        for (command, end, stripsTabs) in pending where command < found.count {
            let line = words.line
            found[command].hereDocument = ShellCommand.HereDocument(
                text: words.hereDocument(until: end, strippingTabs: stripsTabs), line: line)
        }
        pending = []
    }
}
