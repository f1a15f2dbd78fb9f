/// A bounds-checked forward reader of bytes; every error carries the offset in the file it was made from.
///
/// It never traps: a read past the end, a negative or overflowing position is a `FormatError`.
public struct ByteCursor: Sendable {
    private let bytes: ArraySlice<UInt8>
    /// The offset of `bytes.startIndex` in the file, in bytes.
    private let base: Int
    /// The next byte to be read, counted from the first byte of this cursor, in bytes.
    public private(set) var position = 0

    /// A cursor over `bytes`; `offset` is where in the file they begin, so that errors name places of the file.
    public init(_ bytes: ArraySlice<UInt8>, offset: Int = 0) {
        self.bytes = bytes
        self.base = offset
    }

    /// A cursor over a whole file.
    public init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    /// How many bytes this cursor covers in all.
    public var count: Int { bytes.count }

    /// How many bytes are left to read.
    public var remaining: Int { bytes.count - position }

    /// The place of the next byte in the file, in bytes.
    public var offset: Int { base &+ position }

    /// Goes to `position`, counted from the first byte of this cursor; the end itself is allowed.
    public mutating func seek(to position: Int) throws(FormatError) {
        guard position >= 0, position <= bytes.count else {
            throw FormatError(.truncated, "position \(position) lies outside \(bytes.count) bytes", at: base)
        }
        self.position = position
    }

    /// Passes over `count` bytes.
    public mutating func skip(_ count: Int) throws(FormatError) {
        _ = try take(count)
    }

    /// The next `count` bytes, without a copy.
    public mutating func take(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw FormatError(.truncated, "\(count) bytes expected, \(remaining) left", at: offset)
        }
        let start = bytes.startIndex + position
        position += count
        return bytes[start..<start + count]
    }

    /// A cursor over the next `count` bytes, which are passed over here.
    public mutating func cursor(_ count: Int) throws(FormatError) -> ByteCursor {
        let start = offset
        return ByteCursor(try take(count), offset: start)
    }

    /// The next byte.
    public mutating func uint8() throws(FormatError) -> UInt8 {
        let slice = try take(1)
        return slice[slice.startIndex]
    }

    /// The next unsigned integer in the given byte order.
    public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
        _ type: T.Type,
        bigEndian: Bool
    ) throws(FormatError) -> T {
        let slice = try take(MemoryLayout<T>.size)
        var value: T = 0
        if bigEndian {
            for byte in slice { value = value << 8 | T(byte) }
        } else {
            for byte in slice.reversed() { value = value << 8 | T(byte) }
        }
        return value
    }

    /// The bytes up to the next NUL, which is passed over too.
    public mutating func nulTerminated() throws(FormatError) -> ArraySlice<UInt8> {
        let start = bytes.startIndex + position
        guard let end = bytes[start...].firstIndex(of: 0) else {
            throw FormatError(.truncated, "a string without its terminating NUL", at: offset)
        }
        position = end + 1 - bytes.startIndex
        return bytes[start..<end]
    }
}
