/// GRUB 2's `[ ... ]` (GRUB manual, "test"; grub-core/commands/test.c).

/// One test expression, its words expanded.
struct GRUBTest {
    /// What stands at a path.
    enum Found { case nothing, directory, file, emptyFile }

    private let words: [String]

    init(_ words: [String]) {
        self.words = words
    }

    /// Words beyond this are no test that anybody wrote; it keeps the depth of parentheses bounded too.
    private static let wordLimit = 128

    /// Whether it holds; an expression that is none does not.
    func holds(_ exists: (String) -> Found) -> Bool {
        guard words.count <= Self.wordLimit else { return false }
        var rest = words[...]
        let value = alternatives(&rest, exists)
        return rest.isEmpty && value
    }

    private func alternatives(_ rest: inout ArraySlice<String>, _ exists: (String) -> Found) -> Bool {
        var value = conjunction(&rest, exists)
        while rest.first == "-o" {
            rest = rest.dropFirst()
            let other = conjunction(&rest, exists)
            value = value || other
        }
        return value
    }

    private func conjunction(_ rest: inout ArraySlice<String>, _ exists: (String) -> Found) -> Bool {
        var value = primary(&rest, exists)
        while let word = rest.first, word != "-o", word != ")" {
            if word == "-a" { rest = rest.dropFirst() }
            let other = primary(&rest, exists)
            value = value && other
        }
        return value
    }

    private func primary(_ rest: inout ArraySlice<String>, _ exists: (String) -> Found) -> Bool {
        guard let word = rest.popFirst() else { return false }
        if let next = rest.first, let compare = Self.comparisons[next], rest.count > 1 {
            let other = rest[rest.startIndex + 1]
            rest = rest.dropFirst(2)
            return compare(word, other)
        }
        switch word {
        case "!": return !primary(&rest, exists)
        case "(":
            let value = alternatives(&rest, exists)
            guard rest.popFirst() == ")" else { return false }
            return value
        case "-n", "-z", "-d", "-e", "-f", "-s":
            guard let operand = rest.popFirst() else { return !word.isEmpty }
            switch word {
            case "-n": return !operand.isEmpty
            case "-z": return operand.isEmpty
            case "-d": return exists(operand) == .directory
            case "-e": return exists(operand) != .nothing
            case "-f": return [.file, .emptyFile].contains(exists(operand))
            default: return exists(operand) == .file
            }
        default: return !word.isEmpty
        }
    }

    private static let comparisons: [String: @Sendable (String, String) -> Bool] = [
        "=": { $0 == $1 }, "==": { $0 == $1 }, "!=": { $0 != $1 },
        "<": { $0 < $1 }, "<=": { $0 <= $1 }, ">": { $0 > $1 }, ">=": { $0 >= $1 },
        "-eq": { number($0) == number($1) }, "-ne": { number($0) != number($1) },
        "-lt": { number($0) < number($1) }, "-le": { number($0) <= number($1) },
        "-gt": { number($0) > number($1) }, "-ge": { number($0) >= number($1) },
    ]

    /// The number that a text begins with; 0 where it begins with none.
    private static func number(_ text: String) -> Int {
        let sign = text.hasPrefix("-") ? "-" : ""
        return Int(sign + text.dropFirst(sign.count).prefix(while: \.isASCIIDigit).prefix(18)) ?? 0
    }
}
