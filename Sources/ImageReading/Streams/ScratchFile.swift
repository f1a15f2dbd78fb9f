/// Bytes that come forwards alone, written where they can be read at any place: disks in compressed files and in pipes.

import CProcess
import Glibc
import Inflating

/// A file without a name, so that it is gone when this is, whatever becomes of the process. Zeros take no room in it.
///
/// It is made before anything of an image is read, since a process that reads may open nothing any more.
final class ScratchFile {
    let descriptor: Int32
    let directory: String
    /// Why there is none (errno), which is said where one is needed.
    private let refusal: Int32
    private var position = 0

    /// Zeros of this size that begin at a multiple of it are left out: what file systems give room by, in bytes.
    private static let pageSize = 4096

    /// A new file in `directory` of this machine, for bytes that may come. What stands in the way `fill` says.
    init(in directory: String) {
        self.directory = directory
        descriptor = unsafe amilint_unnamed_file(directory)
        refusal = descriptor < 0 ? errno : 0
    }

    /// Writes all of `stream`, which is at most `limit` bytes, once.
    ///
    /// Throws where there is no room for it or it gives more, and what `stream` throws.
    func fill(from stream: any ByteStream, limit: Int = ReadingLimits.diskBytes) throws(StreamError) {
        guard descriptor >= 0 else { throw failure(refusal, "a new file in") }
        while true {
            let block = try stream.next()
            guard block.count > 0 else { break }
            guard block.count <= limit - position else {
                throw StreamError(.limitExceeded, "a disk of at most \(limit) bytes expected, more found")
            }
            try write(block)
        }
        guard ftruncate(descriptor, off_t(position)) == 0 else { throw failure(errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Writes the pages of a block that are not zeros alone.
    private func write(_ block: Block) throws(StreamError) {
        func page(from start: Int) -> Range<Int> {
            start..<min(block.count, start + Self.pageSize - (position + start) % Self.pageSize)
        }
        var start = 0
        while start < block.count {
            var end = start
            while end < block.count, case let page = page(from: end), !block.isZero(page) { end = page.upperBound }
            if end > start { try write(block, start..<end) }
            start = end < block.count ? page(from: end).upperBound : end
        }
        position += block.count
    }

    private func write(_ block: Block, _ range: Range<Int>) throws(StreamError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let written = unsafe pwrite(
                descriptor, block.bytes.baseAddress?.advanced(by: start), range.upperBound - start,
                off_t(position + start))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure(written < 0 ? errno : ENOSPC) }
            start += written
        }
    }

    private func failure(_ number: Int32, _ what: String = "room for the decompressed disk in") -> StreamError {
        let reason = unsafe String(cString: strerror(number)).lowercased()
        return StreamError(
            .noScratch, "\(what) \(directory) expected, \(reason); name another directory by --scratch DIR")
    }
}
