/// A btrfs made by the real tools, and the places of its blocks for tests that damage them.

import Foundation

extension Workshop {
    /// Whether this machine lets a test mount a btrfs, which shows what only the kernel writes: compression, snapshots.
    package static let mountsBtrfs: Bool = {
        guard getuid() == 0, has("mkfs.btrfs", "btrfs", "mount", "losetup"), let workshop = try? Workshop() else {
            return false
        }
        return (try? workshop.mount("true")) != nil
    }()

    package static let noMount = "mounting a btrfs needs root, btrfs-progs and loop devices"

    /// Makes a btrfs in the file `image`, mounts it, runs a script with `$m` being the mount point, and unmounts it.
    @discardableResult
    package func mount(
        _ script: String, making options: String = "", mounting mountOptions: String = "defaults", size: String = "256M"
    ) throws -> String {
        try run(
            """
            rm -f image; truncate -s \(size) image; mkfs.btrfs -q \(options) image >/dev/null
            m=$PWD/mounted; mkdir -p "$m"; mount -o loop,\(mountOptions) image "$m"
            trap 'cd /; umount "$m"' EXIT
            \(script)
            sync -f "$m" >&2
            """)
    }

    /// A btrfs of what stands in `content`, made without mounting it.
    package func makeBtrfs(_ options: String = "", size: String = "256M") throws {
        try run("rm -f image; truncate -s \(size) image; mkfs.btrfs -q \(options) --rootdir content image >/dev/null")
    }
}

/// One node of a btrfs in memory.
package struct BtrfsBlock {
    /// In bytes.
    package let place: Int
    package let address: UInt64
    package let owner: UInt64
    package let level: UInt8
    package let count: Int
}

extension MemoryDisk {
    package func number(_ size: Int, at place: Int) -> UInt64 {
        (0..<size).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }

    package func write(_ value: UInt64, _ size: Int, at place: Int) {
        for index in 0..<size { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    }

    /// The nodes of the trees as they were last written, each copy of them.
    package var nodes: [BtrfsBlock] {
        let superblock = 0x10000
        let (size, identifier) = (Int(number(4, at: superblock + 0x94)), bytes[superblock + 0x20..<superblock + 0x30])
        return stride(from: 0x100000, to: bytes.count - size, by: 4096).compactMap { place in
            guard bytes[place + 0x20..<place + 0x30] == identifier, number(8, at: place + 0x40) != 0x4D5F_5366_5248_425F
            else { return nil }
            return BtrfsBlock(
                place: place, address: number(8, at: place + 0x30), owner: number(8, at: place + 0x58),
                level: bytes[place + 0x64], count: Int(number(4, at: place + 0x60)))
        }
    }

    /// The first node of a tree's newest root, by the superblock's field at `offset`.
    package func root(at offset: Int) -> BtrfsBlock? {
        let address = number(8, at: 0x10000 + offset)
        return nodes.last { $0.address == address }
    }

    /// Where the content of the first item of a type stands in a leaf, and its size; nil where there is none.
    package func item(_ type: UInt8, in node: BtrfsBlock) -> (entry: Int, place: Int, size: Int)? {
        (0..<node.count).lazy.map { node.place + 0x65 + 25 * $0 }.first { self.bytes[$0 + 8] == type }.map { entry in
            (entry, node.place + 0x65 + Int(number(4, at: entry + 17)), Int(number(4, at: entry + 21)))
        }
    }
}
