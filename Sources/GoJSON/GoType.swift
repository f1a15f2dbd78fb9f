/// The Go types of the agent's configuration, and which JSON values Go stores in them.

/// A type of a field that JSON is unmarshalled into.
///
/// `null` is stored in every one of them without an error, but in a prefix, which reads it as an empty text.
package enum GoType: Hashable {
    case text
    case bool
    /// A `BooleanDefaultTrue` or `BooleanDefaultFalse`, which also takes 0 and 1 (agent/config/conditional.go).
    case conditional
    case integer(ClosedRange<Int>)
    case texts
    /// Port numbers.
    case ports
    /// `map[string]string`.
    case textMap
    /// A network prefix such as `10.0.15.0/24`.
    case prefix
    /// The same behind a pointer, which `null` takes away.
    case optionalPrefix
    case prefixes
    case object
    case anything

    /// Why Go refuses to store a value, and the value that is at fault.
    package struct Mismatch: Hashable {
        package let line: Int
        package let reason: String
    }

    /// Nil where Go stores the value without an error.
    package func mismatch(_ value: GoValue) -> Mismatch? {
        func found(_ expected: String, at value: GoValue) -> Mismatch {
            Mismatch(line: value.line, reason: "\(expected) expected, \(value.kindName) found")
        }
        switch (self, value.kind) {
        case (.prefix, .string(let text)) where isNetworkPrefix(text): return nil
        case (.optionalPrefix, .string), (.optionalPrefix, .array), (.optionalPrefix, .object):
            return GoType.prefix.mismatch(value)
        case (.prefix, .string):
            return Mismatch(
                line: value.line, reason: "a network prefix such as 10.0.15.0/24 expected, other text found")
        case (.prefix, _): return found("a string", at: value)
        case (.anything, _), (_, .null), (.text, .string), (.bool, .bool), (.conditional, .bool), (.object, .object):
            return nil
        case (.conditional, .number(let number)) where number == "0" || number == "1": return nil
        case (.integer(let range), .number(let number)):
            guard let integer = Int(number) else { return found("a whole number", at: value) }
            // An unsigned Go type refuses the sign itself, also that of -0.
            let isSigned = range.lowerBound < 0 || !number.hasPrefix("-")
            guard !range.contains(integer) || !isSigned else { return nil }
            let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
            return Mismatch(line: value.line, reason: "\(expected) expected, \(number) found")
        case (.texts, .array(let elements)): return elements.lazy.compactMap(GoType.text.mismatch).first
        case (.ports, .array(let elements)):
            return elements.lazy.compactMap(GoType.integer(0...65535).mismatch).first
        case (.prefixes, .array(let elements)): return elements.lazy.compactMap(GoType.prefix.mismatch).first
        case (.textMap, .object(let members)):
            return members.lazy.compactMap { GoType.text.mismatch($0.value) }.first
        default: return found(name, at: value)
        }
    }

    /// What a message calls a value of this type.
    private var name: String {
        switch self {
        case .text, .prefix, .optionalPrefix: "a string"
        case .bool, .conditional: "true or false"
        case .integer: "a whole number"
        case .texts: "an array of strings"
        case .ports: "an array of port numbers"
        case .textMap: "an object of strings"
        case .prefixes: "an array of network prefixes"
        case .object: "an object"
        case .anything: "a value"
        }
    }
}

/// Whether Go's net.ParseCIDR takes a text: an IPv4 or IPv6 address, a slash and the length of the prefix in bits.
package func isNetworkPrefix(_ text: String) -> Bool {
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return false }
    let address = text[..<slash]
    let length = text[text.utf8.index(after: slash)...]
    guard !length.isEmpty, length.allSatisfy(\.isASCIIDigit), let bits = Int(length) else { return false }
    return ipAddress(address).map { bits <= 8 * $0.count } ?? false
}

/// The bytes of an address as Go's net.ParseIP takes it, 4 of an IPv4 address and 16 of an IPv6 one; nil where it takes
/// none.
package func ipAddress(_ text: Substring) -> [UInt8]? {
    text.contains(":") ? ipv6Address(text) : ipv4Address(text)
}

private func ipv4Address(_ text: Substring) -> [UInt8]? {
    let fields = text.split(separator: ".", omittingEmptySubsequences: false)
    guard fields.count == 4 else { return nil }
    let bytes = fields.compactMap { field -> UInt8? in
        guard 1...3 ~= field.utf8.count, field.allSatisfy(\.isASCIIDigit), field.count == 1 || field.first != "0" else {
            return nil
        }
        return UInt8(field)
    }
    return bytes.count == 4 ? bytes : nil
}

private func ipv6Address(_ text: Substring) -> [UInt8]? {
    /// The bytes of a run of 16-bit groups without `::`; nil where it is not well formed.
    func groups(_ run: Substring, mayEndInIPv4: Bool) -> [UInt8]? {
        guard !run.isEmpty else { return [] }
        let fields = run.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index == fields.count - 1, mayEndInIPv4, field.contains(".") {
                guard let address = ipv4Address(field) else { return nil }
                bytes += address
            } else {
                guard field.allSatisfy({ $0.isASCII && $0.isHexDigit }), field.utf8.count <= 4,
                    let group = UInt16(field, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }
    guard let gap = text.range(of: "::") else {
        return groups(text, mayEndInIPv4: true).flatMap { $0.count == 16 ? $0 : nil }
    }
    let before = groups(text[..<gap.lowerBound], mayEndInIPv4: false)
    let after = groups(text[gap.upperBound...], mayEndInIPv4: true)
    guard let before, let after, before.count + after.count < 16 else { return nil }
    return before + [UInt8](repeating: 0, count: 16 - before.count - after.count) + after
}

extension Substring {
    /// Where `text` stands first; nil where it does not.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
