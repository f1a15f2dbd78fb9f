/// Which boot file systems of their own the image mounts, so that an export without them is known for what it is.

public import ImageReading

/// The boot file systems that /etc/fstab names (fstab(5)).
public struct BootPartitions: Fact {
    /// One file system.
    public struct Partition: Codable, Hashable, Sendable {
        /// `UUID=...`, `LABEL=...` or a device, as written.
        public let device: String
        /// Where it is mounted: /boot, /boot/efi, /efi or /boot/firmware.
        public let mountPoint: ImagePath
        /// `vfat`, `ext4`, ...
        public let type: String
        /// Its line of fstab.
        public let evidence: Evidence
    }

    /// In the order of the file; never empty.
    public let partitions: [Partition]

    /// The partition mounted at /boot; nil where /boot is part of the root file system.
    public var boot: Partition? { partitions.first { $0.mountPoint == "/boot" } }

    /// The EFI system partition; nil where fstab names none.
    public var efi: Partition? { partitions.first { $0.mountPoint != "/boot" } }

    private static let mountPoints: [ImagePath] = ["/boot", "/boot/efi", "/efi", "/boot/firmware"]

    /// /etc/fstab.
    public static let wants = [Fstab.want]

    /// Reads fstab; absent where it names no boot partition, unreadable where it is there and no text.
    public static func observe(in root: RootFilesystem) -> Observation<BootPartitions> {
        let found = Fstab.observe(in: root).map { fstab in
            fstab.lines.filter { mountPoints.contains($0.mountPoint) }.map { line in
                Partition(
                    device: line.device, mountPoint: line.mountPoint, type: line.type, evidence: line.evidence)
            }
        }
        return found.flatMap { partitions, _ in
            partitions.isEmpty
                ? .absent(searched: [Fstab.want.path])
                : .present(BootPartitions(partitions: partitions), partitions.map(\.evidence))
        }
    }
}
