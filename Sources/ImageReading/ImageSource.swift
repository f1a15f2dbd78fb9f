/// Any kind of image, behind one small protocol.

/// Where an image comes from: a directory, an archive, a disk.
public protocol ImageSource {
    /// How reports call the image.
    var name: String { get }

    /// Makes the files of the image ready to be asked about. A directory is read when it is asked, and does not even ask
    /// what is wanted; an archive, which is read forwards, keeps that.
    ///
    /// Throws only for what stops the reading of the image as a whole; one file that cannot be read is an answer
    /// inside the root file system.
    func load(_ wants: @autoclosure () -> [Want]) throws(ImageError) -> RootFilesystem
}

extension ImageSource {
    /// Reads the image for what is worked out of it. Where an archive was asked what nobody had wanted, it is read
    /// exactly once more, and everything is worked out again.
    ///
    /// Throws only for what stops the reading of the image as a whole.
    public func read<Value>(
        _ wants: @autoclosure () -> [Want], _ workOut: (RootFilesystem) -> Value
    ) throws(ImageError) -> (root: RootFilesystem, value: Value) {
        let root = try load(wants())
        let value = workOut(root)
        guard let whole = try root.readAgain() else { return (root, value) }
        return (whole, workOut(whole))
    }
}

/// What was read, as far as it is known of the image itself.
public struct ImageDescription: Hashable, Sendable, Codable {
    /// How reports call the image; the only text of this machine in a report.
    public var name: String
    /// `directory`, `tar`, `cpio` or `disk`.
    public var kind: String
    /// `gzip`, `zstd`, `xz`, `bzip2`, `lz4` and the like; nil where there is none.
    public var compression: String?
    /// The folder inside the archive below which the root lies; nil where it is the top.
    public var rootFolder: ImagePath?
    /// Of a disk, where on it the root stands and what was mounted below it; nil of others.
    public var disk: DiskDescription?
    /// Oddities that do not stop the reading, such as bytes after the end of the archive.
    public var remarks: [String]

    /// A description with the kind's usual properties.
    public init(
        name: String,
        kind: String,
        compression: String? = nil,
        rootFolder: ImagePath? = nil,
        disk: DiskDescription? = nil,
        remarks: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.compression = compression
        self.rootFolder = rootFolder
        self.disk = disk
        self.remarks = remarks
    }
}

/// What stops the reading of an image as a whole.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure, stable, so that tests and callers can tell them apart.
    public enum Code: String, Sendable, Codable {
        /// Nothing stands at the path that was given.
        case missing
        /// The system refuses to open it.
        case permissionDenied
        /// It is no directory and no archive that is known.
        case notAnImage
        /// It is a disk image, of which no root can be read by this version.
        case diskImage
        /// It is a container image archive (docker save or OCI layout), not a root file system.
        case containerImage
        /// The archive ends before its end-of-archive mark.
        case torn
        /// The archive is damaged: a checksum, a length, a header.
        case damaged
        /// It holds nothing at all.
        case empty
        /// It holds files, and no root file system among them.
        case noRoot
        /// More names or bytes than a named limit.
        case limitExceeded
        /// Reading it gave an input/output error.
        case inputOutput
        /// It is a disk that has to be decompressed into a file first, and no directory for it was named or no room is in
        /// it.
        case noScratch
    }

    /// Which kind of failure.
    public let code: Code
    /// The image, as it was named on the command line.
    public let image: String
    /// What was expected, what was found, and what to do, lower case, without the image's name.
    public let reason: String
    /// What a disk shows of which no root can be read; nil of other images and of disks that show nothing.
    public internal(set) var disk: RootlessDisk?

    /// An error that ends the reading of `image`.
    public init(_ code: Code, image: String, _ reason: String) {
        self.code = code
        self.image = image
        self.reason = reason
    }

    /// `root.tar.gz: the end of the gzip stream expected, the end of the file found`.
    public var description: String { "\(image): \(reason)" }
}
