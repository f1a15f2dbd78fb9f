/// A tar or cpio archive as an image, in any of the usual compressions.

/// How far the reading of an image's file has come.
public struct ReadingProgress: Hashable, Sendable {
    /// Bytes of the file, compressed as it is, that were read or passed over in this pass.
    public let bytesRead: Int
    /// The size of the file in bytes; nil where it cannot be known, as of a pipe.
    public let totalBytes: Int?
}

/// Is called with every block that is read, some thousand times a second: what it costs, the reading costs.
public typealias Progress = @Sendable (ReadingProgress) -> Void

/// An archive of a root file system in a file of this machine or on standard input.
///
/// It is read once, and exactly once more where what was found leads to something that was not wanted before; a pipe
/// is read once, and what would have needed the second reading is unreadable. Nothing is unpacked to disk.
public struct ArchiveSource: ImageSource {
    /// The path as it was given, or what standard input is to be called.
    public let name: String
    private let descriptor: Int32?
    private let progress: Progress?

    /// The archive in the file at `path` of this machine.
    public init(path: String, progress: Progress? = nil) {
        name = path
        descriptor = nil
        self.progress = progress
    }

    /// The archive that an open descriptor gives from its present position on; the descriptor stays open.
    public init(descriptor: Int32, name: String, progress: Progress? = nil) {
        self.name = name
        self.descriptor = descriptor
        self.progress = progress
    }

    /// Reads the archive once or twice. Throws where it is damaged, torn, no archive or holds no root, and where it
    /// holds more than the named limits.
    public func load(
        _ wants: [Want],
        further: (RootFilesystem) -> [Want]
    ) throws(ImageError) -> RootFilesystem {
        let file =
            if let descriptor {
                try ImageFile(descriptor: descriptor, name: name)
            } else {
                try ImageFile(path: name)
            }
        let reading = ArchiveReading(file, progress)
        let first = try reading.pass(
            WantedNames(wants + ArchiveReading.ownWants, likely: WantedNames.likely), looksForRoot: true)
        let folder = try first.rootFolder()
        // Below a folder that did not look like one to hold the root, nothing was wanted.
        let covered = first.lookedBelow(folder) ? wants + ArchiveReading.ownWants : []
        let tree = first.tree(folder)
        var asked = wants + further(first.root(folder, covering: covered, readOnce: !file.isSeekable))
        var leads: [Want] = []
        for want in asked { tree.expand(want, leads: &leads) { _, _ in } }
        asked += leads
        let coverage = PatternSet(covered)
        let answered = asked.filter {
            coverage.answers($0) || !covered.isEmpty && first.decides($0, tree, asked: coverage)
        }
        if answered.count < asked.count, file.isSeekable {
            let second = try reading.pass(WantedNames(asked.map { $0.below(folder ?? .root) }), looksForRoot: false)
            return second.root(folder, covering: asked, readOnce: false)
        }
        return first.root(folder, covering: covered + answered, readOnce: !file.isSeekable)
    }
}
