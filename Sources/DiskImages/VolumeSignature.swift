/// What stands on a partition, told by its own marks and never by the type that a table gives it.

package import ByteParsing
package import FileSystems

/// What a volume holds, and by which names a system finds it.
package struct VolumeSignature: Hashable, Sendable {
    /// The formats that are known.
    package enum Format: String, Sendable {
        case ext2, ext3, ext4, xfs, vfat, btrfs, ntfs, swap, squashfs
        case lvm = "LVM physical volume"
        case luks = "LUKS encrypted volume"
        case raid = "Linux RAID member"

        /// Whether files may lie on it, so that it could be the root or a part of it; on LVM volumes do, and files on
        /// those.
        package var mayHoldFiles: Bool { ![.swap, .lvm].contains(self) }

        /// Whether other volumes lie on it, with names of their own, that are not read.
        package var hidesVolumes: Bool { [.luks, .raid].contains(self) }
    }

    package let format: Format
    /// As Linux spells it; a FAT serial number as `XXXX-XXXX`.
    package let uuid: String?
    /// Nil where it has none.
    package let label: String?

    private init(_ format: Format, uuid: String? = nil, label: String? = nil) {
        self.format = format
        self.uuid = uuid
        self.label = label?.isEmpty == true ? nil : label
    }

    /// What `volume` holds; nil where nothing that is known.
    package static func read(_ volume: any BlockSource) throws(FormatError) -> VolumeSignature? {
        // What is smaller than the farthest mark is looked at as far as it goes.
        func has(_ mark: some Collection<UInt8>, at offset: Int) throws(FormatError) -> Bool {
            guard offset + mark.count <= volume.size else { return false }
            let found = try volume.read(at: offset, count: mark.count)
            return found.elementsEqual(mark)
        }
        if try has([0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE], at: 0) { return VolumeSignature(.luks) }
        for sector in 0..<4 {
            if try has("LABELONE".utf8, at: sector * 512) { return VolumeSignature(.lvm) }
        }
        if try has("XFSB".utf8, at: 0) {
            let block = try volume.record(at: 0, count: 512, bigEndian: true)
            return VolumeSignature(
                .xfs, uuid: uuidText(Array(try block.slice(at: 0x20, count: 16))), label: try text(block, 0x6C, 12))
        }
        if try has([0x53, 0xEF], at: 1080) {
            let block = try volume.record(at: 1024, count: 1024, bigEndian: false)
            let compatible = try block.uint32(at: 0x5C)
            // The features that ext3 does not know: all but FILETYPE, RECOVER and META_BG.
            let (incompatible, readOnly) = (try block.uint32(at: 0x60), try block.uint32(at: 0x64))
            let isExt4 = incompatible & ~0x16 != 0 || readOnly & ~0x7 != 0
            return VolumeSignature(
                isExt4 ? .ext4 : compatible & 4 != 0 ? .ext3 : .ext2,
                uuid: uuidText(Array(try block.slice(at: 0x68, count: 16))), label: try text(block, 0x78, 16))
        }
        if try has("_BHRfS_M".utf8, at: 0x10040) {
            let block = try volume.record(at: 0x10000, count: 4096, bigEndian: false)
            return VolumeSignature(
                .btrfs, uuid: uuidText(Array(try block.slice(at: 0x20, count: 16))), label: try text(block, 0x12B, 256))
        }
        if try has("SWAPSPACE2".utf8, at: 4096 - 10) {
            let block = try volume.record(at: 0x400, count: 64, bigEndian: false)
            return VolumeSignature(
                .swap, uuid: uuidText(Array(try block.slice(at: 0x0C, count: 16))), label: try text(block, 0x1C, 16))
        }
        if try has("NTFS    ".utf8, at: 3) { return VolumeSignature(.ntfs) }
        if try has("hsqs".utf8, at: 0) { return VolumeSignature(.squashfs) }
        if try has([0xFC, 0x4E, 0x2B, 0xA9], at: 4096) { return VolumeSignature(.raid) }
        if let fat = try FATGeometry(volume) { return VolumeSignature(.vfat, uuid: fat.serial, label: fat.label) }
        return nil
    }

    /// Whether a file system begins at the very first byte, so that what looks like a partition table is none.
    static func claimsFirstSector(_ disk: some BlockSource) throws(FormatError) -> Bool {
        guard let found = try read(disk) else { return false }
        return [.xfs, .vfat, .ntfs, .luks].contains(found.format)
    }

    private static func text(_ block: FieldReader, _ offset: Int, _ count: Int) throws(FormatError) -> String {
        fileName(try block.slice(at: offset, count: count).prefix { $0 != 0 })
    }

    /// The file system of this format on `volume`. Throws where its format is not read, and where it is damaged.
    package func open(_ volume: any BlockSource) throws(FormatError) -> any FileSystem {
        switch format {
        case .ext2, .ext3, .ext4: return try ExtFileSystem(volume)
        case .xfs: return try XFSFileSystem(volume)
        case .vfat: return try FATFileSystem(volume)
        case .btrfs: return try BtrfsFileSystem(volume)
        case .ntfs, .swap, .squashfs, .lvm, .luks, .raid:
            throw FormatError(
                .unsupported,
                "a file system of the ext family, XFS, btrfs or FAT expected, \(format.rawValue) found, which this "
                    + "version does not read")
        }
    }
}
