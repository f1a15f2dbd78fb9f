/// Shell text as far as it shows which programs it runs: its commands, and what a command comes down to.

import ByteParsing
import ImageReading

/// The simple commands of shell text, each as its words with quotes taken off (sh(1), "Quoting").
///
/// No shell is rebuilt here: variables stay as written, `;`, `&`, `|`, newlines and parentheses end a command, a `#`
/// at the beginning of a word starts a comment, a backslash before a newline joins lines.
package func shellCommands(_ text: some StringProtocol) -> [(words: [String], line: Int)] {
    let bytes = Array(text.utf8)
    var commands: [(words: [String], line: Int)] = []
    var words: [String] = []
    var word: [UInt8] = []
    var isInWord = false
    var quote: UInt8?
    var line = 1
    var first = 1
    var at = 0
    func endWord() {
        if isInWord {
            if words.isEmpty { first = line }
            words.append(String(decoding: word, as: UTF8.self))
        }
        word = []
        isInWord = false
    }
    func endCommand() {
        endWord()
        if !words.isEmpty { commands.append((words, first)) }
        words = []
    }
    while at < bytes.count {
        let byte = bytes[at]
        at += 1
        if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'"), at < bytes.count {
            let escaped = bytes[at]
            at += 1
            if escaped == UInt8(ascii: "\n") {
                line += 1
            } else {
                if quote != nil,
                    ![UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`")].contains(escaped)
                {
                    word.append(byte)
                }
                word.append(escaped)
                isInWord = true
            }
        } else if let open = quote {
            if byte == open { quote = nil } else { word.append(byte) }
            if byte == UInt8(ascii: "\n") { line += 1 }
        } else {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                quote = byte
                isInWord = true
            case UInt8(ascii: "#") where !isInWord:
                while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
            case UInt8(ascii: "\n"):
                endCommand()
                line += 1
            case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"):
                endCommand()
            case _ where isBlank(byte): endWord()
            default:
                word.append(byte)
                isInWord = true
            }
        }
    }
    endCommand()
    return commands
}

/// Programs, and words of a shell's, that run what stands behind them.
private let wrappers: Set<String> = [
    "exec", "env", "nohup", "setsid", "sudo", "command", "time", "if", "then", "!", "do",
]

/// The program that a command comes down to, behind assignments and the usual wrappers, and what follows it.
package func programBehindWrappers(_ words: [String]) -> (program: String, arguments: ArraySlice<String>)? {
    let start = words.firstIndex { !wrappers.contains(ImagePath($0).name) && assignment($0) == nil }
    return start.map { (words[$0], words[($0 + 1)...]) }
}

/// A command that starts a shell, by what the shell is to run (sh(1), bash(1)).
package enum ShellInvocation: Hashable, Sendable {
    /// The text behind `-c`.
    case text(String)
    /// A file, by its path.
    case file(String)
    /// What comes in on its standard input.
    case input

    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "zsh", "ksh"]

    /// Nil where the words start no shell.
    package init?(_ words: [String]) {
        guard let (program, arguments) = programBehindWrappers(words), Self.shells.contains(ImagePath(program).name)
        else {
            return nil
        }
        var isText = false
        var rest = arguments
        while let option = rest.first, option.hasPrefix("-") || option.hasPrefix("+") {
            rest = rest.dropFirst()
            if option == "--" { break }
            guard !option.hasPrefix("--") else {
                if Self.longOptionsWithValue.contains(option) { rest = rest.dropFirst() }
                continue
            }
            if option.hasPrefix("-"), option.contains("c") { isText = true }
            // -o pipefail, -eo pipefail, +O extglob
            if option.contains("o") || option.contains("O") { rest = rest.dropFirst() }
        }
        self = rest.first.map { isText ? .text($0) : .file($0) } ?? .input
    }

    private static let longOptionsWithValue: Set<String> = ["--rcfile", "--init-file"]
}

/// `KEY=VALUE` taken apart; nil where KEY is no name of a variable.
package func assignment(_ text: some StringProtocol) -> (key: String, value: String)? {
    guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let key = text[..<equals]
    guard isVariableName(key) else { return nil }
    return (String(key), String(text[text.utf8.index(after: equals)...]))
}

/// Whether a text may be the name of an environment variable.
func isVariableName(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first) else { return false }
    return text.utf8.allSatisfy(isVariableByte)
}

/// Whether a byte may stand in the name of an environment variable.
func isVariableByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
    default: false
    }
}
