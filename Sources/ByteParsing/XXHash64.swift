/// The fast hash by which some btrfs guard their blocks.

/// xxHash of 64 bits with the seed 0 (xxHash, doc/xxhash_spec.md).
public enum XXHash64 {
    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )

    /// The hash of `bytes`.
    public static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        let (bytes, primes) = (bytes.span, primes)
        func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
        func number(_ count: Int, at offset: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
        }
        func round(_ lane: UInt64, _ value: UInt64) -> UInt64 {
            rotated(lane &+ value &* primes.1, 31) &* primes.0
        }
        var at = 0
        var hash: UInt64
        if bytes.count >= 32 {
            var (a, b, c, d) = (primes.0 &+ primes.1, primes.1, UInt64(0), 0 &- primes.0)
            while at + 32 <= bytes.count {
                a = round(a, number(8, at: at))
                b = round(b, number(8, at: at + 8))
                c = round(c, number(8, at: at + 16))
                d = round(d, number(8, at: at + 24))
                at += 32
            }
            hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
            for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* primes.0 &+ primes.3 }
        } else {
            hash = primes.4
        }
        hash &+= UInt64(bytes.count)
        while at + 8 <= bytes.count {
            hash = rotated(hash ^ round(0, number(8, at: at)), 27) &* primes.0 &+ primes.3
            at += 8
        }
        if at + 4 <= bytes.count {
            hash = rotated(hash ^ number(4, at: at) &* primes.0, 23) &* primes.1 &+ primes.2
            at += 4
        }
        while at < bytes.count {
            hash = rotated(hash ^ UInt64(bytes[at]) &* primes.4, 11) &* primes.0
            at += 1
        }
        hash = (hash ^ hash >> 33) &* primes.1
        hash = (hash ^ hash >> 29) &* primes.2
        return hash ^ hash >> 32
    }
}
