/// The Go types of dockerd's configuration, and which values of daemon.json encoding/json stores in them.

import ImageFacts

/// A type that a value of daemon.json is stored in; `null` is stored in every one of them but a size.
indirect enum DaemonType {
    case text, boolean, integer
    /// opts.MemBytes: `64M`.
    case size
    /// net.IP, or netip.Addr.
    case address
    /// A duration of buildkit: `1h`, or a number of seconds in a string.
    case duration
    /// What is not read.
    case anything
    case list(DaemonType)
    case map(DaemonType)
    /// A struct by its fields; a strict one refuses others.
    case structure([String: DaemonType], isStrict: Bool = false)
    /// What takes either of two types.
    case either(DaemonType, DaemonType)

    /// Why Go refuses a value: the names that lead to it, what it expects there and what stands there.
    struct Mismatch {
        let names: [String]
        let expected: String
        let found: String
        let line: Int?
    }

    /// Nil where Go stores the value.
    func mismatch(_ value: DaemonValue) -> Mismatch? {
        func found(_ expected: String) -> Mismatch {
            Mismatch(names: [], expected: expected, found: value.label, line: nil)
        }
        switch (self, value) {
        case (.size, .string(let text)): return isSize(text) ? nil : found("a size like \"64M\"")
        case (.size, _): return found("a string like \"64M\"")
        case (.anything, _), (_, .null), (.text, .string), (.text, .hiddenString), (.boolean, .boolean): return nil
        case (.integer, .number(let text)) where Int64(text) != nil: return nil
        case (.address, .hiddenString), (.duration, .string), (.duration, .hiddenString): return nil
        case (.address, .string(let text)): return text.isEmpty || isAddress(text) ? nil : found("an IP address")
        case (.list(let type), .array(let elements)): return elements.lazy.compactMap(type.mismatch).first
        case (.map(let type), .object(let members)):
            return members.lazy.compactMap { member in type.mismatch(member.value)?.inside(member) }.first
        case (.structure(let fields, let isStrict), .object(let members)):
            for member in members {
                let type = fields[member.name] ?? fields.first { member.isStored(inField: $0.key) }?.value
                if let mismatch = (type ?? .anything).mismatch(member.value) { return mismatch.inside(member) }
                if type == nil, isStrict {
                    return Mismatch(
                        names: [], expected: "one of \(fields.keys.sorted().joined(separator: ", "))",
                        found: "\"\(member.name)\"", line: member.line)
                }
            }
            return nil
        case (.either(let first, let second), _): return second.mismatch(value) == nil ? nil : first.mismatch(value)
        default: return found(name)
        }
    }

    private var name: String {
        switch self {
        case .text: "a string"
        case .boolean: "true or false"
        case .integer: "a whole number"
        case .size: "a size"
        case .address: "an IP address in a string"
        case .duration: "a duration in a string"
        case .anything: "a value"
        case .list(let element): "an array of \(element.pluralName)"
        case .map(let element): "an object whose values are \(element.pluralName)"
        case .structure: "an object"
        case .either(let first, _): first.name
        }
    }

    private var pluralName: String {
        switch self {
        case .text: "strings"
        case .boolean: "true or false"
        case .integer: "whole numbers"
        case .address: "IP addresses"
        case .structure, .map: "objects"
        case .size, .duration, .anything, .list, .either: "values"
        }
    }
}

extension DaemonType.Mismatch {
    fileprivate func inside(_ member: DaemonValue.Member) -> DaemonType.Mismatch {
        DaemonType.Mismatch(names: [member.name] + names, expected: expected, found: found, line: line ?? member.line)
    }
}

/// An address as netip.ParseAddr takes it, with a zone too, which net.ParseIP does not; nobody writes one.
private func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 1
        ? isIPAddress(text) : text.contains(":") && isIPAddress(String(parts[0])) && !parts[1].isEmpty
}

/// Whether go-units takes a text for a size (RAMInBytes): a number and one of b, k, m, g, t, p, `KB`, `KiB`.
func isSize(_ text: String) -> Bool {
    guard let last = text.lastIndex(where: { "0123456789. ".contains($0) }) else { return false }
    let number = text[last] == " " ? text[..<last] : text[...last]
    let suffix = text[text.index(after: last)...].lowercased()
    guard let value = Double(number), value >= 0, value.isFinite else { return false }
    let units = ["", "b"] + ["k", "m", "g", "t", "p"].flatMap { [$0, $0 + "b", $0 + "ib"] }
    return units.contains(suffix)
}
