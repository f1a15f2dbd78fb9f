/// QCOW2 as qemu-img writes it in every form, and with each field damaged.

import ByteParsing
import DiskImages
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("qemu-img", "qemu-io"), "qemu-utils is not installed"))
struct QCOW2Tests {
    /// An image that a script makes of `disk.raw`, and the raw disk that qemu-img reads in it.
    static func make(_ script: String) throws -> (raw: [UInt8], container: MemoryDisk) {
        let workshop = try Workshop()
        let tools = "io() { local o=(); for c; do o+=(-c \"$c\"); done; qemu-io -f qcow2 \"${o[@]}\" image; }\n"
        try workshop.run(
            ContainerImages.script + tools + script + "\nqemu-img convert -f qcow2 -O raw image read.raw")
        return (try workshop.bytes("read.raw"), MemoryDisk(try workshop.bytes("image")))
    }

    static let images = [
        "convert qcow2 compat=0.10 image", "convert qcow2 compat=1.1 image",
        "convert qcow2 cluster_size=512 image", "convert qcow2 cluster_size=4096 image",
        "convert qcow2 cluster_size=2M image",
        "convert qcow2 extended_l2=on image", "convert qcow2 extended_l2=on,cluster_size=16k image",
        "convert qcow2 extended_l2=on,cluster_size=2M image",
        "qemu-img convert -c -f raw -O qcow2 disk.raw image",
        "qemu-img convert -c -f raw -O qcow2 -o compat=0.10 disk.raw image",
        "qemu-img convert -c -f raw -O qcow2 -o cluster_size=512 disk.raw image",
        "qemu-img convert -c -f raw -O qcow2 -o cluster_size=2M disk.raw image",
        "qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd disk.raw image",
        "qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,cluster_size=4096 disk.raw image",
        "qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,cluster_size=2M disk.raw image",
        "qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,extended_l2=on disk.raw image",
        "convert qcow2 preallocation=metadata image", "convert qcow2 preallocation=full image",
        "convert qcow2 refcount_bits=1 image", "convert qcow2 refcount_bits=64,lazy_refcounts=on image",
        // Clusters of zeros that have a place and that have none, in the middle of what is stored.
        "convert qcow2 compat=1.1 image; io 'write -z 64k 64k' 'write -z -u 128k 100k' 'write -P 7 3M 1000'",
        "convert qcow2 extended_l2=on image; io 'write -z 66k 2k' 'write -z -u 70k 30k' 'write -P 7 3M 2k' 'discard 80k 8k'",
        // Compressed clusters beside those that were written anew.
        "qemu-img convert -c -f raw -O qcow2 disk.raw image; io 'write -P 7 70k 3k' 'write -c -P 8 5M 64k'",
        // The table of features is not the only thing that may stand behind the header.
        "convert qcow2 compat=1.1 image; qemu-img bitmap --add image b",
    ]

    @Test(arguments: images) func theBytesAreAsQEMUHasThem(_ script: String) throws {
        let (raw, file) = try Self.make(script)
        let opened = try ContainerImages.open(file)
        #expect(opened.kind == "qcow2" && opened.remarks == [])
        #expect(try ContainerImages.content(file) == raw && raw.contains { $0 != 0 })
        #expect(try ContainerImages.readsAlike(file, raw))
    }

    @Test func theActiveStateIsRead() throws {
        let (raw, file) = try Self.make(
            "convert qcow2 compat=1.1 image; qemu-img snapshot -c before image; io 'write -P 9 64k 128k'")
        let opened = try ContainerImages.open(file)
        #expect(opened.remarks.count == 1 && opened.remarks[0].contains("1 snapshot; its present state"))
        #expect(try ContainerImages.content(file) == raw && raw[70_000] == 9)
    }

    @Test func aDiskThatWasNotClosedIsReadAndSaid() throws {
        for (bits, says) in [(1, ["not closed"]), (2, ["corrupt"]), (3, ["not closed", "corrupt"])]
            as [(UInt8, [String])]
        {
            let (raw, file) = try Self.make("convert qcow2 compat=1.1 image")
            file.bytes[79] |= bits
            let opened = try ContainerImages.open(file)
            #expect(opened.remarks.count == says.count)
            for (remark, word) in zip(opened.remarks, says) { #expect(remark.contains(word)) }
            #expect(try ContainerImages.content(file) == raw)
        }
    }

    @Test func aHugeDiskOfNothingIsReadWhereItIsAsked() throws {
        let workshop = try Workshop()
        try workshop.run("qemu-img create -q -f qcow2 image 100T && qemu-io -f qcow2 -c 'write -P 5 99T 4k' image")
        let file = MemoryDisk(try workshop.bytes("image"))
        let disk = try #require(try ContainerImages.open(file).disks.first)
        #expect(disk.size == 100 << 40)
        #expect(try disk.read(at: 99 << 40, count: 4096).allSatisfy { $0 == 5 })
        #expect(try disk.read(at: 1 << 40, count: 70_000).allSatisfy { $0 == 0 })
        #expect(file.read.count < 40)
    }

    /// Disks that are not whole in the file or cannot be read, and what the message has to say.
    static let refused: [(script: String, says: [String])] = [
        (
            "convert qcow2 compat=1.1 base; qemu-img create -q -f qcow2 -b base -F qcow2 image",
            ["backing file (\"base\")", "not opened", "qemu-img convert"]
        ),
        (
            "qemu-img create -q -u -f qcow2 -b 'json:{\"driver\":\"nbd\",\"host\":\"h\"}' -F raw image 1M",
            ["backing file (\"json:{", "not opened"]
        ),
        ("qemu-img create -q -u -f qcow2 -b /etc/shadow -F raw image 1M", ["/etc/shadow", "not opened"]),
        (
            "qemu-img create -q -f qcow2 -o data_file=data image 1M",
            ["another file (\"data\")", "not opened", "convert"]
        ),
        (
            "qemu-img create -q -f qcow2 -o data_file=data,data_file_raw=on image 1M",
            ["another file (\"data\")", "is a raw disk: give it itself"]
        ),
        (
            // It gives up where a loaded machine's clock does not let it measure its own speed.
            "printf secret >p; for try in 1 2 3 4 5; do qemu-img create -q -f qcow2 --object secret,id=k,file=p -o "
                + "encrypt.format=luks,encrypt.key-secret=k,encrypt.iter-time=10 image 1M && break; done",
            ["encrypted (LUKS)", "secret"]
        ),
        (
            "printf secret >p; qemu-img create -q -f qcow2 --object secret,id=k,file=p -o "
                + "encrypt.format=aes,encrypt.key-secret=k image 1M", ["encrypted (AES)"]
        ),
    ]

    @Test(arguments: refused.indices) func whatIsElsewhereOrEncryptedIsRefusedByName(_ index: Int) throws {
        let (script, says) = Self.refused[index]
        let workshop = try Workshop()
        try workshop.run(ContainerImages.script + script)
        let file = MemoryDisk(try workshop.bytes("image"))
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.code == .unsupported)
        for word in says { #expect(error?.reason.contains(word) == true, "\(word): \(error?.reason ?? "-")") }
    }

    /// Fields of the header, and what the message has to say.
    static let headers: [(place: Int, value: UInt64, bytes: Int, code: FormatError.Code, says: String)] = [
        (4, 1, 4, .unsupported, "version 2 or 3"), (4, 4, 4, .unsupported, "version 2 or 3"),
        (20, 0, 4, .malformed, "512 bytes to 2 MiB"), (20, 8, 4, .malformed, "512 bytes to 2 MiB"),
        (20, 22, 4, .malformed, "512 bytes to 2 MiB"), (20, 63, 4, .malformed, "512 bytes to 2 MiB"),
        (24, 0, 8, .malformed, "size of a disk"), (24, .max, 8, .malformed, "size of a disk"),
        (24, 1 << 60, 8, .malformed, "first table"), (36, 0, 4, .malformed, "first table"),
        (36, 1 << 31, 4, .malformed, "first table"), (36, 1 << 22, 4, .truncated, "not whole"),
        (40, 0, 8, .malformed, "beginning of a cluster"), (40, 513, 8, .malformed, "beginning of a cluster"),
        (40, .max << 16, 8, .malformed, "beginning of a cluster"), (40, 1 << 40, 8, .truncated, "not whole"),
        (72, 1 << 7, 8, .unsupported, "feature 7"), (72, 1 << 63, 8, .unsupported, "feature 63"),
        (72, 8, 8, .malformed, "agrees on its compression"),
        (100, 8, 4, .malformed, "header of a QCOW2"), (100, .max >> 32, 4, .malformed, "header of a QCOW2"),
        (104, 1, 1, .malformed, "agrees on its compression"), (104, 2, 1, .malformed, "agrees on its compression"),
    ]

    @Test(arguments: headers.indices) func aHeaderThatCannotBeIsRefused(_ index: Int) throws {
        let (place, value, bytes, code, says) = Self.headers[index]
        let (_, file) = try Self.make("convert qcow2 compat=1.1 image")
        for byte in 0..<bytes { file.bytes[place + bytes - 1 - byte] = UInt8(value >> (8 * byte) & 0xFF) }
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.code == code && error?.reason.contains(says) == true, "\(error?.reason ?? "-")")
        #expect(file.read.allSatisfy { $0.count <= 1024 })
    }

    @Test func otherCompressionsAndFeaturesAreNamed() throws {
        let (_, file) = try Self.make("qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd disk.raw image")
        file.bytes[104] = 2
        let compression = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(compression?.code == .unsupported && compression?.reason.contains("compression 2") == true)
        file.bytes[104] = 1
        // What is called "dirty bit" in the table of features is now another bit.
        let table = try #require(file.bytes.indices.first { file.bytes[$0...].starts(with: "dirty bit".utf8) })
        file.bytes[table - 1] = 9
        file.bytes[78] |= 2
        let feature = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(feature?.reason.contains("\"dirty bit\"") == true, "\(feature?.reason ?? "-")")
    }

    @Test func aCutHeaderIsAnError() throws {
        let (_, file) = try Self.make("convert qcow2 compat=1.1 image")
        let whole = file.bytes
        for count in [4, 71, 72, 100, 111, 4096, 65536, 3 * 65536] {
            file.bytes = Array(whole.prefix(count))
            #expect(throws: FormatError.self, "\(count)") { try ContainerImages.open(file) }
        }
    }

    /// The error of reading all, once `damage` was done to the file; `table` is where the second table stands.
    static func error(_ script: String, _ damage: (MemoryDisk, _ table: Int) -> Void) throws -> FormatError? {
        let (_, file) = try Self.make(script)
        let first = Int(Self.number(file, 40))
        damage(file, Int(Self.number(file, first) & 0xFF_FFFF_FFFF_FE00))
        let disk = try #require(try ContainerImages.open(file).disks.first)
        do throws(FormatError) {
            _ = try disk.read(at: 0, count: disk.size)
            return nil
        } catch {
            return error
        }
    }

    static func number(_ file: MemoryDisk, _ place: Int) -> UInt64 {
        file.bytes[place..<place + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Entries for cluster 1, where the first data are, of one form of image, and what the message has to say.
    static let entries: [(script: String, entry: UInt64, code: FormatError.Code, says: String)] = [
        ("convert qcow2 compat=1.1 image", 1 << 40, .truncated, "cluster 1"),
        ("convert qcow2 compat=1.1 image", 512, .malformed, "cluster of its own"),
        ("convert qcow2 compat=1.1 image", 3 << 16, .malformed, "cluster of its own"),
        ("convert qcow2 compat=0.10 image", 1, .malformed, "version 2"),
        ("convert qcow2 compat=1.1 image", 1 << 62 | 1 << 50, .truncated, "cluster 1"),
        ("convert qcow2 compat=1.1 image", .max, .truncated, "cluster 1"),
        // The header is no deflate data that makes a cluster.
        ("convert qcow2 compat=1.1 image", 1 << 62, .malformed, "cluster 1"),
        ("qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd disk.raw image", 1 << 62, .malformed, "zstd"),
    ]

    @Test(arguments: entries.indices) func entriesThatLeadElsewhereAreErrorsWhereTheyAreRead(_ index: Int) throws {
        let (script, entry, code, says) = Self.entries[index]
        let error = try Self.error(script) { $0.put(entry, at: $1 + 8, bigEndian: true) }
        #expect(error?.code == code && error?.reason.contains(says) == true, "\(error?.reason ?? "nothing")")
    }

    @Test func tablesThatLeadElsewhereAreErrorsWhereTheyAreRead() throws {
        for (entry, code) in [(1 << 40, .truncated), (512, .malformed), (3 << 16, .malformed)]
            as [(UInt64, FormatError.Code)]
        {
            let error = try Self.error("convert qcow2 compat=1.1 image") { file, _ in
                file.put(entry, at: Int(Self.number(file, 40)), bigEndian: true)
            }
            #expect(error?.code == code, "\(error?.reason ?? "nothing")")
        }
        // A part of a cluster cannot be stored and be zeros.
        let both = try Self.error("convert qcow2 extended_l2=on image") {
            $0.put(UInt64.max, at: $1 + 24, bigEndian: true)
        }
        #expect(both?.code == .malformed && both?.reason.contains("is both") == true, "\(both?.reason ?? "-")")
    }

    @Test func noMoreThanAClusterIsInflated() throws {
        let workshop = try Workshop()
        try workshop.run(
            "head -c 64M /dev/zero | zstd -q -19 >zstd; python3 -c \"import sys, zlib; c = zlib.compressobj(9, 8, -12); "
                + "sys.stdout.buffer.write(c.compress(b'z' * (64 << 20)) + c.flush())\" >deflate")
        for kind in ["zstd", "deflate"] {
            let bomb = try workshop.bytes(kind)
            let type = kind == "zstd" ? "zstd" : "zlib"
            let error = try Self.error("qemu-img convert -c -f raw -O qcow2 -o compression_type=\(type) disk.raw image")
            {
                file, table in
                file.bytes += [UInt8](repeating: 0, count: (512 - file.bytes.count % 512) % 512)
                let sectors = UInt64((bomb.count + 511) / 512 - 1)
                file.put(1 << 62 | sectors << 54 | UInt64(file.bytes.count), at: table + 8, bigEndian: true)
                file.bytes += bomb
            }
            // QEMU takes the cluster that deflate data begin with, and a frame only where it is no more.
            #expect(kind == "zstd" ? error?.code == .limitExceeded : error == nil, "\(kind): \(error?.reason ?? "-")")
        }
    }
}
