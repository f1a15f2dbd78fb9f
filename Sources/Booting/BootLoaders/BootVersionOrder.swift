/// The two orders of version texts that boot loaders sort their entries by.

import ByteParsing

/// Comparisons that give a number below, at or above 0, as the first text is older, as old, or newer.
enum BootVersionOrder {
    /// As rhboot's GRUB compares (grub-core/commands/blscfg.c, vercmp): rpm's order with `~`, with `+` in the place of
    /// rpm's `^`, and without `^`.
    static func grub(_ a: some StringProtocol, _ b: some StringProtocol) -> Int {
        var (a, b) = (Array(a.utf8)[...], Array(b.utf8)[...])
        while true {
            a = a.drop { !$0.isASCIIAlphanumeric && !"~+".utf8.contains($0) }
            b = b.drop { !$0.isASCIIAlphanumeric && !"~+".utf8.contains($0) }
            if let order = separator("~", &a, &b) {
                if order != 0 { return order }
                continue
            }
            if a.first == UInt8(ascii: "+") || b.first == UInt8(ascii: "+") {
                if a.isEmpty { return -1 }
                if b.isEmpty { return 1 }
                if let order = separator("+", &a, &b), order != 0 { return order }
                continue
            }
            if a.isEmpty || b.isEmpty { return a.count - b.count }
            let order = segment(&a, &b)
            if order != 0 { return order }
        }
    }

    /// As systemd compares (UAPI.10, Version Format Specification; src/fundamental/string-util-fundamental.c): `~`
    /// before the end, then `-`, `^`, `.`, letters, numbers.
    static func systemd(_ a: some StringProtocol, _ b: some StringProtocol) -> Int {
        var (a, b) = (Array(a.utf8)[...], Array(b.utf8)[...])
        while true {
            a = a.drop { !$0.isASCIIAlphanumeric && !"~-^.".utf8.contains($0) }
            b = b.drop { !$0.isASCIIAlphanumeric && !"~-^.".utf8.contains($0) }
            if let order = separator("~", &a, &b), order != 0 { return order }
            if a.isEmpty || b.isEmpty { return a.count - b.count }
            for mark in ["-", "^", "."] as [Unicode.Scalar] {
                if let order = separator(mark, &a, &b), order != 0 { return order }
            }
            let order = segment(&a, &b)
            if order != 0 { return order }
        }
    }

    /// What a separator decides that at least one text stands at: the one that has it is older. Where both have it, it
    /// is passed over and decides nothing; nil where none has.
    private static func separator(
        _ mark: Unicode.Scalar, _ a: inout ArraySlice<UInt8>, _ b: inout ArraySlice<UInt8>
    ) -> Int? {
        let byte = UInt8(ascii: mark)
        switch (a.first == byte, b.first == byte) {
        case (false, false): return nil
        case (true, false): return -1
        case (false, true): return 1
        case (true, true):
            a = a.dropFirst()
            b = b.dropFirst()
            return 0
        }
    }

    /// Compares the numbers or the letters that both texts begin with and passes over them. A number is newer than
    /// letters.
    private static func segment(_ a: inout ArraySlice<UInt8>, _ b: inout ArraySlice<UInt8>) -> Int {
        let isNumber = a.first?.isASCIIDigit == true || b.first?.isASCIIDigit == true
        func belongs(_ byte: UInt8) -> Bool { isNumber ? byte.isASCIIDigit : byte.isASCIILetter }
        var one = a.prefix(while: belongs)
        var other = b.prefix(while: belongs)
        a = a[one.endIndex...]
        b = b[other.endIndex...]
        if isNumber {
            if one.isEmpty != other.isEmpty { return one.isEmpty ? -1 : 1 }
            one = one.drop { $0 == UInt8(ascii: "0") }
            other = other.drop { $0 == UInt8(ascii: "0") }
            if one.count != other.count { return one.count - other.count }
        }
        if one.lexicographicallyPrecedes(other) { return -1 }
        return other.lexicographicallyPrecedes(one) ? 1 : 0
    }
}
