/// A hash that is the same in every process, on every machine and in every version.

/// FNV-1a of 64 bits (draft-eastlake-fnv), over texts each ended by a byte that no UTF-8 has.
public struct StableHash: Sendable {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The hash of nothing yet.
    public init() {}

    /// The hash of one text.
    public init(_ text: String) {
        mix(text)
    }

    /// Adds a text.
    public mutating func mix(_ text: String) {
        for byte in text.utf8 { mix(byte) }
        mix(0xff)
    }

    private mutating func mix(_ byte: UInt8) {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    /// 16 hexadecimal digits.
    public var digits: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A number below `count`, each as likely as any other; `count` is at least 1.
    public func remainder(by count: Int) -> Int {
        // The low bits of FNV-1a depend on few bits of the text: the finalizer of MurmurHash3 mixes them.
        var mixed = hash
        mixed = (mixed ^ mixed >> 33) &* 0xff51_afd7_ed55_8ccd
        mixed = (mixed ^ mixed >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return Int((mixed ^ mixed >> 33) % UInt64(max(1, count)))
    }
}
