/// What tells whether a file is still the one that was read.

import FileSystems
import Glibc

/// A file of this machine, links followed, as its system describes it.
struct FileStatus {
    let kind: NodeStatus.Kind
    /// In bytes.
    let size: Int
    let identity: FileIdentity
    /// Device and inode: two paths with the same are one file.
    let place: [UInt64]

    /// What stands at `path`; with `followingLinks` what links there lead to. Throws the system's error number.
    init(at path: String, followingLinks: Bool) throws(SystemError) {
        var status = stat()
        let result = followingLinks ? unsafe stat(path, &status) : unsafe lstat(path, &status)
        guard result == 0 else { throw SystemError(number: errno) }
        kind = NodeStatus.Kind(mode: status.st_mode)
        size = Int(status.st_size)
        identity = FileIdentity(
            size: Int(status.st_size), modified: FileTime(status.st_mtim), changed: FileTime(status.st_ctim),
            inode: UInt64(status.st_ino))
        place = [UInt64(status.st_dev), UInt64(status.st_ino)]
    }
}

/// A system call that did not do what was asked.
struct SystemError: Error {
    let number: Int32
    /// What the system calls it: "Permission denied".
    var text: String { systemText(number) }
}

/// Where any of these differs, a file is taken for another one.
struct FileIdentity: Hashable, Codable {
    /// In bytes.
    let size: Int
    let modified: FileTime
    /// The last change of contents, owner, mode or name, which no program can set back.
    let changed: FileTime
    let inode: UInt64
}

/// A time as file systems keep it.
struct FileTime: Hashable, Codable {
    /// Since 1970.
    let seconds: Int
    let nanoseconds: Int

    init(_ time: timespec) {
        seconds = time.tv_sec
        nanoseconds = time.tv_nsec
    }
}
