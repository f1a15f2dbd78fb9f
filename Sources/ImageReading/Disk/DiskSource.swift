/// A disk as an image: the bytes of a volume in a file or on a device of this machine.

import ByteParsing
import DiskImages
import FileSystems

/// A disk with its partitions or with a file system alone, raw or in a container; of a virtual appliance, all its disks.
///
/// No file is opened but those that were given. Nothing is mounted by this machine's system; what is compressed or comes
/// by a pipe is decompressed into a file without a name, and else nothing is written. Which partition is the root the disk decides, and its fstab what stands below it.
struct DiskSource: ImageSource {
    private let images: [(opened: OpenedImage, format: DiskFormat)]
    private let choice: DiskChoice

    var name: String { images[0].opened.file.name }

    /// A disk that was recognized. Throws where it is of a format that is not read, and where another volume is no disk.
    init(_ image: OpenedImage, _ format: DiskFormat, _ choice: DiskChoice) throws(ImageError) {
        self.choice = choice
        var images = [(image, format)]
        for path in choice.disks {
            let opened = try OpenedImage(ImageFile(path: path), nil)
            guard case .disk(let format) = opened.kind else {
                throw ImageError(.notAnImage, image: path, "a disk expected for --disk, another kind of file found")
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
        var volumes: [DiskVolume] = []
        var disks: [DiskVolumes] = []
        var container: String?
        var remarks: [String] = []
        for (index, (image, format)) in images.enumerated() {
            let disk = try OpenedDisk(image, format, scratch: choice.scratch)
            do throws(FormatError) {
                let opened = try DiskContainer(disk.file, disk.format)
                if index == 0 { container = opened.kind }
                remarks += disk.remarks + opened.remarks
                for source in opened.disks {
                    let disk = try DiskVolumes(source, disk: disks.count)
                    volumes += disk.volumes
                    remarks += disk.table?.remarks ?? []
                    disks.append(disk)
                }
            } catch {
                throw ImageError(error, image: image.file.name)
            }
        }
        volumes = volumes.withLogicalVolumes(&remarks)
        // The firmware starts the first disk.
        let (table, bootCode) = (disks.first?.table, disks.first?.bootCode ?? .missing)
        func layout(
            _ root: DiskVolume?, _ system: OpenVolume? = nil, _ mounts: [DiskDescription.Mount] = []
        ) -> DiskLayout {
            DiskLayout(volumes, table: table, bootCode: bootCode, root: root, system: system, mounts: mounts)
        }
        let compression = images[0].opened.compression?.rawValue
        func description(
            _ root: DiskVolume, _ system: OpenVolume? = nil, _ mounts: [DiskDescription.Mount] = [],
            _ more: [String] = []
        ) -> ImageDescription {
            ImageDescription(
                name: name, kind: "disk", compression: compression,
                disk: DiskDescription(
                    container: container, partitionTable: disks[root.disk].table?.format.rawValue, volume: root.name,
                    fileSystem: root.signature?.format.rawValue ?? "", subvolume: system?.subvolumePath,
                    mounts: mounts),
                remarks: remarks + more)
        }
        let found: DiskRoots.Root
        do throws(ImageError) {
            found = try DiskRoots(volumes, image: name, choice).root()
        } catch {
            var error = error
            error.disk = RootlessDisk(
                image: ImageDescription(name: name, kind: "disk", compression: compression, remarks: remarks),
                layout: layout(nil), reason: error.reason)
            throw error
        }
        switch found {
        case .windows(let volume):
            return RootFilesystem(
                image: description(volume), disk: layout(volume), unreadable: .unsupported,
                "\(volume.name) is NTFS, the file system of Windows, whose files are not read")
        case .linux(let root):
            var mounting = DiskMounting(root: root, volumes: volumes)
            mounting.mountAll()
            return RootFilesystem(
                image: description(root.volume, root, mounting.mounts, mounting.remarks), tree: root.tree,
                disk: layout(root.volume, root, mounting.mounts))
        }
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
