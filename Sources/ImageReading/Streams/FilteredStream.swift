/// zstd, bzip2 and lz4 through libarchive's filters.

import CArchive
import Inflating

/// Decompressed bytes of one of libarchive's filters, without a look at what they are.
final class FilteredStream: ByteStream {
    private let reader: LibarchiveReader
    private let compression: Compression
    private let block = Block(size: 0)
    private var isOpen = false
    private var hasEnded = false
    private(set) var remarks: [String] = []

    init(_ source: any ByteStream, _ compression: Compression) {
        reader = LibarchiveReader(source, .raw(compression))
        self.compression = compression
    }

    func next() throws(StreamError) -> Block {
        if !isOpen {
            isOpen = true
            try reader.open()
            guard try reader.nextHeader() else { return try end() }
            guard reader.hasFilter else {
                throw StreamError(
                    .damaged, "the header of the \(compression) stream expected, a cut or damaged one found")
            }
        }
        guard !hasEnded, try reader.nextData() else { return try end() }
        unsafe block.show(reader.data)
        return block
    }

    private func end() throws(StreamError) -> Block {
        unsafe block.show(UnsafeRawBufferPointer(start: nil, count: 0))
        if !hasEnded {
            hasEnded = true
            if let (offset, _) = try reader.drain() {
                // bzip2 itself only warns; to lz4 it is an error, and may be a frame whose end was damaged.
                guard compression == .bzip2 else {
                    throw StreamError(.damaged, "the end of the \(compression) stream expected at byte \(offset)")
                }
                remarks.append("bytes that are no bzip2 follow the end of the bzip2 stream and were ignored")
            }
        }
        return block
    }
}
