/// The 32-bit checksums by which formats of disks guard their records.

/// A cyclic redundancy check of 32 bits, least significant bit first.
public struct CRC32: Sendable {
    private let table: [UInt32]

    private init(polynomial: UInt32) {
        table = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 != 0 ? crc >> 1 ^ polynomial : crc >> 1 }
        }
    }

    /// The checksum of ISO 3309, as gzip and the GUID partition table have it.
    public static let iso = CRC32(polynomial: 0xEDB8_8320)

    /// CRC-32C (Castagnoli; RFC 3720, 12.1), as ext4 and XFS have it.
    public static let castagnoli = CRC32(polynomial: 0x82F6_3B78)

    /// The state of the check once `bytes` are added to `state`: begun with and ended by no inversion.
    public func update(_ state: UInt32, _ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(state) { crc, byte in crc >> 8 ^ table[Int((crc ^ UInt32(byte)) & 0xFF)] }
    }

    /// The same for bytes one behind the other, of which journals have many.
    public func update(_ state: UInt32, _ bytes: ArraySlice<UInt8>) -> UInt32 {
        let (bytes, table) = (bytes.span, table.span)
        var crc = state
        for index in bytes.indices { crc = crc >> 8 ^ table[Int((crc ^ UInt32(bytes[index])) & 0xFF)] }
        return crc
    }

    /// The usual checksum of `bytes`: begun with all bits set, inverted at the end.
    public func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~update(~0, bytes)
    }
}
