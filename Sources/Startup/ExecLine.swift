/// The command lines of services, as systemd takes them apart (systemd.service(5), "Command lines").

package import ImageReading

/// One command of an Exec setting.
package struct ExecLine: Sendable {
    /// The setting that it stands in.
    package let directive: Directive
    /// The program, without the prefixes that say how it is run; never a variable.
    package let program: String
    /// The words after it, quotes taken off and specifiers expanded, variables as written.
    let arguments: [String]
    /// Behind the prefix `-`: its failure is none of the service's.
    package let ignoresFailure: Bool
    /// Behind the prefix `+`: run with all privileges, outside of what the unit shuts the service in.
    let isPrivileged: Bool
    /// Whether a quote of it is not closed, with which systemd does not take it.
    let isCutByQuote: Bool
    /// Whether variables are expanded at all; not behind the prefix `:`.
    private let expandsVariables: Bool

    /// The commands that a setting of a unit runs one after the other; none where systemd refuses the line because a
    /// quote is not closed, or with `closingQuotes` what it was written for.
    static func lines(of directive: Directive, in unit: UnitName?, closingQuotes: Bool = false) -> [ExecLine] {
        var reader = SystemdWordReader(directive.value)
        var lines: [ExecLine] = []
        var words: [String] = []
        func endCommand() {
            if let line = ExecLine(words, of: directive, isCut: reader.hasOpenQuote, keepingEmpty: closingQuotes) {
                lines.append(line)
            }
            words = []
        }
        while true {
            // A semicolon by itself ends a command, unless it is quoted or behind a backslash.
            if reader.skip(";") {
                endCommand()
            } else if reader.skip("\\;") {
                words.append(";")
            } else if let word = reader.next() {
                words.append(unit?.expandingSpecifiers(word) ?? word)
            } else {
                break
            }
        }
        if let word = reader.openWord {
            guard closingQuotes else { return [] }
            words.append(word)
        }
        endCommand()
        return lines
    }

    /// A command of these words; nil where there is no program among them.
    private init?(_ words: [String], of directive: Directive, isCut: Bool, keepingEmpty: Bool) {
        guard let first = words.first else { return nil }
        let prefixes = first.prefix { "@-:+!|".contains($0) }
        guard prefixes.endIndex < first.endIndex || keepingEmpty else { return nil }
        self.directive = directive
        ignoresFailure = prefixes.contains("-")
        isPrivileged = prefixes.contains("+")
        isCutByQuote = isCut
        program = String(first[prefixes.endIndex...])
        // Behind `@` the second word is what the program is told that it is called.
        arguments = Array(words.dropFirst(prefixes.contains("@") ? 2 : 1))
        expandsVariables = !prefixes.contains(":")
    }

    /// Where it stands, by its program alone.
    package var evidence: Evidence { directive.evidenceOfProgram }

    /// The program and its arguments as written.
    package var writtenWords: [String] { [program] + arguments }

    /// The program and its arguments as they are run in an environment.
    package func words(in environment: Environment) -> [CommandWord] {
        let words =
            expandsVariables
            ? arguments.flatMap { VariableExpansion.words(of: $0, in: environment) }
            : arguments.map { CommandWord($0) }
        return [CommandWord(program)] + words
    }
}

extension Unit {
    /// The commands that a setting of the service section runs.
    package func execLines(_ key: String) -> [ExecLine] {
        let name = UnitName(name)
        return values("Service", key).flatMap { ExecLine.lines(of: $0, in: name) }
    }

    /// The same of a unit that systemd refuses: what was written, with open quotes closed, and what was taken back.
    package func refusedExecLines(_ key: String) -> [ExecLine] {
        let name = UnitName(name)
        return directives.filter { $0.section == "Service" && $0.key == key }.flatMap {
            ExecLine.lines(of: $0, in: name, closingQuotes: true)
        }
    }
}
