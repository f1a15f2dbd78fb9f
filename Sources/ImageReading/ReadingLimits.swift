/// The limits within which an image is read, so that a hostile one is refused and never exhausts this machine.

enum ReadingLimits {
    /// Directories, links, devices and wanted files that are kept of one image.
    static let names = 500_000
    /// Names in directories that are listed to hold them against a pattern.
    static let listedNames = 1_000_000
    /// Bytes of their names and link targets.
    static let nameBytes = 64 << 20
    /// Bytes of contents that are kept of one image.
    static let contentBytes = 2 << 30
    /// Bytes of a disk that is decompressed to be read, zeros included, of which those that are none take room.
    static let diskBytes = 1 << 40
    /// Files that nobody asked for yet and that are kept since they are likely to be asked for.
    static let likelyNames = 50_000
    /// Bytes of their contents.
    static let likelyBytes = 16 << 20
    /// Bytes in one path or link target: PATH_MAX of Linux.
    static let pathBytes = 4096
}
