/// What a command comes down to: the program behind wrappers such as sudo, and the text that a shell is given to run.

import ByteParsing
import ImageReading

/// Programs that run the command which follows their own options.
private let wrappers: [String: Wrapper] = [
    "exec": Wrapper("a"), "env": Wrapper("uC"), "nohup": Wrapper(), "setsid": Wrapper(), "command": Wrapper(),
    "time": Wrapper("fo"), "sudo": Wrapper("CDghpRrTtUu"), "doas": Wrapper("Cu"), "nice": Wrapper("n"),
    "ionice": Wrapper("cn"), "stdbuf": Wrapper("ioe"), "systemd-cat": Wrapper("tp"), "setpriv": Wrapper(),
    "timeout": Wrapper("ks", operands: 1), "flock": Wrapper("wE", operands: 1), "chrt": Wrapper("TPD", operands: 1),
    "gosu": Wrapper(operands: 1), "su-exec": Wrapper(operands: 1),
    "if": Wrapper(), "then": Wrapper(), "else": Wrapper(), "elif": Wrapper(), "!": Wrapper(), "do": Wrapper(),
    "while": Wrapper(), "until": Wrapper(), "{": Wrapper(),
]

private struct Wrapper {
    /// The letters of options that take a value.
    let valued: Set<Character>
    /// How many words stand before the command: a time limit, a lock, a user.
    let operands: Int

    init(_ valued: String = "", operands: Int = 0) {
        self.valued = Set(valued)
        self.operands = operands
    }

    /// Where the command begins behind the wrapper's own words.
    func command(in words: ArraySlice<String>) -> ArraySlice<String> {
        var rest = words
        while let option = rest.first, option.hasPrefix("-"), option != "-" {
            rest = rest.dropFirst()
            if option == "--" { break }
            if !option.hasPrefix("--"), let last = option.last, valued.contains(last) { rest = rest.dropFirst() }
        }
        return rest.dropFirst(operands)
    }
}

/// The program that a command comes down to, behind assignments and the usual wrappers, and what follows it.
package func programBehindWrappers(_ words: [String]) -> (program: String, arguments: ArraySlice<String>)? {
    var rest = words[...]
    while let word = rest.first {
        let name = ImagePath(word).name
        if assignment(word) != nil {
            rest = rest.dropFirst()
        } else if let wrapper = wrappers[name], !(name == "flock" && rest.contains("-c")) {
            rest = wrapper.command(in: rest.dropFirst())
        } else if name == "runuser", let user = rest.firstIndex(where: { $0 == "-u" || $0 == "--user" }) {
            rest = rest[min(user + 2, rest.endIndex)...]
            if rest.first == "--" { rest = rest.dropFirst() }
        } else {
            return (word, rest.dropFirst())
        }
    }
    return nil
}

/// A command that starts a shell, by what the shell is to run (sh(1), bash(1), su(1)).
package enum ShellInvocation: Hashable, Sendable {
    /// The text behind `-c`.
    case text(String)
    /// A file, by its path.
    case file(String)
    /// What comes in on its standard input.
    case input

    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "zsh", "ksh"]
    /// Programs that have a shell run the text behind their `-c`, which may stand anywhere among their words.
    private static let shellStarters: Set<String> = ["su", "runuser", "flock", "script"]

    /// Nil where the words start no shell.
    package init?(_ words: [String]) {
        guard let (program, arguments) = programBehindWrappers(words) else { return nil }
        let name = ImagePath(program).name
        if Self.shellStarters.contains(name) {
            guard let text = Self.commandText(among: arguments) else { return nil }
            self = .text(text)
            return
        }
        guard Self.shells.contains(name) else { return nil }
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

    /// The value of `-c`, `-lc` or `--command`; nil where there is none.
    private static func commandText(among words: ArraySlice<String>) -> String? {
        var rest = words
        while let word = rest.popFirst() {
            if word == "--command" || word == "--session-command" { return rest.first }
            if let equals = word.firstIndex(of: "="), ["--command", "--session-command"].contains(word[..<equals]) {
                return String(word[word.index(after: equals)...])
            }
            guard word.hasPrefix("-"), !word.hasPrefix("--"), let at = word.firstIndex(of: "c") else { continue }
            let value = word[word.index(after: at)...]
            return value.isEmpty ? rest.first : String(value)
        }
        return nil
    }
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
