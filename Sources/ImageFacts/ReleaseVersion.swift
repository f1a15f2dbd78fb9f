/// Upstream release numbers, compared number by number.

import ByteParsing

/// The leading dotted numbers of a version: 6.1.188 of `6.1.188-233.385.amzn2023.x86_64`, 25.0.16 of `25.0.16-1`.
///
/// Numbers compare as numbers, never as decimals: 3.9 is older than 3.10. A missing number counts as 0. Epochs are no
/// part of an upstream version; `init` drops a leading `N:`.
public struct ReleaseVersion: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// At least one; trailing zeros are taken off, so that equal versions are equal.
    public let numbers: [Int]

    /// Nil where the text does not begin with a number of fewer than 10 digits, after an optional `v` and epoch.
    public init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")), rest[..<colon].allSatisfy(\.isASCIIDigit) {
            rest = rest[(colon + 1)...]
        }
        if rest.first == UInt8(ascii: "v") { rest = rest.dropFirst() }
        var numbers: [Int] = []
        while true {
            let digits = rest.prefix(while: \.isASCIIDigit)
            guard !digits.isEmpty, digits.count < 10 else { break }
            numbers.append(digits.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) })
            rest = rest.dropFirst(digits.count)
            guard rest.first == UInt8(ascii: ".") else { break }
            rest = rest.dropFirst()
        }
        guard !numbers.isEmpty else { return nil }
        while numbers.count > 1, numbers.last == 0 { numbers.removeLast() }
        self.numbers = numbers
    }

    /// A version as its numbers: `ReleaseVersion(3, 10)`.
    public init(_ numbers: Int...) {
        var numbers = numbers
        while numbers.count > 1, numbers.last == 0 { numbers.removeLast() }
        self.numbers = numbers
    }

    /// At least two numbers: `25.0`.
    public var description: String {
        let shown = numbers.count < 2 ? numbers + [0] : numbers
        return shown.map(String.init).joined(separator: ".")
    }

    /// Number by number, a missing one as 0.
    public static func < (a: ReleaseVersion, b: ReleaseVersion) -> Bool {
        a.numbers.lexicographicallyPrecedes(b.numbers)
    }
}
