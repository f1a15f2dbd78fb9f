/// A tar or cpio archive as an image, in any of the usual compressions.

/// How far the reading of an image's file has come.
public struct ReadingProgress: Hashable, Sendable {
    /// Bytes of the file, compressed as it is, that were read or passed over in this pass.
    public let bytesRead: Int
    /// The size of the file in bytes; nil where it cannot be known, as of a pipe.
    public let totalBytes: Int?
    /// The directory in which what is read is decompressed into a file; nil where nothing is written.
    public var scratch: String?
}

/// Is called with every block that is read, some thousand times a second: what it costs, the reading costs.
public typealias Progress = @Sendable (ReadingProgress) -> Void

/// An archive of a root file system in a file of this machine or on standard input.
///
/// It is read once, and exactly once more where it was asked what nobody had wanted; a pipe is read once, and what would
/// have needed the second reading is unreadable. Nothing is unpacked to disk.
struct ArchiveSource: ImageSource {
    private let image: OpenedImage

    init(_ image: OpenedImage) {
        self.image = image
    }

    var name: String { image.file.name }

    /// Reads the archive. Throws where it is damaged, torn or holds no root, and where it holds more than the named
    /// limits.
    func load(_ wants: @autoclosure () -> [Want]) throws(ImageError) -> RootFilesystem {
        let wants = wants()
        let first = try ArchivePass(over: image, wants, below: nil)
        let folder = try first.rootFolder()
        let again = { (open: [Want]) throws(ImageError) in
            let all = wants + open
            return try ArchivePass(over: image, all, below: folder).root(folder, all, again: nil)
        }
        // Where nothing was looked for below it, there is nothing to ask yet.
        if image.file.isSeekable, !first.lookedBelow(folder) { return try again([]) }
        return first.root(folder, wants, again: image.file.isSeekable ? again : nil)
    }
}
