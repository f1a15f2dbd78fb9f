/// File names are bytes to a system and text to people; this is the one way between the two.

import Glibc

/// A name in a directory. Two names are the same where their bytes are, whatever Unicode holds to be equal.
package struct FileName: Hashable, Sendable {
    package let text: String

    package init(_ text: some StringProtocol) {
        self.text = String(text)
    }

    package static func == (a: FileName, b: FileName) -> Bool { hasSameBytes(a.text, b.text) }
    package func hash(into hasher: inout Hasher) { hashBytes(of: text, into: &hasher) }
}

package func hasSameBytes(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && compareBytes(a, b) == 0
}

/// Whether the bytes of `a` sort before those of `b`.
package func precedes(_ a: String, _ b: String) -> Bool {
    let order = compareBytes(a, b)
    return order < 0 || order == 0 && a.utf8.count < b.utf8.count
}

private func compareBytes(_ a: String, _ b: String) -> Int32 {
    let a = a.utf8.span
    let b = b.utf8.span
    let count = min(a.count, b.count)
    return unsafe a.withUnsafeBufferPointer { a in
        unsafe b.withUnsafeBufferPointer { b in
            guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
            return unsafe memcmp(a, b, count)
        }
    }
}

package func hashBytes(of text: String, into hasher: inout Hasher) {
    unsafe text.utf8.span.withUnsafeBufferPointer { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
}

/// The text of a file name or link target: its bytes as UTF-8, or with `\xNN` for each byte that is not UTF-8.
@inlinable
package func fileName(_ bytes: some Collection<UInt8>) -> String {
    String(validating: bytes, as: UTF8.self) ?? escapedFileName(Array(bytes))
}

/// The same of bytes that are not UTF-8.
@usableFromInline
package func escapedFileName(_ bytes: [UInt8]) -> String {
    var text = ""
    var rest = bytes[...]
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
package func unescapedFileName(_ name: some StringProtocol) -> [UInt8]? {
    guard name.utf8.contains(UInt8(ascii: "\\")) else { return nil }
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
