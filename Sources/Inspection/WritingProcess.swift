/// A process beside this one that writes files which this one, being locked in, can open no more.

import CProcess
import Glibc

/// Writes files whole, each once, for the process that started it: which files they are it knew before.
///
/// To it go, by a pipe, the number of a file, its content in pieces with the number of bytes before each, and 0 at the end
/// or `pieceGivenUp`; from it, by another, 0 or the number of the error (errno). It ends with the process that started it,
/// and what that had not ended is then as it was.
public final class WritingProcess {
    private let files: [String]
    private let process: pid_t
    private let content: Int32
    private let answers: Int32

    /// Starts it; the caller is alone in its process.
    public init(files: [String]) throws(WriteError) {
        self.files = files
        let there = try pipe(for: files)
        let back = try pipe(for: files)
        process = amilint_fork()
        guard process >= 0 else { throw WriteError(path: files[0], number: errno) }
        guard process != 0 else {
            close(there.writing)
            close(back.reading)
            write(files, content: there.reading, answers: back.writing)
        }
        close(there.reading)
        close(back.writing)
        content = there.writing
        answers = back.reading
    }

    deinit {
        close(content)
        close(answers)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Has what `body` gives written to one of the files, as `writeWhole` does: SIGINT, SIGTERM and SIGHUP wait until that
    /// is done. Throws what `body` throws, and a `WriteError`.
    public func writeWhole(to file: String, _ body: (inout FileWriter) throws -> Void) throws {
        guard let index = files.firstIndex(of: file) else { throw WriteError(path: file, number: EINVAL) }
        let waiting = blockedSignals()
        defer { restore(waiting) }
        do {
            try write(pieceHead(UInt32(index)), to: content, file)
            var writer = FileWriter(content, file, isCounted: true)
            do {
                try body(&writer)
                try writer.flush()
            } catch {
                // Half a piece may be on its way, and nothing said behind it would be heard.
                if error is WriteError { throw error }
                try write(pieceHead(pieceGivenUp), to: content, file)
                _ = number(from: answers)
                throw error
            }
            try write(pieceHead(0), to: content, file)
        } catch let error as WriteError where error.number == EPIPE {
            // A reader who left is no reason for a word, but this one must not.
            throw WriteError(path: file, number: EIO)
        }
        let number = number(from: answers) ?? UInt32(EIO)
        if number != 0 { throw WriteError(path: file, number: Int32(truncatingIfNeeded: number)) }
    }
}

/// In the place of a piece's size: nothing is to come of this file.
private let pieceGivenUp = UInt32.max

/// The number that stands before a piece.
func pieceHead(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

private func pipe(for files: [String]) throws(WriteError) -> (reading: Int32, writing: Int32) {
    var reading: Int32 = 0
    var writing: Int32 = 0
    guard unsafe amilint_pipe(&reading, &writing) == 0 else { throw WriteError(path: files[0], number: errno) }
    return (reading, writing)
}

/// All that the other process does.
private func write(_ files: [String], content: Int32, answers: Int32) -> Never {
    while let index = number(from: content), index < files.count {
        var pieces = Pieces(descriptor: content)
        var result: Int32 = 0
        do {
            try writeWhole(to: files[Int(index)]) { writer in
                while let piece = try pieces.next() { try writer.write(piece) }
            }
        } catch let error as WriteError {
            result = error.number
        } catch {
            result = EIO
        }
        do {
            // What is left of a file that could not be written.
            while try pieces.next() != nil {}
        } catch PiecesError.givenUp {
            result = EIO
        } catch {
            break
        }
        do throws(WriteError) {
            try write(pieceHead(UInt32(bitPattern: result)), to: answers, files[Int(index)])
        } catch {
            break
        }
    }
    _exit(0)
}

private enum PiecesError: Error {
    /// The content is to be forgotten.
    case givenUp
    /// Who sent it is gone.
    case cut
}

/// The pieces of one file, as they come.
private struct Pieces {
    let descriptor: Int32
    private var end: Result<Void, PiecesError>?

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The next piece; nil at the end.
    mutating func next() throws(PiecesError) -> [UInt8]? {
        if let end {
            try end.get()
            return nil
        }
        let size = number(from: descriptor)
        guard let size, size != pieceGivenUp, size != 0 else {
            end = size == 0 ? .success(()) : .failure(size == nil ? .cut : .givenUp)
            return try next()
        }
        guard let piece = bytes(Int(size), from: descriptor) else {
            end = .failure(.cut)
            throw .cut
        }
        return piece
    }
}

private func number(from descriptor: Int32) -> UInt32? {
    bytes(4, from: descriptor).map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
}

/// So many bytes of a pipe; nil where it ends before.
private func bytes(_ count: Int, from descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
        let got = unsafe withUnsafeTemporaryAllocation(byteCount: min(count - bytes.count, 64 << 10), alignment: 1) {
            let got = unsafe read(descriptor, $0.baseAddress, $0.count)
            if got > 0 { unsafe bytes += $0[..<got] }
            return got
        }
        if got == 0 || got < 0 && errno != EINTR { return nil }
    }
    return bytes
}
