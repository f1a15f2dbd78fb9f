/// What a disk says beside its files: how it is divided, by which names a system finds its parts, and what boots from it.

public import DiskImages

/// The disk that an image was read from, and the others of its instances.
public struct DiskLayout: Fact, Hashable {
    /// A partition, a disk without partitions, or a logical volume.
    public struct Volume: Codable, Hashable, Sendable {
        /// Which disk, the first being the image itself; of a logical volume, that where it begins.
        public let disk: Int
        /// As Linux counts; nil where it is no partition.
        public let number: Int?
        /// A GUID in lower case, or of an MBR two hexadecimal digits.
        public let type: String?
        /// PARTUUID, in lower case.
        public let partitionUUID: String?
        /// PARTLABEL.
        public let partitionLabel: String?
        /// Its names in LVM; nil where it is no logical volume.
        public let logicalVolume: LogicalVolume?
        /// In bytes.
        public let size: Int
        /// `ext4`, `xfs`, `LVM physical volume`; nil where nothing that is known stands on it.
        public let format: String?
        /// Of the file system, as Linux spells it.
        public let uuid: String?
        /// Of the file system.
        public let label: String?
        /// Why not even that can be told.
        public let problem: String?
        /// Where the image's files on it stand; nil where none of them do.
        public internal(set) var mountPoint: ImagePath?
        /// Of a btrfs, its subvolumes.
        public internal(set) var subvolumes: Observation<Subvolumes> = .absent(searched: [])
        /// Of a btrfs with the root, the number of the subvolume that is the root.
        public internal(set) var rootSubvolume: UInt64?
        /// What firmware starts from it; of a FAT alone.
        public internal(set) var programs: Observation<EFIPrograms> = .absent(searched: [])

        /// One volume as its disk describes it.
        package init(
            disk: Int = 0, number: Int?, type: String? = nil, partitionUUID: String? = nil,
            partitionLabel: String? = nil, logicalVolume: LogicalVolume? = nil, size: Int = 0, format: String?,
            uuid: String? = nil, label: String? = nil, problem: String? = nil, mountPoint: ImagePath? = nil,
            programs: Observation<EFIPrograms> = .absent(searched: []),
            subvolumes: Observation<Subvolumes> = .absent(searched: []), rootSubvolume: UInt64? = nil
        ) {
            self.disk = disk
            self.number = number
            self.type = type
            self.partitionUUID = partitionUUID
            self.partitionLabel = partitionLabel
            self.logicalVolume = logicalVolume
            self.size = size
            self.format = format
            self.uuid = uuid
            self.label = label
            self.problem = problem
            self.mountPoint = mountPoint
            self.programs = programs
            self.subvolumes = subvolumes
            self.rootSubvolume = rootSubvolume
        }
    }

    /// `gpt` or `mbr`; nil where a file system takes the whole disk.
    public let partitionTable: String?
    /// In the order of the disks and of their tables, and behind them what LVM makes of them.
    public let volumes: [Volume]
    /// What a BIOS starts.
    public let bootCode: BootCode

    /// Nothing: the disk is read before its files are.
    public static let wants: [Want] = []

    /// A layout of these parts.
    package init(partitionTable: String?, volumes: [Volume], bootCode: BootCode) {
        self.partitionTable = partitionTable
        self.volumes = volumes
        self.bootCode = bootCode
    }

    /// What the source of `root` says; absent where that is no disk.
    public static func observe(in root: RootFilesystem) -> Observation<DiskLayout> {
        root.disk.map { .present($0, []) } ?? .absent(searched: [])
    }

    /// The volume with the root.
    public var root: Volume? { volumes.first { $0.mountPoint == .root } }
}

/// The EFI programs of a volume.
public struct EFIPrograms: Codable, Hashable, Sendable {
    /// One at the place where firmware looks without being told: /EFI/BOOT/BOOTX64.EFI (UEFI specification, 3.5.1.1).
    public struct Removable: Codable, Hashable, Sendable {
        /// On its volume.
        public let path: ImagePath
        /// As `uname -m` has it; nil where it is another, or where there is a problem.
        public let machine: String?
        /// Why firmware does not load it.
        public let problem: String?

        /// What stands at `path`.
        package init(path: ImagePath, machine: String?, problem: String? = nil) {
            self.path = path
            self.machine = machine
            self.problem = problem
        }
    }

    /// At the places where firmware looks.
    public let removable: [Removable]
    /// Other programs, which firmware starts where its variables say so; the first few.
    public let others: [ImagePath]

    /// These programs.
    package init(removable: [Removable], others: [ImagePath] = []) {
        self.removable = removable
        self.others = others
    }
}
