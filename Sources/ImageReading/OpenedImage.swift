/// What kind of image opened files are: the one place where that is recognized and how it is read is chosen.

import ByteParsing
import DiskImages

/// A source that was opened, and what it is.
final class OpenedImage {
    let file: ImageFile
    let kind: ImageKind
    /// Around the whole file; nil where there is none.
    let compression: Compression?
    private let progress: Progress?
    /// What `peeked` reads.
    private var fileStream: FileStream?
    /// The bytes that were looked at and those behind them, until they are taken.
    private var peeked: PeekedStream?

    /// In how many bytes behind the first an unknown compressed file is searched for damage.
    private static let damageSoughtIn = 16 << 20

    /// Recognizes what `file` is. Throws where its first bytes cannot be read.
    init(_ file: ImageFile, _ progress: Progress?) throws(ImageError) {
        self.file = file
        self.progress = progress
        guard !file.isDirectory else {
            kind = .directory
            compression = nil
            return
        }
        do throws(StreamError) {
            let fileStream = FileStream(file, progress: progress)
            self.fileStream = fileStream
            var stream = PeekedStream(fileStream, first: DiskFormat.headSize)
            guard !stream.head.isEmpty else { throw StreamError(.empty, "an archive expected, an empty file found") }
            compression = Compression(stream.head)
            if let compression {
                let content = stream.decompressed(compression, onAllCores: true)
                stream = PeekedStream(content, first: DiskFormat.headSize)
            }
            let tail = compression == nil ? file.tail(DiskFormat.tailSize) : []
            var kind = ImageKind(head: stream.head, tail: tail)
            if kind == .archive, Self.isAppliance(file, compression, stream.head) { kind = .disk(.ova) }
            self.kind = kind
            if case .unknown = kind, compression != nil {
                // Damage turns an archive into something unknown: better to say that.
                try stream.skipThrough(Self.damageSoughtIn)
                if stream.head.isEmpty {
                    throw StreamError(.empty, "an archive expected, nothing found in the compressed file")
                }
            }
            peeked = stream
        } catch {
            throw error.imageError(file.name)
        }
    }

    /// All bytes from the beginning, decompressed. More than once only of a file that can be read again.
    func stream() -> any ByteStream {
        if let peeked {
            self.peeked = nil
            return peeked
        }
        let stream = FileStream(file, progress: progress)
        fileStream = stream
        return compression.map { stream.decompressed($0, onAllCores: true) } ?? stream
    }

    /// Whether its bytes can be read at any place where they are.
    var isRandomAccess: Bool { compression == nil && file.isSeekable }

    /// Whether the tar that begins with `head` is a virtual appliance.
    private static func isAppliance(_ file: ImageFile, _ compression: Compression?, _ head: [UInt8]) -> Bool {
        // By a pipe, or compressed, the description has to come early, as DSP0243 has it.
        guard compression == nil, file.isSeekable else { return Appliance.isOne(Head(head)) }
        do throws(FormatError) {
            return Appliance.isOne(try DiskFile(descriptor: file.descriptor, start: file.start))
        } catch {
            // What cannot be read is said by who reads the archive.
            return false
        }
    }

    /// Writes all bytes from the beginning, decompressed, where they can be read at any place; gives what was odd on the
    /// way. Of a pipe once.
    func decompress(into scratch: ScratchFile) throws(StreamError) -> [String] {
        let stream = stream()
        fileStream?.scratch = scratch.directory
        try scratch.fill(from: stream)
        return stream.remarks
    }
}

/// The first bytes of a file.
private final class Head: BlockSource {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var size: Int { bytes.count }

    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        return bytes[offset..<offset + count]
    }
}
