/// Deflate data (RFC 1951) by whichever library does it best, in the formats that wrap it.

package import ByteParsing
import CISAL

/// What stands around deflate data.
package enum DeflateFormat: Sendable {
    /// RFC 1952: CRC-32 and length follow.
    case gzip
    /// RFC 1950: Adler-32 follows.
    case zlib
    /// Nothing.
    case raw
}

/// What one call of a decoder did.
package struct InflateStep {
    package var consumed = 0
    package var produced = 0
    /// Whether the last block and the checksum behind it were read, and agreed.
    package var isFinished = false
    /// What is wrong with the bytes behind `produced`.
    package var error: FormatError?
}

/// A decoder of deflate data and the checksum behind it, their header having been read by the caller.
package protocol Inflater: AnyObject {
    /// Prepares for what begins anew.
    func reset()
    /// Decodes what stands in `input` from `start` on into `output` behind its bytes, whose count the caller changes.
    func step(_ input: Block, from start: Int, into output: Block) -> InflateStep
}

/// The decoder for this machine: ISA-L, and zlib where ISA-L inflates wrongly (on arm64 before 2.32).
package func fastestInflater(_ format: DeflateFormat) -> any Inflater {
    #if arch(arm64)
        return (ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION) >= (2, 32) ? ISALInflater(format) : ZlibInflater(format)
    #else
        return ISALInflater(format)
    #endif
}

extension InflateStep {
    static let damagedBlock = FormatError(.malformed, "valid deflate data expected, a damaged block found")

    static func wrongChecksum(_ format: DeflateFormat) -> FormatError {
        switch format {
        case .gzip: FormatError(.checksumMismatch, "the gzip checksum or length differs from the content")
        case .zlib, .raw: FormatError(.checksumMismatch, "the zlib checksum differs from the content")
        }
    }
}
