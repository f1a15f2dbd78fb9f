/// A disk as an image: the bytes of a volume in a file or on a device of this machine.

import ByteParsing
import DiskImages
import FileSystems

/// A disk with its partitions or with a file system alone, raw or in a container; of a virtual appliance, all its disks.
///
/// No file is opened but those that were given. Nothing is mounted by this machine's system, and nothing is unpacked or
/// written. Which partition is the root the disk decides, and its fstab what stands below it.
struct DiskSource: ImageSource {
    private let files: [(file: ImageFile, format: DiskFormat)]
    private let choice: DiskChoice

    var name: String { files[0].file.name }

    /// A disk that was recognized. Throws where it is of a format that is not read or comes by a pipe, so that it cannot
    /// be read at any place, and where another volume is no disk.
    init(_ image: OpenedImage, _ format: DiskFormat, _ choice: DiskChoice) throws(ImageError) {
        self.choice = choice
        var files = [(image.file, format)]
        for path in choice.disks {
            let opened = try OpenedImage(ImageFile(path: path), nil)
            guard case .disk(let format) = opened.kind else {
                throw ImageError(.notAnImage, image: path, "a disk expected for --disk, another kind of file found")
            }
            files.append((opened.file, format))
        }
        for (file, format) in files {
            if case .unread(let disk) = format { throw .diskImage(disk, file.name) }
            guard file.isSeekable else {
                throw ImageError(
                    .diskImage, image: file.name,
                    "a disk that can be read at any place expected, one in a pipe found; give the file itself")
            }
        }
        self.files = files
    }

    /// Finds the root and mounts what its fstab says. Throws where there is no root, or more than one.
    func load(_ wants: @autoclosure () -> [Want]) throws(ImageError) -> RootFilesystem {
        var volumes: [DiskVolume] = []
        var disks: [DiskVolumes] = []
        var container: String?
        var remarks: [String] = []
        for (index, (file, format)) in files.enumerated() {
            do throws(FormatError) {
                let opened = try DiskContainer(DiskFile(descriptor: file.descriptor, start: file.start), format)
                if index == 0 { container = opened.kind }
                remarks += opened.remarks
                for source in opened.disks {
                    let disk = try DiskVolumes(source, disk: disks.count)
                    volumes += disk.volumes
                    remarks += disk.table?.remarks ?? []
                    disks.append(disk)
                }
            } catch {
                throw ImageError(error, image: file.name)
            }
        }
        volumes = volumes.withLogicalVolumes(&remarks)
        // The firmware starts the first disk.
        let (table, bootCode) = (disks.first?.table, disks.first?.bootCode ?? .missing)
        func layout(_ root: DiskVolume?, _ mounts: [DiskDescription.Mount] = []) -> DiskLayout {
            DiskLayout(volumes, table: table, bootCode: bootCode, root: root, mounts: mounts)
        }
        func description(_ root: DiskVolume, _ mounts: [DiskDescription.Mount], _ more: [String]) -> ImageDescription {
            ImageDescription(
                name: name, kind: "disk",
                disk: DiskDescription(
                    container: container, partitionTable: disks[root.disk].table?.format.rawValue, volume: root.name,
                    fileSystem: root.signature?.format.rawValue ?? "", mounts: mounts),
                remarks: remarks + more)
        }
        let found: DiskRoots.Root
        do throws(ImageError) {
            found = try DiskRoots(volumes, image: name, choice).root()
        } catch {
            var error = error
            error.disk = RootlessDisk(
                image: ImageDescription(name: name, kind: "disk", remarks: remarks), layout: layout(nil),
                reason: error.reason)
            throw error
        }
        switch found {
        case .windows(let volume):
            return RootFilesystem(
                image: description(volume, [], []), disk: layout(volume), unreadable: .unsupported,
                "\(volume.name) is NTFS, the file system of Windows, whose files are not read")
        case .linux(let root):
            var mounting = DiskMounting(root: root, volumes: volumes)
            mounting.mountAll()
            return RootFilesystem(
                image: description(root.volume, mounting.mounts, mounting.remarks), tree: root.tree,
                disk: layout(root.volume, mounting.mounts))
        }
    }
}

extension ImageError {
    /// Why a disk as a whole cannot be read.
    fileprivate init(_ error: FormatError, image: String) {
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
