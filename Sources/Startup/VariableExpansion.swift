/// Putting the values of variables into the words of a command.

package import ImageReading

/// A word of a command as its program gets it.
package struct CommandWord: Hashable, Sendable {
    /// Variables in it expanded.
    package let text: String
    /// Where the variable is set that the word comes from; nil where it stands in the command itself.
    package let origin: Evidence?
    /// Whether all of it is known; else variables and the like stand in it as they are written.
    package let isKnown: Bool

    /// A word, known unless it is said not to be.
    package init(_ text: String, from origin: Evidence? = nil, isKnown: Bool = true) {
        self.text = text
        self.origin = origin
        self.isKnown = isKnown
    }
}

/// Variables in Exec settings (systemd.service(5), "Command lines"): `$NAME` as a word of its own becomes the words of
/// the value, none where it is not set; `${NAME}` anywhere its text; `$$` a dollar sign.
///
/// What is not set stays as it is written where the environment is open, and the word is not known.
enum VariableExpansion {
    /// What becomes of one word.
    static func words(of word: String, in environment: Environment) -> [CommandWord] {
        guard word.utf8.contains(UInt8(ascii: "$")) else { return [CommandWord(word)] }
        guard let name = loneVariable(word) else {
            let expanded = expanded(word, in: environment)
            // systemd hands on an empty word, which no program is meant to get: the variable is set by other means.
            return [expanded.text.isEmpty && expanded.origin == nil ? CommandWord(word, isKnown: false) : expanded]
        }
        guard let setting = environment[name] else { return [] }
        let words = systemdWords(setting.value) ?? setting.value.split(whereSeparator: \.isWhitespace).map(String.init)
        return words.map { CommandWord($0, from: setting.evidence) }
    }

    /// A value with the variables in it in the place of their values.
    static func expanded(_ text: String, in environment: Environment) -> CommandWord {
        var result = ""
        var origin: Evidence?
        var isKnown = true
        var rest = text[...]
        while let dollar = rest.utf8.firstIndex(of: UInt8(ascii: "$")) {
            result += rest[..<dollar]
            rest = rest[rest.utf8.index(after: dollar)...]
            if rest.utf8.first == UInt8(ascii: "$") {
                result += "$"
                rest = rest.dropFirst()
            } else if let (name, after) = variable(rest), case let setting = environment[name],
                setting != nil || !environment.isOpen
            {
                result += setting?.value ?? ""
                origin = setting?.evidence ?? origin
                rest = after
            } else {
                result += "$"
                isKnown = isKnown && variable(rest) == nil
            }
        }
        return CommandWord(result + rest, from: origin, isKnown: isKnown)
    }

    /// The name in a word that is one variable without braces: all that follows the `$`.
    private static func loneVariable(_ word: String) -> Substring? {
        let name = word.dropFirst()
        guard word.utf8.first == UInt8(ascii: "$") else { return nil }
        return name.utf8.first == UInt8(ascii: "{") || name.utf8.first == UInt8(ascii: "$") ? nil : name
    }

    /// The name of the variable in braces that text behind a `$` begins with, and what follows it.
    private static func variable(_ text: Substring) -> (name: Substring, rest: Substring)? {
        guard text.utf8.first == UInt8(ascii: "{") else { return nil }
        let inner = text.dropFirst()
        guard let end = inner.utf8.firstIndex(of: UInt8(ascii: "}")), isVariableName(inner[..<end]) else { return nil }
        return (inner[..<end], inner[inner.utf8.index(after: end)...])
    }
}
