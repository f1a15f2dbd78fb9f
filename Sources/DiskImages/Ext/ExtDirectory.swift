/// The names of an ext directory. The index of a large one hides in records that look free, so that reading all blocks
/// one after the other finds every name.

import ByteParsing

enum ExtDirectory {
    static func names(of inode: ExtInode, _ fileSystem: ExtFileSystem) throws(FormatError) -> DirectoryNames {
        guard !inode.isEncrypted else {
            throw FormatError(.unsupported, "the names in this directory are encrypted (fscrypt)")
        }
        var reading = DirectoryReading()
        let (parts, isInside) = try inode.directoryInside()
        if isInside {
            for part in parts { try add(part, to: &reading, fileSystem.geometry) }
            return reading.names
        }
        guard inode.size <= DirectoryReading.byteLimit else {
            throw FormatError(
                .limitExceeded, "at most \(DirectoryReading.byteLimit) bytes of names expected, \(inode.size) found")
        }
        let bytes = try fileSystem.content(of: inode, upTo: inode.size)
        let blockSize = fileSystem.geometry.blockSize
        for start in stride(from: 0, to: bytes.count, by: blockSize) {
            let block = FieldReader(bytes[start..<min(start + blockSize, bytes.count)], bigEndian: false)
            try add(block, to: &reading, fileSystem.geometry)
        }
        return reading.names
    }

    private static func add(
        _ block: FieldReader, to reading: inout DirectoryReading, _ geometry: ExtGeometry
    ) throws(FormatError) {
        var at = 0
        // What is left in an inode after its last record may be shorter than a record.
        while block.count - at >= 8 {
            let inode = try block.uint32(at: at)
            var length = Int(try block.uint16(at: at + 4))
            if geometry.blockSize == 65536, length == 65535 || length == 0 { length = 65536 }
            guard length >= 8, length % 4 == 0, length <= block.count - at else {
                throw FormatError(.malformed, "a record of a directory expected, one of \(length) bytes found")
            }
            if inode != 0 {
                // Without file types the length of a name has both bytes.
                let size = geometry.hasFileTypes ? Int(try block.uint8(at: at + 6)) : Int(try block.uint16(at: at + 6))
                guard size <= length - 8 else {
                    throw FormatError(
                        .malformed, "a name of at most \(length - 8) bytes expected, one of \(size) bytes found")
                }
                try reading.add(try block.slice(at: at + 8, count: size), UInt64(inode))
            }
            at += length
        }
    }
}
