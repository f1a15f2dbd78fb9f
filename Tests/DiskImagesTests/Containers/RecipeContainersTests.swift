/// Containers of whole disks that were made beforehand, held byte for byte against qemu-img.

import ByteParsing
import DiskImages
import Foundation
import TestSupport
import Testing

@Suite struct RecipeContainersTests {
    /// Files below `$AMILINT_DISK_IMAGES` in a format that is read.
    static let images: [String] = {
        guard let folder = ProcessInfo.processInfo.environment["AMILINT_DISK_IMAGES"] else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            [".vmdk", ".vhd", ".vhdx", ".qcow2", ".ova"].contains(where: name.hasSuffix)
                && !["flat", "split"].contains(where: name.contains)
        }.sorted().map { folder + "/" + $0 }
    }()

    @Test(.enabled(if: !images.isEmpty, "AMILINT_DISK_IMAGES names no directory of images"), arguments: images)
    func everyByteIsAsQEMUHasIt(_ path: String) throws {
        let workshop = try Workshop()
        let (name, format): (String, DiskFormat) =
            switch path.split(separator: ".").last {
            case "vhd": ("vpc", .vhd)
            case "vhdx": ("vhdx", .vhdx)
            case "qcow2": ("qcow2", .qcow2)
            case "ova": ("vmdk", .ova)
            default: ("vmdk", .vmdk)
            }
        if format == .ova {
            try workshop.run("tar -xOf '\(path)' --wildcards '*.vmdk' >disk.vmdk")
        } else {
            try workshop.run("ln -s '\(path)' disk.vmdk")
        }
        try workshop.run("qemu-img convert -f \(name) -O raw disk.vmdk disk.raw")
        let (file, raw) = (open(path, O_RDONLY), open(workshop.path + "/disk.raw", O_RDONLY))
        try #require(file >= 0 && raw >= 0)
        defer {
            close(file)
            close(raw)
        }
        let (bytes, expected) = (try DiskFile(descriptor: file), try DiskFile(descriptor: raw))
        let container = try DiskContainer(bytes, format)
        let disk = try #require(container.disks.first)
        try #require(disk.size == expected.size)
        let step = 1 << 20
        for offset in stride(from: 0, to: disk.size, by: step) {
            let count = min(step, disk.size - offset)
            let same = isSame(
                try disk.read(at: offset, count: count), try expected.read(at: offset, count: count))
            try #require(same, "at byte \(offset)")
        }
        print("\(path): \(container.kind ?? "raw"), \(disk.size) bytes equal")
    }
}
