/// The table of members through the file systems of disks, made by the real tools: they answer as every source does.

import FileSystems
import Foundation
import TestSupport
import Testing

@testable import ImageReading

@Suite struct DiskSourceTests {
    static let all = ImageSourceTests.wants + ImageSourceTests.further

    /// What an unpacked root answers.
    static func expected(_ directory: TemporaryDirectory) throws -> [String] {
        let root = try ImageSourceTests.unpack(ImageSourceTests.members, directory)
        return answers(try openImage(at: root).root(ImageSourceTests.wants, further: ImageSourceTests.further), all)
    }

    /// Answers but for their order.
    static func compare(_ found: [String], _ expected: [String], _ name: String) {
        for line in expected where !found.contains(line) { Issue.record("\(name): missing \(line)") }
        for line in found where !expected.contains(line) { Issue.record("\(name): unexpected \(line)") }
        #expect(expected.count > 20)
    }

    static let ext = ["-t ext4", "-t ext4 -O inline_data -b 1024", "-t ext3", "-t ext2 -b 2048"]

    @Test(.enabled(if: Workshop.has("mke2fs"), "e2fsprogs is not installed"), arguments: ext)
    func extAnswersAsADirectoryDoes(_ options: String) throws {
        let directory = try TemporaryDirectory()
        let expected = try Self.expected(directory)
        try run(
            "mke2fs", ["-q", "-F", "-d", "root"] + options.split(separator: " ").map(String.init) + ["image", "16M"],
            in: directory.path)
        let source = try openImage(at: directory.path + "/image")
        let root = try source.root(ImageSourceTests.wants, further: ImageSourceTests.further)
        #expect(root.image.kind == "disk" && root.image.remarks == [])
        Self.compare(answers(root, Self.all), expected, options)
    }

    @Test(
        .enabled(if: Workshop.has("mkfs.xfs", "python3"), "xfsprogs or python3 is not installed"),
        arguments: ["-m crc=1", "-m crc=0", "-b size=1024"])
    func xfsAnswersAsADirectoryDoes(_ options: String) throws {
        let directory = try TemporaryDirectory()
        let expected = try Self.expected(directory)
        // A protofile (mkfs.xfs(8), -p). It has no second names of a file: that one is written twice.
        let proto = try run(
            "python3",
            [
                "-c",
                #"""
                import os, stat, sys
                out = sys.stdout.buffer
                def put(path, name):
                    s = os.lstat(path); mode = b"%03o" % (s.st_mode & 0o777); p = os.fsencode(path)
                    if stat.S_ISLNK(s.st_mode): out.write(b"%s l--%s 0 0 %s\n" % (name, mode, os.fsencode(os.readlink(path))))
                    elif stat.S_ISREG(s.st_mode): out.write(b"%s ---%s 0 0 %s\n" % (name, mode, p))
                    elif stat.S_ISFIFO(s.st_mode): out.write(b"%s p--%s 0 0\n" % (name, mode))
                    else:
                        out.write((name + b" " if name else b"") + b"d--%s 0 0\n" % mode)
                        for each in sorted(os.listdir(p)): put(os.path.join(p, each), each)
                        out.write(b"$\n")
                out.write(b"/none\n0 0\n"); put(os.fsencode(sys.argv[1]), b"")
                """#, directory.path + "/root",
            ])
        try directory.write("proto", proto)
        try run("truncate", ["-s", "320M", "image"], in: directory.path)
        try run(
            "mkfs.xfs", ["-q", "-f", "-p", "proto"] + options.split(separator: " ").map(String.init) + ["image"],
            in: directory.path)
        let root = try openImage(at: directory.path + "/image").root(
            ImageSourceTests.wants, further: ImageSourceTests.further)
        #expect(root.image.kind == "disk" && root.image.remarks == [])
        Self.compare(answers(root, Self.all), expected, options)
    }

    @Test(
        .enabled(if: Workshop.has("mkfs.btrfs"), "btrfs-progs is not installed"),
        arguments: ["", "--mixed --csum sha256", "-n 65536 --csum xxhash -O ^no-holes"])
    func btrfsAnswersAsADirectoryDoes(_ options: String) throws {
        let directory = try TemporaryDirectory()
        let expected = try Self.expected(directory)
        try run("truncate", ["-s", "256M", "image"], in: directory.path)
        try run(
            "mkfs.btrfs", ["-q", "--rootdir", "root"] + options.split(separator: " ").map(String.init) + ["image"],
            in: directory.path)
        let root = try openImage(at: directory.path + "/image").root(
            ImageSourceTests.wants, further: ImageSourceTests.further)
        #expect(root.image.kind == "disk" && root.image.remarks == [])
        Self.compare(answers(root, Self.all), expected, options)
    }

    /// As the kernel writes it.
    @Test(
        .enabled(if: Workshop.mountsBtrfs, "\(Workshop.noMount)"),
        arguments: ["compress-force=zlib", "compress-force=lzo", "compress-force=zstd"])
    func btrfsOfTheKernelAnswersAsADirectoryDoes(_ options: String) throws {
        let directory = try TemporaryDirectory()
        let expected = try Self.expected(directory)
        let workshop = try Workshop()
        try workshop.mount("cp -a '\(directory.path)/root/.' \"$m\"", mounting: options)
        let root = try openImage(at: workshop.path + "/image").root(
            ImageSourceTests.wants, further: ImageSourceTests.further)
        #expect(root.image.kind == "disk" && root.image.remarks == [])
        Self.compare(answers(root, Self.all), expected, options)
    }

    /// FAT has neither links nor permissions, and its names are text.
    @Test(
        .enabled(if: Workshop.has("mkfs.vfat", "mcopy"), "dosfstools and mtools are not installed"),
        arguments: [("12", "4M"), ("16", "20M"), ("32", "64M")])
    func fatAnswersAsADirectoryDoes(_ width: String, _ size: String) throws {
        let directory = try TemporaryDirectory()
        let members = ImageSourceTests.members.filter { member in
            ["0", "5"].contains(member.type) && String(validating: member.name, as: UTF8.self) != nil
        }
        let path = try ImageSourceTests.unpack(members, directory)
        try run("chmod", ["-R", "755", path])
        let expected = answers(try openImage(at: path).root(Self.all), Self.all)
        try run("truncate", ["-s", size, "image"], in: directory.path)
        try run("mkfs.vfat", ["-F", width, "image"], in: directory.path)
        try run(
            "env", ["LC_ALL=C.UTF-8", "MTOOLS_SKIP_CHECK=1", "sh", "-c", "mcopy -s -i image root/* ::/"],
            in: directory.path)
        let image = try Data(contentsOf: URL(filePath: directory.path + "/image"))
        let tree = OnDemandTree(try fatFileSystem([UInt8](image)))
        let root = RootFilesystem(image: ImageDescription(name: "x", kind: "x"), tree: tree)
        Self.compare(answers(root, Self.all), expected, "FAT\(width)")
    }
}
