/// Every image that was made beforehand with a manifest of what the kernel's own mount showed of it.

import ByteParsing
import DiskImages
import FileSystems
import Foundation
import TestSupport
import Testing

@Suite struct RecipeImagesTests {
    /// Images below `$AMILINT_DISK_IMAGES`, each with a file `IMAGE.manifest` beside it.
    static let images: [String] = {
        guard let folder = ProcessInfo.processInfo.environment["AMILINT_DISK_IMAGES"] else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".raw") && names.contains($0 + ".manifest") }.sorted().map {
            folder + "/" + $0
        }
    }()

    @Test(.enabled(if: !images.isEmpty, "AMILINT_DISK_IMAGES names no directory of images"), arguments: images)
    func everyFileIsAsTheKernelShowsIt(_ path: String) throws {
        let text = String(decoding: try Data(contentsOf: URL(filePath: path + ".manifest")), as: UTF8.self)
        let manifest = listing(ofManifest: text)
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let disk = try DiskFile(descriptor: descriptor)
        let parts =
            try PartitionTable.read(disk)?.partitions.map { DiskSection(of: disk, start: $0.start, size: $0.size) }
            ?? [DiskSection(of: disk, start: 0, size: disk.size)]
        var refused: [String] = []
        for part in parts {
            guard let signature = try VolumeSignature.read(part), signature.format != .swap else { continue }
            do {
                let files = try listing(of: signature.open(part))
                guard files["/etc"] != nil else { continue }
                // Bytes that are no UTF-8 are spelled otherwise in a manifest.
                let differing = differences(files, manifest).filter { !$0.contains("/not-utf8-") }
                #expect(differing.isEmpty, "\(differing.prefix(5))")
                print("\(path): \(files.count) files, \(differing.count) differ, \(disk.bytesRead >> 10) KiB read")
                return
            } catch let error as FormatError {
                refused.append("\(signature.format.rawValue): \(error)")
            }
        }
        print("\(path): refused: \(refused)")
        #expect(!refused.isEmpty)
    }
}
