/// In which format a disk is kept, told by its first and last bytes and never by its name.

/// The formats of files that hold a disk.
package enum DiskFormat: Hashable, Sendable {
    /// The bytes of the disk as they are.
    case raw
    /// VMware's, in one file; one whose bytes stand in other files shows when it is opened.
    case vmdk
    /// That of Virtual PC and Azure, fixed or dynamic.
    case vhd
    /// Hyper-V's, fixed or dynamic.
    case vhdx
    /// QEMU's, in one file; one that needs another shows when it is opened.
    case qcow2
    /// A virtual appliance, a tar with disks in it.
    case ova
    /// Known and not read by this version.
    case unread(UnreadDisk)

    /// What a file in it is called, for a message.
    package var name: String {
        switch self {
        case .raw: "raw disk"
        case .vmdk: "VMDK disk image"
        case .vhd: "VHD disk image"
        case .vhdx: "VHDX disk image"
        case .qcow2: "QCOW2 disk image"
        case .ova: "OVA virtual appliance"
        case .unread(let disk): disk.kind
        }
    }

    /// How many first bytes are looked at; the mark of btrfs stands farthest.
    package static let headSize = 65 << 10
    /// How many last bytes are looked at: the footer of a VHD.
    package static let tailSize = 512

    /// The format that a file with these first and last bytes is in; nil where they are the mark of none, as those of a
    /// raw disk and of an archive are. `tail` is empty where the end is not at hand.
    package init?(head: [UInt8], tail: [UInt8]) {
        func has(_ mark: String, at offset: Int = 0) -> Bool {
            head.count >= offset + mark.utf8.count && head[offset...].starts(with: mark.utf8)
        }
        func has(_ mark: [UInt8], at offset: Int = 0) -> Bool {
            head.count >= offset + mark.count && head[offset...].starts(with: mark)
        }
        if QCOW2.begins(head) {
            self = .qcow2
        } else if has("KDMV") || VMDKDescriptor.begins(head[...]) {
            self = .vmdk
        } else if has("COWD") {
            self = .unread(UnreadDisk("VMDK of an ESX host's own storage (COWD)", .conversion))
        } else if has("vhdxfile") {
            self = .vhdx
        } else if has("conectix") || VHDFooter.place(inTail: tail[...]) != nil {
            self = .vhd
        } else if has([0x7F, 0x10, 0xDA, 0xBE], at: 0x40) {
            self = .unread(UnreadDisk("VDI disk image", .conversion))
        } else if has([0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE]) {
            let way = "decrypt it by `cryptsetup open --readonly` and give the device that this makes"
            self = .unread(UnreadDisk("LUKS encrypted disk", .other(way)))
        } else {
            return nil
        }
    }
}

/// A disk image of a known kind that this version does not read.
package struct UnreadDisk: Hashable, Sendable {
    /// How what it holds can be had.
    package enum Way: Hashable, Sendable {
        /// `qemu-img convert` makes a raw disk of it, with what other files it needs.
        case conversion
        /// This program decompresses it.
        case decompression(String)
        /// In other words.
        case other(String)
    }

    /// `QCOW2 disk image`.
    package let kind: String
    package let way: Way

    package init(_ kind: String, _ way: Way) {
        self.kind = kind
        self.way = way
    }

    /// What was found and what to do, for a message.
    package var reason: String { "a disk image found (\(kind)), which this version does not read; \(advice)" }

    private var advice: String {
        switch way {
        case .conversion: "make a raw disk of it by `qemu-img convert -O raw IMAGE disk.raw` and give disk.raw"
        case .decompression(let command): "decompress it by `\(command) IMAGE` and give the file that this makes"
        case .other(let words): words
        }
    }
}
