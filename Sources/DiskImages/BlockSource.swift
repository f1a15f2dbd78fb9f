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

/// Blocks laid over a disk that is not written: what a journal holds and nobody has put in its place yet.
package final class PatchedSource: BlockSource {
    private let disk: any BlockSource
    private let blockSize: Int
    private var blocks: [Int: [UInt8]] = [:]
    package let size: Int

    /// A disk with nothing laid over it yet, in blocks of `blockSize` bytes.
    package init(_ disk: any BlockSource, blockSize: Int) {
        self.disk = disk
        self.blockSize = blockSize
        size = disk.size
    }

    /// Lays `bytes` over the disk from `offset` on.
    package func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(FormatError) {
        try checkBounds(offset, bytes.count)
        var rest = bytes
        var at = offset
        while !rest.isEmpty {
            let number = at / blockSize
            let start = number * blockSize
            let part = rest.prefix(blockSize - (at - start))
            var block: [UInt8]
            if part.count == blockSize {
                block = Array(part)
            } else {
                // Blocks at the end of a disk of odd size are shorter.
                if let known = blocks[number] {
                    block = known
                } else {
                    block = Array(try disk.read(at: start, count: min(blockSize, size - start)))
                }
                block.replaceSubrange(at - start..<at - start + part.count, with: part)
            }
            blocks[number] = block
            at += part.count
            rest = rest.dropFirst(part.count)
        }
    }

    package func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        let below = try disk.read(at: offset, count: count)
        guard !blocks.isEmpty, count > 0 else { return below }
        let numbers = offset / blockSize...(offset + count - 1) / blockSize
        // A long read may cross more blocks than lie over the disk.
        let over =
            numbers.count <= blocks.count ? numbers.filter { blocks[$0] != nil } : blocks.keys.filter(numbers.contains)
        guard !over.isEmpty else { return below }
        var bytes = Array(below)
        for number in over {
            guard let block = blocks[number] else { continue }
            let start = max(number * blockSize, offset)
            let end = min(number * blockSize + block.count, offset + count)
            guard start < end else { continue }
            let from = start - number * blockSize
            bytes.replaceSubrange(start - offset..<end - offset, with: block[from..<from + end - start])
        }
        return bytes[...]
    }
}
