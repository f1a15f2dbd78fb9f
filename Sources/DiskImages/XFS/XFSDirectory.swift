/// The names of an XFS directory, in whichever of its forms: in the inode, in one block, or in many.

import ByteParsing

enum XFSDirectory {
    /// Where the index of a large directory begins, in bytes; names stand below it alone (XFS_DIR2_LEAF_OFFSET).
    private static let indexOffset = 1 << 35

    static func names(
        of inode: XFSInode, _ geometry: XFSGeometry, _ source: any BlockSource
    ) throws(FormatError) -> DirectoryNames {
        var reading = DirectoryReading()
        if let inside = try inode.contentInside() {
            try addShortForm(inside, geometry, to: &reading)
            return reading.names
        }
        let size = geometry.directoryBlockSize
        // A file that says that it is larger has no more names than fit into what is allowed.
        let limit = min(inode.size, indexOffset)
        guard limit <= DirectoryReading.byteLimit else {
            throw FormatError(
                .limitExceeded, "at most \(DirectoryReading.byteLimit) bytes of names expected, \(inode.size) found")
        }
        let runs = try inode.runs(upTo: limit, source)
        let bytes = try runs.read(limit, from: source)
        var rest = runs.runs[...]
        for start in stride(from: 0, to: bytes.count, by: size) {
            while let run = rest.first, run.offset + run.count <= start { rest.removeFirst() }
            // A block without names is given back, and a hole stays.
            guard let run = rest.first, run.offset <= start else { continue }
            let block = FieldReader(bytes[start..<min(start + size, bytes.count)], bigEndian: true)
            try addBlock(block, geometry, inode.number, to: &reading)
        }
        return reading.names
    }

    private static func addShortForm(
        _ form: FieldReader, _ geometry: XFSGeometry, to reading: inout DirectoryReading
    ) throws(FormatError) {
        // With any number of an inode that needs 64 bits, the parent's among them, all have as many (xfs_dir2_sf_hdr).
        let count = try form.uint8(at: 0)
        let isLarge = try form.uint8(at: 1) > 0
        var at = isLarge ? 10 : 6
        for _ in 0..<count {
            let size = Int(try form.uint8(at: at))
            let name = try form.slice(at: at + 3, count: size)
            at += 3 + size + (geometry.hasFileTypes ? 1 : 0)
            let number = isLarge ? try form.uint64(at: at) : UInt64(try form.uint32(at: at))
            at += isLarge ? 8 : 4
            try reading.add(name, number)
        }
    }

    private static func addBlock(
        _ block: FieldReader, _ geometry: XFSGeometry, _ owner: UInt64, to reading: inout DirectoryReading
    ) throws(FormatError) {
        let magic = String(decoding: try block.slice(at: 0, count: 4), as: UTF8.self)
        var end = block.count
        switch (magic, geometry.isVersion5) {
        case ("XDD3", true), ("XD2D", false): break
        case ("XDB3", true), ("XD2B", false):
            // The only block of a directory has its index at its end: hashes of 8 bytes each, and how many.
            let entries = Int(try block.uint32(at: block.count - 8))
            guard entries <= (block.count - 8) / 8 else {
                throw FormatError(.malformed, "an index inside the block expected, \(entries) entries found")
            }
            end -= 8 + 8 * entries
        default:
            throw FormatError(.malformed, "a block of names expected, other bytes found")
        }
        if geometry.isVersion5, try block.uint64(at: 40) != owner {
            throw FormatError(.malformed, "names of directory \(owner) expected, another one's found")
        }
        var at = geometry.isVersion5 ? 64 : 16
        while at < end {
            if try block.uint16(at: at) == 0xFFFF {
                let length = Int(try block.uint16(at: at + 2))
                guard length >= 8, length % 8 == 0, length <= end - at else {
                    throw FormatError(.malformed, "free bytes inside the block expected, \(length) found")
                }
                at += length
                continue
            }
            let number = try block.uint64(at: at)
            let size = Int(try block.uint8(at: at + 8))
            let length = (9 + size + (geometry.hasFileTypes ? 1 : 0) + 2 + 7) / 8 * 8
            guard size > 0, length <= end - at else {
                throw FormatError(.malformed, "a name inside the block expected, one of \(size) bytes found")
            }
            try reading.add(try block.slice(at: at + 9, count: size), number)
            at += length
        }
    }
}
