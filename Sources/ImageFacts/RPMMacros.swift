/// The macros of the image's own rpm, as far as they say where and in which format its database lies.

import ByteParsing
import ImageReading

/// The macros that rpm's configuration files define.
///
/// Only what a definition says in plain text and other macros is expanded; what runs a program (`%(...)`), Lua or
/// parameters is not. (rpm 4.18 rpmio/macro.c, rpm(8) "--macros")
struct RPMMacros {
    /// The value of a macro and the file that gave it last.
    struct Definition: Hashable {
        let body: String
        let evidence: Evidence
    }

    private var definitions: [String: Definition] = [:]
    /// Files that are there and could not be read, so that a definition may be missing.
    private(set) var problems: [Problem] = []
    /// Whether rpm's own macros were found: without them nothing says what rpm was built with.
    private(set) var hasBuiltIn = false

    /// How many macros an expansion may go through; a path goes through three or four.
    private static let stepLimit = 64
    /// In bytes of UTF-8.
    private static let bodyLimit = 4096
    private static let builtIn = Want.contents("/usr/lib/rpm/macros")

    /// In the order in which rpm loads them; a later definition replaces an earlier one. Those of platforms and of
    /// file attributes say nothing of the database. The last are those of root, who installs packages.
    static let wants: [Want] = [
        builtIn, .contents("/usr/lib/rpm/macros.d/macros.*"),
        .contents("/usr/lib/rpm/*/macros"), .contents("/etc/rpm/macros.*"), .contents("/etc/rpm/macros"),
        .contents("/root/.rpmmacros"),
    ]

    /// rpm does not load what package managers and editors leave behind.
    private static let ignoredSuffixes = ["~", ".rpmnew", ".rpmorig", ".rpmsave"]

    /// Reads the files.
    init(in root: RootFilesystem) {
        for want in Self.wants {
            for answer in root.files(want) {
                let name = answer.evidence.first?.path.name ?? ""
                if want.path.hasPattern, Self.ignoredSuffixes.contains(where: name.hasSuffix) { continue }
                let lines = answer.parsed { file throws(FormatError) in try file.lines() }
                if let problem = lines.problem { problems.append(problem) }
                guard case .present(let lines, let evidence) = lines, let evidence = evidence.first else { continue }
                if want == Self.builtIn { hasBuiltIn = true }
                take(lines, at: evidence)
            }
        }
    }

    /// What a macro expands to, with where it is defined; nil where it is not defined. The text is nil where it cannot
    /// be worked out without running something.
    func expansion(of name: String) -> (text: String?, evidence: Evidence)? {
        guard let definition = definitions[name] else { return nil }
        var steps = Self.stepLimit
        return (expanded(definition.body[...], steps: &steps), definition.evidence)
    }

    /// `%name body`; a body goes on behind a backslash at the end of the line and until its braces are closed.
    private mutating func take(_ lines: [TextLine], at file: Evidence) {
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            // By bytes: rpm's own macros are a thousand lines, of which two or three say something here.
            let text = line.text.utf8.drop(while: isBlank)
            guard text.first == UInt8(ascii: "%") else { continue }
            let name = text.dropFirst().prefix { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
            var body = text[name.endIndex...]
            guard !name.isEmpty, let separator = body.first, isBlank(separator) || separator == UInt8(ascii: "(")
            else { continue }
            var depth = balance(body)
            var isPlain = separator != UInt8(ascii: "(")
            while index < lines.count, depth > 0 || body.last == UInt8(ascii: "\\") {
                isPlain = false
                body = lines[index].text.utf8[...]
                depth += balance(body)
                index += 1
            }
            guard Self.relevant(name) else { continue }
            var value = body.drop(while: isBlank)
            while let last = value.last, isBlank(last) { value = value.dropLast() }
            let trimmed = String(Substring(value))
            definitions[String(Substring(name))] = Definition(
                body: isPlain ? trimmed : "%(\(trimmed))",
                evidence: Evidence(file.path, realPath: file.realPath, line: line.number, String(Substring(text))))
        }
    }

    /// The hundreds of macros that build packages are not kept: paths begin with an underscore.
    private static func relevant(_ name: Substring.UTF8View) -> Bool {
        name.first == UInt8(ascii: "_") && name.count <= 32
    }

    private func balance(_ text: Substring.UTF8View) -> Int {
        var balance = 0
        for byte in text {
            if byte == UInt8(ascii: "{") { balance += 1 }
            if byte == UInt8(ascii: "}") { balance -= 1 }
        }
        return balance
    }

    /// `%name`, `%{name}`, `%{?name}` and `%%`; nil for anything else behind a percent sign, for a macro that is not
    /// defined, and for more than `steps` of them: macros can lead back to themselves, or double at each step.
    private func expanded(_ text: Substring, steps: inout Int) -> String? {
        steps -= 1
        guard steps > 0, text.utf8.count < Self.bodyLimit else { return nil }
        var result = ""
        var rest = text
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            if rest.first == "%" {
                result += "%"
                rest = rest.dropFirst()
                continue
            }
            var name: Substring
            var isOptional = false
            if rest.first == "{" {
                guard let close = rest.firstIndex(of: "}") else { return nil }
                name = rest[..<close].dropFirst()
                rest = rest[rest.index(after: close)...]
                if name.first == "?" {
                    isOptional = true
                    name = name.dropFirst()
                }
            } else {
                name = rest.prefix { $0.isASCIIDigit || $0 == "_" || $0.isASCIILetter }
                rest = rest[name.endIndex...]
            }
            guard let definition = definitions[String(name)] else {
                guard isOptional, name.allSatisfy({ $0.isASCIIDigit || $0 == "_" || $0.isASCIILetter }) else {
                    return nil
                }
                continue
            }
            guard let value = expanded(definition.body[...], steps: &steps) else { return nil }
            result += value
        }
        return result + rest
    }
}
