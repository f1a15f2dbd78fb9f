/// The system calls by which a directory is read, each checked and without following a link.

import Glibc

/// A failed system call, as far as callers tell kinds apart.
enum SystemFailure: Error {
    case missing
    case notDirectory
    case denied
    /// What was stated is not what was opened: the file was replaced in between.
    case changed
    case other(Int32)

    init(_ code: Int32) {
        self =
            switch code {
            case ENOENT, ENAMETOOLONG: .missing
            case ENOTDIR: .notDirectory
            case EACCES, EPERM: .denied
            case ELOOP: .changed
            default: .other(code)
            }
    }

    var problemCode: Problem.Code {
        switch self {
        case .denied: .permissionDenied
        case .missing, .notDirectory, .changed, .other: .inputOutput
        }
    }

    var reason: String {
        switch self {
        case .denied: "this machine's system denies reading it"
        case .missing, .notDirectory, .changed: "it was changed while it was read"
        case .other(let code): unsafe String(cString: strerror(code)).lowercased()
        }
    }

    func imageError(_ image: String) -> ImageError {
        switch self {
        case .missing, .notDirectory:
            ImageError(.missing, image: image, "a directory or an archive expected, nothing found")
        case .denied:
            ImageError(.permissionDenied, image: image, "\(reason); run amilint as a user who may")
        case .changed, .other: ImageError(.inputOutput, image: image, reason)
        }
    }
}

/// O_PATH of Linux's fcntl.h, which the C library's module leaves out.
private let searchOnly: Int32 = 0o10000000

/// An open directory; closed when nobody holds it any more.
final class Descriptor {
    enum Kind { case directory, regular, link, other }

    struct Status {
        let kind: Kind
        let permissions: UInt16
        /// In bytes; 0 for what is no regular file.
        let size: Int
        fileprivate let identity: [UInt64]
    }

    private let number: Int32

    private init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Opens a directory of this machine, links followed.
    static func open(_ path: String) -> Result<Descriptor, SystemFailure> {
        let number = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return number >= 0 ? .success(Descriptor(number)) : .failure(SystemFailure(errno))
    }

    /// Opens a directory in this one. One that may be searched but not listed is opened for searching.
    func openDirectory(_ name: Substring) -> Result<Descriptor, SystemFailure> {
        let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return unsafe call(name) { name in
            let opened = unsafe openat(number, name, flags | O_RDONLY)
            return opened < 0 && errno == EACCES ? unsafe openat(number, name, flags | searchOnly) : opened
        }.map { Descriptor($0) }
    }

    /// What a name of this directory stands for.
    func status(of name: Substring) -> Result<Status, SystemFailure> {
        var status = stat()
        return unsafe call(name) { unsafe fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }.map { _ in Status(status)
        }
    }

    /// The text of a symbolic link in this directory.
    func linkTarget(of name: Substring) -> Result<String, SystemFailure> {
        var target = [CChar](repeating: 0, count: ReadingLimits.pathBytes)
        return unsafe call(name) { name in
            Int32(unsafe readlinkat(number, name, &target, target.count))
        }.map { count in fileName(target.prefix(Int(count)).lazy.map { UInt8(bitPattern: $0) }) }
    }

    /// All names in this directory but `.` and `..`, in no order.
    func names() -> Result<[String], SystemFailure> {
        let own = unsafe openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { return .failure(SystemFailure(errno)) }
        guard let directory = unsafe fdopendir(own) else {
            let code = errno
            close(own)
            return .failure(SystemFailure(code))
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(directory) else {
                return errno == 0 ? .success(names) : .failure(SystemFailure(errno))
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe fileName($0.prefix { $0 != 0 }) }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// The first `limit` bytes of the regular file that had `status` when it was met, and its size now. Never opens
    /// anything else: not a link, a FIFO or a device.
    func read(
        _ name: Substring,
        _ status: Status,
        upTo limit: Int
    ) -> Result<(bytes: [UInt8], size: Int), SystemFailure> {
        guard status.kind == .regular else { return .failure(.changed) }
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let file: Descriptor
        switch unsafe call(name, { unsafe openat(number, $0, flags) }) {
        case .success(let number): file = Descriptor(number)
        case .failure(let failure): return .failure(failure)
        }
        var now = stat()
        guard unsafe fstat(file.number, &now) == 0, Status(now).identity == status.identity else {
            return .failure(.changed)
        }
        return file.contents(upTo: limit, size: Int(now.st_size))
    }

    private func contents(upTo limit: Int, size: Int) -> Result<(bytes: [UInt8], size: Int), SystemFailure> {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            // As much as is expected and one byte more, to see the end without another call; a file that grew goes on.
            // A sparse file may say that it has as many bytes as there are numbers.
            let room = min(limit - bytes.count - 1, max(size - bytes.count, 4095)) + 1
            if bytes.isEmpty { bytes.reserveCapacity(capacityInLargePages(room)) }
            var count = 0
            bytes.append(addingCapacity: room) { span in
                unsafe span.withUnsafeMutableBufferPointer { buffer, filled in
                    unsafe preferLargePages(UnsafeMutableRawBufferPointer(buffer))
                    count = unsafe Glibc.read(number, buffer.baseAddress, room)
                    filled = max(0, count)
                }
            }
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(SystemFailure(errno))
            }
            if count == 0 { return .success((bytes, bytes.count)) }
            if bytes.count == size, count < room { break }
        }
        return .success((bytes, max(size, bytes.count)))
    }

    /// Calls the system with a name; a name with escapes is tried as it stands, then as the bytes that it spells.
    private func call(_ name: Substring, _ body: (UnsafePointer<CChar>) -> Int32) -> Result<Int32, SystemFailure> {
        guard !name.utf8.contains(0) else { return .failure(.missing) }
        var result = unsafe name.withCString(body)
        if result < 0, errno == ENOENT, let bytes = unescapedFileName(name) {
            result = unsafe body(bytes.map { CChar(bitPattern: $0) } + [0])
        }
        return result >= 0 ? .success(result) : .failure(SystemFailure(errno))
    }
}

extension Descriptor.Status {
    fileprivate init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFREG: .regular
            case S_IFLNK: .link
            default: .other
            }
        permissions = UInt16(status.st_mode & 0o7777)
        size = kind == .regular ? Int(status.st_size) : 0
        identity = [UInt64(status.st_dev), UInt64(status.st_ino), UInt64(status.st_mode)]
    }
}

/// The size in bytes of a page that the system maps at once where it can.
private let largePageSize = 2 << 20

/// The capacity of an array of `count` bytes that has large pages to itself: with what the array and the C library put
/// before the bytes, whole ones, since the system begins nothing else at a large page. Less is as it was.
private func capacityInLargePages(_ count: Int) -> Int {
    let before = 64
    guard count >= largePageSize / 2, count < .max - largePageSize else { return count }
    return (count + before + largePageSize - 1) / largePageSize * largePageSize - before
}

/// Asks the system for large pages below what is about to be filled: a database of 5 MB is 1,300 small ones, and each
/// costs more than its bytes do. Only advice, so that it does not matter where it is not taken.
private func preferLargePages(_ buffer: UnsafeMutableRawBufferPointer) {
    let pageSize = 4096
    guard buffer.count >= largePageSize / 2, let start = buffer.baseAddress else { return }
    let before = Int(bitPattern: start) % pageSize
    let count = (before + buffer.count + largePageSize - 1) / largePageSize * largePageSize
    unsafe madvise(start - before, count, MADV_HUGEPAGE)
    // The first page is in use already, by what stands before the bytes.
    unsafe madvise(start - before, count, collapse)
}

/// MADV_COLLAPSE of Linux's mman.h (since 6.1), which the C library's module leaves out.
private let collapse: Int32 = 25
