/// What a source is, told from what stands there and never from its name.

import DiskImages

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

extension Compression {
    /// What decompresses a file and keeps it.
    var command: String {
        switch self {
        case .gzip: "gunzip -k"
        case .zstd: "zstd -d"
        case .xz, .lzma: "xz -dk"
        case .bzip2: "bunzip2 -k"
        case .lz4: "lz4 -d"
        }
    }
}

/// What an image can be. Container images and virtual appliances are archives, and show by the names in them.
enum ImageKind: Hashable {
    case directory
    case archive
    /// A disk in a format of disk images; a raw one has a partition table or a file system at its beginning.
    case disk(DiskFormat)
    /// Something else, that can be named or not.
    case unknown(String?)

    /// The kind of a file by its first and last bytes, of what is inside one compression; `tail` is empty where the end
    /// is not at hand.
    init(head: [UInt8], tail: [UInt8]) {
        func has(_ magic: String, at offset: Int = 0) -> Bool {
            head.count >= offset + magic.utf8.count && head[offset...].starts(with: magic.utf8)
        }
        func has(_ magic: [UInt8], at offset: Int = 0) -> Bool {
            head.count >= offset + magic.count && head[offset...].starts(with: magic)
        }
        func mounted(_ kind: String) -> ImageKind {
            .disk(.unread(UnreadDisk(kind, .other(ImageError.mountElsewhere))))
        }
        if let format = DiskFormat(head: head, tail: tail) {
            self = .disk(format)
        } else if isTarHeader(head) || isCpioHeader(head) {
            self = .archive
        } else if has("EFI PART", at: 512) || has("EFI PART", at: 4096) {
            self = .disk(.raw)
        } else if hasPartitionTable(head) {
            self = .disk(.raw)
        } else if has("CD001", at: 32769) {
            self = mounted("ISO 9660 image")
        } else if has("hsqs") {
            self = mounted("SquashFS file system image")
        } else if has("NTFS    ", at: 3) || has([0x53, 0xEF], at: 1080) || has("XFSB") || has("_BHRfS_M", at: 0x10040)
            || (0..<4).contains(where: { has("LABELONE", at: 512 * $0) }) || has("SWAPSPACE2", at: 4096 - 10)
        {
            self = .disk(.raw)
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
            // A tar without members is zeros, of 10,240 bytes and not of terabytes.
            self =
                head.count >= DiskFormat.headSize
                ? .unknown("file that begins with zeros alone") : head.count >= 512 ? .archive : .unknown(nil)
        } else {
            self = .unknown(nil)
        }
    }
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
    static func diskImage(_ disk: UnreadDisk, _ image: String) -> ImageError {
        ImageError(
            .diskImage, image: image, "a directory, an archive or a disk that is read expected, \(disk.reason)")
    }

    /// What to do with a disk of which not enough is read.
    static let mountElsewhere =
        "`guestmount --ro -i -a IMAGE MOUNTPOINT` and give MOUNTPOINT, or a tar made by "
        + "`tar -C MOUNTPOINT --numeric-owner -cf root.tar .`"

    static func notAnImage(_ kind: String?, _ image: String) -> ImageError {
        ImageError(
            .notAnImage, image: image,
            "a directory, tar or cpio expected (also compressed by gzip, zstd, xz, bzip2 or lz4), or a disk, "
                + (kind.map { "a \($0) found" } ?? "a file of another kind found")
        )
    }
}
