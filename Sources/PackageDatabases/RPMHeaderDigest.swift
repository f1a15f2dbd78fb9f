/// The digests by which rpm knows that a header is the one that was built: the only check of all its bytes that there
/// is in Berkeley DB and SQLite.
///
/// They cover the region as it stood in the package file: the magic number, how many entries and bytes it has, its
/// entries of the index, and the store up to the end of its trailer. (rpm 4.18 lib/header.c, hdrblobDigestUpdate)

import ByteParsing

/// The region of a header: the first `entries` of its index, and `size` bytes of its store, which begins at `store`.
struct RPMHeaderRegion {
    let entries: Int
    let store: Int
    let size: Int

    /// The SHA-1 digest; all of the region must lie within `blob`.
    func sha1(in blob: Span<UInt8>) -> [UInt8] {
        var sha1 = SHA1()
        forEachPart(of: blob) { sha1.add($0) }
        return sha1.digest()
    }

    /// The SHA-256 digest; all of the region must lie within `blob`.
    func sha256(in blob: Span<UInt8>) -> [UInt8] {
        var sha256 = SHA256()
        forEachPart(of: blob) { sha256.add($0) }
        return sha256.digest()
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
