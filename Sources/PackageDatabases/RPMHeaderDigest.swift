/// The digests by which rpm knows that a header is the one that was built: the only check of all its bytes that there
/// is in Berkeley DB and SQLite.
///
/// They cover the region as it stood in the package file: the magic number, how many entries and bytes it has, its
/// entries of the index, and the store up to the end of its trailer. (rpm 4.18 lib/header.c, hdrblobDigestUpdate)

import ByteParsing
import CNettle

/// The region of a header: the first `entries` of its index, and `size` bytes of its store, which begins at `store`.
struct RPMHeaderRegion {
    let entries: Int
    let store: Int
    let size: Int

    /// The SHA-1 digest; all of the region must lie within `blob`.
    func sha1(in blob: Span<UInt8>) -> [UInt8] {
        var context = sha1_ctx()
        var digest = [UInt8](repeating: 0, count: Int(SHA1_DIGEST_SIZE))
        unsafe nettle_sha1_init(&context)
        forEachPart(of: blob) { part in
            unsafe part.withUnsafeBufferPointer { unsafe nettle_sha1_update(&context, $0.count, $0.baseAddress) }
        }
        unsafe nettle_sha1_digest(&context, digest.count, &digest)
        return digest
    }

    /// The SHA-256 digest; all of the region must lie within `blob`.
    func sha256(in blob: Span<UInt8>) -> [UInt8] {
        var context = sha256_ctx()
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
        unsafe nettle_sha256_init(&context)
        forEachPart(of: blob) { part in
            unsafe part.withUnsafeBufferPointer { unsafe nettle_sha256_update(&context, $0.count, $0.baseAddress) }
        }
        unsafe nettle_sha256_digest(&context, digest.count, &digest)
        return digest
    }

    private func forEachPart(of blob: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var start: InlineArray<16, UInt8> = [0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        for place in 0..<4 {
            start[8 + place] = UInt8(truncatingIfNeeded: entries >> (24 - 8 * place))
            start[12 + place] = UInt8(truncatingIfNeeded: size >> (24 - 8 * place))
        }
        body(start.span)
        body(blob.extracting(8..<8 + 16 * entries))
        body(blob.extracting(store..<store + size))
    }
}
