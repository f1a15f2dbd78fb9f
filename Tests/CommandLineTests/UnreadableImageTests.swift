/// What is no image, or is damaged, is refused with 65 and a word on what was expected and what to do instead.

import Testing

@Suite struct UnreadableImageTests {
    /// One image that cannot be read, made by the real tools.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Makes `image` beside the directory `root`, a small root file system.
        let script: String
        /// What the message has to say.
        let says: [String]
        var tool: String?

        var testDescription: String { name }

        init(_ name: String, _ script: String, says: String..., tool: String? = nil) {
            self.name = name
            self.script = script
            self.says = says
            self.tool = tool
        }
    }

    /// A small root, and a tar of it whose members are big enough to be cut and damaged.
    static let root = """
        mkdir -p root/etc root/usr/bin root/var/lib
        printf 'ID=debian\\nVERSION_ID="12"\\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\\n' >root/etc/os-release
        head -c 300000 /dev/urandom >root/usr/bin/program
        head -c 300000 /dev/urandom >root/var/lib/state
        pack() { tar -C root -cf - etc usr var; }

        """

    static let rows: [Row] = [
        Row("missing", ":", says: "nothing found"),
        Row("a text file", "echo hello >image", says: "tar or cpio expected"),
        Row("random bytes", "head -c 100000 /dev/urandom >image", says: "tar or cpio expected"),
        Row("an empty file", ": >image", says: "empty"),
        Row("an empty archive", "tar -cf image -T /dev/null", says: "without any member"),
        Row("an empty archive, compressed", "tar -czf image -T /dev/null", says: "without any member"),
        Row(
            "a disk with an MBR",
            "truncate -s 8M image && echo 'label: dos\nstart=2048, type=83' | /sbin/sfdisk -q image",
            says: "root file system expected", "partition 1", tool: "qemu-img"),
        Row(
            "a disk with a GPT", "truncate -s 8M image && echo 'label: gpt\nstart=2048' | /sbin/sfdisk -q image",
            says: "root file system expected", "partition 1", tool: "qemu-img"),
        Row(
            "VMDK", "qemu-img create -q -f vmdk image 8M", says: "root file system expected", "the whole disk",
            tool: "qemu-img"),
        Row(
            "VHD", "qemu-img create -q -f vpc image 8M", says: "root file system expected", "the whole disk",
            tool: "qemu-img"),
        Row(
            "VMDK, its data in another file",
            "qemu-img create -q -f vmdk -o subformat=monolithicFlat image 8M", says: "monolithicFlat", "image-flat",
            "not opened", tool: "qemu-img"),
        Row(
            "VMDK, cut before its footer",
            """
            qemu-img create -q -f vmdk -o subformat=streamOptimized whole 8M
            python3 -c "
            data = bytearray(open('whole', 'rb').read()); data[56:64] = b'\\xff' * 8; open('image', 'wb').write(data)"
            """, says: "ends before its footer", "again", tool: "qemu-img"),
        Row(
            "a cut VHDX", "qemu-img create -q -f vhdx image 8M; truncate -s 200k image", says: "headers of a VHDX",
            "is not whole", tool: "qemu-img"),
        Row(
            "a QCOW2 of nothing", "qemu-img create -q -f qcow2 image 8M", says: "whole disk", "no file system",
            tool: "qemu-img"),
        Row(
            "QCOW2 with a backing file",
            "qemu-img create -q -f qcow2 -b /etc/passwd -F raw image 8M", says: "backing file", tool: "qemu-img"),
        Row(
            "a compressed disk", "truncate -s 8M disk && /sbin/mke2fs -q disk && gzip -c disk >image",
            says: "root file system", "whole disk"),
        Row(
            "a file system without partitions", "truncate -s 8M image && /sbin/mke2fs -q image", says: "file system",
            "whole disk"),
        Row(
            "docker save",
            """
            mkdir -p save/0123 && pack >save/0123/layer.tar && echo '{}' >save/config.json
            echo '[{"Config":"config.json","RepoTags":["a:b"],"Layers":["0123/layer.tar"]}]' >save/manifest.json
            tar -C save -cf image .
            """, says: "docker save", "docker export"),
        Row(
            "OCI layout",
            """
            mkdir -p oci/blobs/sha256 && pack >oci/blobs/sha256/0123
            echo '{"imageLayoutVersion":"1.0.0"}' >oci/oci-layout && echo '{"schemaVersion":2}' >oci/index.json
            tar -C oci -cf image .
            """, says: "OCI"),
        Row("an archive without a root", "mkdir a && echo >a/b && tar -cf image a", says: "etc", "usr"),
        Row("a directory without a root", "mkdir -p image/a && echo >image/a/b", says: "etc", "usr"),
        Row("an empty directory", "mkdir image", says: "empty"),
        Row("a device", "ln -s /dev/zero image", says: "device"),
        Row("torn .tar", "pack | head -c 400000 >image", says: "end of the file found"),
        Row("torn .tar.gz", "pack | gzip | head -c 400000 >image", says: "end"),
        Row("torn .tar.zst", "pack | zstd -q | head -c 400000 >image", says: "zst", tool: "zstd"),
        Row("torn .tar.xz", "pack | xz -0 | head -c 400000 >image", says: "end of the xz stream", tool: "xz"),
        Row("torn .tar.bz2", "pack | bzip2 | head -c 400000 >image", says: "bz", tool: "bzip2"),
        Row(
            "torn .tar.bz2, in its header", "pack | bzip2 | head -c 10 >image", says: "the header of the bzip2 stream",
            tool: "bzip2"),
        Row(
            "torn .tar.lz4, in its header", "pack | lz4 -q | head -c 10 >image", says: "the header of the lz4 stream",
            tool: "lz4"),
        Row("torn .tar.lz4", "pack | lz4 -q | head -c 400000 >image", says: "lz4", tool: "lz4"),
        Row(
            "cut between two members", "tar -C root -cf image -b 1 etc usr && head -c -1024 image >cut && mv cut image",
            says: "end"),
        Row(
            "cut between two members, gzip",
            "tar -C root -cf image -b 1 etc usr && head -c -1024 image | gzip >cut && mv cut image", says: "end"),
        Row(
            "cut between two members, zstd",
            "tar -C root -cf image -b 1 etc usr && head -c -1024 image | zstd -q >cut && mv cut image", says: "end",
            tool: "zstd"),
        Row(
            "cut between two members, xz",
            "tar -C root -cf image -b 1 etc usr && head -c -1024 image | xz -0 >cut && mv cut image",
            says: "the end-of-archive mark expected", tool: "xz"),
        Row(
            "cut between two members, bzip2",
            "tar -C root -cf image -b 1 etc usr && head -c -1024 image | bzip2 >cut && mv cut image",
            says: "the end-of-archive mark expected", tool: "bzip2"),
        Row(
            "cut between two members, lz4",
            "tar -C root -cf image -b 1 etc usr && head -c -1024 image | lz4 -q >cut && mv cut image",
            says: "the end-of-archive mark expected", tool: "lz4"),
        Row(
            "a cpio cut between two members",
            """
            (cd root && find . | cpio -o -H newc --quiet) >whole
            python3 -c "
            data = open('whole', 'rb').read(); trailer = data.rfind(b'070701', 0, data.rfind(b'TRAILER!!!'))
            open('image', 'wb').write(data[:trailer])"
            """, says: "the rest of the archive expected", tool: "cpio"),
        Row("a wrong gzip checksum", "pack | gzip >image && \(flip(-8))", says: "checksum"),
        Row("a wrong gzip length", "pack | gzip >image && \(flip(-4))", says: "length"),
        Row("a flipped bit in a gzip", "pack | gzip >image && \(flip(300_000))", says: "gzip"),
        Row("a flipped bit in a zstd", "pack | zstd -q --check >image && \(flip(300_000))", says: "zst", tool: "zstd"),
    ]

    /// Flips one bit of the byte at an offset, from the end where it is negative, and sees to it that gzip objects.
    private static func flip(_ offset: Int) -> String {
        """
        python3 -c "
        data = bytearray(open('image', 'rb').read()); data[\(offset)] ^= 1; open('image', 'wb').write(data)
        " && ! { gzip -t <image || zstd -qt <image; } 2>/dev/null
        """
    }

    @Test("an image that cannot be read is 65, and the message says what was expected", arguments: rows)
    func refused(row: Row) throws {
        if let tool = row.tool, !isInstalled(tool) { return }
        let work = try Workplace()
        let made = try work.run("set -e\n" + Self.root + row.script)
        #expect(made.status == 0, "\(made.error)")
        let outcome = try work.run("exec $AMILINT check image -o json=report.json -o text")
        print("\(row.name): status \(outcome.status), \(outcome.error)", terminator: "")
        #expect(outcome.status == 65)
        #expect(outcome.output.isEmpty)
        #expect(outcome.error.hasPrefix("amilint: image: "))
        for word in row.says { #expect(outcome.error.contains(word), "\(word)") }
        #expect(try !work.names().contains("report.json"))
    }
}
