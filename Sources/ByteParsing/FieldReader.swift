/// Fields at fixed places of a record, as the formats of disks have them: each is checked to lie inside the record.

/// A record whose fields are read by their offsets, in one byte order.
///
/// It never traps: a field that is not wholly inside is a `FormatError`.
public struct FieldReader: Sendable {
    /// The record itself.
    public let bytes: ArraySlice<UInt8>
    /// Whether the most significant byte of a number comes first.
    public let bigEndian: Bool
    /// The place of the first byte in the file, so that errors name places of the file.
    private let base: Int

    /// A record that stands at `offset` in its file.
    public init(_ bytes: ArraySlice<UInt8>, bigEndian: Bool, offset: Int = 0) {
        self.bytes = bytes
        self.bigEndian = bigEndian
        base = offset
    }

    /// How many bytes the record has.
    public var count: Int { bytes.count }

    /// `count` bytes from `offset` on.
    public func slice(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
            throw FormatError(
                .truncated, "\(count) bytes expected at byte \(offset) of a record, \(bytes.count) found in it",
                at: base)
        }
        let start = bytes.startIndex + offset
        return bytes[start..<start + count]
    }

    /// The record of `count` bytes that begins at `offset` of this one.
    public func record(at offset: Int, count: Int) throws(FormatError) -> FieldReader {
        FieldReader(try slice(at: offset, count: count), bigEndian: bigEndian, offset: base &+ offset)
    }

    /// The byte at `offset`.
    public func uint8(at offset: Int) throws(FormatError) -> UInt8 {
        let slice = try slice(at: offset, count: 1)
        return slice[slice.startIndex]
    }

    /// The 16-bit number at `offset`.
    public func uint16(at offset: Int) throws(FormatError) -> UInt16 { try integer(at: offset) }

    /// The 32-bit number at `offset`.
    public func uint32(at offset: Int) throws(FormatError) -> UInt32 { try integer(at: offset) }

    /// The 64-bit number at `offset`.
    public func uint64(at offset: Int) throws(FormatError) -> UInt64 { try integer(at: offset) }

    private func integer<T: FixedWidthInteger & UnsignedInteger>(at offset: Int) throws(FormatError) -> T {
        let slice = try slice(at: offset, count: MemoryLayout<T>.size)
        var value: T = 0
        if bigEndian {
            for byte in slice { value = value << 8 | T(byte) }
        } else {
            for byte in slice.reversed() { value = value << 8 | T(byte) }
        }
        return value
    }
}
