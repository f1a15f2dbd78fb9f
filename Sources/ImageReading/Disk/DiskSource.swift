/// A disk as an image: the bytes of a volume in a file or on a device of this machine.

import ByteParsing
import DiskImages

/// A disk with its partitions or with a file system alone, raw or in a container; of a virtual appliance, all its disks.
///
/// No file is opened but those that were given. Nothing is mounted by this machine's system; what is compressed or comes
/// by a pipe is decompressed into a file without a name, and else nothing is written. Which partition is the root the disk
/// decides, and its fstab what stands below it.
struct DiskSource: ImageSource {
    private let images: [(opened: OpenedImage, format: DiskFormat)]
    private let choice: DiskChoice

    var name: String { images[0].opened.file.name }

    /// A disk that was recognized, and the files of the others. Throws where it is of a format that is not read, and where
    /// another volume is no disk.
    init(
        _ image: OpenedImage, _ format: DiskFormat, others: [ImageFile], _ choice: DiskChoice
    ) throws(ImageError) {
        self.choice = choice
        var images = [(image, format)]
        for file in others {
            let opened = try OpenedImage(file, nil)
            guard case .disk(let format) = opened.kind else {
                throw ImageError(
                    .notAnImage, image: file.name, "a disk expected for --disk, another kind of file found")
            }
            images.append((opened, format))
        }
        for (image, format) in images {
            if case .unread(let disk) = format { throw .diskImage(disk, image.file.name) }
        }
        self.images = images
    }

    /// Finds the root and mounts what its fstab says. Throws where there is no root, or more than one, and where a disk
    /// has to be decompressed and cannot be.
    func load(_ wants: @autoclosure () -> [Want]) throws(ImageError) -> RootFilesystem {
        try OpenedDisks(images).root(choice)
    }
}

extension ImageError {
    /// Why a disk as a whole cannot be read.
    init(_ error: FormatError, image: String) {
        let code: Code =
            switch error.code {
            case .inputOutput, .permissionDenied, .changed: .inputOutput
            case .unsupported: .diskImage
            case .truncated: .torn
            case .limitExceeded: .limitExceeded
            case .malformed, .checksumMismatch: .damaged
            }
        self.init(code, image: image, error.description)
    }
}
