/// Why bytes could not be read as the format they claim to be: data for a message, not the message itself.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing is wrong; stable, so that tests and callers can tell cases apart.
    public enum Code: String, Sendable, Codable {
        /// The bytes end before the structure does.
        case truncated
        /// A value is not what the format allows there.
        case malformed
        /// A count, size or depth is beyond the reader's named limit.
        case limitExceeded
        /// A checksum or a cross-check of the format disagrees with the content.
        case checksumMismatch
        /// The format is recognised, and this version or variant of it is not read.
        case unsupported
        /// The bytes are there and cannot be read: an input/output error of the machine or of its system.
        case inputOutput
        /// The machine's system refuses to give them.
        case permissionDenied
        /// They were changed while they were read.
        case changed
    }

    /// Which kind of trouble.
    public let code: Code
    /// What was expected and what was found, lower case, without the place.
    public let reason: String
    /// Where, in bytes from the start of the file; nil where no single place is at fault.
    public let offset: Int?

    /// An error of `code` at `offset` bytes, with the expectation and the finding in words.
    public init(_ code: Code, _ reason: String, at offset: Int? = nil) {
        self.code = code
        self.reason = reason
        self.offset = offset
    }

    /// `offset 49152: type 13 expected, 7 found`.
    public var description: String {
        guard let offset else { return reason }
        return "offset \(offset): \(reason)"
    }
}
