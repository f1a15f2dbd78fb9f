/// What is kept of images that were read, so that none is read twice.

import ByteParsing
import FoundationEssentials
import Glibc

/// A directory of this machine in which every file that was read has a record: what identifies it, then what came of
/// reading it.
///
/// A record is a file of its own, called by the hash of the image's path, which is replaced whole. It is a line of JSON
/// with the identity, then the outcome as `ReadOutcome.json` gives it. Only one audit uses a directory at a time, but
/// shards, which have no image in common, may use one together.
public final class AuditState: Sendable {
    private let directory: String
    private let locks: [Int32]

    /// Opens the state in `directory`, made where it is not there. Where another audit uses it, calls `whileWaiting` and
    /// waits until that one has ended.
    ///
    /// Throws where the directory cannot be made or written.
    public init(_ directory: String, shard: Shard?, whileWaiting: () -> Void) throws(WriteError) {
        self.directory = directory
        if unsafe mkdir(directory, 0o777) != 0, errno != EEXIST { throw WriteError(path: directory, number: errno) }
        let whole = try lockFile(directory + "/lock")
        // Whoever has the directory alone clears away what killed audits left half written.
        if tryLock(whole, LOCK_EX) {
            Self.removeHalfWritten(in: directory)
            if shard != nil { _ = flock(whole, LOCK_SH) }
        } else if shard == nil || !tryLock(whole, LOCK_SH) {
            whileWaiting()
            try wait(for: whole, shard == nil ? LOCK_EX : LOCK_SH, directory)
        }
        guard let shard else {
            locks = [whole]
            return
        }
        let own = try lockFile(directory + "/lock-\(shard.index)-of-\(shard.count)")
        if !tryLock(own, LOCK_EX) {
            whileWaiting()
            try wait(for: own, LOCK_EX, directory)
        }
        locks = [whole, own]
    }

    deinit {
        for lock in locks { close(lock) }
    }

    /// What is kept of a file; nil where nothing is, where the file is not the same any more, and where another build of
    /// this program kept it; always nil in a program that does not know its own build.
    func outcome(of candidate: Candidate) -> ReadOutcome? {
        guard buildID != nil, let bytes = try? settingsFile(at: path(of: candidate), upTo: Self.recordLimit),
            let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let identity = try? JSONDecoder().decode(Identity.self, from: Data(bytes[..<end])),
            identity == Identity(candidate)
        else { return nil }
        return try? ReadOutcome(json: bytes[(end + 1)...])
    }

    /// Keeps what came of reading a file, as JSON: on the disk when this returns.
    func keep(_ outcome: [UInt8], of candidate: Candidate) throws(WriteError) {
        let record = path(of: candidate)
        let identity: Data
        do {
            identity = try JSONEncoder().encode(Identity(candidate))
        } catch {
            throw WriteError(path: record, number: EINVAL)
        }
        let folder = String(record.dropLast(lastPart(of: record).count + 1))
        if unsafe mkdir(folder, 0o777) != 0, errno != EEXIST { throw WriteError(path: folder, number: errno) }
        try writeWhole([UInt8](identity) + [UInt8(ascii: "\n")] + outcome, to: record)
    }

    /// `DIRECTORY/ab/cdef0123456789.json`, so that no folder holds more than a 256th of them.
    private func path(of candidate: Candidate) -> String {
        let digits = StableHash(candidate.path).digits
        return "\(directory)/\(digits.prefix(2))/\(digits.dropFirst(2)).json"
    }

    /// In bytes; facts of real images take some tens of kilobytes.
    private static let recordLimit = 64 << 20

    private struct Identity: Codable, Equatable {
        let path: String
        let file: FileIdentity

        init(_ candidate: Candidate) {
            path = candidate.path
            file = candidate.identity
        }
    }

    private static func removeHalfWritten(in directory: String) {
        for name in (try? namesInDirectory(directory)) ?? [] {
            guard let folder = String(validating: name, as: UTF8.self), folder.utf8.count == 2 else { continue }
            removeUnfinishedFiles(in: directory + "/" + folder)
        }
    }
}

private func lockFile(_ path: String) throws(WriteError) -> Int32 {
    let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw WriteError(path: path, number: errno) }
    return file
}

/// Whether the lock was taken at once. Where the file system has no locks, everybody has it: records are replaced whole,
/// so that two audits at worst read an image twice.
private func tryLock(_ file: Int32, _ kind: Int32) -> Bool {
    flock(file, kind | LOCK_NB) == 0 || errno != EWOULDBLOCK && errno != EINTR
}

private func wait(for file: Int32, _ kind: Int32, _ directory: String) throws(WriteError) {
    while flock(file, kind) != 0 {
        guard errno == EINTR else { throw WriteError(path: directory, number: errno) }
    }
}
