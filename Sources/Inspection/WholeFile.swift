/// Files that are written whole or not at all.

import Glibc

/// Why a file could not be written.
public struct WriteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path as it was given.
    public let path: String
    /// The number that the system gave (errno).
    public let number: Int32

    /// `report.json: cannot be written: Permission denied`.
    public var description: String { "\(path): cannot be written: \(systemText(number))" }
}

/// What the system calls its error `number`: "Permission denied".
func systemText(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

/// Writes `bytes` to `path`: whole and on the disk, or the path stays as it was and nothing is left beside it.
public func writeWhole(_ bytes: [UInt8], to path: String) throws(WriteError) {
    do {
        try writeWhole(to: path) { try $0.write(bytes) }
    } catch let error as WriteError {
        throw error
    } catch {
        throw WriteError(path: path, number: EINVAL)
    }
}

/// Writes what `content` gives to `path`: whole and on the disk, or the path stays as it was and nothing is left beside
/// it. Throws what `content` throws, and a `WriteError`.
///
/// The bytes go to a file of another name in the same directory, which then takes the place of the old one; SIGINT,
/// SIGTERM and SIGHUP wait until that is done. A link is followed, so that the file it names is the one replaced. What
/// is no regular file (a terminal, a FIFO, /dev/null) is written to directly.
public func writeWhole(to path: String, _ content: (inout FileWriter) throws -> Void) throws {
    var status = stat()
    if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw WriteError(path: path, number: errno) }
        defer { close(file) }
        try writing(to: file, path, content)
        return
    }
    let target = try resolved(path)
    let waiting = blockedSignals()
    defer { restore(waiting) }
    let (file, temporary) = try newFile(beside: target, path)
    var isOpen = true
    do {
        try writing(to: file, path, content)
        guard fsync(file) == 0 else { throw WriteError(path: path, number: errno) }
        isOpen = false
        guard close(file) == 0 else { throw WriteError(path: path, number: errno) }
        guard unsafe rename(temporary, target) == 0 else { throw WriteError(path: path, number: errno) }
    } catch {
        if isOpen { close(file) }
        unsafe unlink(temporary)
        throw error
    }
}

/// Makes a directory where none is.
public func makeDirectory(_ path: String) throws(WriteError) {
    if unsafe mkdir(path, 0o777) != 0, errno != EEXIST { throw WriteError(path: path, number: errno) }
}

/// Writes what `content` gives to an open descriptor; `path` is for the error alone.
public func writing(to descriptor: Int32, _ path: String, _ content: (inout FileWriter) throws -> Void) throws {
    var writer = FileWriter(descriptor, path)
    try content(&writer)
    try writer.flush()
}

/// An open file that is written piece by piece, without a system call for each.
public struct FileWriter {
    private let descriptor: Int32
    private let path: String
    /// Whether the number of bytes goes before each piece (`WritingProcess`).
    private let isCounted: Bool
    private var waiting: [UInt8] = []

    /// In bytes; as many are written at once.
    private static let size = 64 << 10

    init(_ descriptor: Int32, _ path: String, isCounted: Bool = false) {
        self.descriptor = descriptor
        self.path = path
        self.isCounted = isCounted
    }

    /// Adds the bytes of a text.
    public mutating func write(_ text: String) throws(WriteError) {
        waiting += text.utf8
        if waiting.count >= Self.size { try flush() }
    }

    /// Adds bytes.
    public mutating func write(_ bytes: [UInt8]) throws(WriteError) {
        waiting += bytes
        if waiting.count >= Self.size { try flush() }
    }

    mutating func flush() throws(WriteError) {
        if isCounted, !waiting.isEmpty {
            try Inspection.write(pieceHead(UInt32(waiting.count)), to: descriptor, path)
        }
        try Inspection.write(waiting, to: descriptor, path)
        waiting.removeAll(keepingCapacity: true)
    }
}

/// Removes what programs that were killed while they wrote left in a directory.
func removeUnfinishedFiles(in directory: String) {
    for bytes in (try? namesInDirectory(directory)) ?? [] {
        guard let name = String(validating: bytes, as: UTF8.self), name.hasPrefix(unfinished) else { continue }
        unsafe unlink(directory + "/" + name)
    }
}

/// What names of files begin with that are not whole yet.
private let unfinished = ".amilint-"

/// Writes all of `bytes` to an open descriptor; `path` is for the error alone.
public func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(WriteError) {
    var written = 0
    while written < bytes.count {
        let count = unsafe bytes[written...].withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        if count > 0 {
            written += count
        } else if count < 0, errno != EINTR {
            throw WriteError(path: path, number: errno)
        }
    }
}

/// The path with links followed, where something stands there; itself where nothing does yet.
private func resolved(_ path: String) throws(WriteError) -> String {
    guard let real = unsafe realpath(path, nil) else {
        if errno == ENOENT { return path }
        throw WriteError(path: path, number: errno)
    }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
}

/// A new, empty file in the directory of `target` under a name nobody has.
private func newFile(beside target: String, _ path: String) throws(WriteError) -> (Int32, String) {
    let slash = target.lastIndex(of: "/")
    let directory = slash.map { String(target[...$0]) } ?? ""
    while true {
        let name = directory + unfinished + String(UInt64.random(in: .min ... .max), radix: 36)
        let file = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if file >= 0 { return (file, name) }
        guard errno == EEXIST else { throw WriteError(path: path, number: errno) }
    }
}

/// Holds back the signals that people end a program with; gives what was held back before.
func blockedSignals() -> sigset_t {
    var ending = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&ending)
    for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&ending, signal) }
    unsafe pthread_sigmask(SIG_BLOCK, &ending, &before)
    return before
}

func restore(_ signals: sigset_t) {
    var signals = signals
    unsafe pthread_sigmask(SIG_SETMASK, &signals, nil)
}
