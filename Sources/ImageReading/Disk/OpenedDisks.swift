/// The disks of an instance, open: what stands on them, and the system among it.

import ByteParsing
import DiskImages

/// The disk that is the image, and the others that its fstab may name.
struct OpenedDisks {
    private let name: String
    /// By which the image itself is compressed; nil where it is not.
    private let compression: String?
    /// Of the image itself; nil of a raw disk.
    private var container: String?
    private var disks: [DiskVolumes] = []
    private var volumes: [DiskVolume] = []
    private var remarks: [String] = []

    /// Opens `images`, of which the first is the image itself. Throws where one cannot be read, or has to be decompressed
    /// and cannot be.
    init(_ images: [(opened: OpenedImage, format: DiskFormat)]) throws(ImageError) {
        name = images[0].opened.file.name
        compression = images[0].opened.compression?.rawValue
        for (index, (image, format)) in images.enumerated() {
            let disk = try OpenedDisk(image, format)
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
    }

    /// The root with all that its fstab mounts. Throws where there is none, or more than one, with what the disks hold.
    func root(_ choice: DiskChoice) throws(ImageError) -> RootFilesystem {
        let found: DiskRoots.Root
        do throws(ImageError) {
            found = try DiskRoots(volumes, image: name, choice).root()
        } catch {
            var error = error
            error.disk = RootlessDisk(image: description(nil), layout: layout(nil), reason: error.reason)
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
                image: description(root.volume, root, mounting), tree: root.tree,
                disk: layout(root.volume, root, mounting))
        }
    }

    private func description(
        _ root: DiskVolume?, _ system: OpenVolume? = nil, _ mounting: DiskMounting? = nil
    ) -> ImageDescription {
        ImageDescription(
            name: name, kind: "disk", compression: compression,
            disk: root.map { root in
                DiskDescription(
                    container: container, partitionTable: disks[root.disk].table?.format.rawValue, volume: root.name,
                    fileSystem: root.signature?.format.rawValue ?? "", subvolume: system?.subvolumePath,
                    mounts: mounting?.mounts ?? [])
            },
            remarks: remarks + (mounting?.remarks ?? []))
    }

    /// What firmware starts is the first disk.
    private func layout(
        _ root: DiskVolume?, _ system: OpenVolume? = nil, _ mounting: DiskMounting? = nil
    ) -> DiskLayout {
        DiskLayout(
            volumes, table: disks.first?.table, bootCode: disks.first?.bootCode ?? .missing, root: root,
            system: system, mounts: mounting?.mounts ?? [])
    }
}
