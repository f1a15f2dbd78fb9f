/// The two orders of version texts that boot loaders sort their entries by.

/// Comparisons that give a number below, at or above 0, as the first text is older, as old, or newer.
enum VersionOrder {
    /// As rhboot's GRUB compares (grub-core/commands/blscfg.c, vercmp): rpm's order with `~`, with `+` in the place of
    /// rpm's `^`, and without `^`.
    static func grub(_ a: some StringProtocol, _ b: some StringProtocol) -> Int {
        compare(a, b, marks: "~+", endsBefore: "+")
    }

    /// As systemd compares (UAPI.10, Version Format Specification): `~` before all, then the end, `-`, `^`, `.`.
    static func systemd(_ a: some StringProtocol, _ b: some StringProtocol) -> Int {
        compare(a, b, marks: "~-^.", endsBefore: "-^.")
    }

    /// `marks` are separators that count, in the order in which a text that has one is older than a text that has not;
    /// the end of a text comes before those of `endsBefore`.
    private static func compare(
        _ a: some StringProtocol,
        _ b: some StringProtocol,
        marks: String,
        endsBefore: String
    ) -> Int {
        let (first, second) = (Array(a.utf8), Array(b.utf8))
        var (i, j) = (0, 0)
        while true {
            while i < first.count, !isAlphanumeric(first[i]), !marks.utf8.contains(first[i]) { i += 1 }
            while j < second.count, !isAlphanumeric(second[j]), !marks.utf8.contains(second[j]) { j += 1 }
            let one = i < first.count ? first[i] : nil
            let other = j < second.count ? second[j] : nil
            if let order = mark(one, other, marks, endsBefore) {
                if order != 0 { return order }
                i += 1
                j += 1
                continue
            }
            guard let one, let other else { return (one == nil ? 0 : 1) - (other == nil ? 0 : 1) }
            let isNumber = isDigit(one) || isDigit(other)
            guard isDigit(one) == isDigit(other) else { return isDigit(one) ? 1 : -1 }
            let segment = isNumber ? isDigit : { isAlphanumeric($0) && !isDigit($0) }
            var left = first[i...].prefix(while: segment)
            var right = second[j...].prefix(while: segment)
            (i, j) = (left.endIndex, right.endIndex)
            if isNumber {
                left = left.drop { $0 == UInt8(ascii: "0") }
                right = right.drop { $0 == UInt8(ascii: "0") }
                if left.count != right.count { return left.count < right.count ? -1 : 1 }
            }
            if left.lexicographicallyPrecedes(right) { return -1 }
            if right.lexicographicallyPrecedes(left) { return 1 }
        }
    }

    /// What a separator that counts, on one side or both, decides; 0 where both have it, nil where none has one.
    private static func mark(_ one: UInt8?, _ other: UInt8?, _ marks: String, _ endsBefore: String) -> Int? {
        for mark in marks.utf8 {
            switch (one == mark, other == mark) {
            case (true, true): return 0
            case (true, false): return other == nil && endsBefore.utf8.contains(mark) ? 1 : -1
            case (false, true): return one == nil && endsBefore.utf8.contains(mark) ? -1 : 1
            case (false, false): continue
            }
        }
        return nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }
}
