/// The bytes of a disk in a file or on a device of this machine.

package import ByteParsing
import Glibc

/// A regular file or a block device, read at any place and never mapped: a mapped file that is cut short kills who reads
/// it.
package final class DiskFile: BlockSource {
    private let descriptor: Int32
    private let start: Int
    package let size: Int
    /// Pieces of the file by their number, the last one shorter where the file ends in it.
    private var pieces: [Int: [UInt8]] = [:]
    /// How many bytes were read of the file so far.
    package private(set) var bytesRead = 0

    /// Small reads come in pieces of this size, in bytes: metadata that is asked for lies near what was.
    private static let pieceSize = 16 << 10
    /// How many pieces are kept: 8 MB.
    private static let pieceLimit = 512

    /// The open file `descriptor` from byte `start` on, which the caller may close: who asks for files later than that
    /// still has them.
    ///
    /// Its size is asked by seeking to its end, the one way that devices have too.
    package init(descriptor: Int32, start: Int = 0) throws(FormatError) {
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw Self.failure(errno) }
        let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { throw Self.failure(errno) }
        self.descriptor = own
        self.start = start
        size = max(0, Int(end) - start)
    }

    deinit { close(descriptor) }

    package func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard count < 4 * Self.pieceSize else {
            try checkBounds(offset, count)
            return try read(offset, count)[...]
        }
        return try read(at: offset, count: count, inPiecesOf: Self.pieceSize) {
            (number, start, count) throws(FormatError) in try piece(number)[start..<start + count]
        }
    }

    private func piece(_ number: Int) throws(FormatError) -> [UInt8] {
        if let known = pieces[number] { return known }
        let offset = number * Self.pieceSize
        let piece = try read(offset, min(Self.pieceSize, size - offset))
        if pieces.count >= Self.pieceLimit { pieces.removeAll() }
        pieces[number] = piece
        return piece
    }

    private func read(_ offset: Int, _ count: Int) throws(FormatError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let room = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let got = unsafe pread(descriptor, room.baseAddress, count - filled, off_t(start + offset + filled))
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    code = got < 0 ? errno : 0
                    return
                }
                filled += got
            }
        }
        bytesRead += bytes.count
        if code != 0 { throw Self.failure(code) }
        guard bytes.count == count else {
            throw FormatError(.changed, "it was cut short while it was read", at: offset + bytes.count)
        }
        return bytes
    }

    private static func failure(_ code: Int32) -> FormatError {
        FormatError(.inputOutput, unsafe String(cString: strerror(code)).lowercased())
    }
}
