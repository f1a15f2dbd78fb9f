/// File names are bytes to a system and text to people; this is the one way between the two.

/// The text of a file name or link target: its bytes as UTF-8, or with `\xNN` for each byte that is not UTF-8.
func fileName(_ bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = ""
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
        // The longest valid scalar is 4 bytes; what none of them begins is one stray byte.
        let scalar = (1...4).lazy.filter { $0 <= rest.count }
            .compactMap { count in String(validating: rest.prefix(count), as: UTF8.self).map { ($0, count) } }.first
        if let (character, count) = scalar {
            text += character
            rest = rest.dropFirst(count)
        } else {
            let byte = rest.removeFirst()
            text += "\\x" + String(byte, radix: 16, uppercase: true)
        }
    }
    return text
}

/// The bytes of a name that `fileName` spelled with escapes; nil where `name` holds no escape.
func unescapedFileName(_ name: some StringProtocol) -> [UInt8]? {
    let text = Array(name.utf8)
    var bytes: [UInt8] = []
    var found = false
    var at = 0
    while at < text.count {
        if text[at] == UInt8(ascii: "\\"), at + 3 < text.count, text[at + 1] == UInt8(ascii: "x"),
            let byte = UInt8(String(decoding: text[at + 2...at + 3], as: UTF8.self), radix: 16), byte >= 0x80
        {
            bytes.append(byte)
            at += 4
            found = true
        } else {
            bytes.append(text[at])
            at += 1
        }
    }
    return found ? bytes : nil
}
