/// Files that are no archive of a root: what they are is said, by the real tools' own images.

import Foundation
import ImageReading
import Testing

@Suite struct RecognitionTests {
    static func error(_ path: String) -> ImageError? {
        do throws(ImageError) {
            _ = try openImage(at: path).root([.contents("/etc/os-release")])
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
        var images: [(String, String)] = []
        for (kind, format, options) in [
            ("QCOW2", "qcow2", []), ("VMDK", "vmdk", []), ("VMDK", "vmdk", ["-o", "subformat=streamOptimized"]),
            ("VHD", "vpc", []), ("VHD", "vpc", ["-o", "subformat=fixed"]), ("VHDX", "vhdx", []), ("VDI", "vdi", []),
        ] as [(String, String, [String])] {
            let path = directory.path + "/\(images.count).\(format)"
            try run("qemu-img", ["convert", "-q", "-f", "raw", "-O", format] + options + [raw, path])
            images.append((kind, path))
        }
        for (kind, tool, arguments) in [
            ("NTFS", "mkfs.ntfs", ["-q", "-F", "-f"]),
        ] {
            let path = directory.path + "/\(kind)"
            try run("truncate", ["-s", "8M", path])
            // These tools are not everywhere; the magic numbers of their images are no less known for it.
            guard (try? run(tool, arguments + [path])) != nil else { continue }
            images.append((kind, path))
        }
        for (kind, path) in images {
            let error = Self.error(path)
            #expect(
                error?.code == .diskImage && error?.reason.contains(kind) == true,
                "\(kind): \(error?.description ?? "-")")
            #expect(error?.reason.contains("guestmount") == true && error?.reason.contains("tar -C") == true)
        }
        for (tool, arguments) in ArchiveEndTests.compressors {
            let path = try directory.write("disk.\(tool)", run(tool, arguments, input: directory.read("disk-dos")))
            #expect(Self.error(path)?.code == .diskImage, "\(tool)")
        }
    }

    @Test func anOVAIsADiskImage() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("image.ova", tar([.file("vm.ovf", "<x/>"), .file("vm-disk1.vmdk", "KDMV")]))
        #expect(Self.error(path)?.code == .diskImage)
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
