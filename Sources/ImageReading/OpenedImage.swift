/// The one place where the kind of a source is recognized and how it is read is chosen.

import ByteParsing
import DiskImages
import Glibc

/// The image at `path` of this machine, `-` being standard input: a directory, an archive in a file, or a disk in a file
/// or on a device.
///
/// What it is shows by its first and last bytes. Of a disk, `choice` says which root is meant and which other volumes an
/// instance has. Throws where nothing stands there or it may not be read, and for what is recognized and not read by this
/// version, and what is not recognized at all.
public func openImage(
    at path: String, choice: DiskChoice = DiskChoice(), progress: Progress? = nil
) throws(ImageError) -> any ImageSource {
    if path == "-" { return try openImage(STDIN_FILENO, name: "standard input", choice: choice, progress: progress) }
    let file: ImageFile
    do throws(ImageError) {
        file = try ImageFile(path: path)
    } catch {
        guard error.code == .missing, let advice = fetchAdvice(for: path) else { throw error }
        throw ImageError(.missing, image: path, error.reason + "; " + advice)
    }
    return try source(OpenedImage(file, progress), choice)
}

/// The image that an open descriptor gives from its present position on; the descriptor stays open.
public func openImage(
    _ descriptor: Int32, name: String, choice: DiskChoice = DiskChoice(), progress: Progress? = nil
) throws(ImageError) -> any ImageSource {
    let file = try ImageFile(descriptor: descriptor, name: name)
    guard !file.isDirectory else {
        throw ImageError(.notAnImage, image: name, "an archive expected, a directory found")
    }
    return try source(OpenedImage(file, progress), choice)
}

private func source(_ image: OpenedImage, _ choice: DiskChoice) throws(ImageError) -> any ImageSource {
    let isDisk = if case .disk = image.kind { true } else { false }
    guard choice.isEmpty || isDisk else {
        throw ImageError(
            .notAnImage, image: image.file.name,
            "a disk expected with --partition or --disk, another kind of image found")
    }
    switch image.kind {
    case .directory: return DirectorySource(path: image.file.name)
    case .archive: return ArchiveSource(image)
    case .disk(let format): return try DiskSource(image, format, choice)
    case .unknown(let kind): throw .notAnImage(kind, image.file.name)
    }
}

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

    /// All bytes from the beginning, decompressed, in a file in `directory` that can be read at any place; with what was
    /// odd on the way. Of a pipe once.
    func scratchFile(in directory: String) throws(StreamError) -> (file: ScratchFile, remarks: [String]) {
        let stream = stream()
        fileStream?.scratch = directory
        return (try ScratchFile(of: stream, in: directory), stream.remarks)
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
