/// Cryptographic digests, by Nettle: rpm knows its headers by them, and a browser the script of a page.

import CNettle

/// SHA-256 (FIPS 180-4) of bytes that may come in several parts.
public struct SHA256 {
    private var context = sha256_ctx()

    /// The digest of nothing yet.
    public init() {
        unsafe nettle_sha256_init(&context)
    }

    /// Adds bytes behind those that were added before.
    public mutating func add(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe nettle_sha256_update(&context, $0.count, $0.baseAddress) }
    }

    /// The 32 bytes of the digest of all that was added.
    public func digest() -> [UInt8] {
        var context = context
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
        unsafe nettle_sha256_digest(&context, digest.count, &digest)
        return digest
    }
}

/// SHA-1 (FIPS 180-4) of bytes that may come in several parts; for what was digested so long ago, not for anything new.
public struct SHA1 {
    private var context = sha1_ctx()

    /// The digest of nothing yet.
    public init() {
        unsafe nettle_sha1_init(&context)
    }

    /// Adds bytes behind those that were added before.
    public mutating func add(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe nettle_sha1_update(&context, $0.count, $0.baseAddress) }
    }

    /// The 20 bytes of the digest of all that was added.
    public func digest() -> [UInt8] {
        var context = context
        var digest = [UInt8](repeating: 0, count: Int(SHA1_DIGEST_SIZE))
        unsafe nettle_sha1_digest(&context, digest.count, &digest)
        return digest
    }
}

/// Two lower case digits a byte, in ASCII.
public func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value }
    var digits: [UInt8] = []
    digits.reserveCapacity(2 * bytes.count)
    for byte in bytes {
        digits.append(digit(byte >> 4))
        digits.append(digit(byte & 15))
    }
    return digits
}
