/// A file of results that is read line by line, of which at most a few megabytes are held.

import ByteParsing
import CProcess
import Glibc

/// An open file of the format jsonl, whose lines are read forwards once and then again at their places.
final class ResultFile {
    /// As it was given.
    let path: String
    private let descriptor: Int32
    /// Bytes of the file from `start` on.
    private var window: [UInt8] = []
    private var start = 0

    /// In bytes: as many are read at once where lines are read one after the other.
    private static let step = 1 << 20
    /// In bytes; a line of a real image has some tens of thousands.
    private static let longestLine = 64 << 20

    /// Opens the file. What cannot be read twice, such as a pipe, is copied to a file without a name first.
    init(_ path: String) throws(MergeError) {
        self.path = path
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw MergeError(description: "\(path): \(systemText(errno))") }
        var status = stat()
        if unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            defer { close(file) }
            descriptor = try copy(of: file, path)
        } else {
            descriptor = file
        }
    }

    deinit { close(descriptor) }

    /// Calls `body` with each line that is not empty, without its line feed, its number, 1-based, and its place in bytes.
    ///
    /// Throws where the file cannot be read, where it does not end in a line feed, and what `body` throws.
    func forEachLine(_ body: (ArraySlice<UInt8>, _ number: Int, _ place: Int) throws(MergeError) -> Void)
        throws(MergeError)
    {
        var place = 0
        var number = 0
        while true {
            var end = end(ofLineAt: place)
            var isLast = false
            while end == nil, !isLast {
                guard start + window.count - place <= Self.longestLine else {
                    throw MergeError(
                        description: "\(path): lines of at most \(Self.longestLine) bytes expected, a longer one found")
                }
                let known = start + window.count
                try read(from: place, keeping: known)
                isLast = start + window.count == known
                end = self.end(ofLineAt: place)
            }
            guard let end else {
                guard place == start + window.count else {
                    throw MergeError(
                        description: "\(path): a line feed expected at the end, none found: it is cut short")
                }
                return
            }
            number += 1
            if end > place { try body(window[place - start..<end - start], number, place) }
            place = end + 1
        }
    }

    /// The `count` bytes at `place`, which were there when lines were read.
    func line(at place: Int, count: Int) throws(MergeError) -> ArraySlice<UInt8> {
        let end = start + window.count
        if place < start || place + count > end {
            // Lines that follow each other are read many at a time, others alone.
            let isNext = place >= start && place - end < Self.step
            try fill(from: place, max(count, isNext ? Self.step : 0))
            guard window.count >= count else {
                throw MergeError(description: "\(path): was cut short while it was read")
            }
        }
        return window[place - start..<place - start + count]
    }

    private func end(ofLineAt place: Int) -> Int? {
        guard place >= start, place <= start + window.count else { return nil }
        return window.firstIndex(of: UInt8(ascii: "\n"), from: place - start).map { $0 + start }
    }

    /// Goes on to read behind `known`, keeping what is held from `place` on.
    private func read(from place: Int, keeping known: Int) throws(MergeError) {
        if place > start {
            window.removeFirst(min(place - start, window.count))
            start = place
        }
        try append(Self.step)
    }

    private func fill(from place: Int, _ count: Int) throws(MergeError) {
        window.removeAll(keepingCapacity: true)
        start = place
        try append(count)
    }

    /// Reads up to `count` bytes behind what is held; fewer only at the end of the file.
    private func append(_ count: Int) throws(MergeError) {
        var left = count
        while left > 0 {
            let offset = start + window.count
            let read = unsafe withUnsafeTemporaryAllocation(byteCount: min(left, Self.step), alignment: 1) { buffer in
                let read = unsafe pread(descriptor, buffer.baseAddress, buffer.count, offset)
                if read > 0 { unsafe window += buffer[..<read] }
                return read
            }
            if read == 0 { return }
            if read > 0 {
                left -= read
            } else if errno != EINTR {
                throw MergeError(description: "\(path): \(systemText(errno))")
            }
        }
    }
}

/// What `file` gives to its end, in a file of the directory for temporary files that goes away with its descriptor.
private func copy(of file: Int32, _ path: String) throws(MergeError) -> Int32 {
    let directory = temporaryDirectory()
    let copy = unsafe amilint_unnamed_file(directory)
    guard copy >= 0 else {
        throw MergeError(description: "\(path): room for a copy in \(directory) expected: \(systemText(errno))")
    }
    do throws(MergeError) {
        while true {
            var bytes: [UInt8] = []
            let count = unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
                let count = unsafe read(file, buffer.baseAddress, buffer.count)
                if count > 0 { unsafe bytes += buffer[..<count] }
                return count
            }
            if count == 0 { return copy }
            if count < 0, errno != EINTR { throw MergeError(description: "\(path): \(systemText(errno))") }
            do throws(WriteError) {
                try write(bytes, to: copy, directory)
            } catch {
                throw MergeError(description: "\(path): a copy of it in \(error)")
            }
        }
    } catch {
        close(copy)
        throw error
    }
}

/// The directory for temporary files (POSIX, "Environment Variables").
public func temporaryDirectory() -> String {
    let named = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    return named.isEmpty ? "/tmp" : named
}
