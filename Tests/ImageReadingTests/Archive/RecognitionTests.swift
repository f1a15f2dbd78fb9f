/// Files that are no archive of a root: what they are is said, by the real tools' own images.

import Foundation
import ImageReading
import Testing

@Suite struct RecognitionTests {
    static func error(_ path: String, scratch: String? = nil) -> ImageError? {
        do throws(ImageError) {
            _ = try openImage(at: path, choice: DiskChoice(scratch: scratch)).root([.contents("/etc/os-release")])
            return nil
        } catch {
            return error
        }
    }

    /// A raw disk of a few megabytes with a partition table: one Linux partition behind the first megabyte.
    static func disk(_ directory: TemporaryDirectory, label: String) throws -> String {
        var disk = [UInt8](repeating: 0, count: 8 << 20)
        let isGPT = label == "gpt"
        // Entry 1: not active, type, first sector 2048, 4096 sectors (UEFI 2.10, 5.2.1 Legacy MBR).
        let entry: [UInt8] = [0, 0, 2, 0, isGPT ? 0xEE : 0x83, 0xFF, 0xFF, 0xFF, 0, 8, 0, 0, 0, 16, 0, 0]
        disk.replaceSubrange(446..<462, with: entry)
        disk.replaceSubrange(510..<512, with: [0x55, 0xAA])
        if isGPT { disk.replaceSubrange(512..<520, with: "EFI PART".utf8) }
        return try directory.write("disk-" + label, disk)
    }

    @Test func diskImagesOfEveryFormat() throws {
        let directory = try TemporaryDirectory()
        let raw = try Self.disk(directory, label: "dos")
        let gpt = try Self.disk(directory, label: "gpt")
        #expect(Self.error(raw)?.code == .noRoot)
        #expect(Self.error(gpt)?.code == .damaged)
        // Formats that are read show by the disk in them, others by their names and by what to do.
        for (format, options) in [
            ("vmdk", "subformat=monolithicSparse"), ("vmdk", "subformat=streamOptimized"), ("vpc", "subformat=dynamic"),
            ("vpc", "subformat=fixed"), ("qcow2", "compat=0.10"), ("qcow2", "compat=1.1,extended_l2=on"),
            ("vhdx", "subformat=dynamic"), ("vhdx", "subformat=fixed"),
        ] {
            let path = directory.path + "/image"
            try run("qemu-img", ["convert", "-q", "-f", "raw", "-O", format, "-o", options, raw, path])
            let error = Self.error(path)
            #expect(error?.code == .noRoot && error?.reason.contains("partition 1") == true, "\(format) \(options)")
        }
        for (kind, format, options) in [
            ("VDI", "vdi", ""), ("differs from its backing file", "qcow2", "backing_file=\(raw),backing_fmt=raw"),
            ("data stand in another file", "qcow2", "data_file=\(directory.path)/data"),
            ("monolithicFlat", "vmdk", "subformat=monolithicFlat"),
            ("twoGbMaxExtentSparse", "vmdk", "subformat=twoGbMaxExtentSparse"),
            ("twoGbMaxExtentFlat", "vmdk", "subformat=twoGbMaxExtentFlat"),
            ("delta", "vmdk", "backing_file=\(directory.path)/image.vmdk,backing_fmt=vmdk"),
        ] {
            let path = directory.path + "/\(kind.prefix(4)).\(format)"
            try run("qemu-img", ["convert", "-q", "-f", "raw", "-O", "vmdk", raw, directory.path + "/image.vmdk"])
            let chosen = options.isEmpty ? [] : ["-o", options]
            try run("qemu-img", ["create", "-q", "-f", format] + chosen + [path, "8M"])
            let error = Self.error(path)
            #expect(
                error?.code == .diskImage && error?.reason.contains(kind) == true,
                "\(kind): \(error?.description ?? "-")")
            let advice = kind == "monolithicFlat" || kind.hasSuffix("Flat") ? "raw disk" : "qemu-img convert -O raw"
            #expect(error?.reason.contains(advice) == true, "\(error?.reason ?? "-")")
        }
        // A part of a disk in several files is not the disk.
        #expect(Self.error(directory.path + "/twoG-s001.vmdk")?.reason.contains("several files") == true)
        let mark: [UInt8] = [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE]
        let luks = try directory.write("luks", mark + [UInt8](repeating: 0, count: 5000))
        #expect(Self.error(luks)?.code == .diskImage && Self.error(luks)?.reason.contains("cryptsetup") == true)
        // What is compressed is no other disk for that; without a place to decompress it, it is refused.
        for (tool, arguments) in ArchiveEndTests.compressors {
            for inside in ["disk-dos", "image.vmdk"] {
                let path = try directory.write("disk.\(tool)", run(tool, arguments, input: directory.read(inside)))
                let error = Self.error(path)
                let kind = inside == "disk-dos" ? "raw disk" : "VMDK disk image"
                #expect(error?.code == .noScratch, "\(tool)")
                #expect(error?.reason.contains("\(kind) compressed by \(tool)") == true, "\(error?.reason ?? "-")")
                #expect(error?.reason.contains("--scratch DIR") == true, "\(error?.reason ?? "-")")
                #expect(Self.error(path, scratch: directory.path)?.code == .noRoot, "\(tool)")
            }
        }
    }

    @Test func anOVAIsADiskImage() throws {
        let directory = try TemporaryDirectory()
        let archive = tar([.file("vm.ovf", "<x/>"), .file("vm-disk1.vmdk", "KDMV")])
        let path = try directory.write("image.ova", archive)
        #expect(Self.error(path)?.code == .torn)
        let zipped = try directory.write("image.ova.gz", run("gzip", ["-c"], input: archive))
        #expect(Self.error(zipped)?.code == .noScratch)
        #expect(Self.error(zipped, scratch: directory.path)?.code == .torn)
        let late = try directory.write("late.ova", tar([.directory("d"), .file("vm.ovf", "<x/>")]))
        #expect(Self.error(late)?.code == .diskImage && Self.error(late)?.reason.contains("unpack it") == true)
        try withOutput(of: "cat", [path]) { pipe in
            let error = #expect(throws: ImageError.self) { try openImage(pipe, name: "pipe").root([]) }
            #expect(error?.code == .noScratch && error?.reason.contains("in a pipe") == true)
        }
    }

    @Test func filesOfEveryOddSizeAreRefusedInNoTime() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/image"
        for size in ["0", "1", "511", "512", "513", "8796093022208", "4611686018427387904"] {
            try run("rm", ["-f", path])
            // Not every file system has files of 4 EiB.
            guard (try? run("truncate", ["-s", size, path])) != nil else { continue }
            let error = Self.error(path)
            #expect(error != nil && error?.code != .inputOutput, "\(size): \(error?.description ?? "-")")
            for mark in ["KDMV", "conectix", "# Disk DescriptorFile\n", "QFI"] {
                try run("sh", ["-c", "printf '\(mark)' | dd of=\(path) conv=notrunc status=none"])
                #expect(Self.error(path) != nil, "\(mark) in \(size) bytes")
            }
        }
    }

    @Test func whatStandsInAWSIsFetchedFirst() throws {
        let ami = Self.error("ami-0123456789abcdef0")
        #expect(ami?.code == .missing)
        for words in [
            "aws ec2 export-image --image-id ami-0123456789abcdef0", "--role-name vmimport", "S3Bucket=BUCKET",
            "aws ec2 describe-export-image-tasks", "aws s3 cp s3://BUCKET/amilint/TASK.vmdk .", "coldsnap download",
        ] {
            #expect(ami?.reason.contains(words) == true, "\(words)")
        }
        let object = Self.error("s3://bucket/a path/export-ami-0a.vmdk")
        #expect(object?.code == .missing)
        #expect(object?.reason.contains("aws s3 cp 's3://bucket/a path/export-ami-0a.vmdk' .") == true)
        #expect(object?.reason.contains("amilint check export-ami-0a.vmdk") == true)
        for other in ["ami-", "ami-xyz", "s3://bucket", "nothing-here", "./ami-0a"] {
            #expect(Self.error(other)?.reason.contains("aws") == false, "\(other)")
        }
        // What stands here under such a name is read.
        let directory = try TemporaryDirectory()
        let path = try directory.write("ami-0a", tar([.file("etc/os-release", "ID=x\n")]))
        #expect(Self.error(path) == nil)
    }

    @Test func containerImages() throws {
        let directory = try TemporaryDirectory()
        let layer = String(decoding: tar([.file("etc/os-release", "ID=x\n")]), as: UTF8.self)
        let saved = tar([
            .directory("4bcd"), .file("4bcd/VERSION", "1.0"), .file("4bcd/layer.tar", layer),
            .file("4bcd.json", "{}"), .file("manifest.json", "[]"), .file("repositories", "{}"),
        ])
        let layout = tar([
            .directory("blobs"), .directory("blobs/sha256"), .file("blobs/sha256/00", "{}"), .file("index.json", "{}"),
            .file("oci-layout", "{}"),
        ])
        for (name, bytes) in [("saved", saved), ("layout", layout)] {
            let error = Self.error(try directory.write(name, bytes))
            #expect(error?.code == .containerImage && error?.reason.contains("docker export") == true, "\(name)")
            try FileManager.default.createDirectory(
                atPath: directory.path + "/d" + name, withIntermediateDirectories: false)
            try run("tar", ["-C", directory.path + "/d" + name, "-xf", directory.path + "/" + name])
            #expect(Self.error(directory.path + "/d" + name)?.code == .containerImage, "\(name) unpacked")
        }
    }

    @Test func whatIsNoImage() throws {
        let directory = try TemporaryDirectory()
        let plain = tar([.file("etc/os-release", "")])
        let rows: [(String, [UInt8], ImageError.Code)] = [
            ("text", Array("just some text\n".utf8), .notAnImage),
            ("long text", Array(String(repeating: "just some text\n", count: 9000).utf8), .notAnImage),
            ("gzipped text", try run("gzip", ["-c"], input: Array("just some text\n".utf8)), .notAnImage),
            ("zip", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 1, count: 600), .notAnImage),
            ("rpm", [0xED, 0xAB, 0xEE, 0xDB, 3, 0] + [UInt8](repeating: 0, count: 600), .notAnImage),
            ("twice compressed", try run("gzip", ["-c"], input: run("xz", ["-c"], input: plain)), .notAnImage),
            ("empty file", [], .empty),
            ("gzip of nothing", try run("gzip", ["-c"]), .empty),
            ("xz of nothing", try run("xz", ["-c"]), .empty),
            ("zstd of nothing", try run("zstd", ["-qc"]), .empty),
            ("tar of nothing", tar([]), .empty),
            ("tar of nothing, gzip", try run("gzip", ["-c"], input: tar([])), .empty),
            ("tar of no files", try run("tar", ["-cf", "-", "-T", "/dev/null"]), .empty),
            ("cpio of nothing", try run("cpio", ["--quiet", "-o", "-H", "newc"]), .empty),
        ]
        for (name, bytes, code) in rows {
            let error = Self.error(try directory.write("image", bytes))
            #expect(error?.code == code, "\(name): \(error?.description ?? "-")")
        }
        #expect(Self.error("/dev/zero")?.code == .notAnImage)
    }

    @Test func pathsThatCannotBeOpened() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("image", tar([.file("etc/os-release", "")]))
        func code(_ path: String) -> ImageError.Code? {
            do throws(ImageError) {
                _ = try openImage(at: path).root([])
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code(directory.path + "/nothing") == .missing)
        #expect(code(file + "/below") == .missing)
        try run("chmod", ["000", file])
        asNobody { #expect(code(file) == .permissionDenied) }
        try run("chmod", ["000", directory.path])
        asNobody {
            #expect(code(file) == .permissionDenied)
            #expect(code(directory.path) == .permissionDenied)
        }
        try run("chmod", ["755", directory.path])
    }
}
