/// Bytes by their place: what a disk, a partition and a replayed journal have in common.

package import ByteParsing

/// A disk or a part of one, read at any place.
package protocol BlockSource: AnyObject {
    /// In bytes.
    var size: Int { get }
    /// `count` bytes from `offset` on; an error where they are not all there, never fewer.
    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8>
}

extension BlockSource {
    /// Throws where `count` bytes at `offset` do not lie inside.
    package func checkBounds(_ offset: Int, _ count: Int) throws(FormatError) {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
            throw FormatError(.truncated, "\(count) bytes expected at byte \(offset), the end at byte \(size) found")
        }
    }

    /// `count` bytes from `offset` on, of what is kept in pieces of `size` bytes: `part` gives so many bytes of a piece
    /// from one of its bytes on. What one piece holds is not copied.
    func read(
        at offset: Int, count: Int, inPiecesOf size: Int,
        _ part: (_ piece: Int, _ start: Int, _ count: Int) throws(FormatError) -> ArraySlice<UInt8>
    ) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        guard count > 0 else { return [] }
        let start = offset % size
        if start + count <= size { return try part(offset / size, start, count) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let at = offset + bytes.count
            let start = at % size
            bytes += try part(at / size, start, min(size - start, count - bytes.count))
        }
        return bytes[...]
    }

    /// A record of `count` bytes at `offset`.
    package func record(at offset: Int, count: Int, bigEndian: Bool) throws(FormatError) -> FieldReader {
        FieldReader(try read(at: offset, count: count), bigEndian: bigEndian, offset: offset)
    }
}

/// A part of a disk: what a partition table gives a file system.
package final class DiskSection: BlockSource {
    private let disk: any BlockSource
    private let start: Int
    package let size: Int

    /// The part from `start` on; where the disk ends before it, reading what is missing is an error.
    package init(of disk: any BlockSource, start: Int, size: Int) {
        self.disk = disk
        self.start = start
        self.size = size
    }

    package func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        let (place, overflow) = start.addingReportingOverflow(offset)
        guard !overflow, place >= 0, place <= disk.size, count <= disk.size - place else {
            throw FormatError(
                .truncated,
                "a partition of \(size) bytes from byte \(start) on expected, the disk ends at byte "
                    + "\(disk.size)")
        }
        return try disk.read(at: place, count: count)
    }
}
