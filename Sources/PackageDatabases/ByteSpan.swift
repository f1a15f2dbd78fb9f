/// Numbers and text from bytes whose bounds the caller has checked.

extension Span<UInt8> {
    /// The big-endian number of 32 bits at `position`; four bytes must be there.
    func bigEndian(at position: Int) -> UInt32 {
        UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    /// The little-endian number of 32 bits at `position`; four bytes must be there.
    func littleEndian(at position: Int) -> UInt32 {
        UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    /// The bytes as text; what is not UTF-8 becomes U+FFFD.
    var text: String {
        do {
            return String(copying: try UTF8Span(validating: self))
        } catch {
            var bytes: [UInt8] = []
            for index in indices { bytes.append(self[index]) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
