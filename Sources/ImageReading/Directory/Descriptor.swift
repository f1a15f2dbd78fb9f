/// The system calls by which a directory is read, each checked and without following a link.

import ByteParsing
import CProcess
import FileSystems
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

    /// The same of a file of an image.
    var formatError: FormatError {
        switch self {
        case .denied: FormatError(.permissionDenied, reason)
        case .missing, .notDirectory, .changed: FormatError(.changed, reason)
        case .other: FormatError(.inputOutput, reason)
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
    /// A file as its directory showed it: what is opened later must be the same.
    struct Found {
        let status: NodeStatus
        fileprivate let identity: Identity

        fileprivate struct Identity: Equatable {
            let device: dev_t
            let inode: ino_t
            let mode: mode_t
        }
    }

    private let number: Int32
    /// Whose descriptor it is; nil where it is its own.
    private let owner: ImageFile?

    private init(_ number: Int32, of owner: ImageFile? = nil) {
        self.number = number
        self.owner = owner
    }

    deinit {
        if owner == nil { close(number) }
    }

    /// The directory that is an image.
    convenience init(_ file: ImageFile) {
        self.init(file.descriptor, of: file)
    }

    /// Opens a directory in this one. One that may be searched but not listed is opened for searching.
    func directory(_ name: FileName) throws(SystemFailure) -> Descriptor {
        let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return Descriptor(
            try unsafe call(name) { name in
                let opened = unsafe openat(number, name, flags | O_RDONLY)
                return opened < 0 && errno == EACCES ? unsafe openat(number, name, flags | searchOnly) : opened
            })
    }

    /// What a name of this directory stands for; nil where it has no such name.
    func lookUp(_ name: FileName) throws(SystemFailure) -> Found? {
        var status = stat()
        do throws(SystemFailure) {
            _ = try unsafe call(name) { unsafe fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }
        } catch .missing {
            return nil
        }
        return Found(status)
    }

    /// The target of a symbolic link in this directory.
    func linkTarget(_ name: FileName) throws(SystemFailure) -> [UInt8] {
        try unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: ReadingLimits.pathBytes) {
            target throws(SystemFailure) in
            let count = try unsafe call(name) { name in
                guard let start = target.baseAddress else { return 0 }
                return Int32(unsafe readlinkat(number, name, start, target.count))
            }
            return unsafe target.prefix(Int(count)).map { UInt8(bitPattern: $0) }
        }
    }

    /// All names in this directory but `.` and `..`, in no order.
    ///
    /// Asked of the system itself (getdents64(2)): the C library's way opens the directory once more and asks three
    /// things about it, which is most of the time that a small directory takes.
    func names() throws(SystemFailure) -> [FileName] {
        // One that was opened for searching alone has no names to give.
        guard lseek(number, 0, SEEK_SET) == 0 else { throw errno == EBADF ? .denied : SystemFailure(errno) }
        return try unsafe withUnsafeTemporaryAllocation(byteCount: Self.listingBytes, alignment: 8) {
            buffer throws(SystemFailure) in
            var names: [FileName] = []
            while true {
                let count = unsafe getdents64(number, buffer.baseAddress, buffer.count)
                guard count >= 0 else { throw SystemFailure(errno) }
                if count == 0 { return names }
                try unsafe Self.append(UnsafeRawBufferPointer(buffer).prefix(count), to: &names)
            }
        }
    }

    /// As much as the C library asks for at a time.
    private static let listingBytes = 32 << 10

    /// Takes the names out of records of linux_dirent64: inode and offset of 8 bytes each, the record's length in 2, the
    /// kind in 1, the name up to a NUL.
    private static func append(
        _ records: Slice<UnsafeRawBufferPointer>, to names: inout [FileName]
    ) throws(SystemFailure) {
        var rest = unsafe records
        while unsafe !rest.isEmpty {
            guard unsafe rest.count > 19 else { throw .other(EIO) }
            let length = Int(unsafe rest[rest.startIndex + 16]) | Int(unsafe rest[rest.startIndex + 17]) << 8
            guard length > 19, unsafe length <= rest.count else { throw .other(EIO) }
            let name = unsafe fileName(rest.prefix(length).dropFirst(19).prefix { $0 != 0 })
            if name != ".", name != ".." { names.append(FileName(name)) }
            unsafe rest = rest.dropFirst(length)
        }
    }

    /// The first `limit` bytes of a regular file of this directory that is still the one that was found. Never opens
    /// anything else: not a link, a FIFO or a device.
    func content(_ name: FileName, _ found: Found, upTo limit: Int) throws(SystemFailure) -> [UInt8] {
        guard found.status.kind == .regular else { throw .changed }
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let file = Descriptor(try unsafe call(name) { unsafe openat(number, $0, flags) })
        var now = stat()
        guard unsafe fstat(file.number, &now) == 0, Found(now).identity == found.identity else { throw .changed }
        return try file.contents(upTo: limit, size: Int(now.st_size))
    }

    private func contents(upTo limit: Int, size: Int) throws(SystemFailure) -> [UInt8] {
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
                throw SystemFailure(errno)
            }
            if count == 0 || bytes.count == size && count < room { break }
        }
        // Half of a file is another file.
        guard bytes.count >= min(limit, size) else { throw .changed }
        return bytes
    }

    /// Calls the system with a name; a name with escapes is tried as it stands, then as the bytes that it spells.
    private func call(_ name: FileName, _ body: (UnsafePointer<CChar>) -> Int32) throws(SystemFailure) -> Int32 {
        guard !name.text.utf8.contains(0) else { throw .missing }
        var result = unsafe name.text.withCString(body)
        if result < 0, errno == ENOENT, let bytes = unescapedFileName(name.text) {
            result = unsafe body(bytes.map { CChar(bitPattern: $0) } + [0])
        }
        guard result >= 0 else { throw SystemFailure(errno) }
        return result
    }
}

extension Descriptor.Found {
    fileprivate init(_ found: stat) {
        let kind = NodeStatus.Kind(mode: found.st_mode)
        status = NodeStatus(
            kind: kind, permissions: UInt16(found.st_mode & 0o7777), size: kind == .regular ? Int(found.st_size) : 0)
        identity = Identity(device: found.st_dev, inode: found.st_ino, mode: found.st_mode)
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
