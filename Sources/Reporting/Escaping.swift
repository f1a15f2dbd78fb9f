/// Escapes of the report formats, scalar by scalar: a combining mark behind a `<` makes another Character of the two,
/// and it is still a `<`.

/// `text` with the scalars for which there is an escape replaced by it.
func escaping(_ text: String, _ escape: (Unicode.Scalar) -> String?) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        if let escaped = escape(scalar) { result += escaped } else { result.unicodeScalars.append(scalar) }
    }
    return result
}

/// `text`, inert, as the text of an element or an attribute in double quotes, of XML 1.0 and of HTML.
///
/// What XML 1.0 has no character for (most control characters, U+FFFE, U+FFFF) is gone already: `inert` writes all of
/// them as visible escapes. `>` is escaped too, for the sake of `]]>`.
func markupText(_ text: String) -> String {
    escaping(inert(text)) { scalar in
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        default: nil
        }
    }
}

/// A path as a relative reference of RFC 3986: `etc/ecs/ecs.config` for `/etc/ecs/ecs.config`, all but unreserved
/// characters and `/` percent-encoded; `.` for the root.
func relativeURI(_ path: String) -> String {
    let uri = percentEncoding(path)
    let relative = String(uri.utf8.drop { $0 == UInt8(ascii: "/") }) ?? uri
    return relative.isEmpty ? "." : relative
}

/// `text` with all but unreserved characters of RFC 3986 and `/` percent-encoded.
func percentEncoding(_ text: String) -> String {
    escaping(text) { scalar in
        if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType != nil { return nil }
        if ["-", ".", "_", "~", "/"].contains(scalar) { return nil }
        return Unicode.UTF8.encode(scalar).map { $0.map(percentEncoded).joined() }
    }
}

private func percentEncoded(_ byte: UInt8) -> String {
    "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
}

/// The last name of a path of the machine that reads the image.
func fileName(_ path: String) -> String {
    path.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? path
}

/// The parts of a text of the catalog, in which what stands between backticks is to be typed: `(text, isCode)`.
///
/// A text with an odd number of backticks is one part.
func proseParts(_ text: String) -> [(text: String, isCode: Bool)] {
    let parts = text.unicodeScalars.split(separator: "`", omittingEmptySubsequences: false).map { String($0) }
    if parts.count.isMultiple(of: 2) { return [(text, false)] }
    return parts.enumerated().map { ($0.element, !$0.offset.isMultiple(of: 2)) }.filter { !$0.0.isEmpty }
}
