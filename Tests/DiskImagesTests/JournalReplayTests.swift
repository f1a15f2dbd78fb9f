/// Journals of ext4 and XFS as they stand on a disk when everything stops at any moment, against what the kernel's own
/// replay makes of a copy.

import ByteParsing
import DiskImages
import FileSystems
import Foundation
import TestSupport
import Testing

@Suite struct JournalReplayTests {
    /// Whether this system mounts files: in many containers nobody may.
    static let mounts: Bool = {
        guard Workshop.has("mkfs.ext4", "mkfs.xfs", "mount", "python3"), let workshop = try? Workshop() else {
            return false
        }
        let script = "truncate -s 8M image && mkfs.ext4 -q image && mkdir m && mount -o loop image m && umount m"
        return (try? workshop.run(script)) != nil
    }()

    @Test(
        .enabled(if: mounts, "this system mounts no files by loop devices"),
        arguments: [("ext4", 7), ("xfs", 3)])
    func filesAreAsTheKernelsReplayLeavesThem(_ type: String, _ count: Int) throws {
        let workshop = try Workshop()
        let script = TestData.url("scripts/make-dirty-disks").path
        try workshop.run("'\(script)' . \(type) \(count) \(UInt32.random(in: 0..<1_000_000)) >images")
        #expect(try Self.compare(workshop.path) >= count)
    }

    /// A fast commit says what changed in a form that is not replayed: what it changed is not read, and all else is.
    @Test(.enabled(if: mounts, "this system mounts no files by loop devices"))
    func whatFastCommitsChangeIsNotRead() throws {
        let workshop = try Workshop()
        try workshop.run(
            """
            truncate -s 64M image && mkfs.ext4 -q -O fast_commit image && mkdir m && mount -o loop image m
            trap 'umount m' EXIT
            mkdir m/d m/e; echo 1 >m/d/1; echo 2 >m/e/2; sync
            python3 - <<'END'
            import fcntl, os, struct
            with open("m/d/3", "w") as file:
                file.write("3")
                file.flush()
                os.fsync(file)
            fcntl.ioctl(os.open("m", os.O_RDONLY), 0x8004587D, struct.pack("I", 2))
            END
            """)
        let fileSystem = try ExtFileSystem(MemoryDisk(workshop.bytes("image")))
        // Where the kernel made a whole commit of it, there is nothing to say.
        guard fileSystem.remarks.contains(where: { $0.contains("fast commits") }) else {
            print("the kernel made no fast commit")
            return
        }
        let (kept, error) = (
            try #require(try fileSystem.node(named: FileName("e"), in: fileSystem.root)),
            #expect(throws: FormatError.self) {
                try fileSystem.node(named: FileName("d"), in: fileSystem.root).map(fileSystem.status)
            }
        )
        #expect(try fileSystem.names(in: kept) == [FileName("2")])
        #expect(error?.reason.contains("fast commit") == true)
    }

    /// A directory of many more, made by the script beforehand.
    static let prepared = ProcessInfo.processInfo.environment["AMILINT_DIRTY_DISKS"]

    @Test(.enabled(if: prepared != nil, "AMILINT_DIRTY_DISKS names no directory of images"))
    func filesOfManyAreAsTheKernelsReplayLeavesThem() throws {
        #expect(try Self.compare(#require(Self.prepared)) > 0)
    }

    /// Compares all images in a directory with their manifests, and says how many are the same.
    static func compare(_ folder: String) throws -> Int {
        var (same, refused) = (0, 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".raw") {
            let path = folder + "/" + name
            let text = String(decoding: try TestData.bytes(URL(filePath: path + ".manifest")), as: UTF8.self)
            let found = try read(path)
            guard text != "refused\n" else {
                // The kernel does not say what it holds; here neither, or with a word about it.
                refused += 1
                #expect(found.files == nil || found.remarks.contains { $0.contains("damaged") }, "\(name)")
                continue
            }
            let differing = differences(found.files ?? [:], listing(ofManifest: text))
            #expect(found.files != nil && differing.isEmpty, "\(name): \(differing.prefix(5)) \(found.remarks)")
            same += differing.isEmpty ? 1 : 0
        }
        print("\(folder): \(same) images the same, \(refused) that the kernel does not mount")
        return same
    }

    /// What is on an image; no files where it cannot be read, with the reason as a remark.
    private static func read(_ path: String) throws -> (files: [String: String]?, remarks: [String]) {
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        do {
            let disk = try DiskFile(descriptor: descriptor)
            let signature = try #require(try VolumeSignature.read(disk))
            let fileSystem = try signature.open(disk)
            return (try listing(of: fileSystem), fileSystem.remarks)
        } catch let error as FormatError {
            return (nil, [error.reason])
        }
    }
}
