/// Whether the image is Windows, which AWS Batch does not run on its Linux compute environments.

public import ImageReading

/// What shows that an image is Windows.
public struct Windows: Fact {
    /// The places that are there.
    public let places: [ImagePath]
    /// Of a disk, the volume with its file system, whose files are not read: `partition 3`; nil where they are.
    public let volume: String?

    /// NTFS keeps the case of names and tools that export it do not always; `Files` is the root inside a container
    /// image's layer.
    private static let signs: [ImagePath] = [
        "/Windows/System32", "/Windows/system32", "/WINDOWS/System32", "/WINDOWS/system32", "/windows/system32",
        "/Files/Windows/System32", "/bootmgr", "/BOOTMGR",
    ]

    private static let osRelease: [Want] = [.names("/etc/os-release"), .names("/usr/lib/os-release")]

    /// Types of partitions that Windows makes for itself (Microsoft, PARTITION_INFORMATION_GPT; of an MBR, NTFS and its
    /// recovery).
    private static let partitionTypes = [
        "e3c9e316-0b5c-4db8-817d-f92df00215ae": "Microsoft reserved",
        "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7": "Microsoft basic data",
        "de94bba4-06d1-4d40-a16a-bfd50179d6ac": "Windows recovery", "07": "NTFS", "27": "Windows recovery",
    ]

    /// The names alone.
    public static let wants: [Want] = signs.map { .names($0) } + osRelease

    /// Present where one of the signs stands in the root, and no os-release does: a Linux root may hold such a
    /// directory, Windows has no os-release. Of a disk without a Linux root, where a volume is NTFS.
    public static func observe(in root: RootFilesystem) -> Observation<Windows> {
        if let disk = root.disk, let volume = disk.root, volume.format == "ntfs" {
            return .present(Windows(places: [], volume: volume.name), disk.volumes.compactMap(evidence))
        }
        let answers = signs.map { root.names(.names($0)) }
        let found = zip(signs, answers).filter { $0.1.value != nil }.map(\.0)
        if found.isEmpty, let problem = answers.compactMap(\.problem).first { return .unreadable([], problem) }
        guard !found.isEmpty, osRelease.allSatisfy({ root.names($0).isAbsent }) else { return .absent(searched: signs) }
        return .present(Windows(places: found, volume: nil), found.map { Evidence($0) })
    }

    /// What of a volume is Windows': its file system, and the type that the table gives it.
    private static func evidence(of volume: DiskLayout.Volume) -> Evidence? {
        let type = volume.type.flatMap { partitionTypes[$0] }
        guard volume.format == "ntfs" || type != nil else { return nil }
        let words = [volume.format, type.map { "of type \($0)" }].compactMap(\.self)
        return Evidence(.root, "\(volume.name): \(words.joined(separator: ", "))")
    }
}

extension Facts {
    /// Whether the disk is all that is known of an image: no root was found on it, or one whose files are not read.
    public var isDiskAlone: Bool {
        guard let disk = disk.value else { return false }
        return disk.root == nil || windows.value?.volume != nil
    }
}
