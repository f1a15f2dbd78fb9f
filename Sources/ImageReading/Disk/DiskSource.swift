/// A disk as an image: the bytes of a volume in a file or on a device of this machine.

import ByteParsing
import DiskImages
import FileSystems

/// A raw disk with its partitions, or with a file system alone.
///
/// Nothing is mounted by this machine's system and nothing is unpacked or written. Which partition is the root the disk
/// decides, and its fstab what stands below it.
struct DiskSource: ImageSource {
    private let files: [ImageFile]
    private let choice: DiskChoice

    var name: String { files[0].name }

    /// A disk that was recognized. Throws where it is compressed or comes by a pipe, so that it cannot be read at any
    /// place, and where another volume is no disk.
    init(_ image: OpenedImage, _ choice: DiskChoice) throws(ImageError) {
        self.choice = choice
        var files: [ImageFile] = []
        for (index, path) in ([image.file.name] + choice.disks).enumerated() {
            let opened = index == 0 ? image : try OpenedImage(ImageFile(path: path), nil)
            guard opened.kind == .rawDisk else {
                throw ImageError(.notAnImage, image: path, "a raw disk expected for --disk, another kind of file found")
            }
            if let compression = opened.compression {
                throw ImageError(
                    .diskImage, image: path,
                    "a disk that can be read at any place expected, one compressed by \(compression.rawValue) found, "
                        + "which this version does not read; decompress it first")
            }
            guard opened.file.isSeekable else {
                throw ImageError(
                    .diskImage, image: opened.file.name,
                    "a disk that can be read at any place expected, one in a pipe found; give the file itself")
            }
            files.append(opened.file)
        }
        self.files = files
    }

    /// Finds the root and mounts what its fstab says. Throws where there is no root, or more than one.
    func load(_ wants: @autoclosure () -> [Want]) throws(ImageError) -> RootFilesystem {
        var volumes: [DiskVolume] = []
        var table: PartitionTable?
        var bootCode = BootCode.missing
        var remarks: [String] = []
        for (index, file) in files.enumerated() {
            do throws(FormatError) {
                let disk = try DiskVolumes(DiskFile(descriptor: file.descriptor, start: file.start), disk: index)
                volumes += disk.volumes
                remarks += disk.table?.remarks ?? []
                if index == 0 { (table, bootCode) = (disk.table, disk.bootCode) }
            } catch {
                let code: ImageError.Code = error.code == .inputOutput ? .inputOutput : .damaged
                throw ImageError(code, image: file.name, error.description)
            }
        }
        let root = try DiskRoots(volumes, image: name).root(choice.partition)
        var mounting = DiskMounting(root: root, volumes: volumes)
        mounting.mountAll()
        let description = ImageDescription(
            name: name, kind: "disk",
            disk: DiskDescription(
                partitionTable: table?.format.rawValue, volume: root.volume.name,
                fileSystem: root.volume.signature?.format.rawValue ?? "", mounts: mounting.mounts),
            remarks: remarks + mounting.remarks)
        let layout = DiskLayout(
            volumes, table: table, bootCode: bootCode, root: root.volume, mounts: mounting.mounts)
        return RootFilesystem(image: description, tree: root.tree, disk: layout)
    }
}
