/// The bytes of an image's file or of standard input.

import Glibc
import Inflating

/// A file of this machine that holds an image; closed when nobody holds it any more.
final class ImageFile {
    let name: String
    /// In bytes; nil where it cannot be known, as of a pipe.
    let size: Int?
    /// Whether it can be read again from its beginning.
    let isSeekable: Bool
    let descriptor: Int32
    let isDirectory: Bool
    /// Where the image begins; not 0 where standard input had been read before.
    let start: Int
    /// Where its bytes go if they come forwards alone and are needed at any place; nil of directories, and where no
    /// directory for that was named.
    let scratch: ScratchFile?
    private let ownsDescriptor: Bool

    /// Opens the file at `path` of this machine, links followed, and a file in the directory `scratch` beside it.
    convenience init(path: String, scratch: String?) throws(ImageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw SystemFailure(errno).imageError(path) }
        try self.init(descriptor: descriptor, name: path, scratch, owned: true)
    }

    /// Reads a descriptor that is open already and stays open.
    convenience init(descriptor: Int32, name: String, scratch: String?) throws(ImageError) {
        try self.init(descriptor: descriptor, name: name, scratch, owned: false)
    }

    private init(descriptor: Int32, name: String, _ scratch: String?, owned: Bool) throws(ImageError) {
        self.name = name
        self.descriptor = descriptor
        ownsDescriptor = owned
        var status = stat()
        let isKnown = unsafe fstat(descriptor, &status) == 0
        let code = errno
        let kind = status.st_mode & S_IFMT
        isSeekable = isKnown && [S_IFREG, S_IFBLK].contains(kind)
        isDirectory = isKnown && kind == S_IFDIR
        self.scratch = isDirectory ? nil : scratch.map { ScratchFile(in: $0) }
        start = isSeekable ? max(0, Int(lseek(descriptor, 0, SEEK_CUR))) : 0
        // A device has no size but the place of its end.
        size = isSeekable ? max(0, Int(kind == S_IFREG ? status.st_size : lseek(descriptor, 0, SEEK_END)) - start) : nil
        if isSeekable, kind == S_IFBLK { lseek(descriptor, off_t(start), SEEK_SET) }
        guard isKnown else { throw SystemFailure(code).imageError(name) }
        guard kind != S_IFCHR else {
            throw ImageError(.notAnImage, image: name, "a directory or an archive expected, a terminal or device found")
        }
    }

    deinit {
        if ownsDescriptor { close(descriptor) }
    }

    /// The last `count` bytes of a seekable file; fewer where there are not so many.
    func tail(_ count: Int) -> [UInt8] {
        guard let size else { return [] }
        var bytes = [UInt8](repeating: 0, count: min(count, size))
        let read = unsafe pread(descriptor, &bytes, bytes.count, off_t(start + size - bytes.count))
        return Array(bytes.prefix(max(0, read)))
    }
}

/// One reading of a file from its beginning.
final class FileStream: ByteStream {
    private let file: ImageFile
    private let progress: Progress?
    /// Where what is read goes, which progress says.
    var scratch: String?
    private let block = Block()
    private var position = 0
    /// How much is read at once: little after a skip, since often only a header stands there.
    private var readSize = Block.size

    /// The least that is read behind a skip, in bytes.
    private static let leastReadSize = 8 << 10

    init(_ file: ImageFile, progress: Progress?) {
        self.file = file
        self.progress = progress
    }

    func next() throws(StreamError) -> Block {
        let size = readSize
        readSize = min(readSize * 2, Block.size)
        while true {
            let count =
                file.isSeekable
                ? unsafe pread(file.descriptor, block.memory.baseAddress, size, off_t(file.start + position))
                : unsafe Glibc.read(file.descriptor, block.memory.baseAddress, size)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StreamError(.inputOutput, SystemFailure(errno).reason) }
            block.count = count
            position += count
            progress?(ReadingProgress(bytesRead: position, totalBytes: file.size, scratch: scratch))
            return block
        }
    }

    var canSkip: Bool { file.isSeekable }

    func skip(_ count: Int) -> Int {
        guard let size = file.size else { return 0 }
        let skipped = max(0, min(count, size - position))
        position += skipped
        readSize = Self.leastReadSize
        return skipped
    }
}
