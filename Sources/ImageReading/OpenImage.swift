/// The one place where the kind of an image is chosen.

import Glibc

/// The image at `path` of this machine: a directory, or an archive in a file, `-` being standard input.
///
/// What kind of file it is shows when it is loaded. Throws `missing` and `permissionDenied`.
public func openImage(at path: String, progress: Progress? = nil) throws(ImageError) -> any ImageSource {
    if path == "-" { return ArchiveSource(descriptor: STDIN_FILENO, name: "standard input", progress: progress) }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw SystemFailure(errno).imageError(path) }
    return status.st_mode & S_IFMT == S_IFDIR
        ? DirectorySource(path: path) : ArchiveSource(path: path, progress: progress)
}
