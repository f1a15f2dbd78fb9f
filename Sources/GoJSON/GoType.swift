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
    return address.contains(":") ? bits <= 128 && isIPv6(address) : bits <= 32 && isIPv4(address)
}

private func isIPv4(_ text: Substring) -> Bool {
    let fields = text.split(separator: ".", omittingEmptySubsequences: false)
    return fields.count == 4
        && fields.allSatisfy { field in
            guard 1...3 ~= field.utf8.count, field.allSatisfy(\.isASCIIDigit), let value = Int(field) else {
                return false
            }
            return value <= 255 && (field.count == 1 || field.first != "0")
        }
}

private func isIPv6(_ text: Substring) -> Bool {
    /// How many 16-bit groups a run of groups without `::` holds; nil where it is not well formed.
    func groups(_ run: Substring, mayEndInIPv4: Bool) -> Int? {
        guard !run.isEmpty else { return 0 }
        let fields = run.split(separator: ":", omittingEmptySubsequences: false)
        var count = 0
        for (index, field) in fields.enumerated() {
            if index == fields.count - 1, mayEndInIPv4, field.contains(".") {
                guard isIPv4(field) else { return nil }
                count += 2
            } else {
                guard 1...4 ~= field.utf8.count, field.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
                count += 1
            }
        }
        return count
    }
    guard let gap = text.range(of: "::") else { return groups(text, mayEndInIPv4: true) == 8 }
    let before = groups(text[..<gap.lowerBound], mayEndInIPv4: false)
    let after = groups(text[gap.upperBound...], mayEndInIPv4: true)
    guard let before, let after else { return false }
    return before + after < 8
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
