/// What a source is, told from what stands there and never from its name.

/// The compressions that are read.
enum Compression: String {
    case gzip, zstd, xz, bzip2, lz4
    /// Of an initramfs alone: it has no magic number by which an image could be told (Linux lib/decompress_unlzma.c).
    case lzma

    /// The compression that `head`, the first bytes of a file, begins; nil where it is none of these.
    init?(_ head: [UInt8]) {
        func begins(_ magic: [UInt8]) -> Bool { head.starts(with: magic) }
        if begins([0x1F, 0x8B]) {
            self = .gzip
        } else if begins([0x28, 0xB5, 0x2F, 0xFD])
            || head.count >= 4 && head[0] & 0xF0 == 0x50 && head[1...3].elementsEqual([0x2A, 0x4D, 0x18])
        {
            self = .zstd
        } else if begins([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
            self = .xz
        } else if begins(Array("BZh".utf8)), head.count > 9, (0x31...0x39).contains(head[3]),
            [[0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]].contains(Array(head[4..<10]))
        {
            self = .bzip2
        } else if begins([0x04, 0x22, 0x4D, 0x18]) {
            self = .lz4
        } else {
            return nil
        }
    }
}

/// What an image can be. Container images and virtual appliances are archives, and show by the names in them.
enum ImageKind: Hashable {
    case directory
    case archive
    /// The bytes of a disk as they are, with a partition table or a file system at its beginning.
    case rawDisk
    /// A disk or file system image of this kind, which is not read.
    case disk(String)
    /// Something else, that can be named or not.
    case unknown(String?)

    /// How many first bytes are looked at; the mark of an ISO 9660 image stands farthest.
    static let headSize = 40 << 10
    /// How many last bytes are looked at: the footer of a VHD of fixed size.
    static let tailSize = 512

    /// The kind of a file by its first and last bytes, of what is inside one compression; `tail` is empty where the end
    /// is not at hand.
    init(head: [UInt8], tail: [UInt8]) {
        func has(_ magic: String, at offset: Int = 0) -> Bool {
            head.count >= offset + magic.utf8.count && head[offset...].starts(with: magic.utf8)
        }
        func has(_ magic: [UInt8], at offset: Int = 0) -> Bool {
            head.count >= offset + magic.count && head[offset...].starts(with: magic)
        }
        if isTarHeader(head) || isCpioHeader(head) {
            self = .archive
        } else if has("QFI\u{FB}") || has([0x51, 0x46, 0x49, 0xFB]) {
            self = .disk("QCOW2 disk image")
        } else if has("KDMV") || has("COWD") || has("# Disk DescriptorFile") {
            self = .disk("VMDK disk image")
        } else if has("vhdxfile") {
            self = .disk("VHDX disk image")
        } else if has("conectix") || tail.starts(with: "conectix".utf8) {
            self = .disk("VHD disk image")
        } else if has([0x7F, 0x10, 0xDA, 0xBE], at: 0x40) {
            self = .disk("VDI disk image")
        } else if has("EFI PART", at: 512) || has("EFI PART", at: 4096) {
            self = .rawDisk
        } else if has("NTFS    ", at: 3) {
            self = .disk("NTFS file system image")
        } else if hasPartitionTable(head) {
            self = .rawDisk
        } else if has("CD001", at: 32769) {
            self = .disk("ISO 9660 image")
        } else if has([0x53, 0xEF], at: 1080) {
            self = .rawDisk
        } else if has("XFSB") {
            self = .rawDisk
        } else if has("hsqs") {
            self = .disk("SquashFS file system image")
        } else if has("LABELONE", at: 512) {
            self = .disk("LVM physical volume")
        } else if has([0x50, 0x4B, 0x03, 0x04]) || has([0x50, 0x4B, 0x05, 0x06]) {
            self = .unknown("zip archive")
        } else if has([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]) {
            self = .unknown("7-Zip archive")
        } else if has([0xED, 0xAB, 0xEE, 0xDB]) {
            self = .unknown("rpm package")
        } else if has("!<arch>\n") {
            self = .unknown("ar archive or deb package")
        } else if Compression(head) != nil {
            self = .unknown("second compression inside the first")
        } else if head.allSatisfy({ $0 == 0 }) {
            self = head.count >= 512 ? .archive : .unknown(nil)
        } else {
            self = .unknown(nil)
        }
    }
}

/// Whether `block` begins with a tar header: its checksum is right (tar(5)).
func isTarHeader(_ block: [UInt8]) -> Bool {
    guard block.count >= 512, block[0] != 0 else { return false }
    let field = block[148..<156].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard !field.isEmpty else { return false }
    let stored = field.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    let header = block[..<512]
    let others = header[..<148] + header[156...]
    return stored == others.reduce(8 * 0x20) { $0 + Int($1) }
        || stored == others.reduce(8 * 0x20) { $0 + Int(Int8(bitPattern: $1)) }
}

/// Whether `head` begins with a cpio header: portable ASCII, with or without checksums, or old binary (cpio(5)).
private func isCpioHeader(_ head: [UInt8]) -> Bool {
    ["070701", "070702", "070707"].contains { head.starts(with: $0.utf8) }
        || head.starts(with: [0xC7, 0x71]) || head.starts(with: [0x71, 0xC7])
}

/// Whether `head` is a master boot record with at least one partition in it.
private func hasPartitionTable(_ head: [UInt8]) -> Bool {
    guard head.count >= 512, head[510] == 0x55, head[511] == 0xAA else { return false }
    let entries = (0..<4).map { Array(head[446 + 16 * $0..<462 + 16 * $0]) }
    return entries.allSatisfy { $0[0] == 0 || $0[0] == 0x80 }
        && entries.contains { $0[4] != 0 && $0[12..<16].contains { $0 != 0 } }
}

extension ImageError {
    static func diskImage(_ kind: String, _ image: String) -> ImageError {
        ImageError(
            .diskImage, image: image,
            "a directory or an archive expected, a disk image found (\(kind)), which this version does not read; "
                + "`guestmount --ro -i -a IMAGE MOUNTPOINT` and give MOUNTPOINT, or a tar made by "
                + "`tar -C MOUNTPOINT --numeric-owner -cf root.tar .`"
        )
    }

    static func notAnImage(_ kind: String?, _ image: String) -> ImageError {
        ImageError(
            .notAnImage, image: image,
            "a directory, tar or cpio expected (also compressed by gzip, zstd, xz, bzip2 or lz4), "
                + (kind.map { "a \($0) found" } ?? "a file of another kind found")
        )
    }
}
