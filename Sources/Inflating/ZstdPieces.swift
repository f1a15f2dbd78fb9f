/// Zstandard frames (RFC 8878) that are whole in memory, as disk images and file systems keep their pieces.

package import ByteParsing
import CZstd

/// Decompresses one piece after the other.
@safe package final class ZstdPieces {
    private let stream: OpaquePointer?
    private let limit: Int

    /// Pieces of at most `limit` bytes.
    package init(limit: Int) {
        self.limit = limit
        unsafe stream = ZSTD_createDStream()
    }

    deinit {
        unsafe ZSTD_freeDStream(stream)
    }

    /// What the frame at the beginning of `bytes` holds; bytes behind it are not looked at.
    ///
    /// Throws where it is no frame, is damaged or ends early, and where it holds more than the limit: no more than that
    /// is ever decompressed. A frame may ask for a window of at most 8 MiB, which is more than any writer of
    /// such pieces uses.
    package func inflate(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> [UInt8] {
        guard let stream = unsafe stream else { throw FormatError(.inputOutput, "zstd has no memory") }
        unsafe ZSTD_DCtx_reset(stream, ZSTD_reset_session_only)
        unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 23)
        var failure: FormatError?
        // One byte more shows what is too long.
        let inflated = unsafe [UInt8](unsafeUninitializedCapacity: limit + 1) { output, count in
            failure = unsafe bytes.withUnsafeBytes { input in
                unsafe Self.decompress(stream, input, UnsafeMutableRawBufferPointer(output), &count)
            }
        }
        if let failure { throw failure }
        return inflated
    }

    private static func decompress(
        _ stream: OpaquePointer, _ bytes: UnsafeRawBufferPointer, _ room: UnsafeMutableRawBufferPointer,
        _ count: inout Int
    ) -> FormatError? {
        var input = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var output = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
        while true {
            let before = unsafe (input.pos, output.pos)
            let hint = unsafe ZSTD_decompressStream(stream, &output, &input)
            unsafe count = output.pos
            guard ZSTD_isError(hint) == 0 else {
                return unsafe FormatError(
                    .malformed, "a zstd frame expected: \(String(cString: ZSTD_getErrorName(hint)))")
            }
            if count == room.count {
                return FormatError(.limitExceeded, "at most \(room.count - 1) inflated bytes expected, more found")
            }
            if hint == 0 { return nil }
            if unsafe before == (input.pos, output.pos) {
                return FormatError(.truncated, "the end of a zstd frame expected, the end of its bytes found")
            }
        }
    }
}
