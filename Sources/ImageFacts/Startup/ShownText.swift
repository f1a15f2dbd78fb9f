/// How configuration text is quoted in evidence: short, and without what may be a credential.

import ByteParsing

/// The longest quotation in evidence, in characters.
private let longestShown = 160

/// The value of a directive or a command as evidence may show it.
///
/// Of `NAME=value` words, the value is kept only for keys of the agent's configuration that rules need; options
/// (`--name=value`) are kept unless their name speaks of a secret.
func shown(_ value: String, of key: String = "") -> String {
    var text = value
    if key == "Environment" || key.hasPrefix("Exec") || key == "PassEnvironment" || key.isEmpty {
        text = withoutCredentials(value)
    }
    guard text.utf8.count > longestShown else { return text }
    return String(text.prefix(longestShown)) + "…"
}

/// `text` with `…` in the place of the values that may be credentials, as `shown` has it of a command, however long.
public func withoutCredentials(_ text: String) -> String {
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
            if byte == UInt8(ascii: "="), equals == nil, isAssignment(bytes[start..<min(at, bytes.count)]) {
                equals = at
            }
            at += 1
        }
        let end = min(at, bytes.count)
        if let equals, equals < end {
            shown += bytes[start...equals]
            shown += Array("…".utf8)
        } else {
            shown += bytes[start..<end]
        }
        at = end
    }
    return String(decoding: shown, as: UTF8.self)
}

/// Whether what follows the `=` after `name` has to be hidden.
private func isAssignment(_ name: ArraySlice<UInt8>) -> Bool {
    var name = name
    while let byte = name.first, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { name = name.dropFirst() }
    let text = String(decoding: name, as: UTF8.self)
    if text == "--env" || text == "-e" { return false }
    if text.hasPrefix("--"), !text.hasPrefix("--env=") {
        let lower = text.lowercased()
        return ["secret", "token", "password", "auth", "key"].contains { lower.contains($0) }
    }
    let key = text.split(separator: "=").last.map { $0.hasPrefix("-e") ? $0.dropFirst(2) : $0 } ?? ""
    return !AgentKey.isReported(String(key))
}
