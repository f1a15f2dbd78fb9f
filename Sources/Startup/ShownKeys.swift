/// How configuration text is quoted in evidence: short, and without what may be a credential.

import ByteParsing

/// The longest quotation in evidence, in characters.
private let longestQuotation = 160

/// Text as evidence may show it where no part of it can be a credential.
package func quotation(_ text: String) -> String {
    guard text.utf8.count > longestQuotation else { return text }
    return String(text.prefix(longestQuotation)) + "…"
}

/// The environment variables whose values evidence may show.
package struct ShownKeys: Sendable {
    private let names: Set<String>

    /// Values of these variables are shown, of no others.
    package init(_ names: Set<String>) {
        self.names = names
    }

    /// No value is shown.
    static let none = ShownKeys([])

    /// A variable and its value as evidence may show them.
    package func setting(_ key: String, _ value: String) -> String {
        "\(key)=" + (names.contains(key) ? String(value.prefix(longestQuotation)) : "…")
    }

    /// A command as evidence may show it.
    ///
    /// Of `NAME=value` words, the value is kept only for variables that may be shown; options (`--name=value`) are kept
    /// unless their name speaks of a secret.
    package func command(_ text: String) -> String {
        quotation(withoutCredentials(text))
    }

    /// The same however long, `…` in the place of what may be a credential.
    package func withoutCredentials(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "=")) else { return text }
        let bytes = Array(text.utf8)
        var shown: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if isBlank(bytes[at]) {
                shown.append(bytes[at])
                at += 1
                continue
            }
            // One word: blanks inside quotes belong to it.
            let start = at
            var quote: UInt8?
            var equals: Int?
            while at < bytes.count, quote != nil || !isBlank(bytes[at]) {
                let byte = bytes[at]
                if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
                    at += 1
                } else if let open = quote {
                    if byte == open { quote = nil }
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                }
                if byte == UInt8(ascii: "="), equals == nil, isHidden(behind: bytes[start..<min(at, bytes.count)]) {
                    equals = at
                }
                at += 1
            }
            let end = min(at, bytes.count)
            if let equals, equals < end {
                shown += bytes[start...equals]
                shown += "…".utf8
            } else {
                shown += bytes[start..<end]
            }
            at = end
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Whether what follows the `=` behind `name` has to be hidden.
    private func isHidden(behind name: ArraySlice<UInt8>) -> Bool {
        let name = name.drop { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
        let text = String(decoding: name, as: UTF8.self)
        if text == "--env" || text == "-e" { return false }
        if text.hasPrefix("--"), !text.hasPrefix("--env=") {
            let lower = text.lowercased()
            return ["secret", "token", "password", "auth", "key"].contains { lower.holds($0) }
        }
        let key = text.split(separator: "=").last.map { $0.hasPrefix("-e") ? $0.dropFirst(2) : $0 } ?? ""
        return !names.contains(String(key))
    }
}
