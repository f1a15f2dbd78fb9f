/// Every image that was made beforehand with a manifest of what the kernel's own mount showed of it.

import ByteParsing
import DiskImages
import FileSystems
import Foundation
import TestSupport
import Testing

@Suite struct RecipeImagesTests {
    /// Raw images below `$AMILINT_DISK_IMAGES`, each with a file `IMAGE.manifest` beside it: kind, size or target,
    /// SHA-256 and path of everything in its root and /boot.
    static let images: [String] = {
        guard let folder = ProcessInfo.processInfo.environment["AMILINT_DISK_IMAGES"] else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".raw") && names.contains($0 + ".manifest") }.sorted().map {
            folder + "/" + $0
        }
    }()

    /// A volume, where it begins on the disk and where it is mounted if it holds no root.
    typealias Volume = (place: Int, source: any BlockSource, signature: VolumeSignature, mountPoint: String)

    /// The partitions of an image, or the whole of it, where something stands that is known; of a physical volume, its
    /// logical ones.
    static func volumes(of disk: DiskFile) throws -> [Volume] {
        let places = try PartitionTable.read(disk)?.partitions.map { ($0.start, $0.size) } ?? [(0, disk.size)]
        return try places.flatMap { start, size -> [Volume] in
            let source = DiskSection(of: disk, start: start, size: size)
            guard let signature = try VolumeSignature.read(source) else { return [] }
            // What holds no root is /boot in every one of them, and on LVM what its name says.
            guard signature.format == .lvm else { return [(start, source, signature, "/boot")] }
            return try VolumeGroups([("", source)]).logicalVolumes.map { volume in
                (start, volume.source, try #require(try VolumeSignature.read(volume.source)), "/" + volume.name)
            }
        }
    }

    @Test(.enabled(if: !images.isEmpty, "AMILINT_DISK_IMAGES names no directory of images"), arguments: images)
    func everyNameIsAsTheKernelShowsIt(_ path: String) throws {
        let manifest = listing(ofManifest: fileName([UInt8](try Data(contentsOf: URL(filePath: path + ".manifest")))))
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let disk = try DiskFile(descriptor: descriptor)
        var found: [String: String] = [:]
        var read: [String] = []
        var isRootRead = false
        for (_, source, signature, mountPoint) in try Self.volumes(of: disk) where signature.format != .vfat {
            let fileSystem = try signature.open(source)
            let files = try (fileSystem as? BtrfsFileSystem).map(mounted) ?? listing(of: fileSystem)
            let isRoot = files["/etc"] != nil
            isRootRead = isRootRead || isRoot
            found.merge(files.map { ((isRoot ? "" : mountPoint) + $0.key, $0.value) }) { $1 }
            read.append("\(signature.format.rawValue) \(files.count) names")
        }
        #expect(isRootRead)
        let differing = differences(found, manifest)
        #expect(differing.isEmpty, "\(differing.count): \(differing.prefix(5))")
        let hashed = found.values.count { $0.hasPrefix("f ") }
        print(
            "\(path): \(read.joined(separator: ", ")); \(found.count) names compared, \(hashed) by SHA-256, "
                + "\(differing.count) differ; \(disk.bytesRead >> 10) KiB read")
    }

    @Test(
        .enabled(if: !images.isEmpty, "AMILINT_DISK_IMAGES names no directory of images"),
        .enabled(if: Workshop.has("mcopy", "mdir"), "mtools are not installed"), arguments: images)
    func everyNameOnFATIsAsMtoolsShowIt(_ path: String) throws {
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let disk = try DiskFile(descriptor: descriptor)
        for (place, source, signature, _) in try Self.volumes(of: disk) where signature.format == .vfat {
            let workshop = try Workshop()
            let names = try workshop.run(
                "mkdir esp; mcopy -s -n -m -i '\(path)@@\(place)' '::/*' esp; mdir -/ -b -i '\(path)@@\(place)' ::/")
            let expected = try workshop.listing(ofDirectory: "esp")
            let found = try listing(of: signature.open(source))
            #expect(differences(found, expected).isEmpty)
            // mdir writes `::/EFI/BOOT/` of a directory and `::/EFI/BOOT/BOOTX64.EFI` of a file.
            let listed = Set(names.split(separator: "\n").map { String($0.dropFirst(2)).trimmingSuffix("/") })
            #expect(listed == Set(found.keys) && !listed.isEmpty)
            print("\(path): vfat \(found.count) names, as mtools have them")
        }
    }
}

/// What the root of a btrfs holds with the subvolumes that its fstab mounts: the default subvolume, or the one called
/// `root` where that has no fstab.
private func mounted(_ btrfs: BtrfsFileSystem) throws -> [String: String] {
    func showing(_ path: String) throws -> BtrfsFileSystem {
        let number = try btrfs.subvolumes().subvolume(at: path)?.number
        return try btrfs.showing(try #require(number, "no subvolume \(path)"))
    }
    func fstab(_ root: BtrfsFileSystem) throws -> String? {
        guard let folder = try root.node(named: FileName("etc"), in: root.root),
            let file = try root.node(named: FileName("fstab"), in: folder)
        else { return nil }
        return fileName(try root.content(of: file, upTo: 1 << 20))
    }
    let hasOwnRoot = try btrfs.node(named: FileName("etc"), in: btrfs.root) != nil
    let root = try hasOwnRoot ? btrfs : showing("root")
    var files = try listing(of: root)
    for line in try fstab(root)?.split(separator: "\n") ?? [] {
        let fields = line.split(whereSeparator: \.isWhitespace)
        guard fields.count > 3, fields[2] == "btrfs", fields[1] != "/",
            let option = fields[3].split(separator: ",").first(where: { $0.hasPrefix("subvol=") })
        else { continue }
        files = files.filter { !$0.key.hasPrefix(fields[1] + "/") }
        for (path, file) in try listing(of: showing(String(option.dropFirst("subvol=".count)))) {
            files[fields[1] + path] = file
        }
    }
    // The manifests leave snapshots out.
    return files.filter { !$0.key.hasPrefix("/.snapshots/") }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
