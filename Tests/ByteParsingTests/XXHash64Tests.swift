/// xxHash of 64 bits against what its own tool prints.

import ByteParsing
import Testing

struct XXHash64Tests {
    /// Text and hash, as `xxhsum -H1` has them; 32 bytes and more go through four lanes.
    static let rows: [(String, UInt64)] = [
        ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
        ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ]

    @Test(arguments: rows) func everyLengthIsHashed(_ text: String, _ hash: UInt64) {
        // A slice that does not begin at 0 is the same.
        let bytes = [0] + Array(text.utf8)
        #expect(XXHash64.hash(bytes[1...]) == hash)
    }
}
