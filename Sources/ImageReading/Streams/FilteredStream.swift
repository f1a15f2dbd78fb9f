/// zstd, xz, bzip2 and lz4 through libarchive's filters.

import CArchive

/// Decompressed bytes of one of libarchive's filters, without a look at what they are.
final class FilteredStream: ByteStream {
    private let reader: LibarchiveReader
    private let compression: Compression
    private let block = Block(size: 0)
    private var isOpen = false

    init(_ source: any ByteStream, _ compression: Compression) {
        reader = LibarchiveReader(source)
        self.compression = compression
    }

    func next() throws(StreamError) -> Block {
        if !isOpen {
            isOpen = true
            try reader.open(.raw(compression))
            guard try reader.nextHeader() else { return block }
        }
        guard try reader.nextData() else {
            unsafe block.show(UnsafeRawBufferPointer(start: nil, count: 0))
            return block
        }
        unsafe block.show(reader.data)
        return block
    }
}
