/// Blocks laid over a disk that is not written: what a journal holds and nobody has put in its place yet.

package import ByteParsing

/// A disk as it is once its journal is replayed, which happens in memory alone.
package final class PatchedSource: BlockSource {
    /// What lies over a block of the disk.
    private enum Block {
        case bytes([UInt8])
        /// What is fetched once it is asked for: most of what a journal holds never is.
        case elsewhere(() throws(FormatError) -> [UInt8])
    }

    private let disk: any BlockSource
    private let blockSize: Int
    private var blocks: [Int: Block] = [:]
    /// How many blocks are held as bytes.
    private var held = 0
    package let size: Int

    /// How many bytes are held in memory at most.
    private static let byteLimit = 256 << 20

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
                if let known = try self.block(number) {
                    block = known
                } else {
                    block = Array(try disk.read(at: start, count: min(blockSize, size - start)))
                }
                block.replaceSubrange(at - start..<at - start + part.count, with: part)
            }
            guard hold(block, number) else {
                throw FormatError(
                    .limitExceeded,
                    "at most \(Self.byteLimit >> 20) MB of blocks expected that a journal puts in their places, more found"
                )
            }
            at += part.count
            rest = rest.dropFirst(part.count)
        }
    }

    /// Lays over the block `number` what `fetch` gives, which is asked once the block is read.
    package func lay(
        over number: Int, _ fetch: @escaping () throws(FormatError) -> [UInt8]
    ) throws(FormatError) {
        let (offset, overflow) = number.multipliedReportingOverflow(by: blockSize)
        guard !overflow else { throw FormatError(.malformed, "a block of the disk expected, block \(number) found") }
        try checkBounds(offset, blockSize)
        blocks[number] = .elsewhere(fetch)
    }

    /// Whether there was room for it.
    private func hold(_ bytes: [UInt8], _ number: Int) -> Bool {
        if case .bytes = blocks[number] {
            blocks[number] = .bytes(bytes)
            return true
        }
        guard (held + 1) * blockSize <= Self.byteLimit else { return false }
        blocks[number] = .bytes(bytes)
        held += 1
        return true
    }

    /// What lies over a block; nil where nothing does.
    private func block(_ number: Int) throws(FormatError) -> [UInt8]? {
        switch blocks[number] {
        case nil: return nil
        case .bytes(let bytes): return bytes
        case .elsewhere(let fetch):
            let bytes = try fetch()
            guard bytes.count == blockSize else {
                throw FormatError(.truncated, "a block of \(blockSize) bytes expected, \(bytes.count) found")
            }
            // Where there is no room left it is fetched again.
            _ = hold(bytes, number)
            return bytes
        }
    }

    package func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        guard !blocks.isEmpty, count > 0 else { return try disk.read(at: offset, count: count) }
        let numbers = offset / blockSize...(offset + count - 1) / blockSize
        // A long read may cross more blocks than lie over the disk.
        let over =
            numbers.count <= blocks.count ? numbers.filter { blocks[$0] != nil } : blocks.keys.filter(numbers.contains)
        guard !over.isEmpty else { return try disk.read(at: offset, count: count) }
        var bytes =
            over.count == numbers.count
            ? [UInt8](repeating: 0, count: count) : Array(try disk.read(at: offset, count: count))
        for number in over {
            guard let block = try block(number) else { continue }
            let start = max(number * blockSize, offset)
            let end = min(number * blockSize + block.count, offset + count)
            guard start < end else { continue }
            let from = start - number * blockSize
            bytes.replaceSubrange(start - offset..<end - offset, with: block[from..<from + end - start])
        }
        return bytes[...]
    }
}
