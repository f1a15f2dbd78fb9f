/// Bytes on their way through a C library, and what is done to them on the way.

import Glibc

/// Bytes at one address until they are replaced, as C libraries demand.
@safe package final class Block {
    /// In bytes. Blocks of this size stay in the processor's cache on their way through the stages.
    package static let size = 128 << 10

    /// The bytes that count; good until the block is filled again.
    package private(set) var bytes: UnsafeRawBufferPointer
    /// Room to fill; none in a block that shows bytes of another's.
    package let memory: UnsafeMutableRawBufferPointer

    package init(size: Int = Block.size) {
        unsafe memory = .allocate(byteCount: size, alignment: 64)
        unsafe bytes = UnsafeRawBufferPointer(rebasing: memory[..<0])
    }

    deinit {
        unsafe memory.deallocate()
    }

    /// How many bytes count; setting it says that so many were filled in.
    package var count: Int {
        get { unsafe bytes.count }
        set { unsafe bytes = UnsafeRawBufferPointer(rebasing: memory[..<newValue]) }
    }

    /// Shows bytes that another owns and keeps until this is called again.
    package func show(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = bytes
    }

    /// What `body` answers while these bytes are shown.
    func showing<Answer>(_ bytes: ArraySlice<UInt8>, _ body: () -> Answer) -> Answer {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe show(bytes)
            defer { unsafe show(UnsafeRawBufferPointer(start: nil, count: 0)) }
            return body()
        }
    }

    /// A copy of some of the bytes.
    package func copy(_ range: Range<Int>) -> [UInt8] { unsafe Array(bytes[range.clamped(to: 0..<count)]) }

    /// Whether the bytes in `range` are all 0.
    package func isZero(_ range: Range<Int>) -> Bool {
        let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: 0..<count)])
        guard let start = part.baseAddress, part.count > 0 else { return true }
        return unsafe part[0] == 0 && memcmp(start, start + 1, part.count - 1) == 0
    }
}
