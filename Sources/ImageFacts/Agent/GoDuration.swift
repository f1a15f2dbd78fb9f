/// Durations as Go programs read them: `30s`, `1h30m`.

import ByteParsing

/// Whether Go's time.ParseDuration takes a text for more or less than no time: `30s` and `-1.5h`, but neither `0s` nor
/// `30`.
func isDurationToGo(_ text: String) -> Bool {
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    var total = 0.0
    while !rest.isEmpty {
        let digits = rest.prefix { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
        rest = rest[digits.endIndex...]
        let unit = rest.prefix { !$0.isASCIIDigit && $0 != UInt8(ascii: ".") }
        rest = rest[unit.endIndex...]
        guard digits.contains(where: \.isASCIIDigit), let number = Double("0\(Substring(digits))0"),
            let nanoseconds = nanosecondsOfUnit[String(Substring(unit))]
        else { return false }
        total += (number * nanoseconds).rounded(.down)
    }
    // Go counts nanoseconds in 63 bits.
    return total > 0 && total < 0x1p63
}

private let nanosecondsOfUnit: [String: Double] = [
    "ns": 1, "us": 1e3, "\u{B5}s": 1e3, "\u{3BC}s": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3_600e9,
]
