/// Virtual appliances as tar writes them, and those that cannot be read where they stand.

import ByteParsing
import DiskImages
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("qemu-img"), "qemu-utils is not installed"))
struct ApplianceTests {
    /// A tar that a script makes of `disk.raw` and of what else it makes.
    static func make(_ script: String) throws -> (raw: [UInt8], container: MemoryDisk) {
        let workshop = try Workshop()
        try workshop.run(
            ContainerImages.script + "echo '<Envelope/>' >vm.ovf; echo 'SHA256(vm.ovf)= 0' >vm.mf\n"
                + "stream() { convert vmdk subformat=streamOptimized $1; }\n" + script)
        return (try workshop.bytes("disk.raw"), MemoryDisk(try workshop.bytes("image.ova")))
    }

    static func error(_ script: String) throws -> FormatError? {
        let (_, file) = try make(script)
        #expect(Appliance.isOne(file))
        return #expect(throws: FormatError.self) { try DiskContainer(file, .ova) }
    }

    static let archives = [
        "stream a.vmdk; tar --format=ustar -cf image.ova vm.ovf vm.mf a.vmdk",
        "stream a.vmdk; tar --format=gnu -cf image.ova vm.mf vm.ovf a.vmdk",
        "stream a.vmdk; tar --format=posix -cf image.ova a.vmdk vm.ovf",
        "n=$(printf 'n%.0s' {1..120}).vmdk; stream $n; tar --format=gnu -cf image.ova vm.ovf $n",
        "n=$(printf 'n%.0s' {1..120}).vmdk; stream $n; tar --format=posix -cf image.ova vm.ovf $n",
        "mkdir d; mv vm.ovf d; stream d/a.VMDK; tar -C d -cf image.ova .",
        "convert vpc subformat=fixed,force_size=on a.vhd; tar -cf image.ova vm.ovf a.vhd",
        "cp disk.raw a.img; tar -cf image.ova vm.ovf a.img",
        "convert qcow2 compat=1.1 a.qcow2; tar -cf image.ova vm.ovf a.qcow2",
        "convert vhdx subformat=dynamic a.vhdx; tar -cf image.ova vm.ovf a.vhdx",
    ]

    @Test(arguments: archives) func theDiskIsReadWhereItStands(_ script: String) throws {
        let (raw, file) = try Self.make(script)
        #expect(Appliance.isOne(file))
        let opened = try DiskContainer(file, .ova)
        #expect(opened.kind == "ova" && opened.disks.count == 1 && opened.remarks == [])
        let disk = try #require(opened.disks.first)
        #expect(try disk.size == raw.count && Array(disk.read(at: 0, count: raw.count)) == raw)
    }

    @Test func allDisksOfIt() throws {
        let (raw, file) = try Self.make(
            "stream a.vmdk; truncate -s 1M disk2.raw; qemu-img convert -O vmdk disk2.raw b.vmdk\n"
                + "tar -cf image.ova vm.ovf a.vmdk b.vmdk")
        #expect(try DiskContainer(file, .ova).disks.map(\.size) == [raw.count, 1 << 20])
    }

    @Test func whatIsNoneIsLeftToWhoReadsArchives() throws {
        for script in [
            "mkdir etc; echo >etc/os-release; tar -cf image.ova etc vm.ovf", "tar -cf image.ova vm.mf",
            "mkdir etc; cp vm.ovf etc; tar -cf image.ova vm.mf etc", "head -c 4096 /dev/urandom >image.ova",
            ": >image.ova",
        ] {
            #expect(!Appliance.isOne(try Self.make(script).container), "\(script)")
        }
    }

    /// Archives that are refused, and what the message has to say.
    static let refused: [(script: String, code: FormatError.Code, says: [String])] = [
        ("stream a.vmdk; gzip a.vmdk; tar -cf image.ova vm.ovf a.vmdk.gz", .unsupported, ["a.vmdk.gz", "compressed"]),
        ("stream a; gzip -c a >a.vmdk; tar -cf image.ova vm.ovf a.vmdk", .unsupported, ["a.vmdk", "gzip"]),
        (
            "stream a; split -b 99999 -d -a 9 a a.vmdk.; tar -cf image.ova vm.ovf a.vmdk.*", .unsupported,
            ["a.vmdk.000000000", "pieces"]
        ),
        (
            "qemu-img create -q -f qcow2 -b disk.raw -F raw a.qcow2; tar -cf image.ova vm.ovf a.qcow2", .unsupported,
            ["a.qcow2", "backing file"]
        ),
        ("echo text >a.vmdk; tar -cf image.ova vm.ovf a.vmdk", .malformed, ["a.vmdk", "VMDK expected"]),
        ("tar -cf image.ova vm.ovf vm.mf", .unsupported, ["with a disk in it", "vm.mf"]),
        ("ln -s /etc/shadow a.vmdk; tar -cf image.ova vm.ovf a.vmdk", .unsupported, ["a.vmdk", "regular"]),
        (
            "stream a.vmdk; tar -cf whole vm.ovf a.vmdk; head -c 100000 whole >image.ova", .truncated,
            ["a.vmdk", "not whole"]
        ),
        (
            "qemu-img create -q -f vmdk -o subformat=monolithicFlat a.vmdk 1M; tar -cf image.ova vm.ovf a.vmdk",
            .unsupported, ["monolithicFlat"]
        ),
    ]

    @Test(arguments: refused.indices) func whatCannotBeReadThereIsRefused(_ index: Int) throws {
        let (script, code, says) = Self.refused[index]
        let error = try Self.error(script)
        #expect(error?.code == code, "\(error?.reason ?? "-")")
        for word in says { #expect(error?.reason.contains(word) == true, "\(word): \(error?.reason ?? "-")") }
    }

    @Test func hostileSizesOfMembers() throws {
        let (_, file) = try Self.make("stream a.vmdk; tar -cf image.ova vm.ovf a.vmdk")
        let clean = file.bytes
        let fields: [[UInt8]] = [
            [0x80] + [UInt8](repeating: 0xFF, count: 11), [UInt8](repeating: 0xFF, count: 12),
            [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7), Array("77777777777\0".utf8),
        ]
        for field in fields {
            file.bytes = clean
            // The second header; its checksum is put right.
            file.bytes.replaceSubrange(1024 + 124..<1024 + 136, with: field)
            file.bytes.replaceSubrange(1024 + 148..<1024 + 156, with: repeatElement(0x20, count: 8))
            let sum = String(file.bytes[1024..<1536].reduce(0) { $0 + Int($1) }, radix: 8)
            let text = String(repeating: "0", count: 6 - sum.utf8.count) + sum
            file.bytes.replaceSubrange(1024 + 148..<1024 + 154, with: text.utf8)
            #expect(throws: FormatError.self, "\(field)") { try DiskContainer(file, .ova) }
        }
    }
}
