/// From the open volumes of a disk to what facts know of it.

import ByteParsing
import DiskImages
import FileSystems

extension DiskLayout {
    /// The layout of `volumes`, of which `root` is the root, if there is one, `system` being open on it where it can be
    /// read, and `mounts` stand below it.
    init(
        _ volumes: [DiskVolume], table: PartitionTable?, bootCode: BootCode, root: DiskVolume?, system: OpenVolume?,
        mounts: [DiskDescription.Mount]
    ) {
        self.init(
            partitionTable: table?.format.rawValue,
            volumes: volumes.map { volume in
                var known = volume.known
                known.mountPoint =
                    volume.name == root?.name ? .root : mounts.first { $0.volume == volume.name }?.mountPoint
                if volume.signature?.format == .vfat { known.programs = volume.programs }
                if volume.signature?.format == .btrfs {
                    known.subvolumes =
                        system.flatMap { $0.volume.name == volume.name ? $0.subvolumes : nil } ?? volume.subvolumes
                }
                if known.mountPoint == .root { known.rootSubvolume = system?.subvolume }
                return known
            }, bootCode: bootCode)
    }
}

extension DiskVolume {
    /// What the tables and its own marks say.
    var known: DiskLayout.Volume {
        DiskLayout.Volume(
            disk: disk, number: partition?.number, type: partition?.type, partitionUUID: partition?.uuid,
            partitionLabel: partition?.name, logicalVolume: logical.map(DiskLayout.LogicalVolume.init),
            size: logical?.size ?? source.size, format: signature?.format.rawValue, uuid: signature?.uuid,
            label: signature?.label, problem: problem?.reason)
    }

    private static let folder: ImagePath = "/EFI/BOOT"
    /// Of x86_64, aarch64 and i386 (UEFI specification, 3.5.1.1).
    private static let places: [ImagePath] = [
        "/EFI/BOOT/BOOTX64.EFI", "/EFI/BOOT/BOOTAA64.EFI", "/EFI/BOOT/BOOTIA32.EFI",
    ]
    /// So many others are named.
    private static let limit = 8

    /// The EFI programs on it, which is a FAT; absent where it has none.
    fileprivate var programs: Observation<EFIPrograms> {
        let fileSystem: any FileSystem
        do throws(FormatError) {
            fileSystem = try open()
        } catch {
            return .unreadable([], Problem(error, at: .root))
        }
        let refusal = (fileSystem as? FATFileSystem)?.firmwareProblem
        let tree = OnDemandTree(fileSystem)
        let files = RootFilesystem(image: ImageDescription(name: "", kind: "disk"), tree: tree)
        var removable: [EFIPrograms.Removable] = []
        for place in Self.places {
            switch files[.head(place, bytes: EFIProgram.headLength)] {
            case .absent: continue
            case .unreadable(_, let problem) where problem.code == .notRegularFile:
                removable.append(EFIPrograms.Removable(path: place, machine: nil, problem: problem.reason))
            // A copy that ends too early says nothing of what firmware finds on the disk itself.
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .present(let file, _):
                do throws(FormatError) {
                    if let refusal { throw FormatError(.unsupported, refusal) }
                    let program = try EFIProgram(head: file.bytes[...], size: file.size)
                    removable.append(EFIPrograms.Removable(path: place, machine: program.machine))
                } catch {
                    removable.append(EFIPrograms.Removable(path: place, machine: nil, problem: error.reason))
                }
            }
        }
        var others: [ImagePath] = []
        switch files.names(.names("/EFI/*/*")) {
        case .absent: break
        case .unreadable(let evidence, let problem):
            if removable.isEmpty { return .unreadable(evidence, problem) }
        case .present where refusal != nil: break
        case .present(let entries, _):
            others = entries.map(\.path).filter { path in
                path.name.lowercased().hasSuffix(".efi")
                    && path.parent.text.lowercased() != Self.folder.text.lowercased()
            }
        }
        guard !removable.isEmpty || !others.isEmpty else { return .absent(searched: Self.places) }
        return .present(EFIPrograms(removable: removable, others: Array(others.prefix(Self.limit))), [])
    }
}
