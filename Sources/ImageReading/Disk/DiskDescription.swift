/// Where on a disk an image was read, and what a user may say of that beforehand.

/// Which root of a disk is meant, and which other disks its instances have.
public struct DiskChoice: Sendable {
    /// The number, name, label or UUID of the partition with the root, or a logical volume as `VG/LV`; nil where the disk
    /// decides.
    public var partition: String?
    /// Files or devices with the other volumes.
    public var disks: [String]
    /// The directory of this machine in which a disk is decompressed, into a file that goes away again, where its bytes
    /// come forwards alone: in a compressed file, and by a pipe. Nil where such disks are refused.
    public var scratch: String?
    /// Of a root, what its booting kernel mounts as the root: what the floors above know of boot loaders. Nil where
    /// nothing shows it.
    public var bootedRoot: @Sendable (RootFilesystem) -> BootedRoot? = { _ in nil }

    /// What the disk itself decides, unless something is said.
    public init(partition: String? = nil, disks: [String] = [], scratch: String? = nil) {
        self.partition = partition
        self.disks = disks
        self.scratch = scratch
    }

    var isEmpty: Bool { partition == nil && disks.isEmpty }
}

/// What a kernel mounts as the root.
public struct BootedRoot: Hashable, Sendable {
    /// As `root=` names it.
    public let device: String
    /// Those of `rootflags=`.
    public let options: [String]

    /// A device that is mounted with these options.
    public init(device: String, options: [String] = []) {
        self.device = device
        self.options = options
    }
}

/// Where on a disk the root stands.
public struct DiskDescription: Hashable, Sendable, Codable {
    /// A file system that stands below the root.
    public struct Mount: Hashable, Sendable, Codable {
        /// Where it is mounted.
        public let mountPoint: ImagePath
        /// `partition 128`, `logical volume vg/var`.
        public let volume: String
        /// `ext4`, `xfs`, `vfat`.
        public let fileSystem: String
        /// Of a btrfs, which subvolume: `/home`.
        public let subvolume: String?
        /// Whether the partition's type alone says so, and no line of fstab.
        public let isByType: Bool
    }

    /// `vmdk stream-optimized`, `vhd dynamic`, `ova`; nil of a raw disk.
    public let container: String?
    /// `gpt` or `mbr`; nil where the file system takes the whole disk.
    public let partitionTable: String?
    /// `partition 1`, `the whole disk`, `logical volume vg/root`.
    public let volume: String
    /// The root's file system: `ext4`, `xfs`.
    public let fileSystem: String
    /// Of a btrfs, which subvolume the root is: `/root`; `/` is the top level.
    public let subvolume: String?
    /// In the order in which they were mounted.
    public let mounts: [Mount]

    /// `gpt`, `partition 1`, `xfs`, for a reader.
    public var kinds: [String] {
        [container, partitionTable, volume, fileSystem, subvolume.map { "subvolume \($0)" }].compactMap(\.self)
            + mounts.map { mount in
                "\(mount.mountPoint) from \(mount.volume)" + (mount.subvolume.map { ", subvolume \($0)" } ?? "")
            }
    }
}
