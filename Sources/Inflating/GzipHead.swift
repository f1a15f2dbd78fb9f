/// The beginning of a gzip stream, inflated: by zlib, which takes one that is cut.

package import ByteParsing
import CZlib

/// The first bytes of what a gzip stream holds, at most `limit` of them.
///
/// The stream may be cut: what could be inflated before its bytes ran out is the answer, so that the head of a file is
/// enough. Checksums lie at a stream's end and are not reached. Throws where the bytes are no gzip stream (RFC 1952)
/// or its compressed data are damaged.
package func inflatedHead(_ bytes: ArraySlice<UInt8>, limit: Int) throws(FormatError) -> [UInt8] {
    var stream = unsafe z_stream()
    // 16 asks for a gzip header, 15 is the largest window (zlib.h, inflateInit2).
    let opened = unsafe inflateInit2_(&stream, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard opened == Z_OK else { throw FormatError(.limitExceeded, "zlib could not be set up (code \(opened))") }
    defer { unsafe inflateEnd(&stream) }
    var input = Array(bytes)
    var output = [UInt8](repeating: 0, count: limit)
    var code = Z_OK
    let count = unsafe input.withUnsafeMutableBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(clamping: input.count)
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = UInt32(clamping: output.count)
            code = unsafe inflate(&stream, Z_SYNC_FLUSH)
            return unsafe output.count - Int(stream.avail_out)
        }
    }
    // Z_BUF_ERROR says only that the input or the room for output is used up.
    guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
        throw FormatError(.malformed, "gzip data expected, zlib gave code \(code)", at: bytes.startIndex)
    }
    return Array(output.prefix(count))
}
