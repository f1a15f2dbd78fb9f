/// The files of this machine that an image is read from, all of them opened before any is read.

import Glibc

/// An image that was opened and of which nothing has been read yet: a directory, an archive in a file, or a disk in a file
/// or on a device; with it the other disks of the instance, and room where what is compressed may go.
///
/// What is read of it afterwards opens no other file, but those below the directory.
public struct ImageFiles {
    private let file: ImageFile
    /// What stands in the way of another disk is said where it is asked for.
    private let disks: [Result<ImageFile, ImageError>]
    private let choice: DiskChoice

    /// Opens what stands at `path` of this machine, `-` being standard input. Throws where nothing stands there or it may
    /// not be read.
    public init(at path: String, choice: DiskChoice = DiskChoice()) throws(ImageError) {
        guard path != "-" else {
            self = try ImageFiles(STDIN_FILENO, name: "standard input", choice: choice)
            return
        }
        do throws(ImageError) {
            self.init(try ImageFile(path: path, scratch: choice.scratch), choice)
        } catch {
            guard error.code == .missing, let advice = fetchAdvice(for: path) else { throw error }
            throw ImageError(.missing, image: path, error.reason + "; " + advice)
        }
    }

    /// The image that an open descriptor gives from its present position on; the descriptor stays open.
    public init(_ descriptor: Int32, name: String, choice: DiskChoice = DiskChoice()) throws(ImageError) {
        let file = try ImageFile(descriptor: descriptor, name: name, scratch: choice.scratch)
        guard !file.isDirectory else {
            throw ImageError(.notAnImage, image: name, "an archive expected, a directory found")
        }
        self.init(file, choice)
    }

    private init(_ file: ImageFile, _ choice: DiskChoice) {
        self.file = file
        self.choice = choice
        disks = choice.disks.map { path in
            Result { () throws(ImageError) in try ImageFile(path: path, scratch: choice.scratch) }
        }
    }

    /// The descriptor of the directory below which files are opened; nil where the image is no directory.
    public var directory: Int32? { file.isDirectory ? file.descriptor : nil }

    /// Whether something may be written while it is read: the file without a name into which a disk is decompressed.
    public var hasScratch: Bool { file.scratch != nil }

    /// Recognizes what the image is, by its first and last bytes, and how it is read. Of a disk, the choice says which
    /// root is meant.
    ///
    /// Throws for what is recognized and not read by this version, and what is not recognized at all.
    public func image(progress: Progress? = nil) throws(ImageError) -> any ImageSource {
        let opened = try OpenedImage(file, progress)
        let isDisk = if case .disk = opened.kind { true } else { false }
        guard choice.isEmpty || isDisk else {
            throw ImageError(
                .notAnImage, image: file.name,
                "a disk expected with --partition or --disk, another kind of image found")
        }
        switch opened.kind {
        case .directory: return DirectorySource(file)
        case .archive: return ArchiveSource(opened)
        case .disk(let format):
            let others = try disks.map { disk throws(ImageError) in try disk.get() }
            return try DiskSource(opened, format, others: others, choice)
        case .unknown(let kind): throw .notAnImage(kind, file.name)
        }
    }
}

/// The image at `path` of this machine, opened and recognized at once.
public func openImage(
    at path: String, choice: DiskChoice = DiskChoice(), progress: Progress? = nil
) throws(ImageError) -> any ImageSource {
    try ImageFiles(at: path, choice: choice).image(progress: progress)
}

/// The image that an open descriptor gives from its present position on, recognized at once; the descriptor stays open.
public func openImage(
    _ descriptor: Int32, name: String, choice: DiskChoice = DiskChoice(), progress: Progress? = nil
) throws(ImageError) -> any ImageSource {
    try ImageFiles(descriptor, name: name, choice: choice).image(progress: progress)
}
